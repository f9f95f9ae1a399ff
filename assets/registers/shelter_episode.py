"""Register: continuous stays in section 110 shelters. Confidential.

Stays at most one day apart are one, across facilities, cities and New Year; length counts from the first admission.
Trap: who comes and leaves on one day has no night there, so such a visit joins no two stays and is none itself.
"""

import dagster as dg

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import made, require_no_row_lost
from schemas.registers.shelter_episode import SHELTER_EPISODE

QUERY = """
    with seen as (
        select *, max(observed_end) over (
            partition by person order by start_date, observed_end
            rows between unbounded preceding and 1 preceding) as latest_before
        from shelter_stay
        where observed_end > start_date
    ),
    numbered as (
        select *, sum(case when date_diff('day', latest_before, start_date) <= $gap_days then 0 else 1 end) over (
            partition by person order by start_date, observed_end) as episode
        from seen
    )
    select person, min(start_date) as start_date,
           case when bool_or(end_date is null) then null else max(end_date) end as end_date,
           max(observed_end) as observed_end, count(*) as stays, count(*) as source_rows,
           any_value(key_id) as key_id, any_value(data_kind) as data_kind, max(delivery_id) as delivery_id
    from numbered
    group by person, episode
"""
STAYS = """
    select count(*) as stays, count(*) filter (observed_end <= start_date) as without_night from shelter_stay
"""


@dg.asset(
    **table_asset(SHELTER_EPISODE, kinds=("duckdb", "parquet")),
    ins={"shelter_stay": dg.AssetIn(["register", "shelter_stay"])},
)
def shelter_episode(shelter_stay: LakeTable) -> dg.Output[CheckedTable]:
    gap = {"gap_days": load_catalogue().indicator("I04").parameters["gap_days"].value}
    frame = made(SHELTER_EPISODE, QUERY, {"shelter_stay": shelter_stay}, gap)
    counted = get_engine().query(STAYS, {"shelter_stay": shelter_stay})
    stays, visits = int(counted["stays"][0]), int(counted["without_night"][0])
    require_no_row_lost(SHELTER_EPISODE, int(frame["source_rows"].sum()), stays, visits)
    return table_output(SHELTER_EPISODE, frame, stays=stays)


CHECKS = contract_checks(SHELTER_EPISODE)
