"""Source: StatBank table STRAFNA9, by reference year, from the pinned snapshot or the live API."""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.statbank.extracts import STRAFNA9 as EXTRACT
from schemas.sources.statbank_strafna9 import STRAFNA9


@dg.asset(**table_asset(STRAFNA9, tags={"source": "statbank_strafna9"}))
def statbank_strafna9(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    """A year the source does not hold gets no rows; which years those are stands in the metadata."""
    fetched = sources.statbank_source().fetch(EXTRACT, [int(k) for k in context.partition_keys])
    frame = fetched.frame.with_columns(
        data_kind=pl.lit("official"), delivery_id=pl.lit(f"{EXTRACT.table}:{fetched.provenance['sha256']}")
    )
    hidden = int(frame["cell_state"].is_in(["blanked", "zero_or_hidden"]).sum())
    return table_output(STRAFNA9, frame, context, hidden_or_zero_cells=hidden, **fetched.provenance)


CHECKS = contract_checks(STRAFNA9)
