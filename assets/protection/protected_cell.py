"""The line: every cell as it may be printed. Goals, baselines and outputs read this table and no count before it.

Trap: a plan holds for the counts it was made for; of other counts nothing passes.
"""

from typing import Any

import dagster as dg

from assets.protection.suppression_plan import CELLS
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.protection.apply import all_printed
from schemas.protection.protected_cell import PROTECTED_CELL


@dg.asset(**table_asset(PROTECTED_CELL), ins=CELLS | {"plan": dg.AssetIn(["cell", "suppression_plan"])})
def protected_cell(plan: Any, **cells: Any) -> dg.Output[CheckedTable]:
    return table_output(PROTECTED_CELL, all_printed(load_catalogue(), cells, plan))


CHECKS = contract_checks(PROTECTED_CELL)
