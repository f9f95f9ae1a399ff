"""What disclosure control costs: rows not shown per indicator and year, and by reason over the whole release."""

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.protection.suppression_plan import DISCLOSURE_GIVEN_UP, DISCLOSURE_LOSS, DISCLOSURE_REASON


@dg.asset(**table_asset(DISCLOSURE_LOSS), ins={"lost": dg.AssetIn(["protected", "disclosure_loss"])})
def disclosure_loss(lost: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(DISCLOSURE_LOSS, lost)


@dg.asset(**table_asset(DISCLOSURE_REASON), ins={"reasons": dg.AssetIn(["protected", "disclosure_reason"])})
def disclosure_reason(reasons: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(DISCLOSURE_REASON, reasons)


@dg.asset(**table_asset(DISCLOSURE_GIVEN_UP), ins={"given_up": dg.AssetIn(["protected", "disclosure_given_up"])})
def disclosure_given_up(given_up: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(DISCLOSURE_GIVEN_UP, given_up)


CHECKS = contract_checks(DISCLOSURE_GIVEN_UP, DISCLOSURE_LOSS, DISCLOSURE_REASON)
