"""Goal 5 (and overall indicator 3): non-western residents with cocaine use who start treatment.

Counted: persons whose treatment starts in the year with cocaine as main or secondary drug at intake, and who had no
open treatment in the 90 days before. Each person once a year. The rate counts those of them who live in the city and
are of the age it names.

Trap: contacts at most ten days apart are one episode. The goal's own text ("barriers") is undefined: waiting time,
early leaving and broken-off residential stays are context, never the goal, and about everybody who starts, whatever
the drug. A residential stay without a stated reason for its end is unknown (I05d_unknown), never "not broken off".
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
from schemas.goals.goal_05_treatment_access import CELL, GOAL

COUNTED = """
    with fresh as (
        select episode.*, year(episode.start_date) as year
        from treatment_episode as episode
        where episode.geography = $municipality
          and not exists (
              from treatment_episode as earlier
              where earlier.person = episode.person and earlier.geography = episode.geography
                and earlier.start_date < episode.start_date
                and earlier.observed_end >= episode.start_date - $gap_days
          )
    ),
    cocaine as (
        select distinct person, year from fresh where any_cocaine
    ),
    starter as (
        select * from fresh qualify row_number() over (partition by person, year order by start_date) = 1
    ),
    residential as (
        select person, year(observed_end) as year, ended_early from treatment_contact
        where residential and (end_date is not null or ended_unseen) and geography = $municipality
    )
    select 'I05' as name, year, year as attribute_year, person, true as outcome, null::double as amount from cocaine
    union all
    select distinct 'I05_main_drug', year, year, person, true, null from fresh where main_cocaine
    union all
    select distinct 'I05_stock', calendar.year, calendar.year, person, true, null
    from treatment_episode
    join calendar
      on start_date <= make_date(calendar.year, 12, 31)
     and observed_end >= make_date(calendar.year, 1, 1)
    where any_cocaine and geography = $municipality
    union all
    select 'I05_rate', year, year, person, true, null
    from cocaine join person using (person, year)
    where person.geography = $municipality and age between 18 and 64
    union all
    select 'I05b', year, year, person, date_diff('day', request_date, start_date) > $waiting_days, null
    from starter where request_date is not null
    union all
    select 'I05c', year, year, person, date_diff('day', start_date, observed_end) <= $early_days, null from starter
    union all
    select 'I05d', year, year, person, ended_early, null from residential where ended_early is not null
    union all
    select 'I05d_unknown', year, year, person, true, null from residential where ended_early is null
"""

POPULATION = """
    select 'adults' as name, year, ancestry, sex, age
    from person where geography = $municipality and age between 18 and 64
"""

COUNTS = (
    Count("I05", "count"),
    Count("I05_main_drug", "count"),
    Count("I05_stock", "count"),
    Count("I05_rate", "rate", splits=("sex",), per="adults"),
    Count("I05b", "share", splits=("sex",)),
    Count("I05c", "share", splits=("sex",)),
    Count("I05d", "share", splits=("sex",)),
    Count("I05d_unknown", "count", splits=("sex",)),
)


@dg.asset(
    **goal_args(CELL, 5, check_specs=cell_checks(5)),
    ins={
        "treatment_episode": dg.AssetIn(["register", "treatment_episode"]),
        "treatment_contact": dg.AssetIn(["register", "treatment_contact"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    treatment_episode: LakeTable,
    treatment_contact: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {"treatment_episode": treatment_episode, "treatment_contact": treatment_contact, "person": person}
    found = cells_of_goal(
        load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts, population_sql=POPULATION
    )
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 5), ins={"cells": PROTECTED})
def goal_05_treatment_access(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 5, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
