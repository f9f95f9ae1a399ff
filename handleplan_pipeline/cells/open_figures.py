"""Cells of open official figures: what the query on StatBank's tables gave, or that nobody has pulled the tables."""

from collections.abc import Sequence

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.routes import not_available, with_provenance
from handleplan_pipeline.cells.tabulate import CELL_SHAPE

NOT_PULLED = "not_pulled"
"""The caveat of a cell of a table that nobody has pulled: it holds no number, and none stands in for it."""


def official_cells(catalogue: Catalogue, found: pl.DataFrame, delivery: str) -> pl.DataFrame:
    """Cells of `found`: indicator_id, year, population_group, sex, numerator, denominator, cell_state and data_kind."""
    ages = {i.id: i.age_group for i in catalogue.indicators}
    shaped = found.with_columns(
        age_group=pl.col("indicator_id").replace_strict(ages, return_dtype=pl.String), value=pl.lit(None)
    ).cast(CELL_SHAPE)  # type: ignore[arg-type]
    return with_provenance(catalogue, shaped, None, delivery)


def open_cells(catalogue: Catalogue, indicators: Sequence[str], found: pl.DataFrame, delivery: str) -> pl.DataFrame:
    """The `official_cells` of `found`; of one of `indicators` that it has nothing of, a cell per year of the plan."""
    there, last = set(found["indicator_id"].to_list()), catalogue.plan.last_year
    missing = [
        (i.id, year, group)
        for i in map(catalogue.indicator, indicators)
        if i.id not in there
        for year in range(max(i.baseline_year or 0, i.first_year), last + 1)
        for group in i.population_groups
    ]
    nothing = not_available(catalogue, missing, NOT_PULLED, "official")
    return pl.concat([official_cells(catalogue, found, delivery), nothing], how="diagonal")
