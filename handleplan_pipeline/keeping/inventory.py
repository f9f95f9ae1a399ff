"""What of a lake belongs into a backup: everything but what can be made again, or is no business of the lake's."""

import fnmatch
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handleplan_pipeline.errors import SourceError

NOT_KEPT = {
    ".lock": "nobody holds a lake that does not run",
    ".lock.steps": "nor does a step of a run",
    ".spill": "gone with the query it belongs to",
    "tables": "made again of the archive",
    "warehouse.duckdb": "made again of the tables",
    "landing": "the suppliers' door; what was decided on lies in the archive",
    "reference": "comes with the code",
    "demonstration": "generated again",
    ".dagster": "copied by the database itself, because a run may be writing to it",
}
"""What a lake holds that a backup does not, and why. All else is kept, also what nobody thought of yet."""
HALF_WRITTEN = (".*.tmp", ".*.tmp.wal", ".building-*", ".latest.*", "..pointer.*", ".announced.json.*")
"""What a run that was killed leaves behind."""


@dataclass(frozen=True)
class Entry:
    """A file or a link of a lake: where it lies below the root; of a link, what it says."""

    path: str
    source: Path
    link: str | None = None


def kept(root: Path) -> Iterator[Entry]:
    """Every file and link of the lake that a backup holds, in order of path. The lake must be held.

    Raises SourceError where something lies in it that is neither a file nor a link within the lake.
    """
    for name in sorted(e.name for e in os.scandir(root)):
        if name in NOT_KEPT or _half_written(name):
            continue
        path = root / name
        # a folder may lie on another disk; nothing below it may
        yield from _below(root, path) if path.is_dir() else [_entry(root, path)]


def _below(root: Path, top: Path) -> Iterator[Entry]:
    for folder, folders, files in os.walk(top):
        links = [f for f in folders if (Path(folder) / f).is_symlink()]
        folders[:] = sorted(f for f in folders if f not in links and not _half_written(f))
        for name in sorted([*files, *links]):
            if not _half_written(name):
                yield _entry(root, Path(folder) / name)


def _half_written(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, p) for p in HALF_WRITTEN)


def _entry(root: Path, path: Path) -> Entry:
    where, mode = path.relative_to(root).as_posix(), path.lstat().st_mode
    if stat.S_ISREG(mode):
        return Entry(where, path)
    if stat.S_ISLNK(mode) and stays_inside(where, target := os.readlink(path)):
        return Entry(where, path, target)
    raise SourceError(
        f"{where}: neither a file nor a link that stays in the lake, so it cannot be kept. Take it out of the lake and "
        "run it again."
    )


def stays_inside(path: str, target: str) -> bool:
    """Whether a link at `path` below a root leads to another place below it."""
    return not os.path.isabs(target) and is_below(os.path.normpath(os.path.join(os.path.dirname(path), target)))


def is_below(path: str) -> bool:
    """Whether a path is a plain one below a root, as a manifest may name it."""
    return bool(path) and not os.path.isabs(path) and os.path.normpath(path) == path and not path.startswith("..")


def bytes_of(top: Path) -> tuple[int, int]:
    """Bytes and files below `top`, or of it; what is on its way out counts as nothing."""
    total = number = 0
    if top.is_file() and not top.is_symlink():
        return top.stat().st_size, 1
    for folder, _, files in os.walk(top):
        for name in files:
            try:
                about = os.lstat(os.path.join(folder, name))
            except FileNotFoundError:
                continue
            total, number = total + about.st_size, number + 1
    return total, number
