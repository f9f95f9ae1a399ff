"""Homelessness baseline (B1): what the SFI count of week 6, 2009 published for Copenhagen, and what is still missing.

From deliveries: nights are those slept in the city's shelters; a continuous stay is measured from admission, wherever
it began, to discharge or the end of the year.

Trap: the 33 per cent are of about 1,500 homeless persons, so about 500 persons; and origin was judged by staff, not
taken from the register. 2010 had no count: it comes every second year and nothing is carried forward.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, table_asset
from handleplan_pipeline.baselines import fill
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells import LOOK_BACK_YEARS
from handleplan_pipeline.engine import DuckDbEngine
from handleplan_pipeline.lake import CheckedTable, LakeTable, table_output
from schemas.baselines.baseline_homelessness import BASELINE

COUNTS = ("homeless_week6", "section_110_persons", "section_110_nights")
ASKED_ON_THE_FORM = ("share_on_housing_list", "share_disability_pension", "share_cash_benefit", "share_no_income")

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
    )
    select year as data_year, population_group, sum(nights)::double as section_110_nights,
           median(length) as stay_median, quantile_cont(length, 0.9) as stay_p90
    from grouped group by all
"""

FORMS = """
    select year as data_year,
           case when population_group in ('immigrant', 'descendant') then 'minority' else population_group end
               as population_group,
           count(*)::double as homeless_week6,
           100.0 * count(*) filter (on_housing_list) / nullif(count(on_housing_list), 0) as share_on_housing_list,
           100.0 * count(*) filter (income = 'foertidspension') / nullif(count(*) filter (income <> 'uoplyst'), 0)
               as share_disability_pension,
           100.0 * count(*) filter (income = 'kontanthjaelp') / nullif(count(*) filter (income <> 'uoplyst'), 0)
               as share_cash_benefit,
           100.0 * count(*) filter (income = 'ingen') / nullif(count(*) filter (income <> 'uoplyst'), 0)
               as share_no_income
    from homeless_person where geography = $municipality group by all
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


def long(frame: pl.DataFrame) -> pl.DataFrame:
    """A row per quantity from a row per year and group."""
    return frame.unpivot(index=["data_year", "population_group"], variable_name="quantity").drop_nulls("value")


def from_cells(cells: pl.DataFrame, indicator: str, quantity: str, *, part: str, offset: int = 0) -> pl.DataFrame:
    """A quantity that an indicator counts already: its `denominator`, or its share in per cent."""
    whole = cells.filter(
        (pl.col("indicator_id") == indicator) & (pl.col("sex") == "total") & (pl.col("age_group") == "total")
        & pl.col("population_group").is_in(["minority", "danish", "unknown"]) & (pl.col("cell_state") != "blanked")
    )  # fmt: skip
    value = pl.col("denominator") if part == "denominator" else 100 * pl.col("numerator") / pl.col("denominator")
    return whole.select(
        data_year=pl.col("year") - offset, population_group="population_group", quantity=pl.lit(quantity),
        value=value.cast(pl.Float64),
    )  # fmt: skip


def delivered_part(
    shelter_stay: LakeTable | pl.DataFrame, shelter_episode: LakeTable | pl.DataFrame,
    homeless_person: LakeTable | pl.DataFrame, person: LakeTable | pl.DataFrame, stays: pl.DataFrame,
    homes: pl.DataFrame, municipality: str, years: list[int],
) -> pl.DataFrame:  # fmt: skip
    """Quantities of the baseline years from registers and cells: data_year, population_group, quantity, value."""
    engine = DuckDbEngine()
    values = {"municipality": municipality, "look_back": LOOK_BACK_YEARS}
    calendar = pl.DataFrame({"year": years}, schema={"year": pl.Int32})
    tables = {"shelter_stay": shelter_stay, "shelter_episode": shelter_episode, "person": person, "calendar": calendar}
    parts = [
        long(engine.query(STAYS, tables, values, "homelessness baseline, stays")),
        long(engine.query(FORMS, {"homeless_person": homeless_person}, values, "homelessness baseline, forms")),
        from_cells(stays, "I04", "section_110_persons", part="denominator"),
        from_cells(stays, "I04", "share_over_120", part="share"),
        # who was homeless in the data year, measured a year later
        from_cells(homes, "I03", "share_housed", part="share", offset=1),
    ]
    shape = {"data_year": pl.Int32, "population_group": pl.String, "quantity": pl.String, "value": pl.Float64}
    frame = pl.concat([p.select(pl.col(n).cast(d) for n, d in shape.items()) for p in parts])
    return with_zeros(frame.filter(pl.col("data_year").is_in(years)))


def with_zeros(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers of persons and nights are zero for a group nobody belonged to in a year that was counted."""
    counted = frame.filter(pl.col("quantity").is_in(COUNTS)).select("data_year", "quantity").unique()
    groups = pl.DataFrame({"population_group": ["minority", "danish", "unknown"]})
    zeros = counted.join(groups, how="cross").join(
        frame, on=["data_year", "quantity", "population_group"], how="anti"
    ).with_columns(value=pl.lit(0.0))  # fmt: skip
    return pl.concat([frame, zeros.select(frame.columns)])


@dg.asset(
    **table_asset(BASELINE, kinds=("duckdb", "parquet"), tags={"theme": "homelessness"}),
    ins={
        "homelessness_count": dg.AssetIn(["source", "homelessness_count"]),
        "shelter_stay": dg.AssetIn(["register", "shelter_stay"]),
        "shelter_episode": dg.AssetIn(["register", "shelter_episode"]),
        "homeless_person": dg.AssetIn(["register", "homeless_person"]),
        "person": dg.AssetIn(["register", "person"]),
        "stays": dg.AssetIn(["cell", "goal_04_shelter_stays"]),
        "homes": dg.AssetIn(["cell", "goal_03_stable_housing"]),
    },
)
def baseline_homelessness(
    homelessness_count: LakeTable, shelter_stay: LakeTable, shelter_episode: LakeTable, homeless_person: LakeTable,
    person: LakeTable, stays: pl.DataFrame, homes: pl.DataFrame,
) -> dg.Output[CheckedTable]:  # fmt: skip
    catalogue = load_catalogue()
    here = catalogue.plan.municipality_code
    years = next(b for b in catalogue.plan.baselines if b.slug == BASELINE.name).data_years
    found = published_part(homelessness_count, here)
    delivered = delivered_part(
        shelter_stay, shelter_episode, homeless_person, person, stays, homes, here, years
    )  # fmt: skip
    # the count is held every second year: 2010 was never collected
    uncounted = {("homeless_week6", 2010), ("share_of_homeless", 2010), *((q, 2010) for q in ASKED_ON_THE_FORM)}
    nobody = frozenset(delivered.select("quantity", "data_year").iter_rows())
    kind = next(iter(stays["data_kind"].drop_nulls().to_list()), None)
    return table_output(BASELINE, fill(catalogue, BASELINE.name, found, BASELINE, uncounted, delivered, kind, nobody))


CHECKS = contract_checks(BASELINE)
