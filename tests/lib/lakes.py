"""Lakes made by the command line, each made once per test run however many workers there are."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from tests.lib.commands import command

HANDLEPLAN = Path(sys.executable).with_name("handleplan")
Tamper = Callable[[Sequence[str]], Path]
DONE = "made"
COUNTED_CITY = ("--scale", "0.015", "--years", "2006-2015", "--seed", "11")
"""The city on which planted truth and recount are held against the pipeline; whoever comes first makes its lake."""


def handleplan(*arguments: str, at: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    """The command line; `at` is the time that its clock shows, where it matters."""
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"} | {"COLUMNS": "200", **extra}
    return command(*arguments, environment=environment, **({"at": at} if at else {}))


def succeeded(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    done = handleplan(*arguments, **extra)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def released(root: Path, scale: str, seed: str, years: str = "2006-2015", **extra: str) -> Path:
    """A lake with one release, from generated deliveries of this scale, seed and years."""
    succeeded("synthesize", "--out", str(root / "in"), "--scale", scale, "--years", years, "--seed", seed)
    succeeded("run", "--landing", str(root / "in"), "--lake", str(root / "lake"), **extra)
    return root / "lake"


def figures_of(release: Path) -> dict[str, pl.DataFrame]:
    """What a release says of goals and baselines, but for its own name."""
    files = [f for schema in ("goal", "baseline") for f in sorted((release / "parquet" / schema).glob("*.parquet"))]
    return {f.stem: pl.read_parquet(f).drop("release_id") for f in files}


def shared_root(factory: pytest.TempPathFactory) -> Path:
    """The folder of this test run; a worker's own base lies in it."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


def once(root: Path, what: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` fills, named by `what` it is made of; made by whoever asks first, the others wait.

    Nobody may write into it. One that was left half-made is made anew.
    """
    folder = root / f"shared-{hashlib.sha256(what.encode()).hexdigest()[:12]}"
    with (root / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / DONE).write_text(what, encoding="utf-8")
    return folder


def demonstration(root: Path) -> Path:
    """The lake of the demonstration: the one that `make demo` has made, where it is named, or one like it in `root`."""
    made = os.environ.get("TESTED_DEMONSTRATION")
    return Path(made) if made else released(root, "1", "1")


def shared_demonstration(factory: pytest.TempPathFactory) -> Path:
    """The same for several tests, which only read it."""
    if made := os.environ.get("TESTED_DEMONSTRATION"):
        return Path(made)
    return once(shared_root(factory), "the demonstration", lambda root: released(root, "1", "1")) / "lake"


def run_without_deliveries(factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A lake after one run on the pinned data alone, and what the run printed; shared by all workers."""

    def make(root: Path) -> None:
        done = succeeded("run", HANDLEPLAN_LAKE=str(root / "lake"))
        (root / "printed").write_text(done.stdout, encoding="utf-8")

    root = once(shared_root(factory), "a run without deliveries", make)
    return root / "lake", (root / "printed").read_text(encoding="utf-8")


CITY = ("0.05", "4")
"""Scale and seed of a small city in which much is small."""


def released_city(factory: pytest.TempPathFactory) -> Path:
    """The lake of a small city with one release; shared by all workers: read it, or copy it."""
    what = f"release of a generated city, scale {CITY[0]}, seed {CITY[1]}"
    return once(shared_root(factory), what, lambda root: released(root, *CITY)) / "lake"


def count(root: Path, landing: Path | None = None) -> Path:
    """The lake in `root`, counted from the deliveries in `landing`, or in `root` too."""
    succeeded("run", "--job", "count", "--landing", str(landing or root / "in"), "--lake", str(root / "lake"))
    return root / "lake"


def generated(factory: pytest.TempPathFactory, *arguments: str) -> Path:
    """Deliveries generated with these arguments; shared by all workers."""

    def make(root: Path) -> None:
        succeeded("synthesize", "--out", str(root / "in"), *arguments)

    return once(shared_root(factory), f"generated {' '.join(arguments)}", make) / "in"


def counted(factory: pytest.TempPathFactory, *arguments: str) -> tuple[Path, Path]:
    """Deliveries generated with these arguments, and the lake counted from them; shared by all workers."""
    landing = generated(factory, *arguments)
    root = once(shared_root(factory), f"counted {' '.join(arguments)}", lambda root: count(root, landing))
    return landing, root / "lake"
