"""Psychiatry baseline (B2): minority shares in social and treatment psychiatry, and their ratio.

Trap: the baseline is labelled 2010, but the extract ordered at the end of 2009 only reached 2006. Both years stand.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, table_asset
from handleplan_pipeline.baselines import fill
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from schemas.baselines.baseline_psychiatry import BASELINE


@dg.asset(
    **table_asset(BASELINE, tags={"theme": "psychiatry"}),
    ins={
        "psychiatric_contact": dg.AssetIn(["register", "psychiatric_contact"]),
        "social_psychiatry_service": dg.AssetIn(["register", "social_psychiatry_service"]),
    },
)
def baseline_psychiatry(
    psychiatric_contact: pl.DataFrame, social_psychiatry_service: pl.DataFrame
) -> dg.Output[CheckedTable]:
    return table_output(BASELINE, fill(load_catalogue(), "baseline_psychiatry", None, BASELINE, set()))


CHECKS = contract_checks(BASELINE)
