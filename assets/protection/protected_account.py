"""What disclosure control costs, as it may be told: rows not shown, and reasons in tens over the whole release.

Trap: which row has which reason never passes; who knew it could tell small counts from those hidden for their sake.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.protection.protected import PROTECTED_GIVEN_UP, PROTECTED_LOSS, PROTECTED_REASON

PLAN = dg.AssetIn(["cell", "suppression_plan"])
TENS = 10
"""Rows by reason are told in tens: an exact number would help to find out which of few hidden rows are small."""


def by_reason(plan: pl.DataFrame) -> pl.DataFrame:
    """Hidden rows of the whole release by reason, in tens; a reason of fewer than ten rows counts as secondary."""
    counts = plan.filter(pl.col("hidden")).group_by("reason").len("hidden_rows")
    few = pl.when(pl.col("hidden_rows") < TENS).then(pl.lit("secondary")).otherwise(pl.col("reason"))
    merged = counts.group_by(reason=few).agg(pl.col("hidden_rows").sum().cast(pl.Float64))
    tens = (pl.col("hidden_rows") / TENS).round() * TENS
    return merged.with_columns(hidden_rows=tens.cast(pl.Int64)).sort("reason")


@dg.asset(**table_asset(PROTECTED_LOSS), ins={"plan": PLAN})
def protected_loss(plan: pl.DataFrame) -> dg.Output[CheckedTable]:
    lost = plan.group_by("indicator_id", "year").agg(
        rows=pl.col("given_up").is_null().sum().cast(pl.Int64),
        hidden_rows=(pl.col("hidden") & pl.col("given_up").is_null()).sum().cast(pl.Int64),
        given_up_rows=pl.col("given_up").is_not_null().sum().cast(pl.Int64),
    )
    share = pl.when(pl.col("rows") > 0).then(100 * pl.col("hidden_rows") / pl.col("rows")).otherwise(0.0)
    frame = lost.with_columns(hidden_percent=share).sort("indicator_id", "year")
    return table_output(PROTECTED_LOSS, frame)


@dg.asset(**table_asset(PROTECTED_GIVEN_UP), ins={"plan": PLAN})
def protected_given_up(plan: pl.DataFrame) -> dg.Output[CheckedTable]:
    gone = plan.filter(pl.col("given_up").is_not_null()).rename({"given_up": "what", "given_up_because": "why"})
    return table_output(PROTECTED_GIVEN_UP, gone.select(PROTECTED_GIVEN_UP.column_names))


@dg.asset(**table_asset(PROTECTED_REASON), ins={"plan": PLAN})
def protected_reason(plan: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(PROTECTED_REASON, by_reason(plan))


CHECKS = contract_checks(PROTECTED_GIVEN_UP, PROTECTED_LOSS, PROTECTED_REASON)
