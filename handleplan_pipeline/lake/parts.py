"""The parts of a stored table: written beside their places as they are made, and put in place all at once.

Which parts go where is a manifest, written before the first part is moved. Whoever reads through `standing` sees the
new table from that moment on, all of it; after a crash the next holder of the lake's lock moves what is left.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.lake import files

MANIFEST = ".parts.json"
"""In a table's folder while its parts are put in place: the name of each, and of the file that becomes it."""
BLOCK = 1 << 20


@dataclass(frozen=True)
class Staged:
    """A part that lies on the disk, beside the place where it will be."""

    path: Path

    def __len__(self) -> int:
        return self.path.stat().st_size


Part = bytes | Staged


def blocks(part: Part) -> Iterator[bytes]:
    """The bytes of a part, a block at a time."""
    if isinstance(part, bytes):
        yield part
        return
    with part.path.open("rb") as f:
        while data := f.read(BLOCK):
            yield data


def sha256_of_part(part: Part) -> str:
    h = hashlib.sha256()
    for data in blocks(part):
        h.update(data)
    return h.hexdigest()


def stage(folder: Path, key: str, data: bytes) -> Staged:
    """Write a part beside its place in `folder`. Raises OSError when it does not fit."""
    folder.mkdir(parents=True, exist_ok=True)
    tmp = files.temporary(folder / f"{key}.parquet")
    try:
        files.write_synced(tmp, data)
    except BaseException:
        tmp.unlink(missing_ok=True)
        raise
    return Staged(tmp)


def drop(parts: Sequence[Part]) -> None:
    """Remove what was staged and is not wanted any more."""
    for part in parts:
        if isinstance(part, Staged):
            part.path.unlink(missing_ok=True)


def put(parts: Mapping[Path, Part]) -> None:
    """Put the parts of one table in place: all of them or, where one does not fit, none."""
    waiting: dict[Path, Path] = {path: part.path for path, part in parts.items() if isinstance(part, Staged)}
    folder = next(iter(parts)).parent
    try:
        for path, part in parts.items():
            if isinstance(part, bytes):
                waiting[path] = stage(path.parent, path.stem, part).path
        files.write_atomically(folder / MANIFEST, json.dumps({p.name: t.name for p, t in waiting.items()}).encode())
    except BaseException:
        for tmp in waiting.values():
            tmp.unlink(missing_ok=True)
        raise
    finish(folder)


def finish(folder: Path) -> None:
    """Move what a manifest names and has not been moved yet. The lake must be held."""
    named = _named(folder)
    if named is None:
        return
    for name, tmp in named.items():
        with contextlib.suppress(FileNotFoundError):
            os.replace(folder / tmp, folder / name)
    files.sync_folder(folder)
    (folder / MANIFEST).unlink(missing_ok=True)


def standing(folder: Path) -> tuple[Path, ...]:
    """The parts of the table as it is now, in order of their keys, wherever a crash has left them."""
    found = {p.name: p for p in folder.glob("[!.]*.parquet")}
    for name, tmp in (_named(folder) or {}).items():
        if (folder / tmp).is_file():
            found[name] = folder / tmp
    return tuple(found[name] for name in sorted(found))


def _named(folder: Path) -> dict[str, str] | None:
    """What the manifest says, if there is one. Raises SourceError for one that is damaged."""
    try:
        named = json.loads((folder / MANIFEST).read_bytes())
        return {str(name): str(tmp) for name, tmp in named.items()}
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, AttributeError):
        raise SourceError(
            f"{folder.parent.name}.{folder.name}: {MANIFEST} cannot be read. Remove it and materialise the table again."
        ) from None
