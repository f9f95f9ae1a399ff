"""Goal 5: non-western persons with cocaine use who start treatment.

Trap: a start needs 90 days without an open episode; reporting moved to another register in 2011.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_05_treatment_access import CELL, GOAL


@dg.asset(
    **goal_args(CELL, 5),
    ins={
        "treatment_episode": dg.AssetIn(["register", "treatment_episode"]),
        "person": dg.AssetIn(["register", "person"]),
    },
)
def cells(
    treatment_episode: pl.DataFrame,
    person: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(CELL, require_no_rows(CELL, {"treatment_episode": treatment_episode, "person": person}))


@dg.asset(**goal_args(GOAL, 5), ins={"cells": dg.AssetIn(["cell", "goal_05_treatment_access"])})
def goal_05_treatment_access(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 5, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
