"""A backup: a consistent copy of all that cannot be made again, with a manifest of sums, sealed where that is asked.

It holds the lake's secret and data on persons, so it is as confidential as the lake: folders 0700, files 0600. The key
of the pseudonyms is not in it; who keeps the key keeps a copy of it elsewhere.
"""

import hashlib
import io
import os
import shutil
import stat
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from handleplan_pipeline import __version__, clock
from handleplan_pipeline.errors import ConfigurationError, DiskFullError, SourceError
from handleplan_pipeline.keeping import deletions, history, places, sealing
from handleplan_pipeline.keeping.inventory import Entry, kept
from handleplan_pipeline.keeping.manifest import (
    CONTENT,
    HISTORY,
    INNER,
    LAKE,
    OUTER,
    SETTINGS,
    SUMS,
    Content,
    Kept,
    Outer,
)
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.files import sha256_of, sync_folder
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release.publish import find_latest
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import all_contracts

MAKING = ".making-"
FOLDER_MODE, FILE_MODE = 0o700, 0o600
CHUNK = 1 << 20
AT_ONCE = 2
"""Files that are copied at the same time: one is hashed while the other is written. Ours, version 1."""
ROOM = 1.02
"""Bytes of the disk for each byte of the backup. Ours, version 1."""
OF_THE_COUNT = ("municipality", "person_level", "statbank", "disclosure", "release_parts", "site_url")
"""Settings that change what a run gives. No other one is written down: some hold passwords."""
OUTSIDE = ("permissions", "approvers")
"""Settings that name a file outside the lake which belongs to the backup. Never `key_file`."""


@dataclass(frozen=True)
class Backup:
    """A backup in its place; `unreached` are other places where the log of deletions could not be written."""

    path: Path
    files: int
    bytes: int
    sealed: str | None
    sha256: str
    unreached: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """A file to be kept, under its place in the content."""

    path: str
    source: Path


def backup(lake: Lake, place: Path, recipients: Sequence[str] = (), with_history: bool = True) -> Backup:
    """Make a backup below `place`. The lake must be held.

    It gets its name when it is whole, so that half a one is never taken for one. Raises ConfigurationError,
    DiskFullError or SourceError, and leaves nothing.
    """
    tool = sealing.tool_of(recipients) if recipients else None
    place = _place(lake, place)
    name = places.lake_id(lake)
    at = clock.now()
    target = _free(place / f"{at:%Y-%m-%dT%H-%M-%S.%fZ}_{name}")
    with _making(place, target.name) as folder, _making(place, f"{target.name}.history") as aside:
        entries = list(kept(lake.root))
        items = [Item(f"{LAKE}/{e.path}", e.source) for e in entries if e.link is None]
        items += [*_outside(), *(_history(aside) if with_history else ())]
        size = sum(i.source.stat().st_size for i in items)
        _require_room(place, size)
        about = _about(lake, name, at, entries)
        if tool is None:
            main = folder / CONTENT / INNER
            files = _copied(items, folder / CONTENT)
            _write(main, _whole(about, files))
        else:
            main = folder / f"{CONTENT}.tar.{tool}"
            files = _sealed(items, main, recipients, about)
        outer = Outer(made_at=about.made_at, lake=name, sealed=tool, files=len(files), bytes=size)  # type: ignore[arg-type]
        _write(folder / OUTER, outer.model_dump_json(indent=1).encode())
        sums = [f"{sha256_of(p)}  {p.relative_to(folder).as_posix()}\n" for p in (folder / OUTER, main)]
        _write(folder / SUMS, "".join(sums).encode())
        _require_closed(folder)
        # once for thousands of small files
        os.sync()
        sha256 = sha256_of(folder / SUMS)
        os.replace(folder, target)
    sync_folder(place)
    places.add(lake, places.Made(at.isoformat(timespec="seconds"), str(place), target.name, size, tool))
    return Backup(target, len(files), size, tool, sha256, tuple(places.spread(lake)))


def _place(lake: Lake, place: Path) -> Path:
    """The folder of backups, made when it is not there. Raises ConfigurationError where none can be."""
    place = place.expanduser().resolve()
    if place.is_relative_to(lake.root) or lake.root.is_relative_to(place):
        raise ConfigurationError(f"--to {place}: lies in the lake or around it, and would be lost with it.")
    try:
        place.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    except OSError as e:
        raise ConfigurationError(f"--to {place}: cannot be made ({e.strerror}). Name another folder.") from None
    if not os.access(place, os.W_OK | os.X_OK):
        raise ConfigurationError(f"--to {place}: may not be written to. Mend its permissions.")
    return place


def _free(target: Path) -> Path:
    if target.exists():
        raise ConfigurationError(f"{target}: is there already. Make the backup again.")
    return target


@contextmanager
def _making(place: Path, name: str) -> Iterator[Path]:
    """A folder that is gone afterwards unless it was given its name; what killed backups left is swept first."""
    folder = place / f"{MAKING}{name}"
    for left in place.glob(f"{MAKING}*_{name.partition('_')[2]}"):
        shutil.rmtree(left, ignore_errors=True)
    folder.mkdir(mode=FOLDER_MODE)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _require_room(place: Path, size: int) -> None:
    free = shutil.disk_usage(place).free
    if free < size * ROOM:
        raise DiskFullError(
            f"A backup needs about {int(size * ROOM) // 1024**2} MB in {place}, and {free // 1024**2} MB are free. "
            "Nothing was written. Make room, or name another disk."
        )


def _outside() -> Iterator[Item]:
    """Files of the installation that lie outside the lake and belong to it."""
    for name in OUTSIDE:
        path: Path | None = getattr(get_settings(), name)
        if path is not None and path.is_file():
            yield Item(f"{SETTINGS}/{name}", path.resolve())


def _history(aside: Path) -> Iterator[Item]:
    """Copies of Dagster's databases, made in `aside`."""
    if (storage := history.folder()) is None:
        return
    for source in history.databases(storage):
        where = source.relative_to(storage)
        history.copied(source, aside / where)
        yield Item(f"{HISTORY}/{where.as_posix()}", aside / where)


def _about(lake: Lake, name: str, at: datetime, entries: Iterable[Entry]) -> Content:
    """All of the manifest but the files."""
    gone, settings = deletions.read(lake.root / deletions.LOG), get_settings().model_dump(mode="json")
    sources = [c for c in all_contracts().values() if c.layer == "source"]
    keys = {k for c in sources for f in lake.files(c) for k in parquet.footer(f, c.full_name).key_ids}
    release = find_latest(lake).path
    folders = {e.source.parent for e in entries} - {lake.root}
    return Content(
        made_at=at.isoformat(timespec="seconds"),
        program=__version__,
        lake=name,
        secret_id=deletions.secret_id(lake),
        key_ids=sorted(keys),
        data_kind=DeliveryStore(lake.root).data_kind(),
        release=release.name if release else None,
        settings={n: settings[n] for n in OF_THE_COUNT if n in settings},
        deletions=len(gone),
        deletions_end=deletions.hash_of(gone),
        links={e.path: e.link for e in entries if e.link is not None},
        folders={
            f.relative_to(lake.root).as_posix(): stat.S_IMODE(f.stat().st_mode) & 0o777
            for f in _with_parents(folders, lake.root)
        },
        files=[],
    )


def _with_parents(folders: Iterable[Path], root: Path) -> list[Path]:
    return sorted({p for f in folders for p in (f, *f.parents) if p != root and p.is_relative_to(root)})


def _whole(about: Content, files: list[Kept]) -> bytes:
    return about.model_copy(update={"files": files}).model_dump_json(indent=1).encode()


def _copied(items: Sequence[Item], content: Path) -> list[Kept]:
    """Copy every file into the content."""
    content.mkdir(mode=FOLDER_MODE)
    for folder in sorted({(content / i.path).parent for i in items}):
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as workers:
        return list(workers.map(lambda i: _copy(i, content / i.path), items))


def _copy(item: Item, target: Path) -> Kept:
    with _reading(item) as given, open(_new(target), "wb", buffering=0) as copy:
        digest, size = hashlib.sha256(), 0
        chunk = memoryview(bytearray(CHUNK))
        while n := given.readinto(chunk):  # type: ignore[attr-defined]
            digest.update(chunk[:n])
            copy.write(chunk[:n])
            size += n
        return Kept(path=item.path, bytes=size, sha256=digest.hexdigest(), mode=_mode(given))


def _new(target: Path) -> int:
    return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)


def _mode(given: IO[bytes]) -> int:
    return stat.S_IMODE(os.fstat(given.fileno()).st_mode) & 0o777


@contextmanager
def _reading(item: Item) -> Iterator[IO[bytes]]:
    """The file, opened as what it was found to be. Raises SourceError when it is gone or another thing by now."""
    try:
        fd = os.open(item.source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as e:
        raise SourceError(
            f"{item.path}: cannot be read ({e.strerror}), so the backup would not be whole; none was made. Is somebody "
            "writing to the lake without holding it?"
        ) from None
    with open(fd, "rb", buffering=0) as given:
        yield given  # type: ignore[misc]


class _Hashing(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, given: IO[bytes]) -> None:
        self.given, self.digest, self.size = given, hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self.given.read(size)
        self.digest.update(chunk)
        self.size += len(chunk)
        return chunk


def _sealed(items: Sequence[Item], target: Path, recipients: Sequence[str], about: Content) -> list[Kept]:
    """Write every file into one encrypted stream, the manifest last: only who reads all of it knows the sums."""
    files: list[Kept] = []
    os.close(_new(target))
    target.unlink()
    with sealing.sealed(target, recipients) as out, tarfile.open(fileobj=out, mode="w|", bufsize=CHUNK) as tar:
        for item in items:
            with _reading(item) as given:
                hashing = _Hashing(given)
                _add(tar, item.path, os.fstat(given.fileno()).st_size, hashing)
                files.append(
                    Kept(path=item.path, bytes=hashing.size, sha256=hashing.digest.hexdigest(), mode=_mode(given))
                )
        whole = _whole(about, files)
        _add(tar, INNER, len(whole), io.BytesIO(whole))
    target.chmod(FILE_MODE)
    return files


def _add(tar: tarfile.TarFile, path: str, size: int, content: IO[bytes] | io.RawIOBase) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mode = size, FILE_MODE
    try:
        tar.addfile(info, content)  # type: ignore[arg-type]
    except BrokenPipeError:
        raise
    except OSError:
        raise SourceError(f"{path}: changed while it was copied; no backup was made. Make it again.") from None


def _write(path: Path, data: bytes) -> None:
    with open(_new(path), "wb") as f:
        f.write(data)


def _require_closed(folder: Path) -> None:
    """Raise ConfigurationError where the disk does not keep modes: anybody could read the secret there."""
    for path, mode in ((folder, FOLDER_MODE), (folder / OUTER, FILE_MODE)):
        if stat.S_IMODE(path.stat().st_mode) != mode:
            raise ConfigurationError(
                f"{folder.parent}: this disk does not keep modes ({mode:o} was asked for), so others could read it. "
                "Name another disk. No backup was made."
            )
