"""Register: new keys of renamed, merged and divided areas and departments. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import AREA_KIND
from schemas.registers.area_key import AREA_KEY

QUERY = f"""
    select {AREA_KIND} as area_kind,
           old_key, new_key, valid_from, 1 as source_rows, null as key_id, data_kind, delivery_id
    from housing_area_keys where set_aside is null
"""


@dg.asset(
    **table_asset(AREA_KEY, kinds=("duckdb", "parquet")),
    ins={"housing_area_keys": dg.AssetIn(["source", "housing_area_keys"])},
)
def area_key(housing_area_keys: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(AREA_KEY, QUERY, {"housing_area_keys": housing_area_keys})


CHECKS = contract_checks(AREA_KEY)
