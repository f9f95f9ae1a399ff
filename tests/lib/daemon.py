"""What Dagster's daemon does at one moment of a clock that is set, with the house's own schedules and sensors.

Called in a fork (`commands.command(..., call="tests.lib.daemon:look", at=...)`): of every schedule that is on, the last
tick since the daemon looked before; the sensors of the landing folder and of publication times; the runs they ask for.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import dagster as dg

from handleplan_pipeline import clock
from tests.lib.clock import stand_still

LIES_STILL = timedelta(seconds=90)
"""Between two looks into the landing folder."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def look(memory: str) -> None:
    """Look once; `memory` is the file of what the daemon remembers. Prints the runs, one JSON object a line."""
    from handleplan_pipeline.definitions import defs
    from handleplan_pipeline.graph.instance import unkept
    from handleplan_pipeline.graph.jobs import SCHEDULES
    from handleplan_pipeline.graph.release_jobs import publication_time
    from handleplan_pipeline.graph.sensors import landing_folder

    file, now = Path(memory), clock.now()
    known: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    since = datetime.fromisoformat(known.get("looked", now.isoformat()))
    with unkept() as instance:
        ticks = sorted((t, s.name, s) for s in SCHEDULES for t in last_tick(s, since, now))
        for moment, _, schedule in ticks:
            stand_still(moment.isoformat())
            data = schedule.evaluate_tick(dg.build_schedule_context(instance, scheduled_execution_time=moment))
            started(defs, instance, schedule.job_name, data.run_requests or [])
        for sensor in (landing_folder, publication_time):
            for moment in (now - LIES_STILL, now):
                stand_still(moment.isoformat())
                seen = dg.build_sensor_context(instance, cursor=known.get(sensor.name))
                found = sensor.evaluate_tick(seen)
                known[sensor.name] = found.cursor
                started(defs, instance, sensor.job_name, found.run_requests or [])
    file.write_text(json.dumps(known | {"looked": now.isoformat()}))


def last_tick(schedule: dg.ScheduleDefinition, since: datetime, now: datetime) -> Iterator[datetime]:
    """When the schedule came last after `since`, if it did and is on; a daemon that was away starts no more."""
    from dagster._utils.schedules import cron_string_iterator

    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    times = cron_string_iterator(since.timestamp(), str(schedule.cron_schedule), schedule.execution_timezone)
    yield from list(takewhile(lambda t: t <= now, (t for t in times if t > since)))[-1:]


def started(defs: dg.Definitions, instance: dg.DagsterInstance, job: str, requests: list[dg.RunRequest]) -> None:
    """Run what was asked for, to its end."""
    for r in requests:
        config = {**(r.run_config or {}), **QUIET}
        run = defs.resolve_job_def(job)
        done = run.execute_in_process(run_config=config, tags=r.tags, instance=instance, raise_on_error=False)
        years = [r.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end")]
        wrong = [f"{e.step_key}: {e.step_failure_data.error}" for e in done.all_events if e.is_step_failure]
        said = {"job": job, "at": clock.now().isoformat(), "ok": done.success, "years": years, "wrong": wrong}
        print(json.dumps(said, default=str))
