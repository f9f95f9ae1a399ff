"""Goal 4: persons whose continuous section 110 stay reaches night 121.

Trap: stays at most one day apart are one, across facilities and across New Year; published durations cut stays on
1 January and are never used.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_04_shelter_stays import CELL, GOAL


@dg.asset(
    **goal_args(CELL, 4),
    ins={"shelter_episode": dg.AssetIn(["register", "shelter_episode"]), "person": dg.AssetIn(["register", "person"])},
)
def cells(
    shelter_episode: pl.DataFrame,
    person: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(CELL, require_no_rows(CELL, {"shelter_episode": shelter_episode, "person": person}))


@dg.asset(**goal_args(GOAL, 4), ins={"cells": dg.AssetIn(["cell", "goal_04_shelter_stays"])})
def goal_04_shelter_stays(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 4, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
