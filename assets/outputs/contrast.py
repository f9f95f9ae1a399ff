"""Group against group for every goal that has counted cells; from protected cells, so that nothing hidden is told."""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import PROTECTED, contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.judgement.contrasts import contrasts
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.protection.persons import drawn_without_hidden
from schemas.outputs.contrast import CONTRAST


@dg.asset(
    **table_asset(CONTRAST),
    ins={n: dg.AssetIn(["protected", n]) for n in ("background", "person_level")} | {"printed": PROTECTED},
)
def contrast(background: pl.DataFrame, person_level: pl.DataFrame, printed: pl.DataFrame) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    draws = drawn_without_hidden(catalogue, person_level, printed)
    frames = [contrasts(catalogue, g.number, printed, CONTRAST, background, draws) for g in catalogue.goals]
    return table_output(CONTRAST, pl.concat(frames))


CHECKS = contract_checks(CONTRAST)
