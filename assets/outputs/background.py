"""Observed against expected given social background, as published."""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from schemas.judgement.background import BACKGROUND


@dg.asset(**table_asset(BACKGROUND), ins={"adjusted": dg.AssetIn(["cell", "adjusted"])})
def background(adjusted: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(BACKGROUND, adjusted)


CHECKS = contract_checks(BACKGROUND)
