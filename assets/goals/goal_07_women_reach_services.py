"""Goal 7: minority women who contact the special team.

Trap: anonymous contacts have unknown origin and are a row of their own.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_07_women_reach_services import CELL, GOAL


@dg.asset(
    **goal_args(CELL, 7),
    ins={"contact": dg.AssetIn(["register", "contact"]), "person": dg.AssetIn(["register", "person"])},
)
def cells(
    contact: pl.DataFrame,
    person: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(CELL, require_no_rows(CELL, {"contact": contact, "person": person}))


@dg.asset(**goal_args(GOAL, 7), ins={"cells": dg.AssetIn(["cell", "goal_07_women_reach_services"])})
def goal_07_women_reach_services(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 7, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
