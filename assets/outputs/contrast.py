"""Group against group for every goal that has counted cells; from protected cells, so that nothing hidden is told."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import GOAL_CELLS, PLAN, contract_checks, table_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.contrasts import contrasts
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.protection.apply import all_printed, protected
from handleplan_pipeline.protection.models import printed_background, printed_draws
from schemas.judgement.background import BACKGROUND
from schemas.outputs.contrast import CONTRAST


@dg.asset(
    **table_asset(CONTRAST),
    ins=GOAL_CELLS | {n: dg.AssetIn(["cell", n]) for n in ("adjusted", "resampled")} | {"plan": PLAN},
)
def contrast(
    adjusted: pl.DataFrame, resampled: pl.DataFrame, plan: pl.DataFrame, **cells: Any
) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    printed = {slug: protected(catalogue, frame, plan) for slug, frame in cells.items()}
    everything = all_printed(printed)
    background = printed_background(catalogue, adjusted, everything, BACKGROUND)
    draws = printed_draws(catalogue, resampled, everything)
    frames = [contrasts(catalogue, g.number, printed[g.slug], CONTRAST, background, draws) for g in catalogue.goals]
    return table_output(CONTRAST, pl.concat(frames))


CHECKS = contract_checks(CONTRAST)
