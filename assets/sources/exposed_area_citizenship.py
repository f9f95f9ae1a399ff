"""Source: exposed area citizenship, the published figures as pinned, each with its source and trust tier."""

from pathlib import Path

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.published import read_published, with_tier
from schemas.sources.exposed_area_citizenship import EXPOSED_AREA_CITIZENSHIP


@dg.asset(**table_asset(EXPOSED_AREA_CITIZENSHIP), ins={"published_source": dg.AssetIn(["source", "published_source"])})
def exposed_area_citizenship(sources: SourcesResource, published_source: pl.DataFrame) -> dg.Output[CheckedTable]:
    figures = read_published(Path(sources.reference) / "published", EXPOSED_AREA_CITIZENSHIP)
    frame = with_tier(figures, published_source, "exposed_area_citizenship.csv").with_columns(
        data_kind=pl.lit("official")
    )
    return table_output(EXPOSED_AREA_CITIZENSHIP, frame)


CHECKS = contract_checks(EXPOSED_AREA_CITIZENSHIP)
