"""Source: section 110 statistics, the published figures as pinned, each with its source and trust tier."""

from pathlib import Path

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.published import choose, read_published, with_tier
from schemas.sources.section_110_statistics import SECTION_110_STATISTICS

CHOICE_KEY = ("year", "geography_name", "dimension", "category", "measure")


@dg.asset(**table_asset(SECTION_110_STATISTICS), ins={"published_source": dg.AssetIn(["source", "published_source"])})
def section_110_statistics(sources: SourcesResource, published_source: pl.DataFrame) -> dg.Output[CheckedTable]:
    figures = read_published(Path(sources.reference) / "published", SECTION_110_STATISTICS)
    frame = with_tier(figures, published_source, "section_110_statistics.csv").with_columns(
        data_kind=pl.lit("official")
    )
    frame = choose(frame, CHOICE_KEY)
    return table_output(SECTION_110_STATISTICS, frame, conflicting=int((frame["conflicts"] > 0).sum()))


CHECKS = contract_checks(SECTION_110_STATISTICS)
