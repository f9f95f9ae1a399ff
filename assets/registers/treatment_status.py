"""Register: housing statuses of drug treatment, one row per status and delivery. Confidential.

Traps: a later delivery tells a later status; it never overwrites the one that stood at its own date. A status that is
not stated (9) is none, as an empty one is: nobody knows whether the person was homeless. A correction of a contact
(other days, another drug) leaves what was said of its person's housing; that of another person does not.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import made, require_no_row_lost
from handleplan_pipeline.sources.deliveries.records import CORRECTED
from schemas.registers.treatment_status import TREATMENT_STATUS

SAID = f"""
    with of_contact as (
        select *, max(case when set_aside is null then person end) over of_contact as of_last,
               min(case when set_aside is null then person end) over of_contact as of_first
        from drug_treatment
        window of_contact as (partition by contact_id, start_date)
    ),
    said as (
        select *, (set_aside is null
                   or set_aside = '{CORRECTED}' and coalesce(of_first = person and of_last = person, true))
                  and status_date is not null and coalesce(housing, '9') <> '9' as is_said
        from of_contact
    )
"""
QUERY = f"""
    {SAID}
    select person, contact_id, status_date,
           case when housing = '2' then true when housing in ('1', '3') then false
                else error('housing') end as homeless,
           municipality as geography, period, 1 as source_rows, key_id, data_kind, delivery_id
    from said where is_said
"""
ROWS = f"""
    {SAID}
    select count(*) as delivered, count(*) filter (not is_said) as without_status from said
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
