"""Goal 6: fewer residents sentenced for the open drug scene, and relatively fewer homeless a year after treatment.

Counted: residents aged 15 and over with a guilty decision in the year for street disorder (a), the euphoriants act (b)
or dealing and smuggling (c); the total counts each person once. I07: persons who enrolled in treatment in the year
before; the outcome is homeless on day 365, by a shelter, the street, or a status of the drug register not too far off.
Beside them I06k: residents found guilty as STRAFNA7 prints them, once that table has been pulled; official figures are
never mixed with the register's.

Trap: most numerators rest on that status alone, and one of the intake says nothing about a year later. Fines under
1,000 kr are not in the register, so street disorder is mostly invisible; 2012 is a break.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.follow_up import AT_FOLLOW_UP
from handleplan_pipeline.cells.open_figures import open_cells
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_06_open_drug_scene import CELL, GOAL

FROM_15 = ((15, 17), (18, 24), (25, 39), (40, 64), (65, 200))

COUNTED = f"""
    with sentenced as (
        select distinct decision.person, year(decision_date) as year, offence.category,
               coalesce(offence_municipality = $municipality, false) as here
        from decision join offence on offence.code = offence_code and offence.use = 'counted'
        where guilty
    ),
    resident as (
        select distinct sentenced.person, sentenced.year, category
        from sentenced
        join person on person.person = sentenced.person and person.year = sentenced.year
        where geography = $municipality and age >= 15
    ),
    enrolled as (
        select person, year(start_date) as index_year, min(start_date) as index_day
        from treatment_episode where geography = $municipality group by all
    ),
    follow as (
        select 'day_365' as kind, person, index_year, index_day, index_day + $follow_up_days as follow_up from enrolled
    ),
    {AT_FOLLOW_UP},
    status as (
        select at_follow_up.person, index_year, min(abs(date_diff('day', follow_up, status_date))) as days,
               min_by(homeless, struct_pack(
                   days := abs(date_diff('day', follow_up, status_date)) * 2
                           + case when status_date > follow_up then 1 else 0 end,
                   latest_delivery := -period, housed := not homeless)) as homeless
        from at_follow_up
        join treatment_status
          on treatment_status.person = at_follow_up.person and treatment_status.geography = $municipality
        group by all
    ),
    seen as (
        select person, index_year, situation in ('dead', 'emigrated') as gone,
               exists (
                   from shelter_stay
                   where shelter_stay.person = at_follow_up.person and start_date <= follow_up + $address_window_days
                     and observed_end > greatest(start_date, follow_up - $address_window_days)
               ) or exists (
                   from housing_situation as home
                   where home.person = at_follow_up.person and home.situation = 'no_abode'
                     and home.start_date <= follow_up and home.observed_end > follow_up
               ) as seen_homeless
        from at_follow_up
    ),
    followed as (
        select person, index_year, gone,
               seen_homeless or coalesce(status.homeless and days <= $status_window_days, false) as homeless,
               seen_homeless or coalesce(status.homeless and days <= $narrow_status_window_days, false) as by_status_90,
               seen_homeless or coalesce(status.homeless, false) as by_any_status
        from seen left join status using (person, index_year)
    )
    select case category when 'street_disorder' then 'I06a' when 'euphoriants_act' then 'I06b' else 'I06c' end as name,
           year, year as attribute_year, person, true as outcome, null::double as amount
    from resident
    union all
    select distinct 'I06_total', year, year, person, true, null from resident
    union all
    select distinct 'I06_place', year, year, person, true, null from sentenced where here
    union all
    select 'I07', index_year + 1, index_year, person, homeless, null from followed where not gone
    union all
    select 'I07_left', index_year + 1, index_year, person, true, null from followed where gone
    union all
    select 'I07_status_90', index_year + 1, index_year, person, by_status_90, null from followed where not gone
    union all
    select 'I07_status_any', index_year + 1, index_year, person, by_any_status, null from followed where not gone
    union all
    select 'I07_left_failed', index_year + 1, index_year, person, homeless or gone, null from followed
"""

POPULATION = """
    select 'from_15' as name, year, ancestry, sex, age from person where geography = $municipality and age >= 15
"""

COUNTS = (
    Count("I06_total", "rate", bands=FROM_15, per="from_15"),
    Count("I06a", "rate", bands=FROM_15, per="from_15"),
    Count("I06b", "rate", bands=FROM_15, per="from_15"),
    Count("I06c", "rate", bands=FROM_15, per="from_15"),
    Count("I06_place", "rate", splits=(), per="from_15"),
    Count("I07", "share"),
    Count("I07_left", "count"),
    Count("I07_left_failed", "share"),
    Count("I07_status_90", "share"),
    Count("I07_status_any", "share"),
)

OPEN_SERIES = """
    with offence(code, series) as (
        values ('1220', 'I06k_a'), ('3210', 'I06k_b'), ('1435', 'I06k_c'), ('1440', 'I06k_c'), ('1220', 'I06k'),
               ('3210', 'I06k'), ('1435', 'I06k'), ('1440', 'I06k')
    ),
    found as (
        select series, year, sum(value) as numerator, bool_and(data_kind = 'official') as official,
               count(value) = any_value(offences) as whole
        from statbank_strafna7
        join offence on code = overtraed
        join (select series, count(*) as offences from offence group by series) using (series)
        where omraade = $municipality
        group by series, year
    ),
    from_15 as (
        select year, sum(value) as denominator, bool_and(data_kind = 'official') as official
        from statbank_folk1e_all
        where omraade = $municipality and cast(alder as integer) >= 15
        group by year
    ),
    every_series as (
        select series, year, numerator, null as denominator, official, whole from found
        union all
        select 'I06k_rate', year, numerator, denominator, found.official and from_15.official, whole
        from found join from_15 using (year) where series = 'I06k'
    )
    select series as indicator_id, year, 'all' as population_group, 'total' as sex,
           case when whole then numerator end as numerator, case when whole then denominator end as denominator,
           case when not whole then 'blanked' when numerator = 0 then 'zero_or_hidden' else 'value' end as cell_state,
           case when official then 'official' else 'synthetic' end as data_kind
    from every_series
"""
OPEN = ["I06k", "I06k_a", "I06k_b", "I06k_c", "I06k_rate"]


def open_series(
    statbank_strafna7: LakeTable | pl.DataFrame, statbank_folk1e_all: LakeTable | pl.DataFrame
) -> pl.DataFrame:
    """Official cells of the municipality's residents found guilty; where they are not pulled, cells that say so.

    A sum of which one offence is hidden is hidden.
    """
    catalogue = load_catalogue()
    tables = {"statbank_strafna7": statbank_strafna7, "statbank_folk1e_all": statbank_folk1e_all}
    asked = {"municipality": catalogue.plan.municipality_code}
    found = get_engine().query(OPEN_SERIES, tables, asked, name="goal 6, I06k")
    return open_cells(catalogue, OPEN, found, "STRAFNA7+FOLK1E")


@dg.asset(
    **goal_args(CELL, 6, check_specs=cell_checks(6)),
    ins={
        "statbank_strafna7": dg.AssetIn(["source", "statbank_strafna7"]),
        "statbank_folk1e_all": dg.AssetIn(["source", "statbank_folk1e_all"]),
        "decision": dg.AssetIn(["register", "decision"]),
        "treatment_episode": dg.AssetIn(["register", "treatment_episode"]),
        "treatment_status": dg.AssetIn(["register", "treatment_status"]),
        "shelter_stay": dg.AssetIn(["register", "shelter_stay"]),
        "housing_situation": dg.AssetIn(["register", "housing_situation"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    statbank_strafna7: LakeTable,
    statbank_folk1e_all: LakeTable,
    decision: LakeTable,
    treatment_episode: LakeTable,
    treatment_status: LakeTable,
    shelter_stay: LakeTable,
    housing_situation: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {
        "decision": decision,
        "treatment_episode": treatment_episode,
        "treatment_status": treatment_status,
        "shelter_stay": shelter_stay,
        "housing_situation": housing_situation,
        "person": person,
    }
    found = cells_of_goal(
        load_catalogue(),
        CELL,
        COUNTED,
        COUNTS,
        tables,
        row_account,
        summed_counts,
        population_sql=POPULATION,
        lists=("offence",),
        official=[open_series(statbank_strafna7, statbank_folk1e_all)],
    )
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 6), ins={"cells": PROTECTED})
def goal_06_open_drug_scene(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 6, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
