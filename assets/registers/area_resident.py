"""Register: residents of exposed areas and high-risk departments. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import AREA_KIND
from schemas.registers.area_resident import AREA_RESIDENT

QUERY = f"""
    select person, period as year, area_key,
           {AREA_KIND} as area_kind,
           1 as source_rows, key_id, data_kind, delivery_id
    from housing_residents where set_aside is null
"""


@dg.asset(
    **table_asset(AREA_RESIDENT, kinds=("duckdb", "parquet")),
    ins={"housing_residents": dg.AssetIn(["source", "housing_residents"])},
)
def area_resident(housing_residents: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(AREA_RESIDENT, QUERY, {"housing_residents": housing_residents})


CHECKS = contract_checks(AREA_RESIDENT)
