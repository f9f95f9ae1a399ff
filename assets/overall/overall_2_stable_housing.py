"""Overall indicator 2: the figures of goal_03_stable_housing, computed once and shown twice."""

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.overall.overall_2_stable_housing import OVERALL


@dg.asset(**table_asset(OVERALL), ins={"goal": dg.AssetIn(["goal", "goal_03_stable_housing"])})
def overall_2_stable_housing(goal: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(OVERALL, goal)


CHECKS = contract_checks(OVERALL)
