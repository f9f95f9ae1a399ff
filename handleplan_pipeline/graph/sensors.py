"""Sensors: what arrives starts a run, and what goes wrong is told. Conditions and words are in `alerts`."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from handleplan_pipeline import clock
from handleplan_pipeline.alerts import landing, statbank, watch
from handleplan_pipeline.alerts.events import Event
from handleplan_pipeline.alerts.tell import NO_ADDRESS, Told, tell
from handleplan_pipeline.graph.arguments import reference_years
from handleplan_pipeline.graph.jobs import (
    AUTOMATIC,
    DESK,
    RANGE_END,
    RANGE_START,
    SCHEDULES,
    TAKES_IN,
    TOLD,
    all_years,
    ingest,
    tick,
)
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.statbank.answers import Answers
from handleplan_pipeline.sources.statbank.extracts import CONTEXT
from schemas.registry import all_contracts

SECONDS = get_settings().sensor_seconds
RARELY = 60 * SECONDS
"""StatBank changes a table once a quarter at most, and does not want to be asked every minute. Ours, version 1."""
TELLS: dict[str, Any] = {"minimum_interval_seconds": SECONDS, "default_status": TOLD}
"""How often a sensor looks that tells people, and whether it is on."""
FIRST_LOOK_BACK = timedelta(days=1)
"""How far a sensor of runs looks back when it is first switched on. Ours, version 1."""
AGAIN = timedelta(seconds=5)
"""Two looks overlap by this: a run may be written down a moment after its own time."""
UNBEGUN = (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING)


def _told(
    context: dg.SensorEvaluationContext, events: Sequence[Event], scopes: Iterable[str] = (), passed: Iterable[str] = ()
) -> Told:
    """Tell people and log what came of it; an alert that cannot be sent is an error in the log, and nothing else."""
    done = tell(get_settings(), events, scopes, passed)
    (context.log.error if done.wrong else context.log.info)(done.sentence())
    return done


# what arrives


@dg.sensor(
    job=TAKES_IN,
    minimum_interval_seconds=SECONDS,
    default_status=AUTOMATIC,
    description="Tager en levering ind, når fil og følgeseddel passer sammen og ligger stille. Starts `ingest` for the "
    "periods of deliveries that are whole.",
)
def landing_folder(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One run for everything that has become whole since the last look."""
    settings = get_settings()
    folder = settings.landing or settings.lake / "landing"
    found = landing.look(delivery_store(settings.lake), folder, json.loads(context.cursor or "{}"))
    said = _told(context, found.stuck, [landing.LANDING]).sentence()
    requests = [_intake(found.whole)] if found.whole else []
    skip = None if requests else f"No delivery has become whole; {said}."
    return dg.SensorResult(run_requests=requests, cursor=json.dumps(found.seen), skip_reason=skip)


def _intake(whole: Sequence[landing.Whole]) -> dg.RunRequest:
    """A run for the periods concerned. A period outside the reference years is of a source that is read whole."""
    years = reference_years()
    inside = sorted(str(w.period) for w in whole if str(w.period) in years) or [years[0], years[-1]]
    key = "|".join(sorted(f"{w.source}/{w.period}/{w.number}/{w.sha256}" for w in whole))
    sources = ", ".join(sorted({w.source for w in whole}))
    tags = {RANGE_START: inside[0], RANGE_END: inside[-1], "handleplan/because": f"delivered: {sources}"[:200]}
    return dg.RunRequest(run_key=hashlib.sha256(key.encode()).hexdigest(), tags=tags)


@dg.sensor(
    job=ingest,
    minimum_interval_seconds=RARELY,
    default_status=AUTOMATIC,
    description="Henter StatBanks tabeller, når de er ændret. Pulls the tables of StatBank whose `updated` is new.",
)
def statbank_updated(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A run of the assets of the tables that changed, for all years: earlier ones may have been revised."""
    settings = get_settings()
    if settings.statbank != "live":
        return dg.SensorResult(skip_reason="HANDLEPLAN_STATBANK is snapshot: nothing is pulled.")
    answers = Answers(settings.lake / "raw" / "statbank")
    found = statbank.look(settings.statbank_url, answers, settings.reference, json.loads(context.cursor or "{}"))
    if found.why:
        context.log.warning(found.why)
    cursor = json.dumps(found.updated, sort_keys=True)
    if not found.changed:
        return dg.SensorResult(cursor=cursor, skip_reason=found.why or "No table has changed.")
    key = "|".join(f"{t}/{found.updated[t]}" for t in found.changed)
    tags = all_years() | {"handleplan/because": f"updated: {', '.join(found.changed)}"[:200]}
    request = dg.RunRequest(run_key=key, asset_selection=[*_assets_of(found.changed), DESK], tags=tags)
    return dg.SensorResult(run_requests=[request], cursor=cursor)


def _assets_of(tables: Sequence[str]) -> list[dg.AssetKey]:
    """The source assets that read these tables: those of a table's own, or the one of all tables of context."""
    read = [e for t in tables for e in statbank.extracts_of(t)]
    names = {f"statbank_{e.id}" for e in read if ("source", f"statbank_{e.id}") in all_contracts()}
    of_context = {"statbank_context"} if any(e in CONTEXT for e in read) else set()
    return [dg.AssetKey(["source", n]) for n in sorted(names | of_context)]


# what goes wrong with runs


@dataclass(frozen=True)
class Ended:
    """Runs that ended since the last look, whoever started them, oldest first; and the times of both looks."""

    runs: Sequence[dg.RunRecord]
    last: datetime
    now: datetime

    def cursor(self, done: Told) -> str:
        """Where the next look begins: at the last one again while what was found could not be told."""
        again = any(why != NO_ADDRESS for why in done.unsent.values())
        return (self.last if again else self.now).isoformat()


def _ended(context: dg.SensorEvaluationContext, status: dg.DagsterRunStatus) -> Ended:
    now = clock.now()
    last = datetime.fromisoformat(context.cursor) if context.cursor else now - FIRST_LOOK_BACK
    filters = dg.RunsFilter(statuses=[status], updated_after=last - AGAIN)
    return Ended(context.instance.get_run_records(filters, order_by="update_timestamp", ascending=True), last, now)


@dg.sensor(
    job=tick,
    **TELLS,
    description="Giver besked om kørsler, der fejlede. Tells of runs that failed, and sets out the desk anew.",
)
def failed_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Of any job and of any starter: the command line's runs too, where they keep a history."""
    found = _ended(context, dg.DagsterRunStatus.FAILURE)
    events = [
        watch.run_failed(r.dagster_run.job_name, r.dagster_run.run_id, _failed_steps(context, r)) for r in found.runs
    ]
    done = _told(context, events)
    # a desk that failed would only fail again
    again = [r for r in found.runs if r.dagster_run.job_name != tick.name]
    requests = [dg.RunRequest(run_key=f"desk/{r.dagster_run.run_id}") for r in again[-1:]]
    skip = None if requests else done.sentence()
    return dg.SensorResult(run_requests=requests, cursor=found.cursor(done), skip_reason=skip)


def _failed_steps(context: dg.SensorEvaluationContext, record: dg.RunRecord) -> list[str]:
    kind = dg.DagsterEventType.STEP_FAILURE
    logs = context.instance.all_logs(record.dagster_run.run_id, of_type=kind)
    return sorted({e.dagster_event.step_key for e in logs if e.dagster_event and e.dagster_event.step_key})


@dg.sensor(
    **TELLS,
    description="Giver besked om kontroller, der ikke bestod i en kørsel, der gik godt. Tells of failed and warning "
    "checks of runs that succeeded.",
)
def checks_of_good_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A check is told of once, and again when it has been passed in between."""
    found = _ended(context, dg.DagsterRunStatus.SUCCESS)
    last: dict[str, Event | None] = {}
    for record in found.runs:
        for key, event in _checks(context, record):
            last[key] = event
    events = [e for e in last.values() if e is not None]
    done = _told(context, events, passed=[k for k, e in last.items() if e is None])
    return dg.SensorResult(cursor=found.cursor(done), skip_reason=done.sentence())


def _checks(context: dg.SensorEvaluationContext, record: dg.RunRecord) -> Iterator[tuple[str, Event | None]]:
    """Key of each check of a run; with an event where it did not pass."""
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    for entry in context.instance.all_logs(record.dagster_run.run_id, of_type=kind):
        if entry.dagster_event is None:
            continue
        told = entry.dagster_event.asset_check_evaluation_data
        table = told.asset_key.to_user_string()
        event = None if told.passed else watch.check_failed(table, told.check_name, told.severity.value)
        yield watch.check_key(table, told.check_name), event


@dg.sensor(
    **TELLS,
    description="Giver besked om kørsler, der aldrig begyndte. Tells of runs that never began: those that wait too "
    "long, and those a schedule that is on should have started.",
)
def silent_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    now = clock.now()
    patience = timedelta(minutes=get_settings().silent_after_minutes)
    events = [
        watch.never_started(r.dagster_run.job_name, r.dagster_run.run_id, r.create_timestamp)
        for r in context.instance.get_run_records(dg.RunsFilter(statuses=list(UNBEGUN)))
        if now - _utc(r.create_timestamp) >= patience
    ]
    for schedule in SCHEDULES:
        due = _due(context.instance, schedule, now)
        if due is not None and now - due >= patience and not _was_started(context.instance, schedule.name, due):
            events.append(watch.never_started(schedule.name, f"{schedule.name}/{due.isoformat()}", due))
    return dg.SensorResult(skip_reason=_told(context, events, ["silent/"]).sentence())


def _utc(stamp: datetime) -> datetime:
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _due(instance: dg.DagsterInstance, schedule: dg.ScheduleDefinition, now: datetime) -> datetime | None:
    """When a schedule last should have started a run, in UTC; None where it is off, or was not on then."""
    from dagster._utils.schedules import reverse_cron_string_iterator

    states = [s for s in instance.all_instigator_state() if s.name == schedule.name]
    data: Any = states[0].instigator_data if states else None
    on_since = getattr(data, "start_timestamp", None)
    if not states or not states[0].is_running or on_since is None:
        return None
    cron, zone = str(schedule.cron_schedule), schedule.execution_timezone
    before = next(iter(reverse_cron_string_iterator(now.timestamp(), cron, zone)))
    due = before.astimezone(UTC)
    return due if due.timestamp() >= on_since else None


def _was_started(instance: dg.DagsterInstance, name: str, due: datetime) -> bool:
    filters = dg.RunsFilter(tags={"dagster/schedule_name": name}, created_after=due - AGAIN)
    return bool(instance.get_run_records(filters, limit=1))


# what stands


def _standing(name: str, da: str, en: str, scope: str, find: Callable[[], list[Event]]) -> dg.SensorDefinition:
    """A sensor that tells of a condition, once for as long as it stands."""

    @dg.sensor(name=name, **TELLS, description=f"{da} {en}")
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return dg.SensorResult(skip_reason=_told(context, find(), [scope]).sentence())

    return look


disk_space = _standing(
    "disk_space",
    "Giver besked, når der er for lidt plads.",
    "Tells of too little room on the lake's disk.",
    watch.DISK,
    lambda: watch.disk(get_settings()),
)
waiting_releases = _standing(
    "waiting_releases",
    "Giver besked om udgivelser, der venter på godkendelse.",
    "Tells of releases that wait for approval.",
    watch.WAITING,
    lambda: watch.waiting(Lake(get_settings().lake)),
)
ending_permissions = _standing(
    "ending_permissions",
    "Giver besked om tilladelser og certifikater, der udløber inden for 60 dage.",
    "Tells of permissions and certificates that end within 60 days.",
    watch.ENDING,
    lambda: watch.ending(get_settings(), clock.today()),
)

SENSORS = [
    landing_folder,
    statbank_updated,
    failed_runs,
    checks_of_good_runs,
    silent_runs,
    disk_space,
    waiting_releases,
    ending_permissions,
]
