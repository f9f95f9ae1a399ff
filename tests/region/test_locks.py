"""A lake is held by a run, not by a process: its steps take part, nobody comes between; readers keep writers out."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handleplan_pipeline.errors import LockedError, SourceError
from handleplan_pipeline.lake import locks
from handleplan_pipeline.lake.tables import Lake

PROJECT = Path(__file__).resolve().parents[2]
HOLDS = """
import sys, time
from pathlib import Path
from handleplan_pipeline.lake.tables import Lake
with getattr(Lake(Path(sys.argv[1])), sys.argv[2])(0, sys.argv[3]):
    print("held", flush=True)
    time.sleep(600)
"""


def holder(lake: Path, how: str, run: str) -> subprocess.Popen[str]:
    """Another process that holds the lake, until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(lake), how, run], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def killed(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_the_steps_of_a_run_take_part_and_another_run_does_not(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    steers = holder(tmp_path, "lock", "run-a")
    try:
        with lake.lock_of_step(0, "run-a"), lake.lock_of_step(0, "run-a"):
            assert locks.holder(tmp_path) == "run-a"
        with pytest.raises(LockedError), lake.lock_of_step(0, "run-b"):
            pass
        with pytest.raises(LockedError), lake.lock(0):
            pass
    finally:
        killed(steers)
    with lake.lock_of_step(0, "run-b"):
        pass


def test_a_writer_without_a_name_is_joined_by_nobody(tmp_path: Path) -> None:
    with Lake(tmp_path).lock(0), pytest.raises(LockedError), Lake(tmp_path).lock_of_step(0, ""):
        pass


def test_the_next_run_begins_when_the_last_step_of_a_killed_one_has_ended(tmp_path: Path) -> None:
    steers = holder(tmp_path, "lock", "run-a")
    step = holder(tmp_path, "lock_of_step", "run-a")
    try:
        killed(steers)
        with pytest.raises(LockedError), Lake(tmp_path).lock(0, "run-b"):
            pass
    finally:
        killed(step)
    with Lake(tmp_path).lock(0, "run-b"):
        assert locks.holder(tmp_path) == "run-b"
    assert locks.holder(tmp_path) is None


def test_readers_keep_writers_out_and_each_other_not(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no lake"), locks.reading(tmp_path, 0):
        pass
    lake = Lake(tmp_path)
    with lake.lock(0), pytest.raises(LockedError), locks.reading(tmp_path, 0):
        pass
    with locks.reading(tmp_path, 0), locks.reading(tmp_path, 0):
        assert locks.holder(tmp_path) is None
        with pytest.raises(LockedError), lake.lock(0):
            pass


def test_a_writer_that_waits_gets_the_lake(tmp_path: Path) -> None:
    other = holder(tmp_path, "lock", "run-a")
    begun = time.monotonic()
    killer = subprocess.Popen([sys.executable, "-c", f"import os, time; time.sleep(0.5); os.kill({other.pid}, 9)"])
    with Lake(tmp_path).lock(60):
        assert time.monotonic() > begun
    other.communicate()
    killer.wait()
