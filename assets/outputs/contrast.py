"""Group against group for every goal that has counted cells."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import PLAN, contract_checks, table_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import contrasts
from handleplan_pipeline.protection.apply import protected
from schemas.outputs.contrast import CONTRAST

CELLS = {g.slug: dg.AssetIn(["cell", g.slug]) for g in load_catalogue().goals}


@dg.asset(**table_asset(CONTRAST), ins=CELLS | {"adjusted": dg.AssetIn(["cell", "adjusted"]), "plan": PLAN})
def contrast(adjusted: pl.DataFrame, plan: pl.DataFrame, **cells: Any) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    printed = {slug: protected(catalogue, frame, plan) for slug, frame in cells.items()}
    frames = [contrasts(catalogue, g.number, printed[g.slug], CONTRAST, adjusted) for g in catalogue.goals]
    return table_output(CONTRAST, pl.concat(frames))


CHECKS = contract_checks(CONTRAST)
