"""Register: address history as housing situations; the latest delivery of a period stands. Confidential.

Trap: CPR status 20 is a number for tax reasons, without residence in Denmark; it is as gone as who emigrated.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.deliveries.records import known
from schemas.registers.housing_situation import HOUSING_SITUATION
from schemas.sources.address_history import DELIVERY

QUERY = f"""
    select person, start_date, end_date, observed_end,
           case when cpr_status = '90' then 'dead' when cpr_status in ('20', '80') then 'emigrated'
                when cpr_status in ('05', '07', '30', '50', '60') then 'status_unknown'
                when no_abode then 'no_abode' when cpr_status = '70' then 'status_unknown'
                when cpr_status = '03' then 'unknown'
                when cpr_status <> '01' then error('cpr_status')
                when use_of_address = '5' then 'permanent_accommodation'
                when use_of_address = '4' then 'temporary_accommodation'
                when use_of_address = '3' then 'shelter' when use_of_address = '2' then 'institution'
                when road_code >= '9900' then 'unknown' when care_of then 'care_of'
                when use_of_address = '1' then 'own_home' when use_of_address is null then 'unknown'
                end as situation,
           municipality as geography, source_rows, key_id, data_kind, delivery_id
    from {known(DELIVERY)}
"""


@dg.asset(
    **table_asset(HOUSING_SITUATION, kinds=("duckdb", "parquet")),
    ins={"address_history": dg.AssetIn(["source", "address_history"])},
)
def housing_situation(address_history: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(HOUSING_SITUATION, QUERY, {"address_history": address_history})


CHECKS = contract_checks(HOUSING_SITUATION)
