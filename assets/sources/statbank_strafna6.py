"""Source: StatBank table STRAFNA6, by reference year; empty until somebody has pulled it."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.statbank import StatBankResults, fresh_spec, statbank_output
from handleplan_pipeline.sources.statbank.extracts import STRAFNA6 as EXTRACT
from schemas.sources.statbank_strafna6 import STRAFNA6


@dg.asset(**table_asset(STRAFNA6, tags={"source": "statbank_strafna6"}, check_specs=[fresh_spec(STRAFNA6)]))
def statbank_strafna6(context: dg.AssetExecutionContext, sources: SourcesResource) -> StatBankResults:
    """A table that is not pulled gets no rows; how to pull it stands in the metadata."""
    yield from statbank_output(context, sources, STRAFNA6, EXTRACT)


CHECKS = contract_checks(STRAFNA6)
