"""Homelessness baseline (B1): what the SFI count of week 6, 2009 published for Copenhagen, and what is still missing.

Trap: the 33 per cent are of about 1,500 homeless persons, so about 500 persons; and origin was judged by staff, not
taken from the register. 2010 had no count: it comes every second year and nothing is carried forward.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, table_asset
from handleplan_pipeline.baselines import fill
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.engine import DuckDbEngine
from handleplan_pipeline.lake import CheckedTable, LakeTable, table_output
from schemas.baselines.baseline_homelessness import BASELINE

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


@dg.asset(
    **table_asset(BASELINE, kinds=("duckdb", "parquet"), tags={"theme": "homelessness"}),
    ins={"homelessness_count": dg.AssetIn(["source", "homelessness_count"])},
)
def baseline_homelessness(homelessness_count: LakeTable) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    found = published_part(homelessness_count, catalogue.plan.municipality_code)
    # the count is held every second year: 2010 was never collected
    return table_output(
        BASELINE,
        fill(
            catalogue, "baseline_homelessness", found, BASELINE, {("homeless_week6", 2010), ("share_of_homeless", 2010)}
        ),
    )


CHECKS = contract_checks(BASELINE)
