"""What a tick does: look at the calendar, set out the desk, tell people, call the heartbeat."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import dagster as dg
from dagster_shared.check import CheckError

from handleplan_pipeline import clock
from handleplan_pipeline.alerts import watch
from handleplan_pipeline.alerts.desk import Task, tasks
from handleplan_pipeline.alerts.tell import Told, beat, tell
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.errors import HandleplanError
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.expected import calendar

Failing = tuple[str, str, str]


def failing_checks(instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]) -> list[Failing]:
    """Table, check and severity of every check whose last evaluation did not pass."""
    found = []
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    for key, record in records.items():
        event = record.event.dagster_event if record.event else None
        if event is None or event.event_type != dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        told = event.asset_check_evaluation_data
        if not told.passed:
            found.append((key.asset_key.to_user_string(), key.name, told.severity.value))
    return sorted(found)


def desk_result(context: dg.AssetExecutionContext, sources: SourcesResource, ring: bool) -> dg.MaterializeResult[None]:
    """The desk as it is now; with `ring`, people are told of late data and the heartbeat is called first.

    Whatever goes wrong with telling is said in the log and on the desk, and stops nothing.
    """
    settings, today = get_settings(), sources.today()
    rows, unread = _calendar(sources, today)
    if ring and not unread:
        _ring(context.log, rows, today)
    found = unread + tasks(settings, rows, failing_checks(context.instance, _checks(context)), today)
    return dg.MaterializeResult(metadata={"open": len(found), "desk": _table(found), "as_of": str(today)})


def _calendar(sources: SourcesResource, today: date) -> tuple[list[dict[str, Any]], list[Task]]:
    """The calendar's rows, or why there are none; then nobody is told, and the heartbeat's silence says so."""
    try:
        return calendar(load_catalogue(), sources.place(), today), []
    except HandleplanError as e:
        return [], [Task("late", "the calendar", str(e), "Mend it.")]


def _checks(context: dg.AssetExecutionContext) -> Iterable[dg.AssetCheckKey]:
    """Every check of the code location; those of the job alone where a run knows no more."""
    try:
        return context.repository_def.asset_graph.asset_check_keys
    except CheckError:
        return context.job_def.asset_layer.asset_graph.asset_check_keys


def _ring(log: Any, rows: Sequence[dict[str, Any]], today: date) -> None:
    settings = get_settings()
    try:
        _said(log, tell(settings, watch.late(load_catalogue(), rows, today), [watch.LATE]))
        if why := beat(settings, clock.now()):
            log.error(f"The heartbeat did not get through: {why}.")
    except Exception as e:  # whatever keeps people from being told, the run goes on and says so
        log.error(f"People could not be told ({type(e).__name__}). See the desk.")


def _said(log: Any, told: Told) -> None:
    (log.error if told.wrong else log.info)(told.sentence())


def _table(found: Sequence[Task]) -> dg.TableMetadataValue:
    names = ("about", "which", "what", "do")
    records = [dg.TableRecord({n: getattr(t, n) for n in names}) for t in found]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(n) for n in names]))
