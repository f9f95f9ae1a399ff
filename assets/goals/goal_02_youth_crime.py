"""Goal 2: young people with a criminal decision, minority against Danish origin.

What bears the goal is I02 (residents of Copenhagen aged 15-17, register of decisions): it needs a delivery. What open
official figures can fill is the national series I02n: persons aged 15-29 found guilty in the year (STRAFNA9) per
population of the same age on 1 January (FOLK1E). It is context: another age band, the whole country, all offences.
I02k is the same of the municipality alone (STRAFNA6, two classes of origin) once those tables have been pulled.

Counted (I02): residents aged 15-17 on 1 January with a decision of guilt in the year under the penal code, the weapons
act or the euphoriants act, for an offence after their 15th birthday; each person once.

Trap: both tables write 0 in a hidden cell, so a 0 may be either; and the five ancestries must all be there, or a
group would be short without a word. The age of criminal responsibility was 14 for a while: offence age is at least 15.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.open_figures import official_cells, open_cells
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.contrasts import contrasts
from handleplan_pipeline.judgement.observations import observe, standardised_ratios
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_02_youth_crime import CELL, GOAL
from schemas.outputs.contrast import CONTRAST

COUNTED = """
    with guilty as (
        select decision.person, person.year, person.age, offence_code
        from decision
        join person on person.person = decision.person and person.year = year(decision_date)
        where guilty and geography = $municipality and age between 15 and 24
          and offence_date >= birth_date + to_years(15)
    ),
    serious as (
        select * from guilty
        where offence_code like '1%' or offence_code like '32%' or offence_code like '34%'
    )
    select distinct 'I02' as name, year, year as attribute_year, person, true as outcome, null::double as amount
    from serious where age <= 17
    union all
    select distinct 'I02_age15_24', year, year, person, true, null from serious
    union all
    select distinct 'I02_traffic', year, year, person, true, null
    from guilty
    where age <= 17 and (offence_code like '1%' or offence_code like '2%' or offence_code like '32%'
                         or offence_code like '34%')
"""

POPULATION = """
    select 'aged_15_24' as name, year, ancestry, sex, age
    from person where geography = $municipality and age between 15 and 24
    union all
    select 'aged_15_17', year, ancestry, sex, age
    from person where geography = $municipality and age between 15 and 17
"""

SINGLE_YEARS = ((15, 15), (16, 16), (17, 17))
COUNTS = (
    Count("I02", "rate", splits=("sex", "age", "sex_age"), bands=SINGLE_YEARS, per="aged_15_17"),
    Count("I02_crude", "rate", splits=(), per="aged_15_17", like="I02"),
    Count("I02_age15_24", "rate", bands=((15, 17), (18, 24)), per="aged_15_24"),
    Count("I02_traffic", "rate", bands=SINGLE_YEARS, per="aged_15_17"),
)

NATIONAL = """
    with ancestry(herkomst, population_group) as (
        values ('1', 'danish'), ('24', 'minority'), ('25', 'minority'), ('34', 'minority'), ('35', 'minority'),
               ('25', 'non_western'), ('35', 'non_western')
    ),
    guilty as (
        select year, herkomst, case koen when 'M' then 'men' when 'K' then 'women' end as sex, value, data_kind
        from statbank_strafna9
        where alder = '15-29' and herkomst in ('1', '24', '25', '34', '35')
    ),
    population as (
        select year, herkomst, case koen when '1' then 'men' when '2' then 'women' end as sex,
               sum(value) as value, count(*) filter (value is null) as hidden,
               bool_and(data_kind = 'official') as official
        from statbank_folk1e
        where omraade = '000' and alder between '15' and '29'
        group by year, herkomst, sex
    )
    select 'I02n' as indicator_id, year, population_group, coalesce(sex, 'total') as sex,
           case when hidden = 0 then numerator end as numerator,
           case when hidden = 0 then denominator end as denominator,
           case when hidden > 0 then 'blanked' when numerator = 0 then 'zero_or_hidden' else 'value' end as cell_state,
           case when official then 'official' else 'synthetic' end as data_kind, cells
    from (
        select bool_and(guilty.data_kind = 'official' and population.official) as official,
               guilty.year, population_group, guilty.sex, sum(guilty.value) as numerator,
               sum(population.value) as denominator, count(*) as cells,
               count(*) filter (guilty.value is null or population.hidden > 0) as hidden
        from guilty
        join population on guilty.year = population.year and guilty.herkomst = population.herkomst
                       and guilty.sex = population.sex
        join ancestry on guilty.herkomst = ancestry.herkomst
        group by grouping sets ((guilty.year, population_group), (guilty.year, population_group, guilty.sex))
    ) as summed
"""

MUNICIPAL = """
    with origin(herkomst1, herkomst, population_group) as (
        values ('1', '1', 'danish'), ('6', '24', 'minority'), ('6', '25', 'minority'), ('6', '34', 'minority'),
               ('6', '35', 'minority')
    ),
    guilty as (
        select year, population_group, case koen when 'M' then 'men' when 'K' then 'women' end as sex, value, data_kind
        from statbank_strafna6
        join (select distinct herkomst1, population_group from origin) using (herkomst1)
        where omraade = $municipality and alder = '15-29'
    ),
    population as (
        select year, population_group, case koen when '1' then 'men' when '2' then 'women' end as sex,
               sum(value) as value, count(value) as cells, bool_and(data_kind = 'official') as official
        from statbank_folk1e_all
        join origin using (herkomst)
        where omraade = $municipality and cast(alder as integer) between 15 and 29
        group by all
    )
    select 'I02k' as indicator_id, guilty.year, population_group, coalesce(sex, 'total') as sex,
           sum(guilty.value) as numerator, sum(population.value) as denominator,
           case when sum(guilty.value) = 0 then 'zero_or_hidden' else 'value' end as cell_state,
           case when bool_and(guilty.data_kind = 'official' and official) then 'official' else 'synthetic' end
               as data_kind,
           count(guilty.value) as counts, sum(cells) as cells
    from guilty join population using (year, population_group, sex)
    group by grouping sets ((guilty.year, population_group), (guilty.year, population_group, sex))
"""

CELLS_OF = {"danish": 1, "minority": 4, "non_western": 2}
"""Ancestry codes per group; both sexes together have twice as many cells."""


def national_cells(
    statbank_strafna9: LakeTable | pl.DataFrame, statbank_folk1e: LakeTable | pl.DataFrame
) -> pl.DataFrame:
    """Counted cells of I02n for the years both tables hold.

    Raises SourceError when a group lacks one of its ancestry codes in a year: the sum would be too small.
    """
    found = get_engine().query(
        NATIONAL, {"statbank_strafna9": statbank_strafna9, "statbank_folk1e": statbank_folk1e}, name="goal 2, I02n"
    )
    per_sex = pl.when(pl.col("sex") == "total").then(2).otherwise(1)
    short = found.filter(pl.col("cells") != pl.col("population_group").replace_strict(CELLS_OF) * per_sex).height
    if short:
        raise SourceError(f"STRAFNA9/FOLK1E: {short} groups lack ancestry codes; the tables have changed.")
    return official_cells(load_catalogue(), found.drop("cells"), "STRAFNA9+FOLK1E")


AGES = 15
"""Single years of age from 15 to 29."""
CLASSES = {"danish": 1, "minority": 4}
"""Ancestry codes of FOLK1E in each class of origin."""


def municipal_cells(
    statbank_strafna6: LakeTable | pl.DataFrame, statbank_folk1e_all: LakeTable | pl.DataFrame
) -> pl.DataFrame:
    """Counted cells of I02k for the years both tables hold; where they are not pulled, cells that say so.

    Raises SourceError when a class of origin lacks a sex, an age or an ancestry: the sum would be too small.
    """
    catalogue = load_catalogue()
    tables = {"statbank_strafna6": statbank_strafna6, "statbank_folk1e_all": statbank_folk1e_all}
    asked = {"municipality": catalogue.plan.municipality_code}
    found = get_engine().query(MUNICIPAL, tables, asked, name="goal 2, I02k")
    sexes = pl.when(pl.col("sex") == "total").then(2).otherwise(1)
    classes = pl.col("population_group").replace_strict(CLASSES, return_dtype=pl.Int64)
    short = found.filter((pl.col("counts") != sexes) | (pl.col("cells") != sexes * AGES * classes)).height
    if short:
        raise SourceError(f"STRAFNA6/FOLK1E: {short} groups lack cells; the tables have changed or hide them.")
    return open_cells(catalogue, ["I02k"], found.drop("counts", "cells"), "STRAFNA6+FOLK1E")


@dg.asset(
    **goal_args(CELL, 2, check_specs=cell_checks(2)),
    ins={
        "statbank_strafna9": dg.AssetIn(["source", "statbank_strafna9"]),
        "statbank_folk1e": dg.AssetIn(["source", "statbank_folk1e"]),
        "statbank_strafna6": dg.AssetIn(["source", "statbank_strafna6"]),
        "statbank_folk1e_all": dg.AssetIn(["source", "statbank_folk1e_all"]),
        "decision": dg.AssetIn(["register", "decision"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    statbank_strafna9: LakeTable,
    statbank_folk1e: LakeTable,
    statbank_strafna6: LakeTable,
    statbank_folk1e_all: LakeTable,
    decision: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {"decision": decision, "person": person}
    found = cells_of_goal(
        load_catalogue(),
        CELL,
        COUNTED,
        COUNTS,
        tables,
        row_account,
        summed_counts,
        population_sql=POPULATION,
        official=[
            national_cells(statbank_strafna9, statbank_folk1e),
            municipal_cells(statbank_strafna6, statbank_folk1e_all),
        ],
    )
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 2), ins={"cells": PROTECTED, "background": dg.AssetIn(["protected", "background"])})
def goal_02_youth_crime(cells: pl.DataFrame, background: pl.DataFrame) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    compared = contrasts(catalogue, 2, cells, CONTRAST, background)
    observed = observe(catalogue, 2, cells, GOAL)
    return table_output(GOAL, standardised_ratios(catalogue, 2, compared, observed, GOAL))


CHECKS = contract_checks(CELL, GOAL)
