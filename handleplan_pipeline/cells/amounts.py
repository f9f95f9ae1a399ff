"""Cells of amounts that persons have in a year: their sum or a quantile of them, by group, with the persons behind."""

from collections.abc import Mapping, Sequence

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.groups import in_group
from handleplan_pipeline.cells.tabulate import CELL_SHAPE

GROUPS = ("minority", "danish", "unknown")
"""Amounts are told of the groups that are compared and of unknown ancestry, as totals only."""
WITH_ZEROS = ("count", "amount")
"""Measures of which a baseline prints zeros for groups that nobody belonged to in a year that was counted."""


def amount_cells(
    catalogue: Catalogue, counts: Sequence[Count], people: pl.DataFrame, years: Mapping[str, Sequence[int]], beside: int
) -> pl.DataFrame:
    """Cells (without provenance) of `counts` in their known `years`, by indicator.

    `people`: person, name, year, ancestry, amount. A quantile with fewer than `beside` persons on either side of it has
    no value (methods 4.2, rule 5); the persons behind an amount are its denominator.
    """
    frames = [pl.DataFrame(schema=CELL_SHAPE)]
    for c in counts:
        mine = people.filter((pl.col("name") == c.like) & pl.col("year").is_in(list(years[c.indicator])))
        persons, amount = pl.col("person").n_unique(), pl.col("amount")
        for group in GROUPS:
            of_group = mine.filter(in_group(group)).group_by("year")
            if c.kind == "quantile":
                share = float(catalogue.indicator(c.indicator).parameters["quantile"].value)  # type: ignore[arg-type]
                found = of_group.agg(persons=persons, told=_told(share, beside))
            else:
                found = of_group.agg(persons=persons, told=amount.sum() if c.kind == "amount" else None)
            frames.append(_shaped(c, group, found))
    return pl.concat(frames).sort("indicator_id", "year", "population_group")


def _told(share: float, beside: int) -> pl.Expr:
    amount = pl.col("amount")
    value = amount.quantile(share, "linear")
    reach = [pl.col("person").filter(x).n_unique() for x in (amount <= value, amount >= value)]
    return pl.when(pl.min_horizontal(reach) >= beside).then(value)


def _shaped(c: Count, group: str, found: pl.DataFrame) -> pl.DataFrame:
    counted = c.kind == "count"
    return found.select(
        indicator_id=pl.lit(c.indicator),
        year=pl.col("year"),
        population_group=pl.lit(group),
        sex=pl.lit("total"),
        age_group=pl.lit("total"),
        numerator=pl.col("persons") if counted else pl.lit(None),
        denominator=pl.lit(None) if counted else pl.col("persons"),
        value=pl.col("told"),
    ).cast(CELL_SHAPE)  # type: ignore[arg-type]
