"""The line: every cell as it may be printed. Goals, baselines and outputs read this table and no count before it.

Trap: a plan holds for the counts it was made for; of other counts nothing passes.
"""

from typing import Any

import dagster as dg
import polars as pl

from assets.protection.suppression_plan import CELLS
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import LakeResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.protection.apply import all_printed
from schemas.protection.protected_cell import PROTECTED_CELL


@dg.asset(
    **table_asset(PROTECTED_CELL),
    ins=CELLS
    | {
        "plan": dg.AssetIn(["cell", "suppression_plan"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def protected_cell(lake: LakeResource, plan: Any, summed_counts: pl.DataFrame, **cells: Any) -> dg.Output[CheckedTable]:
    # a plain sum of a confidential file would confirm a guess of it: beyond the line it has the mark of `meta.delivery`
    marks = {f: lake.lake.sealed(f) for f in summed_counts["delivery_id"].unique()}
    printed = all_printed(load_catalogue(), cells, plan)
    return table_output(PROTECTED_CELL, printed.with_columns(pl.col("delivery_id").replace(marks)))


CHECKS = contract_checks(PROTECTED_CELL)
