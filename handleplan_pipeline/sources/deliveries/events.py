"""Placements that come as events: from what happened on which day to the spells in force, one row each.

The register of placements is events (begun, another place, ended); others deliver its spells. A file of events holds
every event, up to the end of the period, of each child with a placement in the period.
"""

from datetime import date

import polars as pl

from handleplan_pipeline.lake.pseudonym import one_spelling
from handleplan_pipeline.sources.codes import closed_lists
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from schemas.sources.delivery_shape import Delivery

BEGINS, GOES_ON, ENDS = "begins", "goes_on", "ends"
STEPS = (BEGINS, GOES_ON, ENDS)


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
    who = raw[person.name].cast(pl.String)
    of = typed.select(
        who=who,
        # one number in two spellings is one child
        child=one_spelling(pl.lit(who)),
        where=pl.col(events.where),
        day=pl.col(events.day),
        step=pl.col(events.event).replace_strict(step),
    )
    of = _in_order(of.filter(pl.col("step").is_in(STEPS)))
    before = pl.col("placed").shift(1).over("child", "where")
    of = of.with_columns(new=pl.col("placed") & ~before.fill_null(False))
    of = of.with_columns(spell=pl.col("new").cast(pl.Int64).cum_sum().over("child", "where"))
    # an end without a beginning ends what began before the file's first event: no day of it is known
    found = (
        of.filter(pl.col("spell") > 0)
        .group_by("child", "where", "spell", maintain_order=True)
        .agg(pl.col("who").first(), start=pl.col("day").min(), end=pl.col("day").filter(~pl.col("placed")).min())
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


def _in_order(of: pl.DataFrame) -> pl.DataFrame:
    """The events of each child in each municipality as they came, with `placed`: whether the child is after it.

    Who was placed before a day of both is returned and placed anew on it; who was not is placed and returned.
    """
    whose, placed = ["child", "where"], pl.col("step") != ENDS
    of = of.with_columns(placed=placed)
    days = (
        of.group_by(*whose, "day")
        .agg(some=pl.col("placed").any(), every=pl.col("placed").all())
        .sort(*whose, "day")
        # a day of both leaves a child as it was
        .with_columns(after=pl.when(pl.col("some") == pl.col("every")).then("some"))
        .with_columns(before=pl.col("after").forward_fill().shift(1).over(whose).fill_null(False))
    )
    of = of.join(days.select(*whose, "day", "before"), on=[*whose, "day"], how="left", nulls_equal=True)
    return of.sort(*whose, "day", pl.col("placed") == pl.col("before"), maintain_order=True)
