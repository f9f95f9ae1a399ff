"""`handleplan run`: asks first what would stop it, runs a job, and tells what became of every delivery and check."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handleplan_pipeline.commands.deliveries import (
    Decisions,
    accepted_since,
    decisions,
    in_a_word,
    landing_folder,
    outcomes_now,
    tell_outcomes,
)
from handleplan_pipeline.commands.failures import INTERRUPTED, RUN_FAILED, sentence_of_told
from handleplan_pipeline.commands.read import show_status
from handleplan_pipeline.commands.releases import lake
from handleplan_pipeline.commands.terminal import say, warn, working
from handleplan_pipeline.errors import ConfigurationError, LockedError
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.deliveries.outcome import Outcome

if TYPE_CHECKING:
    import dagster as dg

    from handleplan_pipeline.sources.deliveries.store import DeliveryStore

JOBS = ("refresh", "ingest", "count", "publish", "national")
PUBLISHING = ("refresh", "publish")
RELEASE = ["release", "release"]
TOLD_IN_THE_TABLE = "deliveries_in_order"
"""The check of deliveries: what it says stands in the table, file by file."""


def run(
    job: Annotated[
        str,
        typer.Option(
            help="refresh, ingest (sources and registers), count (cells too), publish, or national (the national lake)"
        ),
    ] = "refresh",
    lake: Annotated[Path | None, typer.Option(help="Folder of the lake; the default is the setting.")] = None,
    landing: Annotated[Path | None, typer.Option(help="Folder of deliveries; the default is LAKE/landing.")] = None,
    new_secret: Annotated[
        bool, typer.Option("--new-secret", help="Make another secret: the lake's own is lost for good")
    ] = False,
) -> None:
    """Run the pipeline and publish a release."""
    for name, folder in {"LAKE": lake, "LANDING": landing}.items():
        if folder is not None:
            os.environ[f"HANDLEPLAN_{name}"] = str(folder.resolve())
    get_settings.cache_clear()
    _require_what_a_run_needs(job)
    _require_secret(new_secret)
    get_settings().fix_paths()
    os.chdir(PROJECT_ROOT)
    warnings.simplefilter("ignore")
    store = delivery_store(get_settings().lake)
    before = decisions(store)
    with _instance() as instance, working(f"{job} …"):
        from handleplan_pipeline.graph.instance import planned_checks

        result = _execute(job, instance)
        planned = planned_checks(instance, result.run_id)
    if not any(e.is_step_event for e in result.all_events):
        # nothing was begun: there is nothing to tell but why
        _tell_why(result)
    standing = _tell(result, planned, store, before)
    proposed = _proposed(result)
    if proposed is not None:
        say(
            f"{proposed}: proposed, not public; readers see the last release. Next: `handleplan release check`, and "
            "another person approves it (docs/how_to/publish.md)."
        )
    elif job in PUBLISHING:
        show_status()
    else:
        say(f"{job}: done.")
    if left := in_a_word(standing):
        say(f"Done, but deliveries are not in order: {left}. The table above says why.", "yellow")


def _require_what_a_run_needs(job: str) -> None:
    """Everything that would stop the run, asked before hours of work. Raises ConfigurationError or DiskFullError."""
    from handleplan_pipeline.lake.engine import require_engine
    from handleplan_pipeline.release.publish import require_space
    from handleplan_pipeline.release.signature import require_approvers

    settings = get_settings()
    if job not in JOBS:
        raise ConfigurationError(f"--job {job}: there is no such job. There are {', '.join(JOBS)}.")
    _require_its_lake(job)
    _require_folder(settings.reference, "HANDLEPLAN_REFERENCE", "Restore the pinned files from git.")
    if settings.landing is not None:
        _require_folder(settings.landing, "--landing (HANDLEPLAN_LANDING)", "Nothing would be taken in from it.")
    try:
        settings.lake.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise ConfigurationError(
            f"--lake {settings.lake}: cannot be made ({e.strerror}). Name another folder."
        ) from None
    if not os.access(settings.lake, os.W_OK | os.X_OK):
        raise ConfigurationError(f"--lake {settings.lake}: may not be written to. Mend its permissions.")
    require_engine()
    if job in PUBLISHING:
        require_space(lake())
        if settings.approvers is not None:
            require_approvers(lake(), settings.approvers)
    _say_when_it_must_wait(settings.lock_wait_seconds)


def _require_its_lake(job: str) -> None:
    """That the job is one for this lake. Raises ConfigurationError."""
    settings = get_settings()
    if settings.is_national != (job == "national"):
        raise ConfigurationError(
            f"--job {job}: the national lake takes in the whole country's registers and nothing else: --job national, "
            "with HANDLEPLAN_LAKE and HANDLEPLAN_NATIONAL_LAKE the same folder. Every other job is for the lake of one "
            "municipality."
        )
    if settings.above is not None and settings.municipality is None:
        raise ConfigurationError(
            "HANDLEPLAN_MUNICIPALITY: must say whose part of the national lake is counted. Set it to the code."
        )


def _require_secret(new: bool) -> None:
    """The lake's secret, or another one on request. Raises ConfigurationError when it is lost or may be read."""
    if new:
        lake().new_secret(get_settings().lock_wait_seconds)
    else:
        lake().secret()


def _require_folder(folder: Path, name: str, why: str) -> None:
    if not folder.is_dir():
        raise ConfigurationError(f"{name}: {folder} is no folder. {why}")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ConfigurationError(f"{name}: {folder} may not be read. Mend its permissions.")


def _say_when_it_must_wait(seconds: float) -> None:
    """A word at once: a run that waits for another one looks like one that hangs."""
    try:
        with lake().lock(0):
            pass
    except LockedError:
        warn(f"Another run holds the lake; waiting up to {seconds:g} s for it to end.", "yellow")


@contextmanager
def _instance() -> Iterator["dg.DagsterInstance"]:
    import dagster as dg

    if os.environ.get("DAGSTER_HOME"):
        with dg.DagsterInstance.get() as instance:
            yield instance
    else:
        from handleplan_pipeline.graph.instance import unkept

        with unkept() as instance:
            yield instance


def _execute(job: str, instance: "dg.DagsterInstance") -> "dg.ExecuteInProcessResult":
    from handleplan_pipeline.definitions import defs
    from handleplan_pipeline.graph.jobs import all_years

    found = defs.resolve_job_def(job)
    tags = all_years() if found.partitions_def is not None else {}
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return found.execute_in_process(instance=instance, tags=tags, raise_on_error=False, run_config=quiet)


def _tell_why(result: "dg.ExecuteInProcessResult") -> None:
    """The reason of a run that failed before its first step; raises Exit with the code of that reason."""
    told = getattr(result.get_run_failure_event().event_specific_data, "error", None)
    sentence, code = sentence_of_told(told)
    warn(sentence)
    raise typer.Exit(code)


def _tell(
    result: "dg.ExecuteInProcessResult", planned: int, store: "DeliveryStore", before: Decisions
) -> list[Outcome]:
    """Tell checks, deliveries and failed steps; returns what is not in order of the deliveries.

    Raises Exit when the run failed. Why stands in the last lines, where a log that is cut off still has it.
    """
    _tell_checks(result, planned)
    standing = outcomes_now(store, landing_folder())
    tell_outcomes([*accepted_since(store, before), *standing])
    if result.success:
        return standing
    failed = [e for e in result.all_events if e.is_step_failure]
    codes = set()
    for event in failed:
        sentence, code = sentence_of_told(event.step_failure_data.error)
        codes.add(code)
        say(f"{event.step_key}: {sentence}", "red")
    left = in_a_word(standing)
    also = f" Deliveries not in order: {left}." if left else ""
    steps = f"{len(failed)} step{'s' * (len(failed) != 1)} failed" if failed else _why_without_a_step(result)
    say(f"The run FAILED: {steps}. {_what_stays(result)}{also}", "red")
    if INTERRUPTED in codes:
        raise KeyboardInterrupt
    raise typer.Exit(RUN_FAILED)


def _made(result: "dg.ExecuteInProcessResult") -> dict[str, str]:
    """What the run told of the release it made; empty when it made none."""
    for event in result.get_asset_materialization_events():
        if event.asset_key and event.asset_key.path == RELEASE:
            return {k: str(v.value) for k, v in event.materialization.metadata.items()}
    return {}


def _proposed(result: "dg.ExecuteInProcessResult") -> str | None:
    """The release that the run only proposed."""
    made = _made(result)
    return made["release_id"] if made.get("state") == "proposed" else None


def _what_stays(result: "dg.ExecuteInProcessResult") -> str:
    made = _made(result)
    if not made:
        return "No release was made of it; the last one stays."
    return f"Its release was {made.get('state', 'published')} before that."


def _why_without_a_step(result: "dg.ExecuteInProcessResult") -> str:
    told = getattr(result.get_run_failure_event().event_specific_data, "error", None)
    return sentence_of_told(told)[0].rstrip(".")


def _tell_checks(result: "dg.ExecuteInProcessResult", planned: int) -> None:
    """How many checks passed, of those that were reached; warnings are no failures and are told as what they are."""
    import dagster as dg

    checks = result.get_asset_check_evaluations()
    bad = [c for c in checks if not c.passed]
    warnings_only = [c for c in bad if c.severity == dg.AssetCheckSeverity.WARN]
    for c in bad:
        if c.check_name == TOLD_IN_THE_TABLE:
            continue
        kind, style = ("warning", "yellow") if c in warnings_only else ("check failed", "red")
        text = f": {c.description}" if c.description else ""
        say(f"{kind}: {c.asset_key.to_user_string()} {c.check_name}{text}", style)
    passed = f"{len(checks) - len(bad)} of {len(checks)} checks passed"
    warned = f", {len(warnings_only)} warned" if warnings_only else ""
    missed = max(planned - len(checks), 0)
    if result.success and not missed:
        say(f"{passed}{warned}.")
    else:
        say(f"Of the checks that were reached, {passed}{warned}; {missed} were never reached.")
