"""Goal 1 (and overall indicator 1): completed 9th grade among children with a child measure.

Counted: persons who turn 16 in year t, had a child-directed measure (BUA, BUFO; the city acting) on at least one day of
the 24 months to 31 July, and live in Denmark on 1 January t+1; the outcome is an exit from grade 9 coded completed by
1 October t+1. Not counted: family-directed measures, which no register holds per child.

Trap: a missing mark is neither failed nor passed. The leaving exam (I01_exam) is passed with every compulsory subject,
by the best mark of each; it counts known outcomes only and reports the others. Who moves within Denmark has not left:
the population file holds every person of any other delivery who lives in the country.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.cells.tabulate import LOOK_BACK_YEARS
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_01_ninth_grade import CELL, GOAL

COUNTED = f"""
    with measured as (
        select distinct person, calendar.year
        from child_measure
        join calendar
          on start_date <= make_date(calendar.year, 7, 31)
         and observed_end > make_date(calendar.year, 7, 31) - to_months($measure_window_months)
        where acting_municipality = $municipality
    ),
    born as (
        -- the number in force holds the birth date: one that was corrected turns 16 once
        select person, max_by(birth_date, year) as birth_date
        from person semi join measured using (person)
        group by all
    ),
    not_counted_next_year as (
        select measured.person, measured.year
        from measured
        join born on born.person = measured.person and year(born.birth_date) = measured.year - $cohort_age
        join person on person.person = measured.person
                   and person.year between measured.year - {LOOK_BACK_YEARS} and measured.year
        left join person as later on later.person = measured.person and later.year = measured.year + 1
        where later.person is null
        group by all
    ),
    still_named as (
        select person, year - 1 as year from person_set_aside
    ),
    cohort as (
        select measured.person, measured.year
        from measured
        join person on person.person = measured.person and person.year = measured.year + 1
        join born on born.person = measured.person and year(born.birth_date) = measured.year - $cohort_age
        union all
        select * from not_counted_next_year semi join still_named using (person, year)
    ),
    gone as (
        select * from not_counted_next_year anti join still_named using (person, year)
    ),
    leaving as (
        select cohort.person, cohort.year,
               coalesce(bool_or(event = 'exit' and subject = '29' and completed), false) as completed
        from cohort
        left join schooling
          on schooling.person = cohort.person and schooling.event_date <= make_date(cohort.year + 1, 10, 1)
        group by all
    ),
    best as (
        select cohort.person, cohort.year, subject, bool_or(mark_class = 'passed') as passed,
               bool_or(mark_class = 'failed') and not passed as failed
        from cohort
        join schooling
          on schooling.person = cohort.person and schooling.event_date <= make_date(cohort.year + 1, 10, 1)
        where event = 'mark' and subject like '% Bundne prøvefag'
          and list_contains($compulsory_subjects, split_part(subject, ' ', 1))
        group by all
    ),
    exam as (
        select cohort.person, cohort.year, count(*) filter (passed) = len($compulsory_subjects) as passed,
               count(*) filter (passed or failed) = len($compulsory_subjects) as known
        from cohort left join best using (person, year)
        group by all
    )
    select 'I01' as name, year, year as attribute_year, person, completed as outcome, null::double as amount
    from leaving
    union all
    select 'I01_exam', year, year, person, passed, null from exam where known
    union all
    select 'I01_exam_unknown', year, year, person, true, null from exam where not known
    union all
    select 'I01_left', year, year, person, true, null from gone
    union all
    select 'I01_left_failed', year, year, person, completed, null from leaving
    union all
    select 'I01_left_failed', year, year, person, false, null from gone
"""

COUNTS = (
    Count("I01", "share", splits=("sex",)),
    Count("I01_all", "share", splits=(), groups=("all",), like="I01"),
    Count("I01_left", "count", splits=("sex",)),
    Count("I01_left_failed", "share", splits=("sex",)),
    Count("I01_exam", "share", splits=("sex",)),
    Count("I01_exam_unknown", "count", splits=("sex",)),
)


@dg.asset(
    **goal_args(CELL, 1, check_specs=cell_checks(1)),
    ins={
        "child_measure": dg.AssetIn(["register", "child_measure"]),
        "schooling": dg.AssetIn(["register", "schooling"]),
        "person": dg.AssetIn(["register", "person"]),
        "person_set_aside": dg.AssetIn(["register", "person_set_aside"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    child_measure: LakeTable,
    schooling: LakeTable,
    person: LakeTable,
    person_set_aside: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {
        "child_measure": child_measure,
        "schooling": schooling,
        "person": person,
        "person_set_aside": person_set_aside,
    }
    found = cells_of_goal(load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts)
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 1), ins={"cells": PROTECTED})
def goal_01_ninth_grade(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 1, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
