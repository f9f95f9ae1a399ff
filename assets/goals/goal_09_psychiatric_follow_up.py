"""Goal 9: minority share in social psychiatry against treatment psychiatry.

Trap: the plan calls the indicator a draft; the baseline is labelled 2010 and holds data of 2006; groups of 30-50
persons.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_09_psychiatric_follow_up import CELL, GOAL


@dg.asset(
    **goal_args(CELL, 9),
    ins={
        "psychiatric_contact": dg.AssetIn(["register", "psychiatric_contact"]),
        "discharge": dg.AssetIn(["register", "discharge"]),
        "social_psychiatry_service": dg.AssetIn(["register", "social_psychiatry_service"]),
        "person": dg.AssetIn(["register", "person"]),
    },
)
def cells(
    psychiatric_contact: pl.DataFrame,
    discharge: pl.DataFrame,
    social_psychiatry_service: pl.DataFrame,
    person: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(
        CELL,
        require_no_rows(
            CELL,
            {
                "psychiatric_contact": psychiatric_contact,
                "discharge": discharge,
                "social_psychiatry_service": social_psychiatry_service,
                "person": person,
            },
        ),
    )


@dg.asset(**goal_args(GOAL, 9), ins={"cells": dg.AssetIn(["cell", "goal_09_psychiatric_follow_up"])})
def goal_09_psychiatric_follow_up(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 9, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
