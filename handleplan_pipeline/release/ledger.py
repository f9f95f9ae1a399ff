"""The ledger of releases: who led which release from which state to which, when and why. Lines are added, never edited.

A line is one JSON object in canonical form. It holds the hash of the line before it and its own, so a line that was
changed is named, and so is a place where lines are missing. What `latest.json` tells of the last line that readers saw
shows lines that are missing at the end.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from handleplan_pipeline import clock
from handleplan_pipeline.errors import DiskFullError, ReleaseError
from handleplan_pipeline.lake.files import sync_folder
from handleplan_pipeline.lake.pseudonym import CPR_LIKE
from handleplan_pipeline.lake.tables import Lake
from schemas.meta.release import RELEASE_STATES

STATES = RELEASE_STATES
ALLOWED = {
    "draft": ("proposed", "published"),
    "proposed": ("approved", "rejected"),
    "approved": ("approved", "published", "rejected"),
    "published": ("superseded", "withdrawn"),
    "superseded": ("published", "withdrawn"),
    "withdrawn": (),
    "rejected": (),
}
"""Where a release may go from each state. draft -> published is the one step of a demonstration (and of a house without
approvers), approved -> approved sets the time of publication, superseded -> published is a rollback."""

FILE = "ledger.jsonl"
BEGINNING = "0" * 64
"""Stands for the line before the first one."""
LONGEST_NOTE, LONGEST_NAME = 2000, 200
"""Characters. Ours, version 1."""
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's controls, signs of direction and line breaks: a reader of the line would see something else."""
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
HASH = re.compile(r"[0-9a-f]{64}")
WAY_OUT = (
    "Restore releases/ledger.jsonl from the backup, and find out who wrote into it. Until then nothing is proposed, "
    "approved, published, withdrawn or rolled back; what is public stays."
)


@dataclass(frozen=True)
class Entry:
    """One line: a release went from a state to a state. `at` is UTC, `previous` the hash of the line before."""

    at: str
    who: str
    release_id: str
    from_state: str
    to_state: str
    note: str
    sums_sha256: str
    previous: str


NAMES = tuple(f.name for f in fields(Entry))


def path(lake: Lake) -> Path:
    """The file of the ledger."""
    return lake.releases / FILE


def now() -> str:
    """This second, as the ledger writes it."""
    return written(clock.now())


def written(moment: datetime) -> str:
    """A moment as the ledger writes it; it must have a time zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _canonical(content: dict[str, str]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(entry: Entry) -> str:
    """The hash of a line: what the next line calls `previous`."""
    return hashlib.sha256(_canonical(asdict(entry)).encode()).hexdigest()


def line_of(entry: Entry) -> str:
    """A line as it stands in the file."""
    return _canonical(asdict(entry) | {"sha256": digest(entry)})


def state_of(entries: Sequence[Entry], release_id: str) -> str:
    """The state of a release; of one that the ledger does not know, draft."""
    return next((e.to_state for e in reversed(entries) if e.release_id == release_id), "draft")


def sums_of(entries: Sequence[Entry], release_id: str) -> str:
    """The hash of a release's list of sums, as its first line says it. It must be in the ledger."""
    return next(e.sums_sha256 for e in entries if e.release_id == release_id)


def releases_in(entries: Sequence[Entry]) -> list[str]:
    """The releases that the ledger knows, in the order they came."""
    return list(dict.fromkeys(e.release_id for e in entries))


def current(entries: Sequence[Entry]) -> str | None:
    """The release that readers are led to: the last that became published and still is."""
    held = (e.release_id for e in reversed(entries) if e.to_state == "published")
    return next((r for r in held if state_of(entries, r) == "published"), None)


def read(lake: Lake) -> list[Entry]:
    """Every entry, oldest first; empty where there is no ledger yet.

    Raises ReleaseError that names the broken line and says what to do.
    """
    file = path(lake)
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as e:
        raise ReleaseError(f"releases/{FILE}: cannot be read ({e.strerror}). {WAY_OUT}") from None
    entries = _read(data)
    told = _told_head(lake)
    if told is not None and told not in map(digest, entries):
        raise ReleaseError(
            f"releases/{FILE}: lines are missing after line {len(entries)}: the line that latest.json names as the "
            f"last one is not there. {WAY_OUT}"
        )
    return entries


def _whole_lines(data: bytes) -> bytes:
    """Without the rest of a line whose writer was killed: nothing followed from it."""
    return data[: data.rfind(b"\n") + 1]


def _read(data: bytes) -> list[Entry]:
    entries: list[Entry] = []
    states: dict[str, str] = {}
    sums: dict[str, str] = {}
    previous = BEGINNING
    for number, line in enumerate(_whole_lines(data).split(b"\n")[:-1], 1):
        entry, wrong = _parsed(line)
        if entry is not None and entry.previous != previous:
            before = f"line {number - 1}" if number > 1 else "the beginning"
            wrong = f"does not follow {before}: a line was taken out, put in or moved"
        elif entry is not None and entry.from_state != states.get(entry.release_id, "draft"):
            wrong = f"says from {entry.from_state}, and the release was {states.get(entry.release_id, 'draft')}"
        elif entry is not None and entry.to_state not in ALLOWED[entry.from_state]:
            wrong = f"leads from {entry.from_state} to {entry.to_state}, which is not allowed"
        elif entry is not None and sums.setdefault(entry.release_id, entry.sums_sha256) != entry.sums_sha256:
            wrong = "names another list of sums than the lines of that release before it"
        if entry is None or wrong:
            raise ReleaseError(f"releases/{FILE}: line {number} {wrong}. {WAY_OUT}")
        entries.append(entry)
        states[entry.release_id] = entry.to_state
        previous = digest(entry)
    return entries


def _parsed(line: bytes) -> tuple[Entry | None, str]:
    """The entry of a line, or what is wrong with it."""
    try:
        found: Any = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None, "is no line of a ledger"
    if not isinstance(found, dict) or set(found) != {*NAMES, "sha256"}:
        return None, "does not hold what a line holds"
    if not all(isinstance(v, str) for v in found.values()):
        return None, "does not hold what a line holds"
    own = found.pop("sha256")
    entry = Entry(**found)
    if own != digest(entry) or line_of(entry).encode() != line:
        return None, "was changed after it was written"
    if wrong := wrong_in(entry):
        return None, wrong
    return entry, ""


def wrong_in(entry: Entry) -> str:
    """What keeps an entry from being a line of the ledger; empty when nothing does."""
    if not {entry.from_state, entry.to_state} <= set(STATES):
        return "names a state that there is not"
    if not TIME.fullmatch(entry.at):
        return "has no time in UTC"
    if not HASH.fullmatch(entry.sums_sha256):
        return "has no sum of the list of sums"
    if not entry.who.strip() or len(entry.who) > LONGEST_NAME or len(entry.note) > LONGEST_NOTE:
        return f"needs a name of 1 to {LONGEST_NAME} characters and a note of at most {LONGEST_NOTE}"
    if any(unicodedata.category(c) in UNSEEN for c in entry.who + entry.note + entry.release_id):
        return "holds a sign that cannot be printed, or a line break"
    if any(re.search(CPR_LIKE, text) for text in (entry.who, entry.note)):
        return "holds what looks like a person number; its next release would print it"
    return ""


def _told_head(lake: Lake) -> str | None:
    """The last line that readers were told of, where latest.json says it."""
    try:
        found = json.loads((lake.releases / "latest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    told = found.get("ledger_sha256") if isinstance(found, dict) else None
    return told if isinstance(told, str) else None


def head(entries: Sequence[Entry]) -> str:
    """The hash of the last line."""
    return digest(entries[-1]) if entries else BEGINNING


def append(lake: Lake, entry_without_previous: Entry) -> Entry:
    """Add one line; see `append_all`. Returns the entry as it was written."""
    return append_all(lake, [entry_without_previous])[0]


def append_all(lake: Lake, new: Sequence[Entry]) -> list[Entry]:
    """Add lines in one write, made durable before this returns. For whoever holds the lake's lock.

    `previous` of what is given is not looked at. Raises ReleaseError when the ledger is broken, or a line would be, or
    its transition is not allowed: then nothing was written.
    """
    lake.releases.mkdir(parents=True, exist_ok=True)
    fd = os.open(path(lake), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        # beside the lake's lock: no two writers, whoever forgot it
        fcntl.flock(fd, fcntl.LOCK_EX)
        entries = read(lake)
        done: list[Entry] = []
        for entry in new:
            added = replace(entry, previous=head([*entries, *done]))
            _require_allowed([*entries, *done], added)
            done.append(added)
        _write(fd, "".join(f"{line_of(e)}\n" for e in done).encode())
    finally:
        os.close(fd)
    sync_folder(lake.releases)
    return done


def _require_allowed(entries: Sequence[Entry], entry: Entry) -> None:
    state = state_of(entries, entry.release_id)
    if entry.from_state != state or entry.to_state not in ALLOWED.get(state, ()):
        raise ReleaseError(not_allowed(entry.release_id, state, entry.to_state))
    if wrong := wrong_in(entry):
        raise ReleaseError(f"The line for the ledger {wrong}. Nothing was written; say it again without that.")


def not_allowed(release_id: str, state: str, wanted: str) -> str:
    """Why a release cannot become what is wanted, and what it can become."""
    can = " or ".join(s for s in ALLOWED[state] if s != state) if state in ALLOWED else ""
    ends = f"From there it can only become {can}." if can else "That is an end: propose a new release."
    return f"{release_id} is {state} and cannot become {wanted}. {ends} Nothing was changed."


def _write(fd: int, data: bytes) -> None:
    """Add the bytes whole or not at all; the rest of a line that a killed writer left is cut off first."""
    size = os.fstat(fd).st_size
    kept = len(_whole_lines(os.pread(fd, size, 0)))
    os.ftruncate(fd, kept)
    try:
        if os.write(fd, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(fd)
    except OSError as e:
        os.ftruncate(fd, kept)
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"releases/{FILE}: there is no room for a line. Nothing was changed. Make room and do it again."
            ) from None
        raise
