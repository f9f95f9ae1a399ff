"""Files of a hard city in the other form that its supplier may use: placements as events, benefits of many years."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest
from handleplan_pipeline.synthetic.files import write_delivery
from handleplan_pipeline.synthetic.hard.cast import Player
from handleplan_pipeline.synthetic.places import home
from schemas.sources import dst_bua, dst_dream
from schemas.sources.delivery_shape import DATA_KIND_VARIABLE, Delivery

EVENTS_IN, WEEKS_IN = 2013, 2013
"""The year whose placements come as events, and the one whose benefits come with weeks of other years."""
BEGINS, ENDS = "0", "5"
FIRST_WEEKS, YEAR_BEFORE = (31, 53), (1, 53)
"""ISO weeks of 1991, when DREAM begins, and of the year before the file's: the first, and the one after the last."""
OTHER_WEEKS = tuple(f"Y_91{w:02d}" for w in range(*FIRST_WEEKS)) + tuple(
    f"Y_{(WEEKS_IN - 1) % 100:02d}{w:02d}" for w in range(*YEAR_BEFORE)
)


class Event(NamedTuple):
    """What happened to a placed child on a day."""

    player: Player
    code: str
    day: date
    place: str = "02"
    kom: str = ""


def widen_benefits(out: Path) -> None:
    """Gives the crowd's file of benefits the weeks of other years, as the file of the year before tells them."""
    rows, before = (_rows(out, dst_dream.DELIVERY, y) for y in (WEEKS_IN, WEEKS_IN - 1))
    told = before.select("PNR", *(w for w in OTHER_WEEKS if w in before.columns))
    wider = rows.join(told, on="PNR", how="left", maintain_order="left")
    blank = [pl.lit(None, pl.String).alias(w) for w in OTHER_WEEKS if w not in told.columns]
    _write(out, dst_dream.DELIVERY, WEEKS_IN, wider.with_columns(blank).to_dict())


def placements_as_events(out: Path, events: list[Event]) -> None:
    """Makes the file of placements one of events: a beginning and an end of each spell in it, and `events`."""
    spells = _rows(out, dst_bua.DELIVERY, EVENTS_IN)
    told = [
        spells.select("PNR", "HKOM", HAENDELSE=pl.lit(code), HAENDELSESDATO=pl.col(day), ANSTED_KLAS=pl.lit("02"))
        for code, day in ((BEGINS, "SAG_VFRA"), (ENDS, "SAG_VTIL"))
    ]
    of_cases = pl.DataFrame(
        [(e.player.number(e.day), e.kom or home(), e.code, e.day.isoformat(), e.place) for e in events],
        schema=told[0].columns,
        orient="row",
    )
    found = pl.concat([*told, of_cases]).filter(pl.col("HAENDELSESDATO").is_not_null()).unique(maintain_order=True)
    _write(out, dst_bua.DELIVERY, EVENTS_IN, found.to_dict())


def _rows(out: Path, delivery: Delivery, year: int) -> pl.DataFrame:
    """A CSV file as texts."""
    path = out / delivery.source / f"{delivery.source}_{year}.csv"
    text = path.read_bytes().decode(str(read_manifest(manifest_path(path)).encoding)).removeprefix("\ufeff")
    return pl.read_csv(text.encode(), separator=delivery.dialect.separator, infer_schema=False)


def _write(out: Path, delivery: Delivery, year: int, columns: Mapping[str, Any]) -> None:
    write_delivery(out, delivery, year, {n: v for n, v in columns.items() if n != DATA_KIND_VARIABLE})
