"""Psychiatry baseline (B2): minority shares in social and treatment psychiatry, and their ratio, every year from 2006.

By ancestry, and for the minority as a whole by sex and by age; counted by the queries of goal 9. Beside each year stand
the fixed figures of 2006 and 2010, and beside the ratio its interval and what became of it since 2006.

Trap: the baseline is labelled 2010, but the extract ordered at the end of 2009 only reached 2006. Both years stand.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import PROTECTED, contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.judgement.baselines import caveats_of_both, fill
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.protection.persons import drawn_without_hidden
from schemas.baselines.baseline_psychiatry import BASELINE

QUANTITIES = {
    "I10_s": "share_social_psychiatry",
    "I10_t": "share_treatment_psychiatry",
    "I10": "representation_ratio",
}


SPLIT = ("minority", "immigrant", "descendant", "western", "non_western")
"""The groups whose share is a figure of its own; the Danish share is what is left of the known."""
WHOLE = "18+"
PLACE = ["data_year", "population_group", "subgroup"]


def delivered_part(cells: pl.DataFrame) -> pl.DataFrame:
    """S, T and R of every counted year by ancestry, and for the minority by sex and by age (`subgroup`).

    A ratio is S/T of the same subgroup; there is none where nobody of it is in treatment. What rests on a hidden cell
    has no value and `hidden` true.
    """
    alone = (pl.col("sex") == "total") & (pl.col("age_group") == WHOLE)
    subgroup = pl.when(alone).then(pl.lit("total")).when(pl.col("sex") == "total").then("age_group").otherwise("sex")
    hidden = pl.col("cell_state") == "blanked"
    shares = cells.filter(
        pl.col("indicator_id").is_in(["I10_s", "I10_t"])
        & pl.col("population_group").is_in(SPLIT)
        & (hidden | (pl.col("denominator") > 0))
        & (alone | (pl.col("population_group") == "minority"))
    ).select(
        "indicator_id",
        data_year="year",
        population_group="population_group",
        subgroup=subgroup,
        value=100 * pl.col("numerator") / pl.col("denominator"),
        numerator="numerator",
        denominator="denominator",
        hidden=hidden,
        data_kind="data_kind",
        caveats="caveats",
    )
    s, t = shares.filter(pl.col("indicator_id") == "I10_s"), shares.filter(pl.col("indicator_id") == "I10_t")
    both = s.join(t.filter(pl.col("hidden") | (pl.col("value") > 0)), on=PLACE, suffix="_t")
    nothing = pl.lit(None, pl.Int64)
    ratios = both.with_columns(
        indicator_id=pl.lit("I10"),
        value=pl.col("value") / pl.col("value_t"),
        numerator=nothing,
        denominator=nothing,
        hidden=pl.col("hidden") | pl.col("hidden_t"),
        caveats=caveats_of_both("caveats", "caveats_t"),
    )
    parts = pl.concat([shares, ratios.select(shares.columns)])
    quantity = pl.col("indicator_id").replace_strict(QUANTITIES, return_dtype=pl.String)
    return parts.select(
        *PLACE, "value", "numerator", "denominator", "hidden", "data_kind", "caveats", quantity=quantity
    )


@dg.asset(
    **table_asset(BASELINE, tags={"theme": "psychiatry"}),
    ins={"cells": PROTECTED, "person_level": dg.AssetIn(["protected", "person_level"])},
)
def baseline_psychiatry(cells: pl.DataFrame, person_level: pl.DataFrame) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    mine = cells.filter(pl.col("indicator_id").is_in(QUANTITIES))
    first = catalogue.baseline(BASELINE.name).data_years[0]
    delivered = delivered_part(mine).filter(pl.col("data_year") >= first)
    draws = drawn_without_hidden(catalogue, person_level, cells)
    return table_output(BASELINE, fill(catalogue, BASELINE, None, delivered, cells, draws))


CHECKS = contract_checks(BASELINE)
