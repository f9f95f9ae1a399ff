"""Register: persons of the SFI count; Greenlanders belong to the realm and are no minority. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.codes import code_list
from schemas.registers.homeless_person import HOMELESS_PERSON

QUERY = """
    select form_id, period as year, municipality as geography, ancestry.population_group,
           case sex when '1' then 'men' when '2' then 'women' when '9' then 'unknown' end as sex, age, situation,
           income,
           case housing_list_answer when 'J' then true when 'N' then false when 'U' then null
               else error('housing_list_answer') end as on_housing_list,
           1 as source_rows, null as key_id, data_kind, delivery_id
    from sfi_person_forms join ancestry on ancestry.system = 'SFI' and ancestry.code = judged_origin
    where set_aside is null
"""


@dg.asset(
    **table_asset(HOMELESS_PERSON, kinds=("duckdb", "parquet")),
    ins={"sfi_person_forms": dg.AssetIn(["source", "sfi_person_forms"])},
)
def homeless_person(sfi_person_forms: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(
        HOMELESS_PERSON, QUERY, {"sfi_person_forms": sfi_person_forms}, {"ancestry": code_list("ancestry")}
    )


CHECKS = contract_checks(HOMELESS_PERSON)
