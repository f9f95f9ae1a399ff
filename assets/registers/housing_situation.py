"""Register: address history as housing situations; the latest delivery of a period stands. Confidential.

Traps: CPR status 20 is a number for tax reasons, without residence in Denmark; it is as gone as who emigrated. Who is
dead or gone stays so until a later record, also where the next files do not repeat it. A number that is annulled,
deleted or changed (30, 50, 60) tells of the number alone: whoever has it is wherever their other records say.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.deliveries.records import known
from schemas.registers.housing_situation import HOUSING_SITUATION
from schemas.sources.address_history import DELIVERY

QUERY = f"""
    with record as (select * from {known(DELIVERY)}),
    gone as (
        -- of who is dead or gone without an end: when another record begins, and whether a later file has them here
        select record.person, record.start_date,
               min(other.start_date) filter (other.start_date > record.start_date) as next_start,
               coalesce(bool_or(other.period > record.period and other.start_date <= record.start_date), false) as here
        from record
        join record as other on other.person = record.person
        where record.end_date is null and record.cpr_status in ('20', '80', '90')
        group by all
    )
    select record.person, record.start_date, end_date,
           case when end_date is null and cpr_status in ('20', '80', '90') and not here
                then greatest(observed_end,
                              coalesce(next_start, make_date((select max(period) from record), 12, 31) + 1))
                else observed_end end as observed_end,
           case when cpr_status = '90' then 'dead' when cpr_status in ('20', '80') then 'emigrated'
                when cpr_status in ('30', '50', '60') then 'number_only'
                when cpr_status in ('05', '07') then 'status_unknown'
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
    from record
    left join gone on gone.person = record.person and gone.start_date = record.start_date
"""


@dg.asset(
    **table_asset(HOUSING_SITUATION, kinds=("duckdb", "parquet")),
    ins={"address_history": dg.AssetIn(["source", "address_history"])},
)
def housing_situation(address_history: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(HOUSING_SITUATION, QUERY, {"address_history": address_history})


CHECKS = contract_checks(HOUSING_SITUATION)
