"""Where a database puts what does not fit in memory: a folder of its own under the lake that is gone afterwards.

Whoever has such a folder holds a lock on it, which a killed process cannot keep; what nobody holds is left over.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from handleplan_pipeline.errors import ConfigurationError

FOLDER = ".spill"
ONLY_OURS = 0o700


@contextlib.contextmanager
def folder(lake: Path) -> Iterator[Path | None]:
    """A new folder under `lake` that only this user can open; None where the lake cannot be written to."""
    home = lake / FOLDER
    if home.is_symlink():
        raise ConfigurationError(f"{home}: a link; what is confidential would leave the lake. Remove it.")
    try:
        home.mkdir(mode=ONLY_OURS, parents=True, exist_ok=True)
        home.chmod(ONLY_OURS)
        path, held = _held(home)
    except OSError:
        yield None
        return
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(held)


def _held(home: Path) -> tuple[Path, int]:
    """A new folder and the descriptor that holds it."""
    while True:
        path = home / f"{os.getpid()}-{secrets.token_hex(4)}"
        path.mkdir(mode=ONLY_OURS)
        try:
            held = _lock(path)
        except FileNotFoundError:
            continue
        # whoever sweeps may have come between making and holding it
        if held is not None and path.is_dir():
            return path, held
        if held is not None:
            os.close(held)


def _lock(path: Path) -> int | None:
    """A descriptor that holds the folder; None when somebody else does."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def sweep(lake: Path) -> int:
    """Remove what crashed processes left. Returns the number of folders removed."""
    home, removed = lake / FOLDER, 0
    if home.is_symlink() or not home.is_dir():
        return 0
    for path in home.iterdir():
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
            continue
        with contextlib.suppress(FileNotFoundError):
            held = _lock(path)
            if held is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(held)
                removed += 1
    return removed
