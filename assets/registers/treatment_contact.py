"""Register: contacts of drug treatment with their substances. Confidential.

Trap: a last delivery without a row ends what was open before it, and only the deliveries themselves tell of it.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.deliveries.bearing import last_period
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.deliveries.records import UNSEEN, known
from schemas.registers.treatment_contact import TREATMENT_CONTACT
from schemas.sources.drug_treatment import DELIVERY

QUERY = f"""
    select person, contact_id, request_date, start_date, end_date, observed_end, main_drug,
           'kokain' in (main_drug, coalesce(second_drug, ''), coalesce(third_drug, '')) as any_cocaine,
           treatment_type = 'D' as residential, end_reason = 'A' as ended_early, {UNSEEN} as ended_unseen,
           municipality as geography, source_rows, key_id, data_kind, delivery_id
    from {known(DELIVERY)}
"""


@dg.asset(
    **table_asset(TREATMENT_CONTACT, kinds=("duckdb", "parquet")),
    ins={"drug_treatment": dg.AssetIn(["source", "drug_treatment"])},
)
def treatment_contact(sources: SourcesResource, drug_treatment: LakeTable) -> dg.Output[CheckedTable]:
    last = {"last_period": last_period(delivery_store(sources.lake_root), DELIVERY.source, drug_treatment)}
    return register_output(TREATMENT_CONTACT, QUERY, {"drug_treatment": drug_treatment}, params=last)


CHECKS = contract_checks(TREATMENT_CONTACT)
