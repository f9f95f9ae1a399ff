"""Puts a release in place: hidden folder, verification in a fresh process, rename, link, list of announced ones.

A crash at any point leaves the old release whole: `latest` is swapped by renaming a new link over the old one, and
`latest.json` is a link into `latest`, so that both change in the same moment. A release that was renamed but never
announced stays where it is: it counts for disclosure control, because somebody may have read it, and for nothing else.
"""

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.errors import DiskFullError, ReleaseError
from handleplan_pipeline.lake.files import sync_folder, write_atomically
from handleplan_pipeline.lake.releases import (
    ANNOUNCED,
    UNPROTECTED,
    _linked,
    _number,
    announced_ids,
    existing,
    never_announced,
)
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release.build import build
from handleplan_pipeline.release.fresh_process import objections
from handleplan_pipeline.release.verify import broken_files
from handleplan_pipeline.settings import PART_NAMES
from schemas.protection.kind import KIND
from schemas.protection.suppression_plan import CERTIFICATE
from schemas.registry import all_contracts

BUILDING = ".building-"
TEMPORARY = (f"{BUILDING}*", ".latest.*", f".{ANNOUNCED}.*")
LEAST_ROOM, ROOM_PER_PARQUET_BYTE, ROOM_PER_LAST_BYTE = 64 * 1024**2, 32, 1.5
"""What a release needs: DuckDB gives each column of each table at least one block of 256 KiB, Parquet packs tighter
than DuckDB, and exports say it in text. Measured: 0.8 MB of tables give 19 MB and 16 MB of exports, and a release is as
large as the last one. Ours, version 2."""


@dataclass(frozen=True)
class Published:
    """A release in its place."""

    release_id: str
    path: Path
    tables: int


@dataclass(frozen=True)
class Latest:
    """The release that readers are led to, and what there is to say when the link did not lead there."""

    path: Path | None
    remark: str | None = None


def find_latest(lake: Lake) -> Latest:
    """The release `latest` leads to; where it is lost or leads nowhere, the highest announced one that is whole.

    Of a lake without a list of announced releases every release counts as announced.
    """
    linked = _linked(lake)
    if linked is not None:
        return Latest(linked)
    aside = set(never_announced(lake))
    there = [p for p in existing(lake) if p not in aside]
    passed_over: list[str] = []
    for folder in reversed(there):
        if not broken_files(folder):
            more = f" Passed over because their files are not whole: {', '.join(passed_over)}." if passed_over else ""
            return Latest(
                folder,
                f"`latest` is lost or leads nowhere; {folder.name} is the highest release whose files are whole.{more} "
                "The next release puts the link back.",
            )
        passed_over.append(folder.name)
    if passed_over:
        return Latest(None, f"`latest` is lost, and no release is whole: {', '.join(passed_over)}.")
    return Latest(None)


def latest(lake: Lake) -> Path | None:
    """The folder that readers are led to; None before the first release."""
    return find_latest(lake).path


def _size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def require_space(lake: Lake) -> None:
    """Raise DiskFullError unless there is room for the next release."""
    folder = next(p for p in (lake.releases, *lake.releases.parents) if p.is_dir())
    tables = sum(f.stat().st_size for c in all_contracts().values() for f in lake.files(c) if c.public)
    last = existing(lake)[-1:]
    needed = LEAST_ROOM + tables * ROOM_PER_PARQUET_BYTE
    needed = int(max(needed, ROOM_PER_LAST_BYTE * _size(last[0]) if last else 0))
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"A release needs about {needed // 1024**2} MB in {folder}, and {free // 1024**2} MB are free. Nothing was "
            "written; the last release stays. Make room and run it again."
        )


@contextmanager
def _room_or_a_sentence() -> Iterator[None]:
    """A disk that becomes full on the way is said in words; DuckDB says it in its own."""
    try:
        yield
    except (OSError, duckdb.Error) as e:
        full = getattr(e, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(e)
        if not full:
            raise
        raise DiskFullError(
            "The disk became full while the release was built. It was taken away again; the last release stays. Make "
            "room and run it again."
        ) from None


def _remove(folder: Path) -> None:
    """Delete a folder that may have been made read-only already."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)


def clean(lake: Lake) -> None:
    """Take away what a run that was killed left behind. Only for whoever holds the lake."""
    for pattern in TEMPORARY:
        for left_over in lake.releases.glob(pattern):
            if left_over.is_dir() and not left_over.is_symlink():
                _remove(left_over)
            else:
                left_over.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make every file and folder of a release durable before it gets its name."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
            continue
        with path.open("rb") as f:
            os.fsync(f.fileno())
    sync_folder(folder)


def _read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)


def _link(target: str, place: Path) -> None:
    """A symbolic link at `place`, put there in one step."""
    tmp = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
    tmp.symlink_to(target)
    os.replace(tmp, place)


def _announce(lake: Lake, release_id: str) -> None:
    """Lead readers to the release, then write it down. What `latest` leads to counts as announced anyway."""
    if not (lake.releases / "latest.json").is_symlink():
        _link("latest/manifest.json", lake.releases / "latest.json")
    _link(release_id, lake.releases / "latest")
    sync_folder(lake.releases)
    _write_announced(lake)


def _write_announced(lake: Lake) -> None:
    """Bring the list up to what `latest` leads to; of a lake without a list, every release there is was announced."""
    known, linked = announced_ids(lake), _linked(lake)
    if known is None:
        known = [p.name for p in existing(lake)]
    elif linked is not None and linked.name not in known:
        known = [*known, linked.name]
    write_atomically(lake.releases / ANNOUNCED, (json.dumps(known, indent=1) + "\n").encode())


def verify_in_fresh_process(folder: Path, release_id: str) -> None:
    """Raises ReleaseError with what is wrong."""
    if found := objections("handleplan_pipeline.release.verify", str(folder), release_id):
        what = "\n".join(found)
        raise ReleaseError(f"The release was not published; the old one stays. What is wrong: {what}")


def audit_in_fresh_process(lake: Lake, folder: Path, earlier: list[Path]) -> None:
    """The gate of disclosure control. Raises ReleaseError with what is wrong."""
    known = ("--certificates", str(lake.path(CERTIFICATE)), "--kinds", str(lake.path(KIND)))
    asked = (str(folder), *known, "--earlier", *map(str, earlier))
    if found := objections("handleplan_pipeline.protection.audit", *asked):
        what = "; ".join(found[:20]) + (f" (and {len(found) - 20} more)" if len(found) > 20 else "")
        raise ReleaseError(f"The release was not published; the old one stays. The disclosure audit found: {what}")


def publish(lake: Lake, catalogue: Catalogue, disclosure: bool = True, parts: Sequence[str] = PART_NAMES) -> Published:
    """Build, verify, audit and publish the next release with these parts.

    Raises ReleaseError and leaves the old release in place.

    Without `disclosure` (synthetic figures only) nothing is audited and the release says so in its name.
    """
    lake.releases.mkdir(parents=True, exist_ok=True)
    clean(lake)
    _write_announced(lake)
    require_space(lake)
    earlier = existing(lake)
    number = _number(earlier[-1]) + 1 if earlier else 1
    release_id = f"{datetime.now(UTC):%Y-%m-%dT%H-%MZ}_r{number:04d}{'' if disclosure else UNPROTECTED}"
    folder = lake.releases / f"{BUILDING}{release_id}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        with _room_or_a_sentence():
            folder.mkdir()
            tables = build(lake, catalogue, folder, release_id, latest(lake), disclosure, parts)
            verify_in_fresh_process(folder, release_id)
            if disclosure:
                audit_in_fresh_process(lake, folder, earlier)
            _sync(folder)
            _read_only(folder)
            target = lake.releases / release_id
            os.replace(folder, target)
            sync_folder(lake.releases)
    except BaseException:
        _remove(folder)
        raise
    _announce(lake, release_id)
    return Published(release_id, target, tables)
