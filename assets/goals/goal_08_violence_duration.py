"""Goal 8: how long the violence lasted before the first contact. The plan has no indicator; this one is ours.

Counted: women at their first contact ever to the special team or a crisis centre, with a stated start of the violence;
completed months from the first violence to that contact. I09_register: months between a woman's first and last
reported offence within 36 months.

Trap: only women who make contact are seen, and success on goal 7 changes who they are.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.cells.women import men
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_08_violence_duration import CELL, GOAL

COUNTED = f"""
    with man as {men("contact", "contact_date")},
    first_contact as (
        select * from contact
        where counted and not anonymous
          and (door = 'special_team'
               or door = 'crisis_centre'
                  and not exists (from man where man.person = contact.person and man.year = year(contact_date)))
        qualify row_number() over (
            partition by person order by contact_date, months_of_violence desc nulls last) = 1
    ),
    man_reported as {men("victimisation", "offence_date")},
    report as (
        select * from victimisation
        where not exists (
            from man_reported
            where man_reported.person = victimisation.person and man_reported.year = year(offence_date))
    ),
    first_report as (
        select person, min(offence_date) as first_date from report group by all
    ),
    reported as (
        select first_report.person, first_date, max(offence_date) as last_date
        from first_report
        join report
          on report.person = first_report.person and report.offence_date < first_date + to_months($window_months)
        group by all
    )
    select 'I09' as name, year(contact_date) as year, year(contact_date) as attribute_year, person,
           months_of_violence > $long_months as outcome, months_of_violence::double as amount
    from first_contact where months_of_violence is not null
    union all
    select 'I09_register', year(first_date + to_months($window_months)), year(first_date + to_months($window_months)),
           person, true,
           (year(last_date) - year(first_date)) * 12 + month(last_date) - month(first_date)
               - case when day(last_date) < day(first_date) then 1 else 0 end
    from reported
"""


COUNTS = (
    Count("I09", "median", splits=()),
    Count("I09_over36", "share", splits=(), like="I09"),
    Count("I09_register", "median", splits=()),
)


@dg.asset(
    **goal_args(CELL, 8, check_specs=cell_checks(8)),
    ins={
        "contact": dg.AssetIn(["register", "contact"]),
        "victimisation": dg.AssetIn(["register", "victimisation"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    contact: LakeTable,
    victimisation: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {"contact": contact, "victimisation": victimisation, "person": person}
    found = cells_of_goal(load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts)
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 8), ins={"cells": PROTECTED})
def goal_08_violence_duration(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 8, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
