"""Goal 10: fewer residents of exposed areas and high-risk departments on transfer income.

Counted: residents aged 18-64 on 1 January in the areas of the list of January 2010 (I12a) and the departments of the
end of 2010 (I12b); the outcome is public transfer income in the reference week, the last full week of November.

Trap: October 2010 had another list, by other criteria. Areas leave the list by improving, so the fixed set of January
2010 bears the goal, renamed areas followed; each year's own list stands beside, as do at least half of the year, and
early retirement (efterløn) counted too.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.areas import AREAS_OVER_TIME
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_10_transfer_income import CELL, GOAL

WORKING = ((18, 24), (25, 39), (40, 64))

COUNTED = f"""
    with recursive seen as (
        select area_kind, area_key, make_date(year, 1, 1) as on_date from area_resident
        union
        select area_kind, area_key, status_date from housing_area
    ),
    {AREAS_OVER_TIME},
    own_list as (
        select year, area_kind, area_key, status_date from dated
        where listed and (area_kind = 'exposed_area' or is_last)
        qualify criteria_version = $baseline_criteria
             or not bool_or(criteria_version = $baseline_criteria) over (partition by year, area_kind)
    ),
    own_root as (
        select distinct own_list.year, own_list.area_kind, root
        from own_list
        join root on root.area_kind = own_list.area_kind and root.area_key = own_list.area_key and on_date = status_date
    ),
    resident as (
        select area_resident.person, area_resident.year, area_resident.area_kind,
               coalesce(lasting_key, area_resident.area_key) as area_key, lasting_key is not null as fixed,
               exists (from root join own_root using (area_kind, root)
                       where root.area_kind = area_resident.area_kind and root.area_key = area_resident.area_key
                         and root.on_date = make_date(area_resident.year, 1, 1)
                         and own_root.year = area_resident.year) as own,
               coalesce(on_transfer, false) as on_transfer, coalesce(half_year, false) as half_year,
               coalesce(on_transfer or early_retirement, false) as or_early_retirement
        from area_resident
        join person on person.person = area_resident.person and person.year = area_resident.year
        left join of_baseline
          on of_baseline.area_kind = area_resident.area_kind and of_baseline.area_key = area_resident.area_key
         and of_baseline.on_date = make_date(area_resident.year, 1, 1)
        left join benefit on benefit.person = area_resident.person and benefit.year = area_resident.year
        where age between 18 and 64
    )
    select 'I12a' as name, year, year as attribute_year, person, on_transfer as outcome, null::double as amount,
           area_key as cluster
    from resident where area_kind = 'exposed_area' and fixed
    union all
    select 'I12b', year, year, person, on_transfer, null, area_key
    from resident where area_kind = 'high_risk_department' and fixed
    union all
    select 'I12a_current', year, year, person, on_transfer, null, area_key
    from resident where area_kind = 'exposed_area' and own
    union all
    select 'I12b_current', year, year, person, on_transfer, null, area_key
    from resident where area_kind = 'high_risk_department' and own
    union all
    select case area_kind when 'exposed_area' then 'I12a_half_year' else 'I12b_half_year' end, year, year, person,
           half_year, null, area_key
    from resident where fixed
    union all
    select case area_kind when 'exposed_area' then 'I12a_early_retirement' else 'I12b_early_retirement' end, year, year,
           person, or_early_retirement, null, area_key
    from resident where fixed
"""

FIXED = ("I12a", "I12b", "I12a_half_year", "I12b_half_year", "I12a_early_retirement", "I12b_early_retirement")
OWN = ("I12a_current", "I12b_current")
COUNTS = tuple(Count(name, "share", bands=WORKING, groups=("all",), first_year=2010) for name in (*FIXED, *OWN))


@dg.asset(
    **goal_args(CELL, 10, check_specs=cell_checks(10)),
    ins={
        "area_resident": dg.AssetIn(["register", "area_resident"]),
        "housing_area": dg.AssetIn(["register", "housing_area"]),
        "area_key": dg.AssetIn(["register", "area_key"]),
        "benefit": dg.AssetIn(["register", "benefit"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    area_resident: LakeTable,
    housing_area: LakeTable,
    area_key: LakeTable,
    benefit: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {
        "area_resident": area_resident,
        "housing_area": housing_area,
        "area_key": area_key,
        "benefit": benefit,
        "person": person,
    }
    found = cells_of_goal(load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts)
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 10), ins={"cells": PROTECTED})
def goal_10_transfer_income(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 10, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
