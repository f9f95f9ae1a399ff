"""Register: housing statuses of drug treatment, one row per status and delivery. Confidential.

Traps: a later delivery tells a later status; it never overwrites the one that stood at its own date. A status that is
not stated (9) is none, as an empty one is: nobody knows whether the person was homeless.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import made, require_no_row_lost
from schemas.registers.treatment_status import TREATMENT_STATUS

QUERY = """
    select person, contact_id, status_date,
           case when housing = '2' then true when housing in ('1', '3') then false
                else error('housing') end as homeless,
           municipality as geography, period, 1 as source_rows, key_id, data_kind, delivery_id
    from drug_treatment
    where set_aside is null and status_date is not null and housing <> '9'
"""
ROWS = """
    select count(*) as delivered,
           count(*) filter (set_aside is not null or status_date is null
                            or coalesce(housing, '9') = '9') as without_status
    from drug_treatment
"""


@dg.asset(
    **table_asset(TREATMENT_STATUS, kinds=("duckdb", "parquet")),
    ins={"drug_treatment": dg.AssetIn(["source", "drug_treatment"])},
)
def treatment_status(drug_treatment: LakeTable) -> dg.Output[CheckedTable]:
    tables = {"drug_treatment": drug_treatment}
    frame = made(TREATMENT_STATUS, QUERY, tables)
    delivered, without = get_engine().query(ROWS, tables, name=TREATMENT_STATUS.full_name).row(0)
    require_no_row_lost(TREATMENT_STATUS, frame.height, delivered, without)
    return table_output(TREATMENT_STATUS, frame, rows_without_status=without)


CHECKS = contract_checks(TREATMENT_STATUS)
