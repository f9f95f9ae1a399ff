"""Register: persons by year, with ancestry by the country list frozen as of 1 January 2010. Confidential.

Trap: ancestry that is not stated stays unknown; it is never counted as minority or as Danish.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import yearly_register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.codes import code_list
from schemas.registers.person import PERSON_YEAR

QUERY = """
    select person, period as year, birth_date,
           period - year(birth_date)
               - case when month(birth_date) = 1 and day(birth_date) = 1 then 0 else 1 end as age,
           case sex when '1' then 'men' else 'women' end as sex,
           case ie_type
               when '1' then 'danish'
               when '2' then case country_group when 'non_western' then 'immigrant_non_western'
                                  when 'unknown' then 'immigrant' else 'immigrant_western' end
               when '3' then case country_group when 'non_western' then 'descendant_non_western'
                                  when 'unknown' then 'descendant' else 'descendant_western' end
               else 'unknown' end as ancestry,
           municipality as geography, 1 as source_rows, key_id, data_kind, delivery_id
    from dst_bef
    left join origin_country on origin_country.code = coalesce(dst_bef.origin_country, '0000')
    where set_aside is null
"""


@dg.asset(**table_asset(PERSON_YEAR, kinds=("duckdb", "parquet")), ins={"dst_bef": dg.AssetIn(["source", "dst_bef"])})
def person(context: dg.AssetExecutionContext, dst_bef: LakeTable) -> dg.Output[CheckedTable]:
    countries = {"origin_country": code_list("origin_country")}
    return yearly_register_output(PERSON_YEAR, QUERY, dst_bef, countries, context.partition_keys)


CHECKS = contract_checks(PERSON_YEAR)
