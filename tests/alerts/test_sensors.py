"""The sensors' own answers, on an instance in memory: what starts which run, what is told, once."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from handleplan_pipeline.alerts import tell as telling
from handleplan_pipeline.alerts.memory import Memory
from handleplan_pipeline.graph import sensors
from handleplan_pipeline.graph.jobs import daily_tick, yearly_refresh
from handleplan_pipeline.settings import PROJECT_ROOT
from tests.alerts.made import Set
from tests.lib.deliveries import STAYS, Place, text
from tests.lib.posts import Hook
from tests.statbank.server import statbank

TABLE = dg.AssetKey(["source", "table"])
PASSES = {"value": True}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance that remembers which schedules are on."""
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as made:
        yield made


@dg.asset(key=TABLE, check_specs=[dg.AssetCheckSpec("in_order", asset=TABLE)])
def table() -> Iterator[Any]:
    yield dg.Output(1)
    yield dg.AssetCheckResult(
        check_name="in_order",
        passed=PASSES["value"],
        severity=dg.AssetCheckSeverity.WARN,
        description="A SECRET of a row",
    )


@dg.asset
def broken() -> None:
    raise ValueError("A SECRET of a row")


def run(instance: dg.DagsterInstance, name: str, *assets: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    job = dg.Definitions(assets=assets, jobs=[dg.define_asset_job(name)]).resolve_job_def(name)
    return job.execute_in_process(instance=instance, raise_on_error=False, run_config=quiet)


class Looking:
    """A sensor that is looked at again and again, with its cursor."""

    def __init__(self, sensor: dg.SensorDefinition, instance: dg.DagsterInstance) -> None:
        self.sensor, self.instance, self.cursor = sensor, instance, None

    def look(self) -> dg.SensorResult:
        found: Any = self.sensor(dg.build_sensor_context(self.instance, cursor=self.cursor))
        self.cursor = found.cursor or self.cursor
        return found  # type: ignore[no-any-return]


def test_a_failed_run_is_told_once_by_its_steps_and_sets_out_the_desk(
    use: Set, hook: Hook, instance: dg.DagsterInstance
) -> None:
    use(alerts=hook.address)
    failed = run(instance, "refresh", broken)
    looking = Looking(sensors.failed_runs, instance)
    (request,) = looking.look().run_requests or []
    assert request.run_key == f"desk/{failed.run_id}"
    assert hook.titles() == ["handleplan: Kørsler, der fejlede: 1 / Runs that failed: 1"]
    assert f"refresh, run {failed.run_id}: broken" in hook.texts()
    assert "SECRET" not in hook.texts()
    for _ in range(3):
        looking.look()
    assert len(hook.posts) == 1


def test_a_desk_that_fails_does_not_ask_for_another(use: Set, hook: Hook, instance: dg.DagsterInstance) -> None:
    use(alerts=hook.address)
    run(instance, "tick", broken)
    assert not Looking(sensors.failed_runs, instance).look().run_requests
    assert len(hook.posts) == 1


def test_what_could_not_be_told_is_told_when_the_address_is_mended(
    use: Set, hook: Hook, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = use(alerts=hook.address)
    monkeypatch.setattr(telling, "FIRST_PAUSE", timedelta(0))
    run(instance, "refresh", broken)
    looking, hook.status = Looking(sensors.failed_runs, instance), 500
    # the sensor goes on, and the desk is asked for all the same
    assert len(looking.look().run_requests or []) == 1
    looking.look()
    assert Memory(settings.lake).read().unsent["run_failed"].tries == 2
    hook.status = 200
    for _ in range(2):
        looking.look()
    assert hook.titles() == ["handleplan: Kørsler, der fejlede: 1 / Runs that failed: 1"]


def test_a_warning_check_of_a_good_run_is_told_until_it_is_passed(
    use: Set, hook: Hook, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(alerts=hook.address)
    looking = Looking(sensors.checks_of_good_runs, instance)
    for passes, told in ((False, 1), (False, 1), (True, 1), (False, 2)):
        monkeypatch.setitem(PASSES, "value", passes)
        assert run(instance, "ingest", table).success
        looking.look()
        assert len(hook.posts) == told
    assert "source/table: in_order (warn)" in hook.texts()
    assert "SECRET" not in hook.texts()


def test_a_run_that_waits_too_long_is_told_of(use: Set, hook: Hook, kept: dg.DagsterInstance) -> None:
    use(alerts=hook.address, silent_after_minutes=0)
    kept.create_run_for_job(dg.Definitions(jobs=[dg.define_asset_job("a")], assets=[table]).resolve_job_def("a"))
    looking = Looking(sensors.silent_runs, kept)
    looking.look()
    looking.look()
    assert hook.titles() == ["handleplan: Kørsler, der aldrig begyndte: 1 / Runs that never began: 1"]
    assert "- a: ventet siden" in hook.texts()


def switched_on(instance: dg.DagsterInstance, schedule: dg.ScheduleDefinition, since: datetime) -> None:
    target = LoadableTargetOrigin(module_name="handleplan_pipeline.definitions")
    location = RemoteRepositoryOrigin(InProcessCodeLocationOrigin(target, location_name="here"), "__repository__")
    state = InstigatorState(
        RemoteInstigatorOrigin(location, schedule.name),
        InstigatorType.SCHEDULE,
        InstigatorStatus.RUNNING,
        ScheduleInstigatorData(str(schedule.cron_schedule), since.timestamp()),
    )
    instance.add_instigator_state(state)


def test_a_schedule_that_is_on_and_started_nothing_is_told_of(use: Set, hook: Hook, kept: dg.DagsterInstance) -> None:
    use(alerts=hook.address, silent_after_minutes=0)
    looking = Looking(sensors.silent_runs, kept)
    looking.look()
    assert hook.posts == []
    # since two years: a 1 June at six has passed
    switched_on(kept, yearly_refresh, datetime.now(UTC) - timedelta(days=730))
    looking.look()
    looking.look()
    assert hook.titles() == ["handleplan: Kørsler, der aldrig begyndte: 1 / Runs that never began: 1"]
    assert "yearly_refresh: waited for since 20" in hook.texts()
    assert "-06-01 04:00 (UTC)" in hook.texts()


def test_a_schedule_that_was_switched_on_since_its_hour_is_not_told_of(
    use: Set, hook: Hook, kept: dg.DagsterInstance
) -> None:
    use(alerts=hook.address, silent_after_minutes=0)
    switched_on(kept, yearly_refresh, datetime.now(UTC))
    Looking(sensors.silent_runs, kept).look()
    assert hook.posts == []


def test_a_landed_delivery_starts_a_run_for_its_period_alone(
    use: Set, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    place = Place(tmp_path)
    use(landing=place.landing)
    path = place.land(text(start="01-02-2012", end="01-03-2012"), period=2012)
    looking = Looking(sensors.landing_folder, instance)
    assert not looking.look().run_requests
    (request,) = looking.look().run_requests or []
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert request.run_key == hashlib.sha256(f"section_110_stays/2012/1/{sha256}".encode()).hexdigest()
    assert request.tags == {
        "dagster/asset_partition_range_start": "2012",
        "dagster/asset_partition_range_end": "2012",
        "handleplan/because": f"delivered: {STAYS.source}",
    }
    assert not looking.look().run_requests


def test_a_changed_table_of_statbank_starts_its_assets_for_all_years(use: Set, instance: dg.DagsterInstance) -> None:
    with statbank() as (url, faults):
        use(statbank="live", statbank_url=url)
        looking = Looking(sensors.statbank_updated, instance)
        assert not looking.look().run_requests
        changed = ("FOLK1E", "RAS200")
        faults.info = lambda info: info | ({"updated": "2026-11-10T08:00:00"} if info["id"] in changed else {})
        (request,) = looking.look().run_requests or []
    assert {k.to_user_string() for k in request.asset_selection or ()} == {
        "source/statbank_folk1e",
        "source/statbank_folk1e_all",
        "source/statbank_context",
        "release/desk",
    }
    assert request.tags["dagster/asset_partition_range_start"] == "2006"
    assert request.run_key == "FOLK1E/2026-11-10T08:00:00|RAS200/2026-11-10T08:00:00"


def test_a_snapshot_is_never_pulled(use: Set, instance: dg.DagsterInstance) -> None:
    use(statbank="snapshot", statbank_url="http://127.0.0.1:9/v1")
    assert not Looking(sensors.statbank_updated, instance).look().run_requests


def test_the_tick_rings_once_a_day_in_danish_time() -> None:
    at = datetime(2027, 3, 28, 5, 0, tzinfo=UTC)
    # 28 March 2027 is the day the clock goes forward: seven o'clock is five in UTC
    request: Any = daily_tick(dg.build_schedule_context(scheduled_execution_time=at))
    assert request.run_config == {"ops": {"release__desk": {"config": {"ring": True}}}}
    assert (daily_tick.cron_schedule, daily_tick.execution_timezone) == ("0 7 * * *", "Europe/Copenhagen")


def test_nothing_runs_by_itself_where_nobody_has_said_so() -> None:
    """Read in a process of its own that has no settings but these."""
    code = (
        "from handleplan_pipeline.graph.jobs import SCHEDULES; from handleplan_pipeline.graph.sensors import SENSORS; "
        "print(sorted(s.name for s in [*SCHEDULES, *SENSORS] if s.default_status.name == 'RUNNING'))"
    )
    starts = ["landing_folder", "statbank_updated", "yearly_refresh"]
    tells = ["checks_of_good_runs", "daily_tick", "disk_space", "ending_permissions", "failed_runs", "silent_runs"]
    tells.append("waiting_releases")
    wanted = {("off", ""): [], ("off", "json://x/"): tells, ("on", ""): sorted([*starts, *tells])}
    for (automation, alerts), running in wanted.items():
        environment = os.environ | {"HANDLEPLAN_AUTOMATION": automation, "HANDLEPLAN_ALERTS": alerts}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == str(running)


def test_sources_of_the_catalogue_have_a_freshness_and_others_have_none() -> None:
    from handleplan_pipeline.graph.arguments import freshness

    policy: Any = freshness("section_110_stays")
    # late from 31 May, expected 46 days before
    assert (policy.deadline_cron, policy.timezone) == ("0 6 31 5 *", "Europe/Copenhagen")
    assert policy.lower_bound_delta == timedelta(days=46)
    for name in ("published_source", "exposed_area_count", "statbank_code"):
        assert freshness(name) is None
