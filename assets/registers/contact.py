"""Register: contacts to the special team, other offers and crisis centres. Confidential.

Trap: an anonymous contact has no person; its origin is unknown and stays unknown.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.registers.contact import CONTACT

QUERY = """
    with delivered as (
        select case offer when 'S' then 'special_team' when 'A' then 'other' end as door, contact_id, person,
               contact_date,
               anonymous, sex = 'K' and partner_violence as counted, violence_start, key_id, data_kind, delivery_id
        from special_team_log where set_aside is null
        union all
        select 'crisis_centre', stay_id, person, start_date, anonymous, true, violence_start,
               key_id, data_kind, delivery_id
        from crisis_centre_stays where set_aside is null
    )
    select door, contact_id, person, contact_date, anonymous, counted,
           (year(contact_date) - year(violence_start)) * 12 + month(contact_date) - month(violence_start)
               - case when day(contact_date) < day(violence_start) then 1 else 0 end as months_of_violence,
           1 as source_rows, key_id, data_kind, delivery_id
    from delivered
"""


@dg.asset(
    **table_asset(CONTACT, kinds=("duckdb", "parquet")),
    ins={
        "special_team_log": dg.AssetIn(["source", "special_team_log"]),
        "crisis_centre_stays": dg.AssetIn(["source", "crisis_centre_stays"]),
    },
)
def contact(special_team_log: LakeTable, crisis_centre_stays: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(
        CONTACT, QUERY, {"special_team_log": special_team_log, "crisis_centre_stays": crisis_centre_stays}
    )


CHECKS = contract_checks(CONTACT)
