"""Register: exposed areas and high-risk departments by year. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import AREA_KIND
from schemas.registers.housing_area import HOUSING_AREA

QUERY = f"""
    select period as year, area_key,
           {AREA_KIND} as area_kind,
           status_date, criteria_version, listed, meets_2010_criteria, dwellings, 1 as source_rows, null as key_id,
           data_kind, delivery_id
    from housing_areas where set_aside is null
"""


@dg.asset(
    **table_asset(HOUSING_AREA, kinds=("duckdb", "parquet")),
    ins={"housing_areas": dg.AssetIn(["source", "housing_areas"])},
)
def housing_area(housing_areas: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(HOUSING_AREA, QUERY, {"housing_areas": housing_areas})


CHECKS = contract_checks(HOUSING_AREA)
