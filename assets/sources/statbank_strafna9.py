"""Source: StatBank table STRAFNA9, by reference year, from the pinned snapshot or the live API."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.statbank import StatBankResults, fresh_spec, statbank_output
from handleplan_pipeline.sources.statbank.extracts import STRAFNA9 as EXTRACT
from schemas.sources.statbank_strafna9 import STRAFNA9


@dg.asset(**table_asset(STRAFNA9, tags={"source": "statbank_strafna9"}, check_specs=[fresh_spec(STRAFNA9)]))
def statbank_strafna9(context: dg.AssetExecutionContext, sources: SourcesResource) -> StatBankResults:
    """A year the source does not hold gets no rows; which years those are stands in the metadata."""
    yield from statbank_output(context, sources, STRAFNA9, EXTRACT)


CHECKS = contract_checks(STRAFNA9)
