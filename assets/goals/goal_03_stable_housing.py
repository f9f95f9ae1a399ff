"""Goal 3 (and overall indicator 2): homeless persons who reach and keep a home of their own.

Counted: persons with a section 110 night in the city, or registered there without abode, in the year before; the
outcome is, on day 365 after the first such day, an address that is a dwelling of their own or permanent accommodation
(section 108) and no night in a section 107 or 110 facility.

Trap: who keeps an address may sleep in a shelter all year (I03_address_only counts them as housed). Dead and emigrated
persons leave the denominator and are counted apart (I03_left), and so do those without an address record: their
outcome is unknown. I03b is ready a year later: who was housed on day 365 and stayed so for 365 days.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.follow_up import AT_FOLLOW_UP
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_03_stable_housing import CELL, GOAL

COUNTED = f"""
    with qualifying as (
        select person, calendar.year as index_year, greatest(start_date, make_date(calendar.year, 1, 1)) as day
        from shelter_stay
        join calendar
          on start_date <= make_date(calendar.year, 12, 31)
         and observed_end > greatest(start_date, make_date(calendar.year, 1, 1))
        where facility_municipality = $municipality
        union all
        select person, calendar.year, greatest(start_date, make_date(calendar.year, 1, 1))
        from housing_situation
        join calendar
          on start_date <= make_date(calendar.year, 12, 31)
         and observed_end > greatest(start_date, make_date(calendar.year, 1, 1))
        where situation = 'no_abode' and geography = $municipality
    ),
    indexed as (
        select person, index_year, min(day) as index_day from qualifying group by all
    ),
    follow as (
        select 'day_365' as kind, person, index_year, index_day, index_day + $follow_up_days as follow_up from indexed
        union all
        select 'fixed', person, index_year, index_day, make_date(index_year + 1, 12, 31) from indexed
        union all
        select 'day_730', person, index_year, index_day, index_day + 2 * $follow_up_days from indexed
    ),
    {AT_FOLLOW_UP},
    facility as (
        select person, start_date, observed_end as end_date from shelter_stay
        union all
        select person, start_date, coalesce(end_date, observed_end + 1) from social_psychiatry_service
        where section = '107'
    ),
    housed as (
        select *, situation in ('own_home', 'permanent_accommodation') as by_address,
               by_address and not exists (
                   from facility
                   where facility.person = at_follow_up.person and start_date <= follow_up and end_date > follow_up
               ) as success,
               situation in ('dead', 'emigrated') as gone, situation in ('no_record', 'status_unknown') as unknown
        from at_follow_up
    ),
    kept as (
        select later.person, later.index_year, later.gone, later.unknown,
               not exists (
                   from facility
                   where facility.person = first.person and start_date <= later.follow_up
                     and end_date > greatest(start_date, first.follow_up + 1)
               ) and not exists (
                   from housing_situation
                   where housing_situation.person = first.person and situation = 'no_abode'
                     and start_date <= later.follow_up and observed_end > first.follow_up + 1
               ) as outcome
        from housed as first
        join housed as later
          on later.person = first.person and later.index_year = first.index_year and later.kind = 'day_730'
        where first.kind = 'day_365' and first.success
    )
    select 'I03' as name, index_year + 1 as year, index_year as attribute_year, person, success as outcome,
           null::double as amount
    from housed where kind = 'day_365' and not gone and not unknown
    union all
    select 'I03_address_only', index_year + 1, index_year, person, by_address, null
    from housed where kind = 'day_365' and not gone and not unknown
    union all
    select 'I03_unknown', index_year + 1, index_year, person, true, null from housed where kind = 'day_365' and unknown
    union all
    select 'I03_unknown_failed', index_year + 1, index_year, person, success, null
    from housed where kind = 'day_365' and not gone
    union all
    select 'I03_unknown_housed', index_year + 1, index_year, person, success or unknown, null
    from housed where kind = 'day_365' and not gone
    union all
    select 'I03_left', index_year + 1, index_year, person, true, null from housed where kind = 'day_365' and gone
    union all
    select 'I03_fixed_date', index_year + 1, index_year, person, success, null
    from housed where kind = 'fixed' and not gone and not unknown
    union all
    select 'I03_fixed_date_left', index_year + 1, index_year, person, true, null
    from housed where kind = 'fixed' and gone
    union all
    select 'I03_fixed_date_unknown', index_year + 1, index_year, person, true, null
    from housed where kind = 'fixed' and unknown
    union all
    select 'I03_left_failed', index_year + 1, index_year, person, success, null
    from housed where kind = 'day_365' and not unknown
    union all
    select 'I03b', index_year + 2, index_year, person, outcome, null from kept
    where not gone and not (unknown and outcome)
    union all
    select 'I03b_unknown', index_year + 2, index_year, person, true, null from kept where unknown and outcome
    union all
    select 'I03b_left', index_year + 2, index_year, person, true, null from kept where gone
    union all
    select 'I03b_left_failed', index_year + 2, index_year, person, outcome and not gone, null from kept
    where not (unknown and outcome)
"""

COUNTS = (
    Count("I03", "share"),
    Count("I03_left", "count"),
    Count("I03_left_failed", "share"),
    Count("I03_unknown", "count"),
    Count("I03_unknown_failed", "share"),
    Count("I03_unknown_housed", "share"),
    Count("I03_address_only", "share"),
    Count("I03_fixed_date", "share"),
    Count("I03_fixed_date_left", "count"),
    Count("I03_fixed_date_unknown", "count"),
    Count("I03b", "share"),
    Count("I03b_left", "count"),
    Count("I03b_left_failed", "share"),
    Count("I03b_unknown", "count"),
)


@dg.asset(
    **goal_args(CELL, 3, check_specs=cell_checks(3)),
    ins={
        "shelter_stay": dg.AssetIn(["register", "shelter_stay"]),
        "housing_situation": dg.AssetIn(["register", "housing_situation"]),
        "social_psychiatry_service": dg.AssetIn(["register", "social_psychiatry_service"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    shelter_stay: LakeTable,
    housing_situation: LakeTable,
    social_psychiatry_service: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {
        "shelter_stay": shelter_stay,
        "housing_situation": housing_situation,
        "social_psychiatry_service": social_psychiatry_service,
        "person": person,
    }
    found = cells_of_goal(load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts)
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 3), ins={"cells": PROTECTED})
def goal_03_stable_housing(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 3, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
