"""Homelessness baseline (B1): yearly series from 2009, and 2009 and 2010 fixed beside them.

Counted: nights are those slept in the city's shelters; a continuous stay is measured from admission, wherever it began,
to discharge or the end of the year; forms are those of the SFI count of week 6 in odd years. The share over 120 days
and the share housed are goals 4 and 3.

Trap: the 33 per cent are of about 1,500 homeless persons, so about 500 persons; and origin was judged by staff, not
taken from the register. 2010 had no count: it comes every second year and nothing is carried forward.
"""

from collections.abc import Callable, Iterator, Mapping

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.cells.amounts import amount_cells
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.people import people
from handleplan_pipeline.cells.routes import cells_of_baseline
from handleplan_pipeline.cells.tabulate import CELL_SHAPE, years_of
from handleplan_pipeline.graph.arguments import PROTECTED, contract_checks, routes_agree, table_asset
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.baselines import delivered_part, fill
from handleplan_pipeline.lake.engine import SqlInput, get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.protection.persons import drawn_without_hidden
from schemas.baselines.baseline_homelessness import BASELINE, CELL

COUNTED = """
    with here as (
        select person, calendar.year, start_date,
               least(observed_end, make_date(calendar.year + 1, 1, 1)) as until,
               greatest(start_date, make_date(calendar.year, 1, 1)) as since
        from shelter_stay
        join calendar
          on start_date <= make_date(calendar.year, 12, 31)
         and observed_end > greatest(start_date, make_date(calendar.year, 1, 1))
        where facility_municipality = $municipality
    ),
    night as (
        select distinct person, year, unnest(generate_series(since, until - 1, interval 1 day)) as night from here
    ),
    stay as (
        select distinct here.person, here.year, episode.start_date,
               least(episode.observed_end, make_date(here.year + 1, 1, 1)) as until
        from here
        join shelter_episode as episode
          on episode.person = here.person
         and here.start_date >= episode.start_date and here.start_date < episode.observed_end
    )
    select 'nights' as name, year, year as attribute_year, person, true as outcome, count(*)::double as amount
    from night group by all
    union all
    select 'stay', year, year, person, true, date_diff('day', start_date, until)::double from stay
"""

COUNTS = (
    Count("B1_section_110_persons", "count", splits=(), like="nights"),
    Count("B1_section_110_nights", "amount", splits=(), like="nights"),
    Count("B1_stay_median", "quantile", splits=(), like="stay"),
    Count("B1_stay_p90", "quantile", splits=(), like="stay"),
)
SAID_ON_THE_FORM = {
    "B1_homeless_week6": ("true", "true"),
    "B1_share_on_housing_list": ("on_housing_list", "on_housing_list is not null"),
    "B1_share_disability_pension": ("income = 'foertidspension'", "income <> 'uoplyst'"),
    "B1_share_cash_benefit": ("income = 'kontanthjaelp'", "income <> 'uoplyst'"),
    "B1_share_no_income": ("income = 'ingen'", "income <> 'uoplyst'"),
}
"""Indicator -> what a form says, and that it answers at all."""
FORMS = """
    with form as (
        select year, on_housing_list, income, unnest([
                   case when population_group in ('immigrant', 'descendant') then 'minority' else population_group end,
                   'all']) as population_group
        from homeless_person where geography = $municipality
    )
    select '{indicator}' as indicator_id, year, population_group,
           count(*) filter (({says}) and ({answers})) as numerator, count(*) filter ({answers}) as denominator
    from form where population_group in ('all', 'minority', 'danish', 'unknown') group by all
"""
PUBLISHED = """
    select case measure when 'hjemloese_uge6' then 'homeless_week6' else 'share_of_homeless' end as quantity,
           year as data_year, geography,
           case origin when 'I alt' then 'all' when 'Indvandrere og flygtninge' then 'immigrant'
                       when 'Efterkommere af indvandrere og flygtninge' then 'descendant'
                       else 'minority' end as population_group,
           case when subgroup in ('I alt', 'Alle hjemløse') then 'total' else subgroup end as subgroup,
           value, unit, approximate, source_id, trust_tier,
           'point_count_minimum' || case when origin = 'I alt' then '' else ';staff_judged_origin' end
               || case when approximate then ';rounded_in_print' else '' end as caveats
    from homelessness_count
    where chosen and geography = $municipality and year >= $first_year
      and sex_printed = 'I alt' and age_printed = 'I alt'
      and situation = 'I alt' and cause = 'I alt' and condition = 'I alt'
      and (measure = 'hjemloese_uge6' or year = $first_year and measure in ('andel_af_hjemloese', 'andel_af_gruppe'))
"""


def published_part(homelessness_count: LakeTable | pl.DataFrame, municipality: str) -> pl.DataFrame:
    """The chosen figures of the counts for one municipality, from the first year of the baseline on."""
    values = {"municipality": municipality, "first_year": load_catalogue().baseline(BASELINE.name).data_years[0]}
    return get_engine().query(PUBLISHED, {"homelessness_count": homelessness_count}, values, "homelessness baseline")


def counted_part(catalogue: Catalogue, tables: Mapping[str, SqlInput], delivered: pl.DataFrame) -> pl.DataFrame:
    """Cells (without provenance) of every parameter and known year; `tables` are registers by name.

    A year is known when every period an indicator needs is in `delivered` (source, period).
    """
    periods = range(min(delivered["period"].to_list()), max(delivered["period"].to_list()) + 1)
    municipality = {"municipality": catalogue.plan.municipality_code}

    def years(count: Count) -> list[int]:
        indicator = catalogue.indicator(count.indicator)
        return years_of(count, indicator, delivered, [y for y in periods if y >= indicator.first_year])

    known = {c.indicator: years(c) for c in COUNTS}
    wanted = sorted({y for found in known.values() for y in found})
    calendar = {"calendar": pl.DataFrame({"year": wanted}, schema={"year": pl.Int32})}
    stays = {n: tables[n] for n in ("shelter_stay", "shelter_episode", "person")}
    guests = people(COUNTED, {**stays, **calendar}, municipality, ["nights", "stay"])
    beside = int(catalogue.disclosure.number("least_beside_quantile"))
    return pl.concat([amount_cells(catalogue, COUNTS, guests, known, beside), *_of_forms(catalogue, tables, years)])


def _of_forms(
    catalogue: Catalogue, tables: Mapping[str, SqlInput], years: Callable[[Count], list[int]]
) -> Iterator[pl.DataFrame]:
    """What forms say, by group."""
    here, forms = {"municipality": catalogue.plan.municipality_code}, {"homeless_person": tables["homeless_person"]}
    for indicator, (says, answers) in SAID_ON_THE_FORM.items():
        sql = FORMS.format(indicator=indicator, says=says, answers=answers)
        found = get_engine().query(sql, forms, here, indicator)
        found = found.filter(pl.col("year").is_in(years(Count(indicator, "share"))))
        if catalogue.indicator(indicator).measure == "count":
            found = found.with_columns(denominator=pl.lit(None))
        else:
            # the whole is printed by the count itself; what was asked is printed by ancestry
            found = found.filter((pl.col("population_group") != "all") & (pl.col("denominator") > 0))
        total = {"sex": pl.lit("total"), "age_group": pl.lit("total"), "value": pl.lit(None)}
        yield found.with_columns(**total).select(CELL_SHAPE.names()).cast(CELL_SHAPE)


@dg.asset(
    **table_asset(CELL, kinds=("duckdb", "parquet"), tags={"theme": "homelessness"}, check_specs=[routes_agree(CELL)]),
    ins={
        "shelter_stay": dg.AssetIn(["register", "shelter_stay"]),
        "shelter_episode": dg.AssetIn(["register", "shelter_episode"]),
        "homeless_person": dg.AssetIn(["register", "homeless_person"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    shelter_stay: LakeTable,
    shelter_episode: LakeTable,
    homeless_person: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    catalogue = load_catalogue()
    delivered = row_account.filter(pl.col("outcome") == "delivered")
    tables: dict[str, SqlInput] = {
        "shelter_stay": shelter_stay,
        "shelter_episode": shelter_episode,
        "homeless_person": homeless_person,
        "person": person,
    }
    counted = counted_part(catalogue, tables, delivered) if delivered.height else pl.DataFrame(schema=CELL_SHAPE)
    yield from cell_output(CELL, cells_of_baseline(catalogue, CELL, "B1", counted, row_account, summed_counts))


@dg.asset(
    **table_asset(BASELINE, tags={"theme": "homelessness"}),
    ins={
        "homelessness_count": dg.AssetIn(["source", "homelessness_count"]),
        "cells": PROTECTED,
        "person_level": dg.AssetIn(["protected", "person_level"]),
    },
)
def baseline_homelessness(
    homelessness_count: LakeTable, cells: pl.DataFrame, person_level: pl.DataFrame
) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    found = published_part(homelessness_count, catalogue.plan.municipality_code)
    delivered = delivered_part(catalogue, BASELINE.name, cells)
    draws = drawn_without_hidden(catalogue, person_level, cells)
    return table_output(BASELINE, fill(catalogue, BASELINE, found, delivered, cells, draws))


CHECKS = contract_checks(CELL, BASELINE)
