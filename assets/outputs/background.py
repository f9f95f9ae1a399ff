"""Observed against expected given social background, as published."""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from schemas.judgement.background import BACKGROUND, MODEL_CARD


@dg.asset(**table_asset(BACKGROUND), ins={"adjusted": dg.AssetIn(["cell", "adjusted"])})
def background(adjusted: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(BACKGROUND, adjusted)


@dg.asset(**table_asset(MODEL_CARD), ins={"fitted_model": dg.AssetIn(["cell", "fitted_model"])})
def model_card(fitted_model: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(MODEL_CARD, fitted_model)


CHECKS = contract_checks(BACKGROUND, MODEL_CARD)
