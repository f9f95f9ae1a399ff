"""Observed against expected given social background, and the models behind, published as they left the line."""

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.adjustment.background import BACKGROUND, MODEL_CARD


@dg.asset(**table_asset(BACKGROUND), ins={"printed": dg.AssetIn(["protected", "background"])})
def background(printed: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(BACKGROUND, printed)


@dg.asset(**table_asset(MODEL_CARD), ins={"printed": dg.AssetIn(["protected", "model_card"])})
def model_card(printed: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(MODEL_CARD, printed)


CHECKS = contract_checks(BACKGROUND, MODEL_CARD)
