"""Goal 3: homeless persons housed one year later.

Trap: dead and emigrated persons leave the denominator and are reported apart; temporary accommodation (section
107) is no success.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_03_stable_housing import CELL, GOAL


@dg.asset(
    **goal_args(CELL, 3),
    ins={
        "shelter_episode": dg.AssetIn(["register", "shelter_episode"]),
        "housing_situation": dg.AssetIn(["register", "housing_situation"]),
        "person": dg.AssetIn(["register", "person"]),
    },
)
def cells(
    shelter_episode: pl.DataFrame,
    housing_situation: pl.DataFrame,
    person: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(
        CELL,
        require_no_rows(
            CELL, {"shelter_episode": shelter_episode, "housing_situation": housing_situation, "person": person}
        ),
    )


@dg.asset(**goal_args(GOAL, 3), ins={"cells": dg.AssetIn(["cell", "goal_03_stable_housing"])})
def goal_03_stable_housing(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 3, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
