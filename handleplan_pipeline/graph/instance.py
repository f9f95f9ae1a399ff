"""The Dagster instance of a run that nobody keeps: in memory, gone with the run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.instance import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import TemporaryLocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage
from dagster._core.storage.runs.sql_run_storage import SnapshotType
from sqlalchemy import Connection


class RunEvents(InMemoryEventLogStorage):
    """Dagster's event log in memory, over the one connection it holds anyhow, and of what a run asks for again.

    Its own opens a connection for every event and every question, some 6,000 in a run of the job `count`: that takes
    longer than storing them. Most events are steps that begin and end, what they log, and checks, planned and made:
    nobody can ask for them, because the log goes with the run, and whoever began it is handed them as they come.
    Private to Dagster, whose version is pinned; the tests compare the two.
    """

    KEPT = frozenset({dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION})

    def __init__(self) -> None:
        super().__init__()
        self._made_in = threading.get_ident()

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Keep what is told of the run, and of what was made: later steps ask for its versions."""
        told = event.dagster_event
        if told is not None and (told.is_job_event or told.event_type in self.KEPT):
            super().store_event(event)  # type: ignore[no-untyped-call]

    @property
    def supports_asset_checks(self) -> bool:
        """Its tables are made at once; Dagster looks them up at every check."""
        return True

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        if threading.get_ident() != self._made_in:
            # a connection of SQLite is its thread's
            with super()._connect() as own:
                yield own
            return
        with self._db_lock, self._held_conn.begin():
            yield self._held_conn


class RunPlans(InMemoryRunStorage):
    """Dagster's runs in memory, with the graph and the plan of a run held as they are.

    Its own writes both out, packs them and reads them again. Private to Dagster as above.
    """

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[str, Any] = {}

    def _has_snapshot_id(self, snapshot_id: str) -> bool:
        return snapshot_id in self._held

    def _get_snapshot(self, snapshot_id: str) -> Any:
        return self._held.get(snapshot_id)

    def _add_snapshot(self, snapshot_id: str, snapshot_obj: Any, snapshot_type: SnapshotType) -> str:
        self._held[snapshot_id] = snapshot_obj
        # its name stays in the table: that of runs refers to it
        return super()._add_snapshot(snapshot_id, "held", snapshot_type)


def unkept() -> dg.DagsterInstance:
    """As `DagsterInstance.ephemeral`, with `RunEvents` and `RunPlans`."""
    return dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),  # type: ignore[no-untyped-call]
        run_storage=RunPlans(),
        event_storage=RunEvents(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    )


def planned_checks(instance: dg.DagsterInstance, run_id: str) -> int:
    """How many checks a run was to make, by its plan."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.execution_plan_snapshot_id is None:
        raise LookupError(f"run {run_id} has no plan in this history")
    plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
    begun = set(plan.step_keys_to_execute)
    outputs = [o for s in plan.steps if s.key in begun for o in s.outputs]
    return sum(o.properties is not None and o.properties.asset_check_key is not None for o in outputs)
