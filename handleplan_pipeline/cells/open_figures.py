"""Cells of open official figures: what the query on StatBank's tables gave, or that nobody has pulled the tables."""

from collections.abc import Sequence

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.cells.tabulate import CELL_SHAPE

NOT_PULLED = "not_pulled"
"""The caveat of a cell of a table that nobody has pulled: it holds no number, and none stands in for it."""


def open_cells(catalogue: Catalogue, indicators: Sequence[str], found: pl.DataFrame, delivery: str) -> pl.DataFrame:
    """Official cells of `indicators` from `found`; of one that `found` has nothing of, a cell per year of the plan.

    `found` has indicator_id, year, population_group, sex, numerator, denominator, cell_state and data_kind.
    """
    there = set(found["indicator_id"].to_list())
    missing = [_not_pulled(catalogue, catalogue.indicator(i)) for i in indicators if i not in there]
    return pl.concat([_described(catalogue, found, delivery), *missing], how="diagonal_relaxed")


def _described(catalogue: Catalogue, found: pl.DataFrame, delivery: str) -> pl.DataFrame:
    about = pl.DataFrame(
        [
            {
                "indicator_id": i.id,
                "geography": i.geography,
                "measure": i.measure,
                "age_group": i.age_group,
                "caveats": ";".join(i.caveats) or None,
                "definition_version": i.definition_version,
            }
            for i in catalogue.indicators
        ]
    )
    return found.join(about, on="indicator_id").with_columns(
        ancestry=pl.lit("total"),
        value=pl.lit(None, pl.Float64),
        delivery_id=pl.lit(delivery),
        year=pl.col("year").cast(pl.Int32),
        numerator=pl.col("numerator").cast(pl.Int64),
        denominator=pl.col("denominator").cast(pl.Int64),
    )


def _not_pulled(catalogue: Catalogue, indicator: Indicator) -> pl.DataFrame:
    years = range(max(indicator.baseline_year or 0, indicator.first_year), catalogue.plan.last_year + 1)
    rows = [
        dict.fromkeys(CELL_SHAPE)
        | {
            "indicator_id": indicator.id,
            "year": year,
            "population_group": group,
            "sex": indicator.sex,
            "age_group": indicator.age_group,
        }
        for year in years
        for group in indicator.population_groups
    ]
    return pl.DataFrame(rows, schema=CELL_SHAPE).with_columns(
        geography=pl.lit(indicator.geography),
        measure=pl.lit(indicator.measure),
        ancestry=pl.lit("total"),
        cell_state=pl.lit("not_available"),
        caveats=pl.lit(NOT_PULLED),
        data_kind=pl.lit("official"),
        definition_version=pl.lit(indicator.definition_version),
        delivery_id=pl.lit(None, pl.String),
    )
