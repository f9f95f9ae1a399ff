"""How long what is kept, each with its reason, and the purge that follows from it: a plan first, then a receipt.

Ours, version 1, where a rule names a number of days: the plan and the permissions name none.
"""

import contextlib
import getpass
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from handleplan_pipeline import clock
from handleplan_pipeline.errors import ReleaseError, SourceError
from handleplan_pipeline.keeping import deletions, places
from handleplan_pipeline.lake.files import write_atomically
from handleplan_pipeline.lake.releases import PROPOSED, proposed
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger, swap
from handleplan_pipeline.sources.deliveries.archive import remove
from handleplan_pipeline.sources.deliveries.permissions import verdict
from handleplan_pipeline.sources.deliveries.purge import Purged, must_go, purge_lake
from handleplan_pipeline.sources.deliveries.receipt import Receipt, now
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import delivered_sources

RECEIPTS = "purges"


@dataclass(frozen=True)
class Kept:
    """What is kept how long: days, or None for a rule of another kind, which `until` says."""

    what: str
    days: int | None
    until: str
    reason: str


RETENTION = {
    "deliveries": Kept(
        "delivered files and the tables made of them",
        None,
        "the last day of their permission",
        "The data protection act, section 10: held for the permitted purpose and time, and no longer.",
    ),
    "receipts": Kept(
        "receipts of deliveries and of purges",
        None,
        "for ever",
        "Rules, counts and sums without a value: they show what figures rest on, and that it was deleted.",
    ),
    "refused": Kept(
        "refused files in quarantine",
        180,
        "180 days after the refusal",
        "Long enough to settle with the supplier what was wrong; nothing is ever counted from them.",
    ),
    "rejected": Kept(
        "proposals of releases that were rejected",
        180,
        "180 days after the rejection",
        "Long enough to see what was wrong until its successor is out; what no reader had binds no later release, and "
        "the ledger keeps who rejected it and why.",
    ),
    "temporary": Kept(
        "half-written files and spilled queries",
        0,
        "the next run",
        "Whoever holds the lake next knows that nobody is writing to them.",
    ),
    "releases": Kept(
        "releases",
        None,
        "for ever",
        "What was published stays to be read, and disclosure control must know every figure that was told.",
    ),
    "history": Kept(
        "Dagster's history",
        396,
        "13 months",
        "One yearly run more than a year back, to compare the next one with; logs of older runs help nobody.",
    ),
    "backups": Kept(
        "backups",
        places.BACKUP_DAYS,
        "90 days",
        "A backup holds what was deleted since; a quarter is longer than any fault here stays unnoticed.",
    ),
}


@dataclass(frozen=True)
class Plan:
    """What a purge deletes, or would: by permission, and refused files and rejected proposals beyond their time."""

    purged: Purged
    refused: int
    rejected: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.purged.deliveries or self.purged.files or self.refused or self.rejected)


def purge(lake: Lake, today: date, landing: Path | None = None, dry: bool = False, tell_backups: bool = True) -> Plan:
    """Delete what may not be held any more, or say what that would be. The lake must be held.

    What goes for want of a permission is written into the log of deletions before anything is deleted, and beside every
    backup; a receipt says what was done. Raises ConfigurationError without a file of permissions, SourceError when
    something could not be deleted, or the log not be written beside a backup.
    """
    planned = purge_lake(lake, today, landing, dry=True)
    old, rejected = list(_old_refusals(lake, today)), tuple(_old_rejections(lake, today))
    if dry:
        return Plan(planned, len(old), rejected)
    store = DeliveryStore(lake.root)
    known = store.permissions()
    gone = must_go(lake, today)
    deletions.append(lake, ((r.manifest, str(verdict(r.manifest, s, known, today))) for s, r in gone))
    done = Plan(purge_lake(lake, today, landing), sum(_drop_copy(store, s, r) for s, r in old), rejected)
    for release_id in rejected:
        _drop_proposal(lake, release_id)
    unreached = places.spread(lake) if tell_backups else []
    if not done.is_empty:
        _receipt(lake, done, unreached)
    if done.purged.left:
        left = "; ".join(sorted(set(done.purged.left)))
        raise SourceError(f"Not deleted: {left}. Delete by hand and purge again.")
    if unreached:
        raise SourceError(f"Deleted here, but: {' '.join(unreached)}")
    return done


def _old_rejections(lake: Lake, today: date) -> Iterator[str]:
    """Rejected proposals that lie there for longer than they are kept; of a broken ledger none.

    Nothing of a release keeps deliveries from being deleted; `doctor` says what is wrong with the ledger.
    """
    days = RETENTION["rejected"].days
    assert days is not None
    there, entries = {p.name for p in proposed(lake)}, list[ledger.Entry]()
    with contextlib.suppress(ReleaseError):
        entries = ledger.read(lake)
    for e in entries:
        ended = clock.danish_day(datetime.fromisoformat(e.at))
        if e.to_state == "rejected" and e.release_id in there and ended + timedelta(days=days) < today:
            yield e.release_id


def _drop_proposal(lake: Lake, release_id: str) -> None:
    """Delete a proposal and what lies beside it: differences and checklist."""
    for path in [lake.releases / PROPOSED / release_id, *(lake.releases / PROPOSED).glob(f"{release_id}.*")]:
        swap.remove(path)


def _old_refusals(lake: Lake, today: date) -> Iterator[tuple[str, Receipt]]:
    """Refusals whose copy lies in quarantine for longer than it is kept."""
    store, days = DeliveryStore(lake.root), RETENTION["refused"].days
    assert days is not None
    for source in delivered_sources():
        for receipt in store.receipts(source):
            decided = datetime.fromisoformat(receipt.decided_at).date()
            if receipt.state == "refused" and receipt.kept and decided + timedelta(days=days) < today:
                yield source, receipt


def _drop_copy(store: DeliveryStore, source: str, receipt: Receipt) -> int:
    """Delete the copy of a refused file and say so in its receipt, unless a younger refusal has the same bytes."""
    store.replace(receipt, kept=False)
    sha256 = receipt.manifest.sha256
    if any(r.manifest.sha256 == sha256 and r.state == "refused" and r.kept for r in store.receipts(source)):
        return 0
    copies = [p for p in store.quarantine(source).glob(f"{sha256}.*") if p.suffix != ".json"]
    return sum(remove(p) for p in copies)


def _receipt(lake: Lake, done: Plan, unreached: list[str]) -> None:
    """Write down what was deleted, by whom and why: sums and counts, never a value."""
    about = {
        "at": now(),
        "who": _who(),
        "deliveries": [
            {"source": s, "period": p, "sha256": sha256, "why": why} for s, p, sha256, why in done.purged.deliveries
        ],
        "files": {w: done.purged.files.count(w) for w in sorted(set(done.purged.files))},
        "tables": done.purged.tables,
        "refused_files": done.refused,
        "rejected_proposals": list(done.rejected),
        "not_deleted": done.purged.left,
        "backups_not_told": unreached,
        "rules": {n: k.until for n, k in RETENTION.items()},
    }
    name = f"{clock.now():%Y-%m-%dT%H-%M-%S.%fZ}.json"
    data = (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()
    write_atomically(lake.root / RECEIPTS / name, data, deletions.OURS_ONLY)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def lines(plan: Plan, dry: bool) -> Iterator[str]:
    """What a purge tells, a line each."""
    word = "would be deleted" if dry else "deleted"
    for source, period, sha256, why in plan.purged.deliveries:
        yield f"{word}: {source} {period}, sha256 {sha256}: {why}"
    for where in sorted(set(plan.purged.files)):
        yield f"{where}: {plan.purged.files.count(where)} files"
    if plan.refused:
        yield f"refused files older than {RETENTION['refused'].days} days: {plan.refused}"
    yield from (f"{word}: {name}, rejected more than {RETENTION['rejected'].days} days ago" for name in plan.rejected)
    yield f"{len(plan.purged.files)} files {word}, {plan.purged.tables} tables made of them"
