"""Goal 2: young people with a criminal decision, minority against Danish origin.

What bears the goal is I02 (residents of Copenhagen aged 15-17, register of decisions): it needs a delivery. What open
official figures can fill is the national series I02n: persons aged 15-29 found guilty in the year (STRAFNA9) per
population of the same age on 1 January (FOLK1E). It is context: another age band, the whole country, all offences.

Trap: both tables write 0 in a hidden cell, so a 0 may be either; and the five ancestries must all be there, or a
group
would be short without a word.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args, require_no_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.engine import DuckDbEngine
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.lake import CheckedTable, LakeTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_02_youth_crime import CELL, GOAL

CELLS = """
    with ancestry(herkomst, population_group) as (
        values ('1', 'danish'), ('24', 'minority'), ('25', 'minority'), ('34', 'minority'), ('35', 'minority'),
               ('25', 'non_western'), ('35', 'non_western')
    ),
    guilty as (
        select year, herkomst, case koen when 'M' then 'men' when 'K' then 'women' end as sex, value, cell_state
        from statbank_strafna9
        where alder = '15-29' and herkomst in ('1', '24', '25', '34', '35')
    ),
    population as (
        select year, herkomst, case koen when '1' then 'men' when '2' then 'women' end as sex,
               sum(value) as value, count(*) filter (value is null) as hidden
        from statbank_folk1e
        where omraade = '000' and alder between '15' and '29'
        group by year, herkomst, sex
    )
    select 'I02n' as indicator_id, year, '000' as geography, population_group, 'total' as ancestry,
           coalesce(sex, 'total') as sex, '15-29' as age_group, 'share' as measure,
           cast(case when hidden = 0 then numerator end as bigint) as numerator,
           cast(case when hidden = 0 then denominator end as bigint) as denominator,
           cast(null as double) as value,
           case when hidden > 0 then 'blanked' when numerator = 0 then 'zero_or_hidden' else 'value' end as cell_state,
           cells
    from (
        select guilty.year, population_group, guilty.sex, sum(guilty.value) as numerator,
               sum(population.value) as denominator, count(*) as cells,
               count(*) filter (guilty.value is null or population.hidden > 0) as hidden
        from guilty
        join population on guilty.year = population.year and guilty.herkomst = population.herkomst
                       and guilty.sex = population.sex
        join ancestry on guilty.herkomst = ancestry.herkomst
        group by grouping sets ((guilty.year, population_group), (guilty.year, population_group, guilty.sex))
    ) as summed
"""

CELLS_OF = {"danish": 1, "minority": 4, "non_western": 2}
"""Ancestry codes per group; both sexes together have twice as many cells."""


def national_cells(
    statbank_strafna9: LakeTable | pl.DataFrame, statbank_folk1e: LakeTable | pl.DataFrame
) -> pl.DataFrame:
    """Counted cells of I02n for the years both tables hold.

    Raises SourceError when a group lacks one of its ancestry codes in a year: the sum would be too small.
    """
    found = DuckDbEngine().query(
        CELLS, {"statbank_strafna9": statbank_strafna9, "statbank_folk1e": statbank_folk1e}, name="goal 2, I02n"
    )
    per_sex = pl.when(pl.col("sex") == "total").then(2).otherwise(1)
    short = found.filter(pl.col("cells") != pl.col("population_group").replace_strict(CELLS_OF) * per_sex).height
    if short:
        raise SourceError(f"STRAFNA9/FOLK1E: {short} groups lack ancestry codes; the tables have changed.")
    indicator = load_catalogue().indicator("I02n")
    return found.drop("cells").with_columns(
        data_kind=pl.lit("official"),
        definition_version=pl.lit(indicator.definition_version),
        caveats=pl.lit(";".join(indicator.caveats)),
        delivery_id=pl.lit("STRAFNA9+FOLK1E"),
        year=pl.col("year").cast(pl.Int32),
    )


@dg.asset(
    **goal_args(CELL, 2),
    ins={
        "statbank_strafna9": dg.AssetIn(["source", "statbank_strafna9"]),
        "statbank_folk1e": dg.AssetIn(["source", "statbank_folk1e"]),
        "decision": dg.AssetIn(["register", "decision"]),
        "person": dg.AssetIn(["register", "person"]),
    },
)
def cells(
    statbank_strafna9: LakeTable, statbank_folk1e: LakeTable, decision: pl.DataFrame, person: pl.DataFrame
) -> dg.Output[CheckedTable]:
    """The national series; the municipal indicator has no delivery yet."""
    require_no_rows(CELL, {"decision": decision, "person": person})
    return table_output(CELL, national_cells(statbank_strafna9, statbank_folk1e))


@dg.asset(**goal_args(GOAL, 2), ins={"cells": dg.AssetIn(["cell", "goal_02_youth_crime"])})
def goal_02_youth_crime(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 2, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
