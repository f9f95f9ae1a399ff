"""The log of deletions: what a backup may not bring back. It lies in the lake and, in copies, beside the backups.

A line names source, period and number, and marks the delivery with the lake's secret: outside the lake nobody can tell
from it what the file held. Lines are never changed; each holds the hash of the one before it, so that one that was
taken out is noticed, and a backup says how many there were when it was made, so that an older log is noticed too.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.lake.files import write_atomically
from handleplan_pipeline.lake.secret import NAMED_BY
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.receipt import now

LOG = "deletions.jsonl"
BEGIN = "0" * 64
OURS_ONLY = 0o600


class Deletion(BaseModel):
    """A delivery that was deleted, by whom nothing but the lake can tell, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    source: str
    period: int
    number: int
    why: str
    mark: str
    secret_id: str
    previous: str

    def line(self) -> str:
        return json.dumps(self.model_dump(), ensure_ascii=False, sort_keys=True)


def mark(lake: Lake, manifest: Manifest) -> str:
    """The lake's mark of a delivery."""
    return lake.sealed(f"deletion|{manifest.delivery_id}")


def secret_id(lake: Lake) -> str:
    """Which secret the marks are made with; tells nothing of it."""
    lake.secret()
    return (lake.root / NAMED_BY).read_text(encoding="ascii").strip()


def read(path: Path) -> list[Deletion]:
    """The lines of a log; none where there is none. Raises SourceError naming the first line that is not in order."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as e:
        raise SourceError(
            f"{path}: the log of deletions cannot be read ({type(e).__name__}). Give leave to read it, or take the "
            "copy that lies beside another backup."
        ) from None
    found: list[Deletion] = []
    for number, line in enumerate(lines, start=1):
        try:
            entry = Deletion.model_validate_json(line)
        except ValidationError:
            raise SourceError(_broken(path, number, "is no deletion")) from None
        if entry.previous != hash_of(found):
            raise SourceError(_broken(path, number, "does not follow the line before it"))
        found.append(entry)
    return found


def _broken(path: Path, number: int, why: str) -> str:
    return (
        f"{path}: line {number} {why}: the log of deletions was changed. Take the copy that lies beside another backup "
        "or in the lake; with a broken one nobody knows what must not come back."
    )


def hash_of(entries: Sequence[Deletion]) -> str:
    """What the next line has to name."""
    return hashlib.sha256(entries[-1].line().encode()).hexdigest() if entries else BEGIN


def append(lake: Lake, gone: Iterable[tuple[Manifest, str]]) -> int:
    """Write down deliveries that are about to be deleted, with the reason. The lake must be held.

    A deletion that a crash stopped is written down again when it is done again, which does no harm. Returns the number
    of new lines.
    """
    known = read(lake.root / LOG)
    entries, named = list(known), secret_id(lake)
    for manifest, why in gone:
        entries.append(
            Deletion(
                at=now(),
                source=manifest.source,
                period=manifest.period,
                number=manifest.delivery_number,
                why=why,
                mark=mark(lake, manifest),
                secret_id=named,
                previous=hash_of(entries),
            )
        )
    if len(entries) > len(known):
        write(lake.root / LOG, entries)
    return len(entries) - len(known)


def write(path: Path, entries: Sequence[Deletion]) -> None:
    write_atomically(path, "".join(f"{e.line()}\n" for e in entries).encode(), OURS_ONLY)


def continues(later: Sequence[Deletion], earlier: Sequence[Deletion]) -> bool:
    """Whether one log is the other one grown."""
    return list(later[: len(earlier)]) == list(earlier)


def concerns(lake: Lake, entry: Deletion, manifest: Manifest, named: str) -> bool:
    """Whether a line is about this delivery. With another secret than the line's only its slot can be compared."""
    if entry.secret_id == named:
        return entry.mark == mark(lake, manifest)
    return (entry.source, entry.period, entry.number) == (manifest.source, manifest.period, manifest.delivery_number)
