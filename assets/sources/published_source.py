"""Source: where published figures were read, and how far each place is trusted."""

from pathlib import Path

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.published import read_published
from schemas.sources.published_source import PUBLISHED_SOURCE


@dg.asset(**table_asset(PUBLISHED_SOURCE))
def published_source(sources: SourcesResource) -> dg.Output[CheckedTable]:
    return table_output(PUBLISHED_SOURCE, read_published(Path(sources.reference) / "published", PUBLISHED_SOURCE))


CHECKS = contract_checks(PUBLISHED_SOURCE)
