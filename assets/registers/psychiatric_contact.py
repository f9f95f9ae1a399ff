"""Register: contacts in treatment psychiatry, from the LPR2 and the LPR3 layout.

LPR3 has no inpatient flag of the old sense: acute contacts that last past midnight are in-patients, other acute ones
emergency, planned ones outpatient (a break). Confidential.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.registers.psychiatric_contact import PSYCHIATRIC_CONTACT

QUERY = """
    with delivered as (
        select person, contact_id, start_date, end_date, period, key_id, data_kind, delivery_id,
               case patient_type when '0' then 'inpatient' when '1' then 'inpatient' when '2' then 'outpatient'
                   when '3' then 'emergency' end as patient_type
        from psychiatry_contacts where set_aside is null
        union all
        select person, 'L' || contact_id, start_date, end_date, period, key_id, data_kind, delivery_id,
               case priority when 'ATA3' then 'outpatient' when 'ATA1' then
                   case when coalesce(end_date, make_date(period + 1, 1, 1)) > start_date then 'inpatient'
                        else 'emergency' end end
        from psychiatry_contacts_lpr3 where set_aside is null
    )
    select *, count(*) over (partition by contact_id) as source_rows
    from delivered
    qualify row_number() over (partition by contact_id order by period desc) = 1
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
