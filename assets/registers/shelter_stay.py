"""Register: stays in section 110 shelters; the latest delivery of a stay stands.

A stay that is open in its last delivery is known until the end of that delivery's year. Confidential.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.deliveries.records import known
from schemas.registers.shelter_stay import SHELTER_STAY
from schemas.sources.section_110_stays import DELIVERY

QUERY = f"""
    select person, facility, start_date, end_date, observed_end, facility_municipality, paying_municipality,
           source_rows, key_id, data_kind, delivery_id
    from {known(DELIVERY)}
"""


@dg.asset(
    **table_asset(SHELTER_STAY, kinds=("duckdb", "parquet")),
    ins={"section_110_stays": dg.AssetIn(["source", "section_110_stays"])},
)
def shelter_stay(section_110_stays: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(SHELTER_STAY, QUERY, {"section_110_stays": section_110_stays})


CHECKS = contract_checks(SHELTER_STAY)
