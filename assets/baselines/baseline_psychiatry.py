"""Psychiatry baseline (B2): minority shares in social and treatment psychiatry, and their ratio.

Trap: the baseline is labelled 2010, but the extract ordered at the end of 2009 only reached 2006. Both years stand.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import PLAN, contract_checks, table_asset
from handleplan_pipeline.baselines import fill
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.protection.apply import protected
from schemas.baselines.baseline_psychiatry import BASELINE

QUANTITIES = {
    "I10_s": "share_social_psychiatry", "I10_t": "share_treatment_psychiatry", "I10": "representation_ratio",
}  # fmt: skip


def delivered_part(cells: pl.DataFrame) -> pl.DataFrame:
    """S, T and R of every counted year: the same figures as the goal's, with their data year."""
    rows = cells.filter(
        pl.col("indicator_id").is_in(list(QUANTITIES)) & (pl.col("population_group") == "minority")
        & (pl.col("sex") == "total") & (pl.col("age_group") == "18+")
    )  # fmt: skip
    share = 100 * pl.col("numerator") / pl.col("denominator")
    return rows.select(
        data_year="year", population_group="population_group",
        quantity=pl.col("indicator_id").replace_strict(QUANTITIES, return_dtype=pl.String),
        value=pl.coalesce(pl.col("value"), share), numerator="numerator", denominator="denominator",
        hidden=pl.col("cell_state") == "blanked",
    )  # fmt: skip


@dg.asset(
    **table_asset(BASELINE, tags={"theme": "psychiatry"}),
    ins={"cells": dg.AssetIn(["cell", "goal_09_psychiatric_follow_up"]), "plan": PLAN},
)
def baseline_psychiatry(cells: pl.DataFrame, plan: pl.DataFrame) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    cells = protected(catalogue, cells, plan)
    years = next(b for b in catalogue.plan.baselines if b.slug == BASELINE.name).data_years
    delivered = delivered_part(cells).filter(pl.col("data_year").is_in(years))
    kind = next(iter(cells["data_kind"].drop_nulls().to_list()), None)
    return table_output(BASELINE, fill(catalogue, BASELINE.name, None, BASELINE, set(), delivered, kind))


CHECKS = contract_checks(BASELINE)
