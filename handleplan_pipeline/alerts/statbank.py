"""Which tables of StatBank have changed since they were last read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from handleplan_pipeline.errors import HandleplanError
from handleplan_pipeline.sources.pinned import read_sidecar
from handleplan_pipeline.sources.statbank.answers import Answers
from handleplan_pipeline.sources.statbank.client import StatBankClient
from handleplan_pipeline.sources.statbank.extracts import EXTRACTS, Extract

LONGEST_SECONDS = 40.0
"""A whole look: Dagster gives a sensor a minute. Ours, version 1."""


@dataclass
class Look:
    """Tables that changed, the stamp of each table, and why the rest could not be asked."""

    changed: list[str] = field(default_factory=list)
    updated: dict[str, str] = field(default_factory=dict)
    why: str | None = None


def look(url: str, answers: Answers, reference: Path, before: Mapping[str, str]) -> Look:
    """Ask StatBank for the stamp of each table. One that was not asked before is held against the day it was read."""
    found = Look(updated=dict(before))
    try:
        with StatBankClient(url, attempts=1, timeout=10.0, total=LONGEST_SECONDS) as client, client.pull():
            for table in sorted({e.table for e in EXTRACTS.values()}):
                _one(client, table, answers, reference, before.get(table), found)
    except HandleplanError as e:
        found.why = str(e)
    return found


def _one(client: StatBankClient, table: str, answers: Answers, reference: Path, known: str | None, found: Look) -> None:
    try:
        info = client.tableinfo(table)
    except HandleplanError as e:
        # the first reason is enough: the others are most often the same
        found.why = found.why or str(e)
        return
    read = _last_read(table, answers, reference)
    new = info.updated != known if known is not None else _later(info.changed, read)
    found.updated[table] = info.updated
    if new:
        found.changed.append(table)


def _later(changed: datetime | None, read: date | None) -> bool:
    """Whether a table changed on or after the day it was read; one that was never read has nothing to be newer than."""
    return changed is not None and read is not None and changed.date() >= read


def _last_read(table: str, answers: Answers, reference: Path) -> date | None:
    """The newest day on which an answer of the table was read, pinned ones among them."""
    days = []
    for extract in extracts_of(table):
        days += [r.fetched.date() for r in answers.receipts(extract)]
        path = reference / "statbank" / extract.snapshot
        if path.is_file():
            try:
                days.append(read_sidecar(path).accessed)
            except HandleplanError:
                continue
    return max(days, default=None)


def extracts_of(table: str) -> list[Extract]:
    return [e for e in EXTRACTS.values() if e.table == table]
