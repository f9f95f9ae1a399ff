"""Goal 6: residents sentenced for street disorder, the euphoriants act or dealing; homeless one year after enrolment.

Trap: each person once in the total; small fines are not in the register.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_06_open_drug_scene import CELL, GOAL


@dg.asset(
    **goal_args(CELL, 6),
    ins={
        "decision": dg.AssetIn(["register", "decision"]),
        "treatment_episode": dg.AssetIn(["register", "treatment_episode"]),
        "shelter_episode": dg.AssetIn(["register", "shelter_episode"]),
        "housing_situation": dg.AssetIn(["register", "housing_situation"]),
        "person": dg.AssetIn(["register", "person"]),
    },
)
def cells(
    decision: pl.DataFrame,
    treatment_episode: pl.DataFrame,
    shelter_episode: pl.DataFrame,
    housing_situation: pl.DataFrame,
    person: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(
        CELL,
        require_no_rows(
            CELL,
            {
                "decision": decision,
                "treatment_episode": treatment_episode,
                "shelter_episode": shelter_episode,
                "housing_situation": housing_situation,
                "person": person,
            },
        ),
    )


@dg.asset(**goal_args(GOAL, 6), ins={"cells": dg.AssetIn(["cell", "goal_06_open_drug_scene"])})
def goal_06_open_drug_scene(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 6, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
