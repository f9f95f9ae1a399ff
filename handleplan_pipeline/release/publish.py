"""Makes a release: hidden folder, verification and audit in fresh processes; then one step, or a proposal.

A crash at any point leaves the old release whole (`swap.py`). A release that was renamed but never announced stays
where it is: it counts for disclosure control, because somebody may have read it, and for nothing else. Where people
approve, a release is only proposed here; what becomes of it is in `states.py`.
"""

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from handleplan_pipeline import clock
from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.errors import DiskFullError, ReleaseError
from handleplan_pipeline.lake.files import sync_folder
from handleplan_pipeline.lake.releases import (
    ANNOUNCED,
    NAME,
    PROPOSED,
    UNPROTECTED,
    WITHDRAWN,
    _linked,
    _number,
    existing,
    never_announced,
    proposed,
    withdrawn,
)
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger, swap
from handleplan_pipeline.release.build import build
from handleplan_pipeline.release.fresh_process import objections
from handleplan_pipeline.release.signature import require_approvers
from handleplan_pipeline.release.verify import broken_files, read_manifest
from handleplan_pipeline.settings import PART_NAMES
from schemas.protection.kind import KIND
from schemas.protection.suppression_plan import CERTIFICATE
from schemas.registry import all_contracts

BUILDING = ".building-"
TEMPORARY = (f"{BUILDING}*", ".latest.*", f".{swap.POINTER}.*", f".{ANNOUNCED}.*", f".*{WITHDRAWN}.*")
LEAST_ROOM, ROOM_PER_PARQUET_BYTE, ROOM_PER_LAST_BYTE = 64 * 1024**2, 32, 1.5
"""What a release needs: DuckDB gives each column of each table at least one block of 256 KiB, Parquet packs tighter
than DuckDB, and exports say it in text. Measured: 0.8 MB of tables give 19 MB and 16 MB of exports, and a release is as
large as the last one. Ours, version 2."""


@dataclass(frozen=True)
class Published:
    """A release in its place, `state` published or proposed."""

    release_id: str
    path: Path
    tables: int
    state: str = "published"


@dataclass(frozen=True)
class Prepared:
    """A release that is built, verified and audited, in a folder that nobody sees."""

    release_id: str
    folder: Path
    tables: int
    kind: str


@dataclass(frozen=True)
class Latest:
    """The release that readers are led to, and what there is to say when the link did not lead there."""

    path: Path | None
    remark: str | None = None


def find_latest(lake: Lake) -> Latest:
    """The release `latest` leads to; where it is lost or leads nowhere, the highest announced one that is whole.

    A withdrawn one is nobody led to. Of a lake without a list of announced releases every release counts as announced.
    """
    linked = _linked(lake)
    if linked is not None:
        return Latest(linked)
    aside = {p.name for p in never_announced(lake)} | set(withdrawn(lake))
    there = [p for p in existing(lake) if p.name not in aside]
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


def clean(lake: Lake) -> None:
    """Take away what a run that was killed left behind. Only for whoever holds the lake."""
    for pattern in TEMPORARY:
        for left_over in lake.releases.glob(pattern):
            swap.remove(left_over)
    swap.clean(lake, ledger.read(lake))


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


def _ask_both(lake: Lake, folder: Path, release_id: str, earlier: list[Path], disclosure: bool) -> None:
    """Verification and audit, side by side: both only read. Raises the ReleaseError of the first that objects."""
    with ThreadPoolExecutor(2) as asked:
        answers = [asked.submit(verify_in_fresh_process, folder, release_id)]
        if disclosure:
            answers.append(asked.submit(audit_in_fresh_process, lake, folder, earlier))
    for answer in answers:
        answer.result()


def prepare(
    lake: Lake,
    catalogue: Catalogue,
    disclosure: bool = True,
    parts: Sequence[str] = PART_NAMES,
    to_approve: bool = False,
) -> Prepared:
    """Build, verify and audit the next release in a folder that nobody sees, and make it durable and read-only.

    Raises ReleaseError and leaves nothing. Without `disclosure` (synthetic figures only) nothing is audited and the
    release says so in its name. With `to_approve` a release without synthetic figures is made to be approved.
    """
    lake.releases.mkdir(parents=True, exist_ok=True)
    clean(lake)
    swap.settle(lake)
    swap.begin_announced(lake)
    require_earlier(lake)
    require_space(lake)
    earlier = existing(lake)
    release_id = f"{clock.now():%Y-%m-%dT%H-%MZ}_r{_next_number(lake):04d}{'' if disclosure else UNPROTECTED}"
    folder = lake.releases / f"{BUILDING}{release_id}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        with _room_or_a_sentence():
            folder.mkdir(mode=0o700)
            before = latest(lake)
            tables = build(lake, catalogue, folder, release_id, before, disclosure, parts, to_approve and disclosure)
            _ask_both(lake, folder, release_id, earlier, disclosure)
            _sync(folder)
            _read_only(folder)
    except BaseException:
        swap.remove(folder)
        raise
    return Prepared(release_id, folder, tables, kind_of(folder))


def _next_number(lake: Lake) -> int:
    """One more than that of any release there is or was, public or not."""
    known = [*existing(lake), *proposed(lake), *map(Path, ledger.releases_in(ledger.read(lake)))]
    return max((_number(p) for p in known if NAME.match(p.name)), default=0) + 1


def kind_of(folder: Path) -> str:
    """What a release says it is: demonstration, unapproved or official."""
    return str(read_manifest(folder)[0].get("kind", "demonstration"))


def require_earlier(lake: Lake) -> None:
    """Raise ReleaseError unless every release that anybody outside may have read is there as it was.

    Disclosure control counts withdrawn and superseded ones too: what was read once is known. A demonstration tells of
    nobody, and may be gone.
    """
    entries = ledger.read(lake)
    for release_id in ledger.releases_in(entries):
        mine = [e for e in entries if e.release_id == release_id]
        if mine[-1].to_state not in swap.PUBLIC or mine[0].note == swap.DEMONSTRATION:
            continue
        folder = lake.releases / release_id
        if not folder.is_dir():
            raise ReleaseError(
                f"{release_id} was published and its folder is gone. What it told can be read elsewhere, so nothing "
                "can be released without holding it against it: restore the folder from the backup."
            )
        if swap.sums_sha256(folder) != mine[0].sums_sha256:
            raise ReleaseError(
                f"{release_id}: its list of sums is not the one that the ledger names: it is not what was published. "
                "Restore the folder from the backup."
            )


def publish(
    lake: Lake,
    catalogue: Catalogue,
    disclosure: bool = True,
    parts: Sequence[str] = PART_NAMES,
    approvers: Path | None = None,
    who: str = swap.PROGRAM,
    note: str = "",
) -> Published:
    """Make the next release with these parts and publish it in one step; where people approve, only propose it.

    With `approvers` a release without synthetic figures is proposed; without, it is published as `unapproved`. A
    demonstration is one step always. Raises ReleaseError and leaves the old release in place.
    """
    if approvers is not None:
        require_approvers(lake, approvers)
    made = prepare(lake, catalogue, disclosure, parts, to_approve=approvers is not None)
    if made.kind == "official":
        return _propose(lake, made, who, note)
    sums = swap.sums_sha256(made.folder)
    target = lake.releases / made.release_id
    try:
        made.folder.chmod(stat.S_IMODE(lake.releases.stat().st_mode) | stat.S_IRWXU)
        os.replace(made.folder, target)
    except BaseException:
        swap.remove(made.folder)
        raise
    sync_folder(lake.releases)
    ledger.append_all(lake, entering(lake, made.release_id, "draft", swap.PROGRAM, made.kind, sums))
    swap.settle(lake)
    return Published(made.release_id, target, made.tables)


def entering(lake: Lake, release_id: str, before: str, who: str, note: str, sums: str) -> list[ledger.Entry]:
    """The lines by which a release becomes the published one, and the one that was stops being it."""
    entries = ledger.read(lake)
    at = ledger.now()
    lines = [swap.step(release_id, before, "published", who, note, sums, at)]
    for old in ledger.releases_in(entries):
        if ledger.state_of(entries, old) == "published" and old != release_id:
            held = ledger.sums_of(entries, old)
            lines.append(swap.step(old, "published", "superseded", who, f"followed by {release_id}", held, at))
    return lines


def _propose(lake: Lake, made: Prepared, who: str, note: str) -> Published:
    home = lake.releases / PROPOSED
    sums = swap.sums_sha256(made.folder)
    target = home / made.release_id
    line = swap.step(made.release_id, "draft", "proposed", who, note, sums)
    try:
        if wrong := ledger.wrong_in(line):
            raise ReleaseError(f"The line for the ledger {wrong}. Nothing was proposed; say it again without that.")
        home.mkdir(mode=0o700, exist_ok=True)
        home.chmod(0o700)
        os.replace(made.folder, target)
    except BaseException:
        swap.remove(made.folder)
        raise
    sync_folder(home)
    ledger.append(lake, line)
    return Published(made.release_id, target, made.tables, "proposed")
