"""What stands behind each figure: from a row of a goal or a baseline to its deliveries and published sources."""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import PROTECTED, contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.release.lineage import lineage_rows
from schemas.meta.release import LINEAGE

PLAN = load_catalogue().plan
GOALS = {g.slug: ("goal", g.slug) for g in PLAN.goals} | {o.slug: ("overall", o.slug) for o in PLAN.overall}
BASELINES = {b.slug: ("baseline", b.slug) for b in PLAN.baselines}
TABLES = {name: dg.AssetIn(list(key)) for name, key in (GOALS | BASELINES).items()}


@dg.asset(**table_asset(LINEAGE, ins={"printed": PROTECTED, "delivery": dg.AssetIn(["meta", "delivery"]), **TABLES}))
def lineage(printed: pl.DataFrame, delivery: pl.DataFrame, **tables: pl.DataFrame) -> dg.Output[CheckedTable]:
    goals = {key: tables[name] for name, key in GOALS.items()}
    baselines = {key: tables[name] for name, key in BASELINES.items()}
    rows = lineage_rows(load_catalogue(), delivery, printed, goals, baselines)
    return table_output(LINEAGE, LINEAGE.conform(rows))


CHECKS = contract_checks(LINEAGE)
