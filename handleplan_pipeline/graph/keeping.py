"""Jobs of what is kept: backup, purge and tidying Dagster's own history, each started by a person or a timer.

They hold the lake by its lock, as a run does. What they tell Dagster, as observations of `keeping/...`, are counts as
they may be told, never a value.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.dagster_run import RunsFilter
from pydantic import Field

from handleplan_pipeline import clock
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.graph.resources import NO_TABLE, LakeResource
from handleplan_pipeline.keeping.backup import backup as make_backup
from handleplan_pipeline.keeping.pruning import prune
from handleplan_pipeline.keeping.retention import RETENTION, lines
from handleplan_pipeline.keeping.retention import purge as purge_lake
from handleplan_pipeline.lake.told import in_words, told
from handleplan_pipeline.settings import get_settings

AT_ONCE = 100
"""Runs that are asked for at a time. Ours, version 1."""
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


class BackupConfig(dg.Config):
    """Where a backup goes and who can open it."""

    to: str = Field("", description="Mappen til sikkerhedskopier. The folder of backups; empty: HANDLEPLAN_BACKUPS.")
    recipients: list[str] = Field(
        [], description="Offentlige nøgler (age1…, ssh-… eller GnuPG). Public keys; empty: not encrypted."
    )
    prune: bool = Field(True, description="Slet udløbne kopier. Delete backups that are beyond their time.")


class PurgeConfig(dg.Config):
    """Whether a purge deletes or only says what it would."""

    dry_run: bool = Field(True, description="Sig kun, hvad der ville blive slettet. Only say what would be deleted.")


class TidyConfig(dg.Config):
    """How much of Dagster's history is kept."""

    days: int = Field(
        int(RETENTION["history"].days or 0), ge=31, description="Dage, der beholdes. Days to keep; 13 months."
    )
    dry_run: bool = Field(True, description="Sig kun, hvad der ville blive slettet. Only say what would be deleted.")


@dg.op(name="make_backup", out=NO_TABLE, description=make_backup.__doc__)
def backup_op(context: dg.OpExecutionContext, config: BackupConfig, lake: LakeResource) -> None:
    place = Path(config.to) if config.to else get_settings().backups
    if place is None:
        raise ConfigurationError("Name the folder of backups in the configuration (`to`), or set HANDLEPLAN_BACKUPS.")
    with lake.lake.lock(get_settings().lock_wait_seconds):
        # the history is the one that this very run is being written to; SQLite copies it as it is
        made = make_backup(lake.lake, place, tuple(config.recipients))
        dropped = prune(lake.lake, made.path) if config.prune else []
    for said in made.unreached:
        context.log.warning(said)
    about: dict[str, Any] = {"files": made.files, "bytes": made.bytes, "sealed": made.sealed or "no"}
    _tell(context, "backup", about | {"path": str(made.path), "sha256sums": made.sha256, "pruned": len(dropped)})


@dg.op(name="purge_lake", out=NO_TABLE, description=purge_lake.__doc__)
def purge_op(context: dg.OpExecutionContext, config: PurgeConfig, lake: LakeResource) -> None:
    with lake.lake.lock(get_settings().lock_wait_seconds):
        done = purge_lake(lake.lake, clock.today(), dry=config.dry_run)
    for line in lines(done, config.dry_run):
        context.log.info(in_words(line))
    counts = {"deliveries": len(done.purged.deliveries), "files": len(done.purged.files), "refused_files": done.refused}
    _tell(context, "purge", {n: told(c) for n, c in counts.items()} | {"dry_run": config.dry_run})


@dg.op(
    name="tidy_history", out=NO_TABLE, description="Delete runs beyond their time, but those that made what is current."
)
def tidy_op(context: dg.OpExecutionContext, config: TidyConfig) -> None:
    before = clock.now() - timedelta(days=config.days)
    gone = list(beyond(context.instance, before))
    for run_id in () if config.dry_run else gone:
        context.instance.delete_run(run_id)
    _tell(context, "tidy", {"runs": len(gone), "before": before.isoformat(), "dry_run": config.dry_run})


def _tell(context: dg.OpExecutionContext, what: str, about: dict[str, Any]) -> None:
    context.log_event(dg.AssetObservation(["keeping", what], metadata=about))


def beyond(instance: dg.DagsterInstance, before: datetime) -> Iterator[str]:
    """Ended runs of before that instant, oldest pages last, without those that made an asset as it stands."""
    current = {
        event.run_id
        for event in instance.get_latest_materialization_events(instance.all_asset_keys()).values()
        if event is not None
    }
    wanted, cursor = RunsFilter(statuses=ENDED, created_before=before), None
    while page := instance.get_runs(wanted, cursor=cursor, limit=AT_ONCE):
        yield from (run.run_id for run in page if run.run_id not in current)
        cursor = page[-1].run_id


@dg.job(
    name="backup",
    description="Sikkerhedskopi. A consistent copy of all that cannot be made again.",
)
def backup_job() -> None:
    backup_op()


@dg.job(
    name="purge",
    description="Sletning efter tilladelser og frister. Delete what may not be held any more.",
)
def purge_job() -> None:
    purge_op()


@dg.job(
    name="tidy",
    description="Oprydning i Dagsters historik. Delete what is older than 13 months of the history.",
)
def tidy_job() -> None:
    tidy_op()


KEEPING_JOBS = [backup_job, purge_job, tidy_job]
