"""Register: discharges with the region's assessment and notification. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.registers.discharge import DISCHARGE

QUERY = """
    select person, discharge_date, needs_further_effort, notified_date, 1 as source_rows,
           key_id, data_kind, delivery_id
    from psychiatry_discharge_notifications where set_aside is null
"""


@dg.asset(
    **table_asset(DISCHARGE, kinds=("duckdb", "parquet")),
    ins={"psychiatry_discharge_notifications": dg.AssetIn(["source", "psychiatry_discharge_notifications"])},
)
def discharge(psychiatry_discharge_notifications: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(DISCHARGE, QUERY, {"psychiatry_discharge_notifications": psychiatry_discharge_notifications})


CHECKS = contract_checks(DISCHARGE)
