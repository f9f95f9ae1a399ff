"""Where backups of a lake lie: written down in the lake, so that a deletion reaches them; and the log copied there."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from handleplan_pipeline import clock
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.keeping import deletions
from handleplan_pipeline.lake.files import write_atomically
from handleplan_pipeline.lake.tables import Lake

MADE = "backups.jsonl"
NAMED = ".lake-id"
ID_BYTES = 8
BACKUP_DAYS = 90
"""How long a backup is kept (`retention.RETENTION` says why)."""


@dataclass(frozen=True)
class Made:
    """A backup that was made: when (UTC), the folder of backups, its own name, bytes, and what it was sealed with."""

    at: str
    place: str
    name: str
    bytes: int
    sealed: str | None


def lake_id(lake: Lake) -> str:
    """What tells a lake from another one, for good; tells nothing of it. The lake must be held."""
    path = lake.root / NAMED
    if not path.is_file():
        write_atomically(path, secrets.token_hex(ID_BYTES).encode() + b"\n", deletions.OURS_ONLY)
    return path.read_text(encoding="ascii").strip()


def log_beside(place: Path, lake: str) -> Path:
    """The log of deletions of a lake, beside its backups."""
    return place / f"deletions_{lake}.jsonl"


def made(lake: Lake) -> list[Made]:
    """The backups that were made, oldest first. Raises SourceError when the list is broken."""
    path = lake.root / MADE
    try:
        return [Made(**json.loads(x)) for x in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as e:
        raise SourceError(
            f"{path}: the list of backups cannot be read ({type(e).__name__}). Restore it, or delete it and make a "
            "backup to each place that holds one, so that deletions reach them."
        ) from None


def add(lake: Lake, new: Made) -> None:
    lines = [json.dumps(asdict(m)) for m in [*made(lake), new]]
    write_atomically(lake.root / MADE, ("\n".join(lines) + "\n").encode(), deletions.OURS_ONLY)


def places(lake: Lake, now: datetime | None = None) -> list[Path]:
    """Every folder with backups of this lake that are not beyond their time, each once."""
    since = (now or clock.now()) - timedelta(days=BACKUP_DAYS)
    return [Path(p) for p in dict.fromkeys(m.place for m in made(lake) if datetime.fromisoformat(m.at) >= since)]


def spread(lake: Lake) -> list[str]:
    """Bring the log beside the backups up to the lake's; returns a sentence for each place where that failed."""
    mine, name = deletions.read(lake.root / deletions.LOG), lake_id(lake)
    return [said for place in places(lake) if (said := _bring(log_beside(place, name), mine))]


def _bring(path: Path, mine: list[deletions.Deletion]) -> str | None:
    again = "Until it is there, a backup in it would bring back what was deleted: run `handleplan purge` again."
    try:
        there = deletions.read(path)
        if path.is_file() and there == mine:
            return None
        if not deletions.continues(mine, there):
            return f"{path}: holds deletions that this lake does not know. Which of the two lakes is the real one?"
        if not mine and not path.parent.is_dir():
            # nothing was deleted yet
            return None
        if not path.parent.is_dir():
            return f"{path.parent}: the folder of backups is not there. {again}"
        deletions.write(path, mine)
        os.chmod(path, deletions.OURS_ONLY)
    except SourceError as e:
        return str(e)
    except OSError as e:
        return f"{path}: cannot be written ({e.strerror}). {again}"
    return None


def unspread(lake: Lake) -> list[str]:
    """Places where the log is not what the lake's is; looks and writes nothing."""
    mine, name = deletions.read(lake.root / deletions.LOG), (lake.root / NAMED)
    if not name.is_file():
        return []
    return [
        str(p)
        for p in places(lake)
        if (mine or p.is_dir()) and not _is_as(log_beside(p, name.read_text("ascii").strip()), mine)
    ]


def _is_as(path: Path, mine: list[deletions.Deletion]) -> bool:
    try:
        return path.is_file() and deletions.read(path) == mine
    except SourceError:
        return False
