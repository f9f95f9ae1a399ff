"""Source: high risk department, the published figures as pinned, each with its source and trust tier."""

from pathlib import Path

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.published import read_published, with_tier
from schemas.sources.high_risk_department import HIGH_RISK_DEPARTMENT


@dg.asset(**table_asset(HIGH_RISK_DEPARTMENT), ins={"published_source": dg.AssetIn(["source", "published_source"])})
def high_risk_department(sources: SourcesResource, published_source: pl.DataFrame) -> dg.Output[CheckedTable]:
    figures = read_published(Path(sources.reference) / "published", HIGH_RISK_DEPARTMENT)
    frame = with_tier(figures, published_source, "high_risk_department.csv").with_columns(data_kind=pl.lit("official"))
    return table_output(HIGH_RISK_DEPARTMENT, frame)


CHECKS = contract_checks(HIGH_RISK_DEPARTMENT)
