"""Deliveries against the ones before them: what is unusual, by the expectations of the door.

Compared are the receipts of what counts today, each with the delivery it superseded and with that of the nearest year
before. Nothing is stopped here (`smaller` does that): an unusual delivery counts, and everybody is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue.expectations import suite
from handleplan_pipeline.catalogue.plausibility import limits
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.told import told
from handleplan_pipeline.sources.deliveries.measures import Measures
from handleplan_pipeline.sources.deliveries.store import DeliveryStore

MEASURE = "delivery_measure"
"""The table that the expectations of the door ask."""
SHAPE = pl.Schema(
    {
        "source": pl.String,
        "period": pl.Int32,
        "against": pl.String,
        "before_period": pl.Int32,
        "measure": pl.String,
        "variable": pl.String,
        "code": pl.String,
        "value": pl.Int64,
        "before": pl.Int64,
        "persons": pl.Int64,
        "persons_before": pl.Int64,
        "rows": pl.Int64,
        "rows_before": pl.Int64,
    }
)
"""A measure of a delivery and of the one it is compared with; `against` is superseded or year_before."""


@dataclass(frozen=True)
class Unusual:
    """A measure that an expectation found unusual; the sentence has no small count."""

    source: str
    period: int
    expectation: str
    sentence: str


def compared(store: DeliveryStore, sources: list[str]) -> pl.DataFrame:
    """Every measure of what counts today beside the one before; nothing of receipts that have no measures."""
    rows = [row for source in sources for row in _of_source(store, source)]
    return pl.DataFrame(rows, schema=SHAPE, orient="row")


def _of_source(store: DeliveryStore, source: str) -> Iterator[dict[str, Any]]:
    receipts, current = store.receipts(source), store.current(source)
    for period, receipt in sorted(current.items()):
        number = receipt.manifest.delivery_number
        superseded = [
            r
            for r in receipts
            if r.state == "accepted" and r.manifest.period == period and r.manifest.delivery_number < number
        ]
        earlier = [p for p in current if p < period]
        pairs = [("superseded", max(superseded, key=lambda r: r.manifest.delivery_number))] if superseded else []
        pairs += [("year_before", current[max(earlier)])] if earlier else []
        for against, before in pairs:
            mine, theirs = store.measures(receipt), store.measures(before)
            if mine is not None and theirs is not None:
                about = {"source": source, "period": period, "against": against}
                about["before_period"] = before.manifest.period
                for measure in _pairs(mine, theirs):
                    yield about | measure


def _pairs(now: Measures, before: Measures) -> Iterator[dict[str, Any]]:
    rows = {"rows": now.rows, "rows_before": before.rows}
    for name in ("rows", "persons", "set_aside", "without_number"):
        a, b = getattr(now, name), getattr(before, name)
        if a is not None and b is not None:
            yield rows | {"measure": name, "value": a, "before": b}
    for variable in sorted({*now.codes, *before.codes}):
        mine, theirs = now.codes.get(variable, {}), before.codes.get(variable, {})
        yield rows | {
            "measure": "codes",
            "variable": variable,
            "value": sum(n for n, _ in mine.values()),
            "before": sum(n for n, _ in theirs.values()),
        }
        for code in sorted({*mine, *theirs}):
            (a, persons), (b, persons_before) = mine.get(code, (0, 0)), theirs.get(code, (0, 0))
            # weeks have no persons; of a code that one of the two does not have there are none
            known = persons is not None and persons_before is not None
            yield rows | {
                "measure": "code",
                "variable": variable,
                "code": code,
                "value": a,
                "before": b,
                "persons": persons if known else None,
                "persons_before": persons_before if known else None,
            }


def unusual(measures: pl.DataFrame) -> list[Unusual]:
    """What the expectations of the door find unusual, in order of source and period."""
    found = [
        Unusual(row["source"], row["period"], e.id, _sentence(row))
        for e in suite("door")
        for row in get_engine().query(e.query, {MEASURE: measures}, limits(), e.id).iter_rows(named=True)
    ]
    return sorted(found, key=lambda u: (u.source, u.period, u.expectation, u.sentence))


def _sentence(row: dict[str, Any]) -> str:
    than = "of the delivery it supersedes" if row["against"] == "superseded" else f"in {row['before_period']}"
    counts = f"{told(row['value'])}, against {told(row['before'])} {than}"
    return (
        f"{row['source']} {row['period']}: unusual {row['what']}: {counts}. Look whether the file is whole and right."
    )
