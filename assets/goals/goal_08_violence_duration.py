"""Goal 8: months of violence before the first contact.

Trap: the plan has no indicator for this goal; the measure is ours and descriptive.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_08_violence_duration import CELL, GOAL


@dg.asset(
    **goal_args(CELL, 8),
    ins={"contact": dg.AssetIn(["register", "contact"]), "person": dg.AssetIn(["register", "person"])},
)
def cells(
    contact: pl.DataFrame,
    person: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    """No register can fill this goal before its suppliers deliver."""
    return table_output(CELL, require_no_rows(CELL, {"contact": contact, "person": person}))


@dg.asset(**goal_args(GOAL, 8), ins={"cells": dg.AssetIn(["cell", "goal_08_violence_duration"])})
def goal_08_violence_duration(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 8, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
