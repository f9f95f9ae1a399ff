"""Homelessness baseline (B1): what the SFI count of week 6, 2009 published for Copenhagen, and what is still missing.

From deliveries: nights are those slept in the city's shelters; a continuous stay is measured from admission, wherever
it began, to discharge or the end of the year.

Trap: the 33 per cent are of about 1,500 homeless persons, so about 500 persons; and origin was judged by staff, not
taken from the register. 2010 had no count: it comes every second year and nothing is carried forward.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.tabulate import LOOK_BACK_YEARS
from handleplan_pipeline.graph.arguments import PROTECTED, contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.judgement.baselines import fill
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.baselines.baseline_homelessness import BASELINE, CELL

INDICATOR, STAYS_OF, HOMES_OF = "B1", "I04", "I03"
"""The baseline's own counts, and the indicators that count the same persons' stays and homes."""

COUNTS = ("homeless_week6", "section_110_persons", "section_110_nights")
ASKED_ON_THE_FORM = ("share_on_housing_list", "share_disability_pension", "share_cash_benefit", "share_no_income")
OF_STAYS = {"section_110_nights": "count", "stay_median": "median", "stay_p90": "median"}
"""Amounts of stays, and their measure. The persons behind them are the denominator."""

STAYS = """
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
    ),
    attribute as (
        select guest.person, guest.year, max_by(person.ancestry, person.year) as ancestry
        from (select distinct person, year from here) as guest
        join person on person.person = guest.person and person.year between guest.year - $look_back and guest.year
        group by all
    ),
    measured as (
        select person, year, 1 as nights, null as length from night
        union all
        select person, year, 0, date_diff('day', start_date, until) from stay
    ),
    grouped as (
        select measured.*, case coalesce(ancestry, 'unknown') when 'danish' then 'danish' when 'unknown' then 'unknown'
                                else 'minority' end as population_group
        from measured left join attribute using (person, year)
    ),
    quantile as (
        select year, population_group, median(length)::double as middle, quantile_cont(length, 0.9)::double as high
        from grouped group by all
    )
    -- a quantile of stays needs enough persons, not stays, on each side (methods 4.2, rule 5)
    select year, population_group, count(distinct person) as persons, sum(nights)::double as section_110_nights,
           case when least(count(distinct person) filter (length <= middle),
                           count(distinct person) filter (length >= middle)) >= $beside then any_value(middle) end
               as stay_median,
           case when least(count(distinct person) filter (length <= high),
                           count(distinct person) filter (length >= high)) >= $beside then any_value(high) end
               as stay_p90
    from grouped join quantile using (year, population_group) group by all
"""

FORMS = """
    with form as (
        select year, on_housing_list, income, unnest([
                   case when population_group in ('immigrant', 'descendant') then 'minority' else population_group end,
                   'all']) as population_group
        from homeless_person where geography = $municipality
    )
    select year, population_group, count(*) as homeless_week6,
           count(*) filter (on_housing_list) as share_on_housing_list,
           count(on_housing_list) as asked_share_on_housing_list,
           count(*) filter (income = 'foertidspension') as share_disability_pension,
           count(*) filter (income = 'kontanthjaelp') as share_cash_benefit,
           count(*) filter (income = 'ingen') as share_no_income,
           count(*) filter (income <> 'uoplyst') as asked_income
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
    where chosen and geography = ? and year = 2009 and sex_printed = 'I alt' and age_printed = 'I alt'
      and situation = 'I alt' and cause = 'I alt' and condition = 'I alt'
      and measure in ('hjemloese_uge6', 'andel_af_hjemloese', 'andel_af_gruppe')
"""


def published_part(homelessness_count: LakeTable | pl.DataFrame, municipality: str) -> pl.DataFrame:
    """The chosen figures of the 2009 count for one municipality."""
    return DuckDbEngine().query(
        PUBLISHED, {"homelessness_count": homelessness_count}, [municipality], "homelessness baseline"
    )


def counted_part(
    shelter_stay: LakeTable | pl.DataFrame,
    shelter_episode: LakeTable | pl.DataFrame,
    homeless_person: LakeTable | pl.DataFrame,
    person: LakeTable | pl.DataFrame,
    municipality: str,
    years: list[int],
    beside: int,
) -> pl.DataFrame:
    """Counts of the baseline years: indicator_id (`B1.` and the quantity), year, population_group, counts, value.

    A quantile with fewer than `beside` persons on either side has no value.
    """
    engine = DuckDbEngine()
    values = {"municipality": municipality, "look_back": LOOK_BACK_YEARS, "beside": beside}
    calendar = pl.DataFrame({"year": years}, schema={"year": pl.Int32})
    tables = {"shelter_stay": shelter_stay, "shelter_episode": shelter_episode, "person": person, "calendar": calendar}
    stays = engine.query(STAYS, tables, values, "homelessness baseline, stays")
    forms = engine.query(FORMS, {"homeless_person": homeless_person}, values, "homelessness baseline, forms")
    nothing = pl.lit(None, pl.Int64)
    parts = [_quantity(stays, q, m, nothing, pl.col("persons"), pl.col(q)) for q, m in OF_STAYS.items()]
    parts.append(_quantity(forms, "homeless_week6", "count", pl.col("homeless_week6"), nothing, pl.lit(None)))
    for q in ASKED_ON_THE_FORM:
        asked = "asked_share_on_housing_list" if q == "share_on_housing_list" else "asked_income"
        # the whole is printed by the count itself; what was asked is printed by ancestry
        by_ancestry = forms.filter(pl.col("population_group") != "all")
        found = _quantity(by_ancestry, q, "share", pl.col(q), pl.col(asked), pl.lit(None))
        parts.append(found.filter(pl.col("denominator") > 0))
    return pl.concat(parts).filter(pl.col("year").is_in(years))


def _quantity(
    frame: pl.DataFrame, quantity: str, measure: str, numerator: pl.Expr, denominator: pl.Expr, value: pl.Expr
) -> pl.DataFrame:
    return frame.select(
        pl.lit(f"{INDICATOR}.{quantity}").alias("indicator_id"),
        pl.col("year").cast(pl.Int32),
        "population_group",
        pl.lit(measure).alias("measure"),
        numerator.cast(pl.Int64).alias("numerator"),
        denominator.cast(pl.Int64).alias("denominator"),
        value.cast(pl.Float64).alias("value"),
    )


def as_cells(counted: pl.DataFrame, data_kind: str | None, municipality: str) -> pl.DataFrame:
    """The counts with every column of the contract."""
    number = pl.coalesce(pl.col("value"), pl.col("numerator"))
    return CELL.arrange(
        counted.with_columns(
            geography=pl.lit(municipality),
            ancestry=pl.lit("total"),
            sex=pl.lit("total"),
            age_group=pl.lit("total"),
            cell_state=pl.when(number == 0).then(pl.lit("zero")).otherwise(pl.lit("value")),
            data_kind=pl.lit(data_kind or "delivered"),
            definition_version=pl.lit("1"),
            caveats=pl.lit(None, pl.String),
            delivery_id=pl.lit("registers"),
        )
    )


def from_cells(cells: pl.DataFrame, indicator: str, quantity: str, *, part: str, offset: int = 0) -> pl.DataFrame:
    """A quantity of protected cells: its `denominator`, its `value` or count, or its `share` in per cent.

    A hidden one has no value and `hidden` true.
    """
    whole = cells.filter(
        (pl.col("indicator_id") == indicator)
        & (pl.col("sex") == "total")
        & (pl.col("age_group") == "total")
        & pl.col("population_group").is_in(["minority", "danish", "unknown"])
    )
    value = {
        "denominator": pl.col("denominator"),
        "value": pl.coalesce(pl.col("value"), pl.col("numerator")),
        "share": 100 * pl.col("numerator") / pl.col("denominator"),
    }[part]
    hidden = pl.col("cell_state") == "blanked"
    if OF_STAYS.get(quantity) == "median":
        # too few persons beside it
        hidden = hidden | pl.col("value").is_null()
    found = whole.select(
        data_year=pl.col("year") - offset,
        population_group="population_group",
        quantity=pl.lit(quantity),
        value=pl.when(~hidden).then(value.cast(pl.Float64)),
        hidden=hidden,
        numerator=pl.when(~hidden & pl.lit(part == "share")).then(pl.col("numerator")),
        denominator=pl.when(~hidden & pl.lit(part != "denominator")).then(pl.col("denominator")),
    )
    # a share of nobody is no figure
    return found.filter(pl.col("hidden") | pl.col("value").is_finite())


def delivered_part(cells: pl.DataFrame, years: list[int]) -> pl.DataFrame:
    """Quantities of the baseline years from protected cells: data_year, population_group, quantity, value, hidden."""
    parts = [from_cells(cells, f"{INDICATOR}.{q}", q, part="value") for q in (*OF_STAYS, "homeless_week6")]
    parts += [from_cells(cells, f"{INDICATOR}.{q}", q, part="share") for q in ASKED_ON_THE_FORM]
    parts += [
        from_cells(cells, STAYS_OF, "section_110_persons", part="denominator"),
        from_cells(cells, STAYS_OF, "share_over_120", part="share"),
        # who was homeless in the data year, measured a year later
        from_cells(cells, HOMES_OF, "share_housed", part="share", offset=1),
    ]
    frame = pl.concat([p.with_columns(pl.col("data_year").cast(pl.Int32)) for p in parts])
    return with_zeros(frame.filter(pl.col("data_year").is_in(years)))


def with_zeros(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers of persons and nights are zero for a group nobody belonged to in a year that was counted."""
    counted = frame.filter(pl.col("quantity").is_in(COUNTS)).select("data_year", "quantity").unique()
    groups = pl.DataFrame({"population_group": ["minority", "danish", "unknown"]})
    zeros = (
        counted.join(groups, how="cross")
        .join(frame, on=["data_year", "quantity", "population_group"], how="anti")
        .with_columns(
            value=pl.lit(0.0),
            hidden=pl.lit(False),
            numerator=pl.lit(None, pl.Int64),
            denominator=pl.lit(None, pl.Int64),
        )
    )
    return pl.concat([frame, zeros.select(frame.columns)])


@dg.asset(
    **table_asset(CELL, kinds=("duckdb", "parquet"), tags={"theme": "homelessness"}),
    ins={
        "shelter_stay": dg.AssetIn(["register", "shelter_stay"]),
        "shelter_episode": dg.AssetIn(["register", "shelter_episode"]),
        "homeless_person": dg.AssetIn(["register", "homeless_person"]),
        "person": dg.AssetIn(["register", "person"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
    },
)
def cells(
    shelter_stay: LakeTable,
    shelter_episode: LakeTable,
    homeless_person: LakeTable,
    person: LakeTable,
    row_account: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    here = catalogue.plan.municipality_code
    kind = next(iter(row_account["data_kind"].drop_nulls().to_list()), None)
    beside = int(catalogue.disclosure.number("least_beside_quantile"))
    counted = counted_part(shelter_stay, shelter_episode, homeless_person, person, here, _years(), beside)
    return table_output(CELL, as_cells(counted, kind, here))


def _years() -> list[int]:
    return next(b for b in load_catalogue().plan.baselines if b.slug == BASELINE.name).data_years


@dg.asset(
    **table_asset(BASELINE, tags={"theme": "homelessness"}),
    ins={
        "homelessness_count": dg.AssetIn(["source", "homelessness_count"]),
        "cells": PROTECTED,
    },
)
def baseline_homelessness(homelessness_count: LakeTable, cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    found = published_part(homelessness_count, catalogue.plan.municipality_code)
    delivered = delivered_part(cells, _years())
    # the count is held every second year: 2010 was never collected
    uncounted = {("homeless_week6", 2010), ("share_of_homeless", 2010), *((q, 2010) for q in ASKED_ON_THE_FORM)}
    nobody = frozenset(delivered.select("quantity", "data_year").iter_rows())
    stays = cells.filter(pl.col("indicator_id") == STAYS_OF)
    kind = next(iter(stays["data_kind"].drop_nulls().to_list()), None)
    return table_output(BASELINE, fill(catalogue, BASELINE.name, found, BASELINE, uncounted, delivered, kind, nobody))


CHECKS = contract_checks(CELL, BASELINE)
