"""All series of all goals in one long table."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.outputs.observation import OBSERVATION

GOALS = {g.slug: dg.AssetIn(["goal", g.slug]) for g in load_catalogue().goals}


@dg.asset(**table_asset(OBSERVATION), ins=GOALS)
def observation(**goals: Any) -> dg.Output[CheckedTable]:
    frames: list[pl.DataFrame] = list(goals.values())
    return table_output(OBSERVATION, pl.concat(frames))


CHECKS = contract_checks(OBSERVATION)
