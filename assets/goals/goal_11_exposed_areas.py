"""Goal 11: no new exposed areas, and no more high-risk departments.

Counted: Copenhagen areas on each dated list, by version of the criteria; departments and dwellings as the plan prints
them. Not counted: new areas since January 2010, because no later list used the criteria of that list and the names of
its six areas are not known. An undated list stays in the source table and out of the yearly series.

From deliveries: new areas on the lists by the criteria of January 2010 (I13a), areas that meet those criteria
(I13a_constant), departments and their dwellings at the year's end (I13b). A renamed or merged area of the key list is
not new. An official figure is never replaced.

Trap: October 2010 had 10 areas on another list. The baseline is the list of January 2010, which had 6.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.catalogue.models import Plan
from handleplan_pipeline.cells.areas import AREAS_OVER_TIME
from handleplan_pipeline.cells.count import Count, parameters
from handleplan_pipeline.cells.routes import of_both_routes, summed, with_provenance, with_unusual, without_permission
from handleplan_pipeline.graph.arguments import PROTECTED, cell_checks, contract_checks, goal_args
from handleplan_pipeline.graph.outputs import CellResults, cell_output, table_output
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.goals.goal_11_exposed_areas import CELL, GOAL

DELIVERED = f"""
    with recursive seen as (
        select distinct area_kind, area_key, status_date as on_date from housing_area
    ),
    {AREAS_OVER_TIME},
    named as (
        select area_kind, area_key, on_date, min_by(root, struct_pack(earliest := -steps, key := root)) as name
        from root group by all
    ),
    area as (
        select housing_area.*, name, lasting_key is not null as of_2010,
               housing_area.area_kind = 'exposed_area' as exposed,
               is_last and status_date = max(status_date) over (partition by year, housing_area.area_kind, name)
                   as stands
        from dated as housing_area
        join named
          on named.area_kind = housing_area.area_kind and named.area_key = housing_area.area_key
         and named.on_date = status_date
        left join of_baseline
          on of_baseline.area_kind = housing_area.area_kind and of_baseline.area_key = housing_area.area_key
         and of_baseline.on_date = status_date
    ),
    later as (
        select * from area
        where exposed and year > $fixed_year and exists (from baseline_root where area_kind = 'exposed_area')
    ),
    comparable as (
        -- an empty list is judged by the version of the areas that are no longer on it
        select year from later group by year
        having coalesce(bool_or(criteria_version = $baseline_criteria) filter (listed),
                        bool_and(criteria_version = $baseline_criteria))
    )
    select 'I13a' as indicator_id, year, count(distinct name) filter (
               listed and criteria_version = $baseline_criteria and not of_2010) as value
    from later join comparable using (year) group by year
    union all
    select 'I13a_constant', year, count(distinct name) filter (meets_2010_criteria and not of_2010)
    from later group by year
    union all
    select 'I13b', year, count(*) filter (not exposed and listed and stands) from area group by year
    union all
    select 'I13b_dwellings', year, sum(dwellings) filter (not exposed and listed and stands) from area group by year
"""

CELLS = """
    select 'I13a_areas' as indicator_id, year, geography, value, criteria_version as definition_version,
           'criteria_changed' || case when flags is null then '' else ';' || flags end
               || case when trust_tier = 4 then ';tier4_source' when trust_tier > 1 then ';secondary_source' else '' end
           as caveats, source_id as delivery_id
    from exposed_area_count
    where geography = $here and year is not null and list_type not like '%tre lister%'
    union all
    select case measure when 'departments' then 'I13b' else 'I13b_dwellings' end, year, $of_plan, value, '1',
           'baseline_missing_2010' || case when approximate then ';rounded_in_print' else '' end, source_id
    from high_risk_department
    -- what the plan prints of departments it prints of its own municipality
    where $of_plan = $here
"""


def count_areas(
    exposed_area_count: LakeTable | pl.DataFrame, high_risk_department: LakeTable | pl.DataFrame, plan: Plan
) -> pl.DataFrame:
    """Cells of the dated lists and of the departments; a count of all three lists together is another thing."""
    found = get_engine().query(
        CELLS,
        {"exposed_area_count": exposed_area_count, "high_risk_department": high_risk_department},
        {"here": plan.municipality_code, "of_plan": plan.adopted_by},
        name="goal 11",
    )
    return found.with_columns(
        population_group=pl.lit("all"),
        ancestry=pl.lit("total"),
        sex=pl.lit("total"),
        age_group=pl.lit("total"),
        measure=pl.lit("count"),
        numerator=pl.lit(None, pl.Int64),
        denominator=pl.lit(None, pl.Int64),
        cell_state=pl.when(pl.col("value") == 0).then(pl.lit("zero")).otherwise(pl.lit("value")),
        data_kind=pl.lit("official"),
        year=pl.col("year").cast(pl.Int32),
    )


def delivered_counts(
    catalogue: Catalogue, housing_area: LakeTable | pl.DataFrame, area_key: LakeTable | pl.DataFrame
) -> pl.DataFrame:
    """Counts of areas and departments by year, in the shape of counted cells: the number is the value."""
    baseline = parameters(catalogue, [Count("I12a", "share"), Count("I13a", "count")])
    found = get_engine().query(
        DELIVERED, {"housing_area": housing_area, "area_key": area_key}, baseline, "goal 11, delivered lists"
    )
    return found.select(
        "indicator_id",
        pl.col("year").cast(pl.Int32),
        population_group=pl.lit("all"),
        sex=pl.lit("total"),
        age_group=pl.lit("total"),
        numerator=pl.lit(None, pl.Int64),
        denominator=pl.lit(None, pl.Int64),
        value=pl.col("value").fill_null(0).cast(pl.Float64),
    )


def refused(catalogue: Catalogue, row_account: pl.DataFrame) -> pl.DataFrame:
    """Cells that say a figure cannot be had because the lists may not be held."""
    counts = [Count(i, "count") for i in ("I13a", "I13b")]
    return without_permission(catalogue, counts, row_account)


@dg.asset(
    **goal_args(CELL, 11, check_specs=cell_checks(11)),
    ins={
        "exposed_area_count": dg.AssetIn(["source", "exposed_area_count"]),
        "high_risk_department": dg.AssetIn(["source", "high_risk_department"]),
        "housing_area": dg.AssetIn(["register", "housing_area"]),
        "area_key": dg.AssetIn(["register", "area_key"]),
        "row_account": dg.AssetIn(["register", "row_account"]),
        "summed_counts": dg.AssetIn(["source", "summed_counts"]),
    },
)
def cells(
    exposed_area_count: LakeTable,
    high_risk_department: LakeTable,
    housing_area: pl.DataFrame,
    area_key: LakeTable,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> CellResults:
    catalogue = load_catalogue()
    official = count_areas(exposed_area_count, high_risk_department, catalogue.plan)
    mine = ["I13a", "I13a_constant", "I13b", "I13b_dwellings"]
    from_summed = summed(catalogue, summed_counts, mine, row_account)
    counted = delivered_counts(catalogue, housing_area, area_key)
    kind = housing_area["data_kind"].to_list()[0] if housing_area.height else None
    delivered = with_unusual(catalogue, with_provenance(catalogue, counted, kind, "registers"), row_account)
    known = official.select("indicator_id", "year").unique()
    delivered = delivered.join(known, on=["indicator_id", "year"], how="anti")
    last = [refused(catalogue, row_account)]
    yield from cell_output(CELL, of_both_routes(catalogue, CELL, delivered, from_summed, [official], last))


def list_dates(exposed_area_count: pl.DataFrame) -> pl.DataFrame:
    """The date of each version of the criteria in each year; the first day of the month where that is all there is.

    Columns year, definition_version, reference_date.
    """
    day = pl.coalesce(
        "list_date_iso", pl.when(pl.col("list_date").str.contains(MONTH)).then(pl.col("list_date") + "-01")
    )
    dated = exposed_area_count.select(
        "year",
        pl.col("criteria_version").alias("definition_version"),
        day.str.to_date("%Y-%m-%d").alias("reference_date"),
    )
    return dated.drop_nulls().group_by("year", "definition_version").agg(pl.col("reference_date").min())


MONTH = r"^\d{4}-\d{2}$"


def with_list_dates(observed: pl.DataFrame, exposed_area_count: pl.DataFrame) -> pl.DataFrame:
    """Observations of the published lists with their date: a year may have two lists."""
    of_lists = (pl.col("indicator_id") == "I13a_areas") & (pl.col("data_kind") == "official")
    found = observed.drop("reference_date").join(
        list_dates(exposed_area_count), on=["year", "definition_version"], how="left", maintain_order="left"
    )
    dated = found.with_columns(pl.when(of_lists).then("reference_date").alias("reference_date"))
    return dated.select(observed.columns)


@dg.asset(
    **goal_args(GOAL, 11),
    ins={"cells": PROTECTED, "exposed_area_count": dg.AssetIn(["source", "exposed_area_count"])},
)
def goal_11_exposed_areas(cells: pl.DataFrame, exposed_area_count: pl.DataFrame) -> dg.Output[CheckedTable]:
    observed = observe(load_catalogue(), 11, cells, GOAL)
    return table_output(GOAL, with_list_dates(observed, exposed_area_count))


CHECKS = contract_checks(CELL, GOAL)
