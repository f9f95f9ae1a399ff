"""Goal 3 (and overall indicator 2): homeless persons who reach and keep a home of their own.

Counted: persons with a section 110 night in the city, or registered there without abode, in the year before; the
outcome is a dwelling of their own or permanent accommodation (section 108) on day 365 after the first such day.

Trap: dead and emigrated persons leave the denominator and are counted apart (I03_left); temporary accommodation
(section 107) and c/o addresses are no success. I03b is ready a year later: who was housed and stayed so for 365 days.
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
    housed as (
        select *, situation in ('own_home', 'permanent_accommodation') as success,
               situation in ('dead', 'emigrated') as gone
        from at_follow_up
    ),
    kept as (
        select later.person, later.index_year, later.gone,
               not exists (
                   from shelter_stay
                   where shelter_stay.person = first.person
                     and start_date > first.follow_up and start_date <= later.follow_up
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
    from housed where kind = 'day_365' and not gone
    union all
    select 'I03_left', index_year + 1, index_year, person, true, null from housed where kind = 'day_365' and gone
    union all
    select 'I03_fixed_date', index_year + 1, index_year, person, success, null
    from housed where kind = 'fixed' and not gone
    union all
    select 'I03_fixed_date_left', index_year + 1, index_year, person, true, null
    from housed where kind = 'fixed' and gone
    union all
    select 'I03_left_failed', index_year + 1, index_year, person, success, null from housed where kind = 'day_365'
    union all
    select 'I03b', index_year + 2, index_year, person, outcome, null from kept where not gone
    union all
    select 'I03b_left', index_year + 2, index_year, person, true, null from kept where gone
    union all
    select 'I03b_left_failed', index_year + 2, index_year, person, outcome and not gone, null from kept
"""

COUNTS = (
    Count("I03", "share"),
    Count("I03_left", "count"),
    Count("I03_left_failed", "share"),
    Count("I03_fixed_date", "share"),
    Count("I03_fixed_date_left", "count"),
    Count("I03b", "share"),
    Count("I03b_left", "count"),
    Count("I03b_left_failed", "share"),
)


@dg.asset(
    **goal_args(CELL, 3, check_specs=cell_checks(3)),
    ins={
        "shelter_stay": dg.AssetIn(["register", "shelter_stay"]),
        "housing_situation": dg.AssetIn(["register", "housing_situation"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    shelter_stay: LakeTable,
    housing_situation: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {"shelter_stay": shelter_stay, "housing_situation": housing_situation, "person": person}
    found = cells_of_goal(load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts)
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 3), ins={"cells": PROTECTED})
def goal_03_stable_housing(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 3, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
