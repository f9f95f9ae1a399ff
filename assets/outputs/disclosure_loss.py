"""What disclosure control costs: rows not shown per indicator and year, and by reason over the whole release."""

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import PLAN, contract_checks, table_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake import CheckedTable, table_output
from schemas.protection.suppression_plan import DISCLOSURE_LOSS, DISCLOSURE_REASON


def by_reason(plan: pl.DataFrame, threshold: int) -> pl.DataFrame:
    """Hidden rows of the whole release by reason; a reason of fewer than `threshold` rows counts as secondary."""
    counts = plan.filter(pl.col("hidden")).group_by("reason").len("hidden_rows")
    few = pl.when(pl.col("hidden_rows") < threshold).then(pl.lit("secondary")).otherwise(pl.col("reason"))
    return counts.group_by(reason=few).agg(pl.col("hidden_rows").sum().cast(pl.Int64)).sort("reason")


@dg.asset(**table_asset(DISCLOSURE_LOSS), ins={"plan": PLAN})
def disclosure_loss(plan: pl.DataFrame) -> dg.Output[CheckedTable]:
    lost = plan.group_by("indicator_id", "year").agg(
        rows=pl.len().cast(pl.Int64), hidden_rows=pl.col("hidden").sum().cast(pl.Int64)
    )
    frame = lost.with_columns(hidden_percent=100 * pl.col("hidden_rows") / pl.col("rows")).sort("indicator_id", "year")
    return table_output(DISCLOSURE_LOSS, frame)


@dg.asset(**table_asset(DISCLOSURE_REASON), ins={"plan": PLAN})
def disclosure_reason(plan: pl.DataFrame) -> dg.Output[CheckedTable]:
    frame = by_reason(plan, int(load_catalogue().disclosure.number("threshold")))
    return table_output(DISCLOSURE_REASON, frame)


CHECKS = contract_checks(DISCLOSURE_LOSS, DISCLOSURE_REASON)
