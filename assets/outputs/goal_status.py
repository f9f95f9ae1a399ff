"""Status of each goal and year: four axes, three readings, one badge, with the reason."""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.judgement.status import status
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.outputs.goal_status import GOAL_STATUS


@dg.asset(**table_asset(GOAL_STATUS), ins={n: dg.AssetIn(["output", n]) for n in ("observation", "judgement")})
def goal_status(observation: pl.DataFrame, judgement: pl.DataFrame) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    frame = status(catalogue, observation, judgement, GOAL_STATUS, catalogue.plan.municipality_code)
    decided = {g.number: g.decision_year for g in catalogue.goals}
    latest = frame.filter(pl.col("year") == pl.col("goal").replace_strict(decided))
    table = "| goal | badge | measurability | kind of figures |\n|---|---|---|---|\n" + "\n".join(
        f"| {r['goal']} | {r['badge']} | {r['measurability']} | {r['data_kind'] or ''} |" for r in latest.to_dicts()
    )
    return table_output(GOAL_STATUS, frame, status=dg.MetadataValue.md(table))


CHECKS = contract_checks(GOAL_STATUS)
