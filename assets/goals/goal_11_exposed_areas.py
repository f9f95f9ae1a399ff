"""Goal 11: no new exposed areas, and no more high-risk departments.

Counted: Copenhagen areas on each dated list, by version of the criteria; departments and dwellings as the plan prints
them. Not counted: new areas since January 2010, because no later list used the criteria of that list and the names of
its six areas are not known. An undated list stays in the source table and out of the yearly series.

Trap: October 2010 had 10 areas on another list. The baseline is the list of January 2010, which had 6.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, goal_args
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.engine import DuckDbEngine
from handleplan_pipeline.lake import CheckedTable, LakeTable, table_output
from handleplan_pipeline.observations import observe
from schemas.goals.goal_11_exposed_areas import CELL, GOAL

CELLS = """
    select 'I13a_areas' as indicator_id, year, geography, value, criteria_version as definition_version,
           'criteria_changed' || case when flags is null then '' else ';' || flags end
               || case when trust_tier = 4 then ';tier4_source' when trust_tier > 1 then ';secondary_source' else '' end
           as caveats, source_id as delivery_id
    from exposed_area_count
    where geography = ? and year is not null and list_type not like '%tre lister%'
    union all
    select case measure when 'departments' then 'I13b' else 'I13b_dwellings' end, year, ?, value, '1',
           'baseline_missing_2010' || case when approximate then ';rounded_in_print' else '' end, source_id
    from high_risk_department
"""


def count_areas(
    exposed_area_count: LakeTable | pl.DataFrame, high_risk_department: LakeTable | pl.DataFrame, municipality: str
) -> pl.DataFrame:
    """Cells of the dated lists and of the departments; a count of all three lists together is another thing."""
    found = DuckDbEngine().query(
        CELLS,
        {"exposed_area_count": exposed_area_count, "high_risk_department": high_risk_department},
        [municipality, municipality],
        name="goal 11",
    )
    return found.with_columns(
        population_group=pl.lit("all"), ancestry=pl.lit("total"), sex=pl.lit("total"), age_group=pl.lit("total"),
        measure=pl.lit("count"), numerator=pl.lit(None, pl.Int64), denominator=pl.lit(None, pl.Int64),
        cell_state=pl.when(pl.col("value") == 0).then(pl.lit("zero")).otherwise(pl.lit("value")),
        data_kind=pl.lit("official"), year=pl.col("year").cast(pl.Int32),
    )  # fmt: skip


@dg.asset(
    **goal_args(CELL, 11),
    ins={
        "exposed_area_count": dg.AssetIn(["source", "exposed_area_count"]),
        "high_risk_department": dg.AssetIn(["source", "high_risk_department"]),
    },
)
def cells(exposed_area_count: LakeTable, high_risk_department: LakeTable) -> dg.Output[CheckedTable]:
    municipality = load_catalogue().plan.municipality_code
    return table_output(CELL, count_areas(exposed_area_count, high_risk_department, municipality))


@dg.asset(**goal_args(GOAL, 11), ins={"cells": dg.AssetIn(["cell", "goal_11_exposed_areas"])})
def goal_11_exposed_areas(cells: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(GOAL, observe(load_catalogue(), 11, cells, GOAL))


CHECKS = contract_checks(CELL, GOAL)
