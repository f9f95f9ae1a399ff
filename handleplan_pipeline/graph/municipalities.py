"""A run per municipality, each in a process and a lake of its own: one that fails stops no other (record 0074)."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.settings import Settings, get_settings

JOBS = ("ingest", "count", "refresh", "publish")
"""What may be run for a municipality, as `handleplan run` has them."""
CODE = r"[1-9][0-9]{2}"


@dataclass(frozen=True)
class Ended:
    """How the run of one municipality ended: its exit code, its last line, and the file that holds all it said."""

    municipality: str
    code: int
    last: str
    log: Path

    @property
    def failed(self) -> bool:
        return self.code != 0


def lakes_beside(settings: Settings) -> Path:
    """The folder with a lake per municipality: beside the national lake. Raises ConfigurationError without one."""
    if settings.national_lake is None:
        raise ConfigurationError(
            "HANDLEPLAN_NATIONAL_LAKE is not set: the lake with the whole country's registers, out of which each "
            "municipality's part is cut. Take them in first: handleplan region ingest."
        )
    return settings.national_lake.parent / "municipalities"


def run_one(municipality: str, job: str, lakes: Path, landings: Path | None = None) -> Ended:
    """Run `job` for one municipality in a process of its own; what it says is kept beside its lake.

    Its lake is `lakes`/CODE, its own deliveries lie in `landings`/CODE or, without one, in its lake's landing folder.
    """
    lake, log = lakes / municipality, lakes / f"{municipality}.log"
    lake.mkdir(parents=True, exist_ok=True)
    landing = landings / municipality if landings else lake / "landing"
    landing.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "handleplan_pipeline.cli", "run", "--job", job]
    with log.open("w", encoding="utf-8") as out:
        done = subprocess.run(
            command, env=environment(municipality, lake, landing), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    said = [x for x in log.read_text(encoding="utf-8", errors="replace").splitlines() if x.strip()]
    return Ended(municipality, done.returncode, said[-1] if said else "it said nothing", log)


def environment(municipality: str, lake: Path, landing: Path) -> Mapping[str, str]:
    """The settings of a run for one municipality: those of this process, but for whose it is and where it lies."""
    settings = get_settings()
    settings.fix_paths()
    own = {"MUNICIPALITY": municipality, "LAKE": str(lake.resolve()), "LANDING": str(landing.resolve())}
    return {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"} | {f"HANDLEPLAN_{k}": v for k, v in own.items()}


def run_all(
    municipalities: Sequence[str], job: str, lakes: Path, landings: Path | None = None, at_once: int = 1
) -> Iterator[Ended]:
    """Run every municipality, `at_once` of them side by side; each as it ends, in the order they are named."""
    with ThreadPoolExecutor(max_workers=at_once) as several:
        yield from several.map(lambda m: run_one(m, job, lakes, landings), municipalities)


class OneMunicipality(dg.Config):
    """What is run for the municipality of the partition."""

    job: str = "refresh"


@dg.op(name="run_municipality", out=dg.Out(dg.Nothing, io_manager_key="no_table"), description=run_one.__doc__)
def run_municipality(context: dg.OpExecutionContext, config: OneMunicipality) -> None:
    if config.job not in JOBS:
        raise ConfigurationError(f"job {config.job}: there are {', '.join(JOBS)}.")
    ended = run_one(context.partition_key, config.job, lakes_beside(get_settings()))
    if ended.failed:
        raise dg.Failure(f"{ended.municipality}: exit code {ended.code}: {ended.last}", allow_retries=False)
    context.log.info(f"{ended.municipality}: {ended.last}")


def municipality_jobs() -> list[dg.JobDefinition]:
    """The job `municipalities`, a partition each, where the settings name some."""
    named = get_settings().municipalities
    if not named:
        return []

    @dg.job(
        name="municipalities",
        partitions_def=dg.StaticPartitionsDefinition(list(named)),
        executor_def=dg.in_process_executor,
        description="En kørsel pr. kommune, i en proces og en sø for sig. A run per municipality, in a process and a "
        "lake of its own; one that fails stops no other.",
    )
    def municipalities() -> None:
        run_municipality()

    return [municipalities]
