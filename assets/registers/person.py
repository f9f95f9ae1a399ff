"""Register: persons by year, with ancestry by the country list frozen as of 1 January 2010. Confidential.

Traps: ancestry that is not stated stays unknown; it is never counted as minority or as Danish. An immigrant or
descendant whose country is blank, on no list, of the realm or unknown abroad is minority, neither western nor not.
"""

import dagster as dg

from handleplan_pipeline.cells.ages import on_1_january
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import yearly_register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.codes import code_list
from schemas.registers.person import PERSON_YEAR

QUERY = f"""
    with located as (
        select dst_bef.*,
               case coalesce(country_group, 'unknown') when 'western' then '_western'
                   when 'non_western' then '_non_western' when 'unknown' then '' when 'realm' then '' end as world
        from dst_bef left join origin_country on origin_country.code = dst_bef.origin_country
        where set_aside is null
    )
    select person, period as year, birth_date,
           {on_1_january("period")} as age,
           case sex when '1' then 'men' when '2' then 'women' end as sex,
           case coalesce(ie_type, '9')
               when '0' then 'unknown' when '9' then 'unknown' when '1' then 'danish'
               when '2' then 'immigrant' || world
               when '3' then 'descendant' || world end as ancestry,
           municipality as geography, 1 as source_rows, key_id, data_kind, delivery_id
    from located
"""


@dg.asset(**table_asset(PERSON_YEAR, kinds=("duckdb", "parquet")), ins={"dst_bef": dg.AssetIn(["source", "dst_bef"])})
def person(context: dg.AssetExecutionContext, dst_bef: LakeTable) -> dg.Output[CheckedTable]:
    countries = {"origin_country": code_list("origin_country")}
    return yearly_register_output(PERSON_YEAR, QUERY, dst_bef, countries, context.partition_keys)


CHECKS = contract_checks(PERSON_YEAR)
