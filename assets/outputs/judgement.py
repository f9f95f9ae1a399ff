"""How each rule judged: quantity, interval, limit, three readings. Computed once; the status is derived from it.

Judged on the true counts and printed without what rests on a hidden one. A hidden count of unknown ancestry enters as
both ends of its range: where they disagree, nobody can tell.
"""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import GOAL_CELLS, PLAN, contract_checks, table_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.protection.apply import protected
from handleplan_pipeline.protection.derived import (
    agreed,
    all_printed,
    draws_without_unknown,
    printed_judgement,
    unknown_as_range,
    without_unknown,
)
from schemas.outputs.judgement import JUDGEMENT


@dg.asset(
    **table_asset(JUDGEMENT),
    ins=GOAL_CELLS | {n: dg.AssetIn(["cell", n]) for n in ("resampled", "adjusted")} | {"plan": PLAN},
)
def judgement(
    resampled: pl.DataFrame, adjusted: pl.DataFrame, plan: pl.DataFrame, **cells: Any
) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    counted = pl.concat(list(cells.values()))
    printed = all_printed({slug: protected(catalogue, frame, plan) for slug, frame in cells.items()})
    known, draws = without_unknown(catalogue, adjusted, printed), draws_without_unknown(catalogue, resampled, printed)
    ends = [
        judge(Evidence.of(catalogue, unknown_as_range(catalogue, counted, printed, high), draws, known), JUDGEMENT)
        for high in (False, True)
    ]
    return table_output(JUDGEMENT, printed_judgement(catalogue, agreed(*ends), printed, JUDGEMENT, adjusted))


CHECKS = contract_checks(JUDGEMENT)
