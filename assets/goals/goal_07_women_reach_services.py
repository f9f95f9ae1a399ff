"""Goal 7: more women exposed to partner violence reach the special team.

Counted: contacts, and unique women, of the special team in the year; the women of each group aged 18-64 stand beside.
The rate counts those of the women who are among them.
Anonymous contacts have no origin: they are their own row, and count as unknown.

Trap: a rise at one door may be a shift from another, so contacts to other offers and crisis centres are beside it, and
all doors together (I08_system). Other offers come in the team's log, so before 2011 both are crisis centres only. The
team did not exist before 2011: before, its log is not needed; from then on a year without it is not delivered.
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
from schemas.goals.goal_07_women_reach_services import CELL, GOAL

COUNTED = f"""
    with man as {men("contact", "contact_date")},
    woman as (
        -- an anonymous contact is a person of its own, and the same one in every series
        select * replace (coalesce(person, 'anonymous ' || door || ' ' || contact_id) as person),
               year(contact_date) as year
        from contact
        where counted
          -- the team writes down the sex; at a crisis centre it is the population that tells a boy from his mother
          and not (door = 'crisis_centre'
                   and exists (from man where man.person = contact.person and man.year = year(contact_date)))
    )
    select 'I08_contacts' as name, year, year as attribute_year, person, true as outcome, null::double as amount
    from woman where door = 'special_team' and not anonymous
    union all
    select distinct 'I08_women', year, year, person, true, null
    from woman where door = 'special_team' and not anonymous
    union all
    select distinct 'I08_women_rate', year, year, person, true, null
    from woman
    join person using (person, year)
    where door = 'special_team' and not anonymous
      and geography = $municipality and sex = 'women' and age between 18 and 64
    union all
    select 'I08_anonymous', year, year, person, true, null from woman where door = 'special_team' and anonymous
    union all
    select 'I08_companion', year, year, person, true, null from woman where door <> 'special_team'
    union all
    select 'I08_system', year, year, person, true, null from woman
"""

POPULATION = """
    select 'women' as name, year, ancestry, sex, age
    from person where geography = $municipality and sex = 'women' and age between 18 and 64
"""


COUNTS = (
    Count("I08_women", "count", splits=("age",), per="women"),
    Count("I08_women_rate", "rate", splits=(), per="women"),
    Count("I08_contacts", "count", splits=("age",), per="women"),
    Count("I08_anonymous", "count", splits=(), groups=("unknown",)),
    Count("I08_companion", "count", splits=()),
    Count("I08_system", "count", splits=(), per="women"),
)


@dg.asset(
    **goal_args(CELL, 7, check_specs=cell_checks(7)),
    ins={
        "contact": dg.AssetIn(["register", "contact"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    contact: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {"contact": contact, "person": person}
    found = cells_of_goal(
        load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts, population_sql=POPULATION
    )
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 7), ins={"cells": PROTECTED})
def goal_07_women_reach_services(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 7, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
