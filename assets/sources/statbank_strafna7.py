"""Source: StatBank table STRAFNA7, by reference year; empty until somebody has pulled it."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.statbank import StatBankResults, fresh_spec, statbank_output
from handleplan_pipeline.sources.statbank.extracts import STRAFNA7 as EXTRACT
from schemas.sources.statbank_strafna7 import STRAFNA7


@dg.asset(**table_asset(STRAFNA7, tags={"source": "statbank_strafna7"}, check_specs=[fresh_spec(STRAFNA7)]))
def statbank_strafna7(context: dg.AssetExecutionContext, sources: SourcesResource) -> StatBankResults:
    """A table that is not pulled gets no rows; how to pull it stands in the metadata."""
    yield from statbank_output(context, sources, STRAFNA7, EXTRACT)


CHECKS = contract_checks(STRAFNA7)
