"""What is wrong with an installation and how to mend it, and what of it grows."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from handleplan_pipeline import clock
from handleplan_pipeline.errors import HandleplanError
from handleplan_pipeline.keeping import places
from handleplan_pipeline.keeping.deletions import LOG, read
from handleplan_pipeline.keeping.inventory import bytes_of
from handleplan_pipeline.lake.keys import pseudonymiser
from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import CONFIDENTIAL_FOLDERS, Lake
from handleplan_pipeline.release.publish import require_space
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.purge import must_go
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import all_contracts, delivered_sources

BACKUP_DAYS, PERMISSION_DAYS = 8, 60
"""A weekly backup that was missed once; a permission takes two months to renew. Ours, version 1."""
GROWING = {
    "raw": "archive: every delivery, until its permission ends",
    "quarantine": "refused files: `handleplan purge` deletes old ones",
    "landing": "the suppliers' door: accepted files may be taken away, the archive has them",
    "tables": "made again by every run; as large as the last one",
    "releases": "kept for ever",
    ".dagster": "Dagster's history: the job `tidy` deletes what is older than 13 months",
    "demonstration": "generated files: may be deleted",
    ".spill": "left by killed runs: the next run deletes it",
}


@dataclass(frozen=True)
class Grown:
    """A part of the lake: bytes, files and what becomes of it."""

    name: str
    bytes: int
    files: int
    what: str


def grown(lake: Lake) -> list[Grown]:
    """What lies in the lake, largest first."""
    found = [Grown(n, *bytes_of(lake.root / n), w) for n, w in GROWING.items() if (lake.root / n).exists()]
    return sorted(found, key=lambda g: -g.bytes)


def wrong(lake: Lake, today: date, now: datetime | None = None) -> list[str]:
    """Everything that is not in order with what is kept, a sentence each that says how to mend it."""
    if not lake.root.is_dir():
        return []
    said: list[str] = []
    for look in (_secret, _modes, _key, _stale, _room, _deletions):
        try:
            said += look(lake)
        except HandleplanError as e:
            said.append(str(e))
    try:
        said += [*_permissions(lake, today), *_backups(lake, now or clock.now())]
    except HandleplanError as e:
        said.append(str(e))
    return said


def _secret(lake: Lake) -> Iterator[str]:
    if os.path.lexists(lake.root / ".secret") or existing(lake):
        lake.secret()
    yield from ()


def _modes(lake: Lake) -> Iterator[str]:
    for folder in (lake.root / n for n in CONFIDENTIAL_FOLDERS):
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & stat.S_IRWXO:
            yield f"{folder}: others than its owner may enter it: chmod o-rwx."


def _holds_real(lake: Lake) -> bool:
    return DeliveryStore(lake.root).data_kind() == "delivered"


def _key(lake: Lake) -> Iterator[str]:
    store = DeliveryStore(lake.root)
    of_persons = (s for s in delivered_sources() if delivery_of(s).person_variable is not None)
    if _holds_real(lake) and any(store.current(s) for s in of_persons):
        pseudonymiser("delivered", lake.root)
    yield from ()


def _stale(lake: Lake) -> Iterator[str]:
    old = [c.full_name for c in all_contracts().values() if lake.is_stale(c)]
    if old:
        more = f" and {len(old) - 5} more" if len(old) > 5 else ""
        yield (
            f"{len(old)} tables were stored by another version of the code ({', '.join(old[:5])}{more}): materialise "
            "these again with `handleplan run`; `handleplan migrate` names them all."
        )


def _room(lake: Lake) -> Iterator[str]:
    require_space(lake)
    yield from ()


def _deletions(lake: Lake) -> Iterator[str]:
    read(lake.root / LOG)
    for place in places.unspread(lake):
        yield f"{place}: does not know every deletion, so a restore would bring data back: `handleplan purge`."


def _permissions(lake: Lake, today: date) -> Iterator[str]:
    known = DeliveryStore(lake.root).permissions()
    for p in known.values():
        left = (p.delete_by - today).days
        if p.status == "granted" and 0 <= left <= PERMISSION_DAYS:
            yield f"permission {p.journal_number}: ends in {left} days ({p.delete_by}); its data go then. Renew it."
    if gone := len(must_go(lake, today)):
        yield f"{gone} deliveries may not be held any more: `handleplan purge`, then `handleplan run`."


def _backups(lake: Lake, now: datetime) -> Iterator[str]:
    """A lake of real deliveries must have a young backup; of a generated one nothing is lost."""
    made = places.made(lake)
    if not _holds_real(lake):
        return
    if not made:
        yield "There is no backup of the real deliveries here: `handleplan backup --to DIR`, and then by a timer."
        return
    last = made[-1]
    if now - datetime.fromisoformat(last.at) > timedelta(days=BACKUP_DAYS):
        yield f"The last backup is of {last.at}: `handleplan backup`, and look why its timer did not make one."
    if not Path(last.place).is_dir():
        yield f"{last.place}: the folder of backups is not there. Mount its disk, or name another one."
    elif shutil.disk_usage(last.place).free < last.bytes:
        yield f"{last.place}: no room for another backup: `handleplan backup --prune` deletes old ones."


def standing(lake: Lake) -> str:
    """What there is, in a line: releases and the last backup."""
    made = places.made(lake)
    last = f"the last one {made[-1].at} in {made[-1].place}" if made else "none"
    return f"releases: {len(existing(lake))}; backups: {last}; folder of backups: {get_settings().backups or 'not set'}"
