"""Register: contacts in treatment psychiatry, from the LPR2 and the LPR3 layout.

LPR3 has no inpatient flag of the old sense: acute contacts that last past midnight are in-patients, other acute ones
emergency, planned ones outpatient (a break). Confidential.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.deliveries.records import known
from schemas.registers.psychiatric_contact import PSYCHIATRIC_CONTACT
from schemas.sources.psychiatry_contacts import DELIVERY as LPR2
from schemas.sources.psychiatry_contacts_lpr3 import DELIVERY as LPR3

QUERY = f"""
    select person, contact_id, start_date, end_date, observed_end, source_rows, key_id, data_kind, delivery_id,
           case patient_type when '0' then 'inpatient' when '1' then 'inpatient' when '2' then 'outpatient'
               when '3' then 'emergency' end as patient_type
    from {known(LPR2)}
    union all
    select person, 'L' || contact_id, start_date, end_date, observed_end, source_rows, key_id, data_kind,
           delivery_id,
           case priority when 'ATA3' then 'outpatient' when 'ATA1' then
               case when end_date is null or end_date > start_date then 'inpatient' else 'emergency' end end
    from {known(LPR3)}
"""


@dg.asset(
    **table_asset(PSYCHIATRIC_CONTACT, kinds=("duckdb", "parquet")),
    ins={
        "psychiatry_contacts": dg.AssetIn(["source", "psychiatry_contacts"]),
        "psychiatry_contacts_lpr3": dg.AssetIn(["source", "psychiatry_contacts_lpr3"]),
    },
)
def psychiatric_contact(psychiatry_contacts: LakeTable, psychiatry_contacts_lpr3: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(
        PSYCHIATRIC_CONTACT,
        QUERY,
        {"psychiatry_contacts": psychiatry_contacts, "psychiatry_contacts_lpr3": psychiatry_contacts_lpr3},
    )


CHECKS = contract_checks(PSYCHIATRIC_CONTACT)
