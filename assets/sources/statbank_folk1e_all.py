"""Source: StatBank table FOLK1E in full, by reference year; empty until somebody has pulled it."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.statbank import StatBankResults, fresh_spec, statbank_output
from handleplan_pipeline.sources.statbank.extracts import FOLK1E_ALL as EXTRACT
from schemas.sources.statbank_folk1e_all import FOLK1E_ALL


@dg.asset(**table_asset(FOLK1E_ALL, tags={"source": "statbank_folk1e_all"}, check_specs=[fresh_spec(FOLK1E_ALL)]))
def statbank_folk1e_all(context: dg.AssetExecutionContext, sources: SourcesResource) -> StatBankResults:
    """A table that is not pulled gets no rows; how to pull it stands in the metadata."""
    yield from statbank_output(context, sources, FOLK1E_ALL, EXTRACT)


CHECKS = contract_checks(FOLK1E_ALL)
