"""The Dagster instance of a run that nobody keeps: in memory, gone with the run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.instance import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import TemporaryLocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage
from sqlalchemy import Connection


class RunEvents(InMemoryEventLogStorage):
    """Dagster's event log in memory, over the one connection it holds anyhow, and of what a run asks for again.

    Its own opens a connection for every event and every question, some 6,000 in a run of the job `count`: that takes
    longer than storing them. Half of the events are steps that begin and end, and what they log: nobody can ask for
    them, because the log goes with the run. Private to Dagster, whose version is pinned; the tests compare the two.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made_in = threading.get_ident()

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Keep what is told of the run, of assets and of checks."""
        told = event.dagster_event
        if told is not None and (told.is_job_event or told.event_type in ASSET_EVENTS | ASSET_CHECK_EVENTS):
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


def unkept() -> dg.DagsterInstance:
    """As `DagsterInstance.ephemeral`, with `RunEvents`."""
    return dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),  # type: ignore[no-untyped-call]
        run_storage=InMemoryRunStorage(),
        event_storage=RunEvents(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    )
