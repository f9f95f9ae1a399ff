"""Register: services of social psychiatry by section. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.deliveries.records import known
from schemas.registers.social_psychiatry_service import SOCIAL_PSYCHIATRY_SERVICE
from schemas.sources.social_psychiatry_services import DELIVERY

QUERY = f"""
    select person, section, start_date, end_date, observed_end, initiative = 'B' as own_initiative, source_rows,
           key_id, data_kind, delivery_id
    from {known(DELIVERY)}
"""


@dg.asset(
    **table_asset(SOCIAL_PSYCHIATRY_SERVICE, kinds=("duckdb", "parquet")),
    ins={"social_psychiatry_services": dg.AssetIn(["source", "social_psychiatry_services"])},
)
def social_psychiatry_service(social_psychiatry_services: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(SOCIAL_PSYCHIATRY_SERVICE, QUERY, {"social_psychiatry_services": social_psychiatry_services})


CHECKS = contract_checks(SOCIAL_PSYCHIATRY_SERVICE)
