"""Goal 9: minority share in social psychiatry against treatment psychiatry; contact after discharge.

Counted: residents aged 18 and over with a service of social psychiatry (S) and with an inpatient or outpatient
psychiatric contact (T) in the year; R = S/T among persons of known ancestry. I10_coverage: of those with a hospital
contact, who had social psychiatry within 12 months. I11: discharged, in need, notified in 90 days, without own contact
in 14 days; the outcome is a contact by the administration within 90 days, pooled over two years.

Trap: a service that runs at discharge is contact already (I11_in_contact). Who moves within Denmark has not left: the
population file holds every person of any other delivery who lives in the country. The plan calls the indicator a
draft; the baseline is labelled 2010 and holds data of 2006; groups of 30-50.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.ages import on_1_january
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.groups import KNOWN_GROUPS
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.cells.tabulate import LOOK_BACK_YEARS
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_09_psychiatric_follow_up import CELL, GOAL

ADULT = ((18, 24), (25, 39), (40, 64), (65, 200))


def representation(cells: pl.DataFrame) -> pl.DataFrame:
    """Adds I10 = S/T: the minority share in social psychiatry divided by the one in treatment psychiatry."""
    whole = cells.filter((pl.col("sex") == "total") & (pl.col("age_group") == "18+"))
    share = whole.filter((pl.col("population_group") == "minority") & (pl.col("denominator") > 0)).with_columns(
        share=pl.col("numerator") / pl.col("denominator")
    )
    s, t = share.filter(pl.col("indicator_id") == "I10_s"), share.filter(pl.col("indicator_id") == "I10_t")
    t = t.filter(pl.col("share") > 0)
    ratio = s.join(t.select("year", other="share"), on="year").with_columns(
        indicator_id=pl.lit("I10"),
        value=pl.col("share") / pl.col("other"),
        numerator=pl.lit(None, pl.Int64),
        denominator=pl.lit(None, pl.Int64),
    )
    return pl.concat([cells, ratio.select(cells.columns)])


COUNTED = f"""
    with served as (
        select distinct person, calendar.year
        from social_psychiatry_service
        join calendar
          on start_date <= make_date(calendar.year, 12, 31)
         and observed_end >= make_date(calendar.year, 1, 1)
    ),
    treated as (
        select person, calendar.year, min(greatest(start_date, make_date(calendar.year, 1, 1))) as first_day
        from psychiatric_contact
        join calendar
          on start_date <= make_date(calendar.year, 12, 31)
         and observed_end >= make_date(calendar.year, 1, 1)
        where patient_type in ('inpatient', 'outpatient')
        group by all
    ),
    named_only as (
        select aside.person, aside.year, max_by(birth_date, person.year) as birth_date
        from person_set_aside as aside
        join person on person.person = aside.person
                   and person.year between aside.year - {LOOK_BACK_YEARS} and aside.year
        where aside.geography = $municipality
        group by all
        having max(person.year) < aside.year
    ),
    resident as (
        select person, year, age from person where geography = $municipality
        union all
        select person, year, {on_1_january("year")} from named_only
    ),
    adult as (
        select person, year from resident where age >= 18
    ),
    covered as (
        select treated.person, treated.year, later.person is null and named.person is null as gone,
               exists (
                   from social_psychiatry_service as service
                   where service.person = treated.person and service.start_date <= first_day + $coverage_days
                     and service.observed_end >= first_day
               ) as outcome
        from treated
        join adult on adult.person = treated.person and adult.year = treated.year
        left join person as later on later.person = treated.person and later.year = treated.year + 1
        left join person_set_aside as named on named.person = treated.person and named.year = treated.year + 1
    ),
    notified as (
        select discharge.person, year(discharge_date) as discharge_year, discharge_date,
               later.person is null and named.person is null as gone,
               case when exists (
                        from social_psychiatry_service as running
                        where running.person = discharge.person and running.start_date < discharge_date
                          and running.observed_end >= discharge_date
                    ) then 'in_contact'
                    when notified_date > discharge_date + $follow_up_days then 'notified_late'
                    else 'counts' end as standing
        from discharge
        join resident on resident.person = discharge.person and resident.year = year(discharge_date)
        left join person as later on later.person = discharge.person and later.year = year(discharge_date) + 1
        left join person_set_aside as named
          on named.person = discharge.person and named.year = year(discharge_date) + 1
        where needs_further_effort and notified_date is not null
          and not exists (
              from social_psychiatry_service as own
              where own.person = discharge.person and own.own_initiative
                and own.start_date between discharge_date and discharge_date + $own_contact_days
          )
    ),
    first_of_pool as (
        select *, discharge_year + discharge_year % 2 as pool from notified
        qualify row_number() over (
            partition by person, discharge_year + discharge_year % 2
            order by case standing when 'counts' then 0 when 'in_contact' then 1 else 2 end, discharge_date) = 1
    ),
    pooled as (
        select *, exists (
                   from social_psychiatry_service as service
                   where service.person = first_of_pool.person and not service.own_initiative
                     and service.start_date between discharge_date and discharge_date + $follow_up_days
               ) as reached
        from first_of_pool
    )
    select 'I10_s' as name, year, year as attribute_year, person, true as outcome, null::double as amount
    from served join adult using (person, year)
    union all
    select 'I10_t', year, year, person, true, null from treated join adult using (person, year)
    union all
    select 'I10_s_unknown', year, year, person, true, null from served
    union all
    select 'I10_t_unknown', year, year, person, true, null from treated
    union all
    select 'I10_coverage', year, year, person, outcome, null from covered where not gone
    union all
    select 'I10_coverage_left', year, year, person, true, null from covered where gone
    union all
    select 'I10_coverage_left_failed', year, year, person, outcome and not gone, null from covered
    union all
    select 'I11', pool, discharge_year, person, reached, null from pooled where standing = 'counts' and not gone
    union all
    select 'I11_left', pool, discharge_year, person, true, null from pooled where standing = 'counts' and gone
    union all
    select 'I11_left_failed', pool, discharge_year, person, reached and not gone, null
    from pooled where standing = 'counts'
    union all
    select 'I11_' || standing, pool, discharge_year, person, true, null from pooled where standing <> 'counts'
"""

COUNTS = (
    Count("I10_s", "share_of_known", bands=ADULT, groups=KNOWN_GROUPS),
    Count("I10_t", "share_of_known", bands=ADULT, groups=KNOWN_GROUPS),
    Count("I10_s_unknown", "count", splits=(), groups=("unknown",)),
    Count("I10_t_unknown", "count", splits=(), groups=("unknown",)),
    Count("I10_coverage", "share", bands=ADULT),
    Count("I10_coverage_left", "count", splits=()),
    Count("I10_coverage_left_failed", "share", splits=()),
    Count("I11", "share", splits=(), every=2),
    Count("I11_left", "count", splits=(), every=2),
    Count("I11_left_failed", "share", splits=(), every=2),
    Count("I11_in_contact", "count", splits=(), every=2),
    Count("I11_notified_late", "count", splits=(), every=2),
)


@dg.asset(
    **goal_args(CELL, 9, check_specs=cell_checks(9)),
    ins={
        "psychiatric_contact": dg.AssetIn(["register", "psychiatric_contact"]),
        "discharge": dg.AssetIn(["register", "discharge"]),
        "social_psychiatry_service": dg.AssetIn(["register", "social_psychiatry_service"]),
        "person": dg.AssetIn(["register", "person"]),
        "person_set_aside": dg.AssetIn(["register", "person_set_aside"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    psychiatric_contact: LakeTable,
    discharge: LakeTable,
    social_psychiatry_service: LakeTable,
    person: LakeTable,
    person_set_aside: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    tables = {
        "psychiatric_contact": psychiatric_contact,
        "discharge": discharge,
        "social_psychiatry_service": social_psychiatry_service,
        "person": person,
        "person_set_aside": person_set_aside,
    }
    found = cells_of_goal(
        load_catalogue(), CELL, COUNTED, COUNTS, tables, row_account, summed_counts, derive=representation
    )
    yield from cell_output(CELL, found)


@dg.asset(**goal_args(GOAL, 9), ins={"cells": PROTECTED})
def goal_09_psychiatric_follow_up(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 9, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
