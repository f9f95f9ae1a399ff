"""Placements that come as events: from what happened on which day to the spells in force, one row each.

The register of placements is events (begun, another place, ended); others deliver its spells. A file of events holds
every event, up to the end of the period, of each child with a placement in the period.
"""

from datetime import date

import polars as pl

from handleplan_pipeline.sources.codes import closed_lists
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from schemas.sources.delivery_shape import Delivery

BEGINS, GOES_ON, ENDS = "begins", "goes_on", "ends"
ORDER = {ENDS: 0, BEGINS: 1, GOES_ON: 2}
"""Of events on one day: who is returned and placed anew that day is placed at its end."""


def spells(raw: pl.DataFrame, typed: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> pl.DataFrame:
    """The spells that reach into the period, under the names of the delivery's variables.

    `typed` are the events as read (`Events.variables`), beside `raw` as delivered. Raises DeliveryRefused (rule
    `events`) when an event has no readable day, kind or municipality.
    """
    events, t = delivery.events, manifest.period
    assert events is not None
    bad = int(typed.select(pl.any_horizontal(pl.col(v.column).is_null() for v in events.required).sum()).item())
    late = int(typed.select((pl.col(events.day) > date(t, 12, 31)).sum()).item())
    if bad or late:
        raise DeliveryRefused(
            "events",
            f"{manifest.file}: {bad} events have no readable {', '.join(v.name for v in events.required)}, {late} lie "
            f"after {t}. A spell cannot be told without each of its events; correct the file and deliver it anew.",
        )
    step = {c.code: c.means["step"] for x in closed_lists(delivery.source, events.kind) for c in x.codes}
    person = delivery.person_variable
    assert person is not None
    of = typed.select(
        who=raw[person.name].cast(pl.String),
        where=pl.col(events.where),
        day=pl.col(events.day),
        step=pl.col(events.event).replace_strict(step),
    )
    of = of.filter(pl.col("step").is_in(list(ORDER)))
    of = of.with_columns(place=pl.col("step").replace_strict(ORDER)).sort("who", "where", "day", "place")
    placed = pl.col("step") != ENDS
    before = placed.shift(1).over("who", "where")
    of = of.with_columns(placed=placed, new=placed & ~before.fill_null(False))
    of = of.with_columns(spell=pl.col("new").cast(pl.Int64).cum_sum().over("who", "where"))
    # an end without a beginning ends what began before the file's first event: no day of it is known
    found = (
        of.filter(pl.col("spell") > 0)
        .group_by("who", "where", "spell", maintain_order=True)
        .agg(start=pl.col("day").min(), end=pl.col("day").filter(~pl.col("placed")).min())
        .filter((pl.col("start") <= date(t, 12, 31)) & (pl.col("end").is_null() | (pl.col("end") >= date(t, 1, 1))))
    )
    return found.select(
        pl.col("who").alias(person.name),
        pl.lit(events.code).alias(events.code_of),
        pl.col("start").alias(events.start_of),
        pl.col("end").alias(events.end_of),
        pl.col("where").alias(events.where_of),
        *(pl.lit(None, pl.String).alias(n) for n in events.empty),
    )
