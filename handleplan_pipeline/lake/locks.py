"""Who may use a lake just now: one run that writes, or any number that read; by locks a killed process cannot keep.

A run may be several processes. The one that steers it holds `.lock`, in which the run's name stands; its steps share
`.lock.steps`, so that the next run begins only when the last step of a killed one has ended.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from handleplan_pipeline.errors import LockedError, SourceError

LOCK, STEPS = ".lock", ".lock.steps"
LOOK_AGAIN_SECONDS = 0.2


@contextlib.contextmanager
def alone(root: Path, wait_seconds: float, run: str = "") -> Iterator[None]:
    """Hold the lake for one writer. Raises LockedError when somebody else still has it after `wait_seconds`."""
    until = time.monotonic() + wait_seconds
    with (root / LOCK).open("a+") as lock, (root / STEPS).open("a") as steps:
        _wait(lock.fileno(), fcntl.LOCK_EX, until, root)
        _wait(steps.fileno(), fcntl.LOCK_EX, until, root)
        _name(lock.fileno(), run)
        fcntl.flock(steps, fcntl.LOCK_UN)
        try:
            yield
        finally:
            _name(lock.fileno(), "")


@contextlib.contextmanager
def reading(root: Path, wait_seconds: float) -> Iterator[None]:
    """Keep writers out of the lake while it is read. Raises SourceError for a lake that was never written to."""
    try:
        fd = os.open(root / LOCK, os.O_RDONLY)
    except FileNotFoundError:
        raise SourceError(
            f"{root}: no lake, or nothing was ever taken in there. See HANDLEPLAN_NATIONAL_LAKE."
        ) from None
    try:
        _wait(fd, fcntl.LOCK_SH, time.monotonic() + wait_seconds, root)
        yield
    finally:
        os.close(fd)


@contextlib.contextmanager
def step_of(root: Path, run: str) -> Iterator[bool]:
    """Take part in the run that holds the lake; False where no such run does, and then nothing is held."""
    with (root / STEPS).open("a") as steps:
        # a writer that is just beginning has it for a moment, and is another run
        joined = bool(run) and _taken(steps.fileno(), fcntl.LOCK_SH) and holder(root) == run
        yield joined


def holder(root: Path) -> str | None:
    """The name of the run that holds the lake, empty for a writer without one; None when nobody writes."""
    try:
        fd = os.open(root / LOCK, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _taken(fd, fcntl.LOCK_SH) else os.pread(fd, 200, 0).decode("ascii", "replace")
    finally:
        os.close(fd)


def _name(fd: int, run: str) -> None:
    os.ftruncate(fd, 0)
    os.pwrite(fd, run.encode(), 0)


def _taken(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(fd: int, kind: int, until: float, root: Path) -> None:
    while not _taken(fd, kind):
        if time.monotonic() >= until:
            raise LockedError(f"Another run is using {root.name}/. Wait for it to end or stop it.")
        time.sleep(LOOK_AGAIN_SECONDS)
