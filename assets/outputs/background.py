"""Observed against expected given social background, as published: what rests on a hidden count has no number."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import GOAL_CELLS, PLAN, contract_checks, table_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.protection.apply import all_printed, protected
from handleplan_pipeline.protection.models import printed_background, printed_cards
from schemas.judgement.background import BACKGROUND, MODEL_CARD


@dg.asset(**table_asset(BACKGROUND), ins=GOAL_CELLS | {"adjusted": dg.AssetIn(["cell", "adjusted"]), "plan": PLAN})
def background(adjusted: pl.DataFrame, plan: pl.DataFrame, **cells: Any) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    printed = all_printed({slug: protected(catalogue, frame, plan) for slug, frame in cells.items()})
    return table_output(BACKGROUND, printed_background(catalogue, adjusted, printed, BACKGROUND))


@dg.asset(
    **table_asset(MODEL_CARD),
    ins={"fitted_model": dg.AssetIn(["cell", "fitted_model"]), "background": dg.AssetIn(["output", "background"])},
)
def model_card(fitted_model: pl.DataFrame, background: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(MODEL_CARD, printed_cards(background, fitted_model, MODEL_CARD))


CHECKS = contract_checks(BACKGROUND, MODEL_CARD)
