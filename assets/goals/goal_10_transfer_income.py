"""Goal 10: residents of exposed areas and departments on transfer income.

Trap: the fixed set of areas of 2010 bears the goal, because areas leave the list by improving.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_10_transfer_income import CELL, GOAL


@dg.asset(**goal_args(CELL, 10), ins={"area_resident": dg.AssetIn(["register", "area_resident"])})
def cells(
    area_resident: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(CELL, require_no_rows(CELL, {"area_resident": area_resident}))


@dg.asset(**goal_args(GOAL, 10), ins={"cells": dg.AssetIn(["cell", "goal_10_transfer_income"])})
def goal_10_transfer_income(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 10, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
