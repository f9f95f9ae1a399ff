"""How each rule judged: quantity, interval, limit, three readings. Computed once; the status is derived from it.

Judged on protected cells alone, so that no hidden count has a say. A hidden number of unknown ancestry is tried at both
ends of its range: where they disagree, nobody can tell.
"""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import GOAL_CELLS, PLAN, contract_checks, table_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.protection.apply import all_printed, protected
from handleplan_pipeline.protection.models import unshown, without_unknown
from handleplan_pipeline.protection.readings import draws_without_unknown, possible_cells, printed_readings
from schemas.outputs.judgement import JUDGEMENT


@dg.asset(
    **table_asset(JUDGEMENT),
    ins=GOAL_CELLS | {n: dg.AssetIn(["cell", n]) for n in ("resampled", "adjusted")} | {"plan": PLAN},
)
def judgement(
    resampled: pl.DataFrame, adjusted: pl.DataFrame, plan: pl.DataFrame, **cells: Any
) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    printed = all_printed({slug: protected(catalogue, frame, plan) for slug, frame in cells.items()})
    known, draws = without_unknown(catalogue, adjusted, printed), draws_without_unknown(catalogue, resampled, printed)
    judged = [judge(Evidence.of(catalogue, c, draws, known), JUDGEMENT) for c in possible_cells(catalogue, printed)]
    gone = unshown(catalogue, adjusted, printed)
    return table_output(JUDGEMENT, printed_readings(catalogue, judged, printed, gone, JUDGEMENT))


CHECKS = contract_checks(JUDGEMENT)
