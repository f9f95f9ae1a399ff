"""The same as jobs of Dagster: they hold the lake, are dry by default, and tell counts as they may be told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest
from pydantic import ValidationError

from handleplan_pipeline.graph import keeping
from handleplan_pipeline.graph.resources import resources
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from tests.keeping.made import Machine

SOURCE = "section_110_stays"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(job: dg.JobDefinition, op: str, instance: dg.DagsterInstance, **config: Any) -> dict[str, Any]:
    """What the job told Dagster."""
    get_settings.cache_clear()
    defs = dg.Definitions(jobs=[job], resources=resources(), executor=dg.in_process_executor)
    done = defs.resolve_job_def(job.name).execute_in_process(
        instance=instance, run_config={"ops": {op: {"config": config}}, **QUIET}
    )
    (told,) = [e for e in done.all_events if e.event_type_value == "ASSET_OBSERVATION"]
    return {k: v.value for k, v in told.event_specific_data.asset_observation.metadata.items()}  # type: ignore[union-attr]


def test_a_backup_by_the_ui(machine: Machine) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        told = run(keeping.backup_job, "make_backup", instance, to=str(machine.backups))
    assert told["sealed"] == "no"
    (backup,) = machine.backups.glob("*_*/")
    assert told["path"] == str(backup)


def test_a_purge_is_dry_unless_somebody_says_otherwise(machine: Machine) -> None:
    machine.grant(b={"status": "withdrawn"})
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(keeping.purge_job, "purge_lake", instance)["deliveries"] == "1-5"
        assert {r.state for r in DeliveryStore(machine.lake.root).receipts(SOURCE)} == {"accepted"}
        assert run(keeping.purge_job, "purge_lake", instance, dry_run=False)["dry_run"] is False
    assert {r.state for r in DeliveryStore(machine.lake.root).receipts(SOURCE)} == {"accepted", "deleted"}


@dg.asset
def made() -> None:
    """An asset."""


def test_runs_beyond_their_time_go_but_those_that_made_what_is_current(machine: Machine) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        old, current = (dg.materialize([made], instance=instance).run_id for _ in range(2))
        soon = datetime.now(UTC) + timedelta(minutes=1)
        assert list(keeping.beyond(instance, soon)) == [old]
        assert list(keeping.beyond(instance, datetime.now(UTC) - timedelta(days=1))) == []
        told = run(keeping.tidy_job, "tidy_history", instance)
        assert (told["runs"], told["dry_run"]) == (0, True)
        assert instance.has_run(current)


def test_days_of_history_are_not_less_than_a_month(machine: Machine) -> None:
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(ValidationError, match="days"):
        run(keeping.tidy_job, "tidy_history", instance, days=3)
