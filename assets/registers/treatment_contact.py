"""Register: contacts of drug treatment with substances and status. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.registers.treatment_contact import TREATMENT_CONTACT

QUERY = """
    with contact as (
        select *, count(*) over (partition by contact_id) as source_rows
        from drug_treatment where set_aside is null
        qualify row_number() over (partition by contact_id order by period desc) = 1
    )
    select person, contact_id, request_date, start_date, end_date, main_drug,
           'kokain' in (main_drug, coalesce(second_drug, ''), coalesce(third_drug, '')) as any_cocaine,
           treatment_type = 'D' as residential, end_reason = 'A' as ended_early, status_date,
           case when housing is not null and status_date is not null then housing = '2' end as status_homeless,
           municipality as geography, source_rows, key_id, data_kind, delivery_id
    from contact
"""


@dg.asset(
    **table_asset(TREATMENT_CONTACT, kinds=("duckdb", "parquet")),
    ins={"drug_treatment": dg.AssetIn(["source", "drug_treatment"])},
)
def treatment_contact(drug_treatment: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(TREATMENT_CONTACT, QUERY, {"drug_treatment": drug_treatment})


CHECKS = contract_checks(TREATMENT_CONTACT)
