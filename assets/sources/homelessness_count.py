"""Source: homelessness count, the published figures as pinned, each with its source and trust tier."""

from pathlib import Path

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.published import choose, read_published, with_tier
from schemas.sources.homelessness_count import HOMELESSNESS_COUNT

CHOICE_KEY = (
    "year",
    "geography_name",
    "subgroup",
    "origin",
    "sex_printed",
    "age_printed",
    "situation",
    "cause",
    "condition",
    "measure",
    "definition",
)


@dg.asset(**table_asset(HOMELESSNESS_COUNT), ins={"published_source": dg.AssetIn(["source", "published_source"])})
def homelessness_count(sources: SourcesResource, published_source: pl.DataFrame) -> dg.Output[CheckedTable]:
    figures = read_published(Path(sources.reference) / "published", HOMELESSNESS_COUNT)
    frame = with_tier(figures, published_source, "homelessness_count.csv").with_columns(data_kind=pl.lit("official"))
    frame = choose(frame, CHOICE_KEY)
    return table_output(HOMELESSNESS_COUNT, frame, conflicting=int((frame["conflicts"] > 0).sum()))


CHECKS = contract_checks(HOMELESSNESS_COUNT)
