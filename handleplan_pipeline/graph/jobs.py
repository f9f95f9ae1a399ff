"""Jobs and schedules: what runs together, and when. Schedules are off until they are switched on."""

import dagster as dg

from handleplan_pipeline.graph.arguments import reference_years
from handleplan_pipeline.graph.executor import chosen
from handleplan_pipeline.settings import get_settings
from schemas.registry import delivered_sources

TIMEZONE = "Europe/Copenhagen"
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

DESK = dg.AssetKey(["release", "desk"])
CALENDAR = dg.AssetKey(["output", "delivery_calendar"])
AUTOMATION = get_settings().automation == "on"
AUTOMATIC = dg.DefaultSensorStatus.RUNNING if AUTOMATION else dg.DefaultSensorStatus.STOPPED
"""Of what starts runs by itself: off until the setting, or somebody in the UI, switches it on."""
TELLING = AUTOMATION or get_settings().alerts is not None
TOLD = dg.DefaultSensorStatus.RUNNING if TELLING else dg.DefaultSensorStatus.STOPPED
"""Of what tells people: on where there is an address to tell."""

refresh = dg.define_asset_job(
    "refresh",
    executor_def=chosen(),
    selection=dg.AssetSelection.all(),
    description="Hele grafen. The whole graph, for a range of years.",
)
ingest = dg.define_asset_job(
    "ingest",
    executor_def=chosen(),
    selection=dg.AssetSelection.groups("source", "register") | dg.AssetSelection.assets(DESK),
    description="Kilder og registre. Sources and registers only.",
)
count = dg.define_asset_job(
    "count",
    executor_def=chosen(),
    selection=dg.AssetSelection.groups("source", "register", "cell") | dg.AssetSelection.assets(DESK),
    description="Kilder, registre og celler. From deliveries to cell tables, for a range of years.",
)
national = dg.define_asset_job(
    "national",
    executor_def=chosen(),
    selection=dg.AssetSelection.assets(*(["source", s] for s in delivered_sources())),
    description="Hele landets registre, til den nationale sø. The whole country's registers, for the national lake.",
)
publish = dg.define_asset_job(
    "publish",
    executor_def=chosen(),
    selection=dg.AssetSelection.groups("release"),
    description="En udgivelse af de tabeller, der ligger i søen. A release of the tables in the lake.",
)

tick = dg.define_asset_job(
    "tick",
    selection=dg.AssetSelection.assets(CALENDAR, DESK),
    description="Leveringskalender og skrivebord; giver besked om forsinkede data. The calendar of deliveries and the "
    "desk; tells of late data and calls the heartbeat.",
)


def all_years() -> dict[str, str]:
    """Tags that make one run cover every reference year up to the running one."""
    keys = reference_years()
    return {RANGE_START: keys[0], RANGE_END: keys[-1]}


IS_NATIONAL = get_settings().is_national
TAKES_IN = national if IS_NATIONAL else ingest
"""What a delivery that has arrived starts."""


@dg.schedule(
    job=national if IS_NATIONAL else refresh,
    cron_schedule="0 6 1 6 *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING if AUTOMATION else dg.DefaultScheduleStatus.STOPPED,
    description="Årlig opdatering 1. juni kl. 6, efter StatBanks forårsudgivelser. Yearly refresh on 1 June.",
)
def yearly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run for all years: earlier years may have been revised."""
    return dg.RunRequest(run_key=f"{context.scheduled_execution_time.year}", tags=all_years())


@dg.schedule(
    job=tick,
    cron_schedule=get_settings().tick_cron,
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING if TELLING else dg.DefaultScheduleStatus.STOPPED,
    description="Dagligt tik kl. 7: leveringskalender, skrivebord, besked om forsinkede data, hjerteslag. Daily tick.",
)
def daily_tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run a day, in an hour that no change of the clock skips or repeats."""
    ring = {"ops": {DESK.to_python_identifier(): {"config": {"ring": True}}}}
    return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat(), run_config=ring)


JOBS = [refresh, ingest, count, publish, national, tick]
SCHEDULES = [yearly_refresh, daily_tick]
