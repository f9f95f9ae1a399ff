"""Register: drug treatment episodes; contacts at most ten days apart are one. Confidential.

Trap: what counts is the intake: drugs and the earliest request of the contacts that begin on the episode's first day.
"""

import dagster as dg

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import made, require_no_row_lost
from schemas.registers.treatment_episode import TREATMENT_EPISODE

QUERY = """
    with seen as (
        select *, max(observed_end) over (
            partition by person, geography order by start_date, observed_end
            rows between unbounded preceding and 1 preceding) as latest_before
        from treatment_contact
    ),
    numbered as (
        select *, sum(case when date_diff('day', latest_before, start_date) <= $gap_days then 0 else 1 end) over (
            partition by person, geography order by start_date, observed_end) as episode
        from seen
    ),
    told as (
        select *, start_date = min(start_date) over (partition by person, geography, episode) as intake from numbered
    )
    select person, min(case when intake then request_date end) as request_date, min(start_date) as start_date,
           case when bool_or(end_date is null) then null else max(end_date) end as end_date,
           max(observed_end) as observed_end,
           bool_or(main_drug = 'kokain' and intake) as main_cocaine, bool_or(any_cocaine and intake) as any_cocaine,
           geography,
           count(*) as source_rows, any_value(key_id) as key_id, any_value(data_kind) as data_kind,
           max(delivery_id) as delivery_id
    from told
    group by person, geography, episode
"""


@dg.asset(
    **table_asset(TREATMENT_EPISODE, kinds=("duckdb", "parquet")),
    ins={"treatment_contact": dg.AssetIn(["register", "treatment_contact"])},
)
def treatment_episode(treatment_contact: LakeTable) -> dg.Output[CheckedTable]:
    gap = {"gap_days": load_catalogue().indicator("I05").parameters["merge_days"].value}
    frame = made(TREATMENT_EPISODE, QUERY, {"treatment_contact": treatment_contact}, gap)
    contacts = get_engine().query("select count(*) as n from c", {"c": treatment_contact})["n"][0]
    require_no_row_lost(TREATMENT_EPISODE, int(frame["source_rows"].sum()), contacts, 0)
    return table_output(TREATMENT_EPISODE, frame, contacts=contacts)


CHECKS = contract_checks(TREATMENT_EPISODE)
