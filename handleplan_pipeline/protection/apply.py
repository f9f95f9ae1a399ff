"""Applies the joint plan to cells: what is hidden loses its number, what the layout does not print goes.

Everything published is computed from the cells that come out of here, so a derived value (interval, ratio, gap, status,
sentence) cannot be there when one of its counts is not.
"""

import hashlib
from collections.abc import Mapping

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.count import wholes
from handleplan_pipeline.disclosure import DisclosureError
from handleplan_pipeline.lake.tables import to_parquet
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.protection.counted import COUNT_COLUMNS, ROW, needs_protection, without_value

SAME = ["geography", "ancestry", "measure", "definition_version", "caveats", "data_kind", "delivery_id"]
"""What all rows of an indicator and year share."""


def fingerprint(cells: pl.DataFrame) -> str:
    """sha256 of the counts, whatever their order: a plan holds for the counts it was made for and no others."""
    return hashlib.sha256(to_parquet(cells.select(COUNT_COLUMNS).sort(COUNT_COLUMNS))).hexdigest()


@withheld("the protected cells")
def protected(catalogue: Catalogue, cells: pl.DataFrame, plan: pl.DataFrame, name: str = "cell") -> pl.DataFrame:
    """`cells`, the table `name`, as they may be printed. Official figures stand as they are.

    Raises DisclosureError when the plan was made for other counts than these, which would let a new count out.
    """
    mine = cells.filter(needs_protection(catalogue) & (pl.col("cell_state") != "not_available"))
    derived = pl.col("indicator_id").is_in(list(catalogue.disclosure.derived)) & (pl.col("data_kind") != "official")
    rest = cells.join(mine.select(ROW), on=ROW, how="anti").filter(~derived)
    if not mine.height:
        return rest
    wanted = plan.filter(pl.col("indicator_id").is_in(mine["indicator_id"].unique().to_list()))
    if wanted["counts_sha256"].unique().to_list() != [fingerprint(cells)]:
        raise DisclosureError(
            f"cell.suppression_plan was made for other counts than those of {name}. Materialise "
            "cell/suppression_plan again, then protected/cell and what is made of it."
        )
    about = mine.group_by("indicator_id", "year").agg(pl.col(SAME).first())
    numbers = mine.select(*ROW, "numerator", "denominator", "value", "cell_state")
    printed = wanted.select(*ROW, "hidden").join(about, on=["indicator_id", "year"]).join(numbers, on=ROW, how="left")
    absent, counts_only = pl.col("cell_state").is_null(), pl.col("measure") == "count"
    printed = printed.with_columns(
        numerator=pl.when(absent).then(0).otherwise(pl.col("numerator")),
        denominator=pl.when(absent & ~counts_only).then(0).otherwise(pl.col("denominator")),
        cell_state=pl.when(absent).then(pl.lit("zero")).otherwise(pl.col("cell_state")),
    )
    hidden = pl.col("hidden") | without_value()
    printed = printed.with_columns(
        *(pl.when(~hidden).then(pl.col(c)).alias(c) for c in ("numerator", "denominator", "value")),
        cell_state=pl.when(hidden).then(pl.lit("blanked")).otherwise(pl.col("cell_state")),
    )
    out = pl.concat([rest, printed.select(cells.columns), _derived(catalogue, cells, printed)])
    return out.sort([c for c in (*ROW, "definition_version") if c in out.columns])


def _derived(catalogue: Catalogue, cells: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Ratios of counts: printed where all their counts are."""
    frames = []
    for indicator, inputs in catalogue.disclosure.derived.items():
        rows = cells.filter((pl.col("indicator_id") == indicator) & (pl.col("data_kind") != "official"))
        used = printed.filter(pl.col("indicator_id").is_in(inputs) & pl.col("cell_state").ne("blanked"))
        at = ["year", "population_group", "sex", "age_group"]
        shown = used.group_by(at).agg(n=pl.col("indicator_id").n_unique()).filter(pl.col("n") == len(inputs))
        there = rows.join(shown, on=at, how="left").select(pl.col("n").is_not_null()).to_series()
        frames.append(
            rows.with_columns(
                value=pl.when(there).then(pl.col("value")),
                cell_state=pl.when(there).then(pl.col("cell_state")).otherwise(pl.lit("blanked")),
            )
        )
    return pl.concat([cells.clear(), *frames])


def all_printed(catalogue: Catalogue, tables: Mapping[str, pl.DataFrame], plan: pl.DataFrame) -> pl.DataFrame:
    """The protected cells of all tables of counts, in one frame.

    Raises DisclosureError when the plan was made for other counts, or a cell of persons is in no plan.
    """
    for name, cells in tables.items():
        unplanned = cells.filter(~_stands(catalogue) & ~_planned(catalogue))
        if unplanned.height:
            ids = ", ".join(unplanned["indicator_id"].unique().sort())
            raise DisclosureError(
                f"cell.{name}: {unplanned.height} cells count persons and no plan covers them ({ids}). Take the "
                "delivery that holds them back, or give the indicator a layout in disclosure.yaml."
            )
    return pl.concat([protected(catalogue, cells, plan, f"cell.{name}") for name, cells in tables.items()])


def _planned(catalogue: Catalogue) -> pl.Expr:
    """Cells the plan decides about: counts of persons, and ratios of such counts."""
    return needs_protection(catalogue) | pl.col("indicator_id").is_in(list(catalogue.disclosure.derived))


def _stands(catalogue: Catalogue) -> pl.Expr:
    """Cells without a count of persons here: published figures, reasons for none, areas and dwellings."""
    things = [i.id for i in catalogue.indicators if i.unit in catalogue.disclosure.not_persons]
    official = pl.col("data_kind").eq_missing("official")
    return official | (pl.col("cell_state") == "not_available") | pl.col("indicator_id").is_in(things)


def hidden_wholes(catalogue: Catalogue, printed: pl.DataFrame) -> pl.DataFrame:
    """indicator_id, year, population_group of hidden rows that are not broken down."""
    hidden = printed.filter((pl.col("cell_state") == "blanked") & (pl.col("data_kind") != "official"))
    whole = hidden.join(wholes(catalogue), on=["indicator_id", "sex", "age_group"])
    return whole.select("indicator_id", "year", "population_group").unique()
