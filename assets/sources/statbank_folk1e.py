"""Source: StatBank table FOLK1E, by reference year, from the pinned snapshot or the live API."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.statbank import StatBankResults, fresh_spec, statbank_output
from handleplan_pipeline.sources.statbank.extracts import FOLK1E as EXTRACT
from schemas.sources.statbank_folk1e import FOLK1E


@dg.asset(**table_asset(FOLK1E, tags={"source": "statbank_folk1e"}, check_specs=[fresh_spec(FOLK1E)]))
def statbank_folk1e(context: dg.AssetExecutionContext, sources: SourcesResource) -> StatBankResults:
    """A year the source does not hold gets no rows; which years those are stands in the metadata."""
    yield from statbank_output(context, sources, FOLK1E, EXTRACT)


CHECKS = contract_checks(FOLK1E)
