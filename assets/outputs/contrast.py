"""Group against group for every goal that has counted cells."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, table_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.contrasts import contrasts
from handleplan_pipeline.lake import CheckedTable, table_output
from schemas.outputs.contrast import CONTRAST

CELLS = {g.slug: dg.AssetIn(["cell", g.slug]) for g in load_catalogue().goals}


@dg.asset(
    **table_asset(CONTRAST),
    ins=CELLS | {n: dg.AssetIn(["cell", n]) for n in ("adjusted", "resampled")},
)
def contrast(adjusted: pl.DataFrame, resampled: pl.DataFrame, **cells: Any) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    frames = [contrasts(catalogue, g.number, cells[g.slug], CONTRAST, adjusted, resampled) for g in catalogue.goals]
    return table_output(CONTRAST, pl.concat(frames))


CHECKS = contract_checks(CONTRAST)
