"""Goal 4: equal reduction of stays over 120 days in section 110 shelters.

Counted: persons with at least one night in a shelter of the city in the year; the outcome is night 121 or later of a
continuous stay within the year. Length counts all nights from admission, those before 1 January and those in another
city's shelter too. I04_paying counts who had a night the city pays, wherever the shelter lies.

Trap: exactly 120 nights is not more than 120. Published durations cut stays on 1 January and are never used.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_04_shelter_stays import CELL, GOAL

COUNTED = """
    with night as (
        select person, calendar.year, facility_municipality, paying_municipality
        from shelter_stay
        join calendar
          on start_date <= make_date(calendar.year, 12, 31)
         and observed_end > greatest(start_date, make_date(calendar.year, 1, 1))
    ),
    guest as (
        select distinct 'I04' as name, person, year from night where facility_municipality = $municipality
        union all
        select distinct 'I04_paying', person, year from night where paying_municipality = $municipality
    ),
    long as (
        select distinct person, calendar.year
        from shelter_episode
        join calendar
          on greatest(start_date + $threshold_nights, make_date(calendar.year, 1, 1))
             <= least(observed_end - 1, make_date(calendar.year, 12, 31))
    )
    select name, guest.year, guest.year as attribute_year, guest.person, long.person is not null as outcome,
           null::double as amount
    from guest left join long on long.person = guest.person and long.year = guest.year
"""

COUNTS = (
    Count("I04", "share"),
    Count("I04_count", "count", like="I04"),
    Count("I04_paying", "share"),
    Count("I04_2009", "share", splits=(), like="I04", first_year=2009),
)


@dg.asset(
    **goal_args(CELL, 4, check_specs=cell_checks(4)),
    ins={
        "shelter_stay": dg.AssetIn(["register", "shelter_stay"]),
        "shelter_episode": dg.AssetIn(["register", "shelter_episode"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    shelter_stay: LakeTable,
    shelter_episode: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {"shelter_stay": shelter_stay, "shelter_episode": shelter_episode, "person": person}
    found = cells_of_goal(load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts)
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 4), ins={"cells": PROTECTED})
def goal_04_shelter_stays(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 4, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
