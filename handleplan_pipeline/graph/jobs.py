"""Jobs and schedules: what runs together, and when. Schedules are off until they are switched on."""

import dagster as dg

from handleplan_pipeline.graph.arguments import REFERENCE_YEAR

TIMEZONE = "Europe/Copenhagen"
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

refresh = dg.define_asset_job(
    "refresh", selection=dg.AssetSelection.all(), description="Hele grafen. The whole graph, for a range of years."
)
ingest = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.groups("source", "register"),
    description="Kilder og registre. Sources and registers only.",
)
count = dg.define_asset_job(
    "count",
    selection=dg.AssetSelection.groups("source", "register", "cell"),
    description="Kilder, registre og celler. From deliveries to cell tables, for a range of years.",
)
publish = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.groups("release"),
    description="En udgivelse af de tabeller, der ligger i søen. A release of the tables in the lake.",
)


def all_years() -> dict[str, str]:
    """Tags that make one run cover every reference year up to the running one."""
    keys = REFERENCE_YEAR.get_partition_keys()
    return {RANGE_START: keys[0], RANGE_END: keys[-1]}


@dg.schedule(
    job=refresh,
    cron_schedule="0 6 1 6 *",
    execution_timezone=TIMEZONE,
    description="Årlig opdatering 1. juni kl. 6, efter StatBanks forårsudgivelser. Yearly refresh on 1 June.",
)
def yearly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run for all years: earlier years may have been revised."""
    return dg.RunRequest(run_key=f"{context.scheduled_execution_time.year}", tags=all_years())


JOBS = [refresh, ingest, count, publish]
SCHEDULES = [yearly_refresh]
