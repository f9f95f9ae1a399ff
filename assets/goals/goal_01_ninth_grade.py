"""Goal 1: children with a measure who complete 9th grade.

Trap: persons who turn 16 in the year, not pupils enrolled: pupils who vanish stay in the denominator. Family
measures are not per child.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_01_ninth_grade import CELL, GOAL


@dg.asset(
    **goal_args(CELL, 1),
    ins={
        "child_measure": dg.AssetIn(["register", "child_measure"]),
        "schooling": dg.AssetIn(["register", "schooling"]),
        "person": dg.AssetIn(["register", "person"]),
    },
)
def cells(
    child_measure: pl.DataFrame,
    schooling: pl.DataFrame,
    person: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(
        CELL, require_no_rows(CELL, {"child_measure": child_measure, "schooling": schooling, "person": person})
    )


@dg.asset(**goal_args(GOAL, 1), ins={"cells": dg.AssetIn(["cell", "goal_01_ninth_grade"])})
def goal_01_ninth_grade(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 1, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
