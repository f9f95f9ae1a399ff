"""Register: contacts of drug treatment with their substances. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.deliveries.records import known
from schemas.registers.treatment_contact import TREATMENT_CONTACT
from schemas.sources.drug_treatment import DELIVERY

QUERY = f"""
    select person, contact_id, request_date, start_date, end_date, observed_end, main_drug,
           'kokain' in (main_drug, coalesce(second_drug, ''), coalesce(third_drug, '')) as any_cocaine,
           treatment_type = 'D' as residential, end_reason = 'A' as ended_early, ended_unseen,
           municipality as geography, source_rows, key_id, data_kind, delivery_id
    from {known(DELIVERY)}
"""


@dg.asset(
    **table_asset(TREATMENT_CONTACT, kinds=("duckdb", "parquet")),
    ins={"drug_treatment": dg.AssetIn(["source", "drug_treatment"])},
)
def treatment_contact(drug_treatment: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(TREATMENT_CONTACT, QUERY, {"drug_treatment": drug_treatment})


CHECKS = contract_checks(TREATMENT_CONTACT)
