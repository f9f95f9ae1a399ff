"""What stands in an installation that somebody must know of: late data, little room, releases that wait, what ends."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from handleplan_pipeline.alerts.events import Event, Fact
from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.errors import ConfigurationError, DiskFullError, ReleaseError
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger
from handleplan_pipeline.release.publish import require_space
from handleplan_pipeline.settings import Settings
from handleplan_pipeline.sources.deliveries.permissions import load_permissions

ENDING_DAYS = 60
"""So long before its end a permission or a certificate is told of: an application takes weeks. The issue's."""
MISSING_DAYS = 60
"""So long after its grace a late delivery is told of once more, for the last time. Ours, version 1."""
LATE, DISK, WAITING, ENDING = "late/", "disk/", "release/", "ending/"
"""Beginnings of keys: what stands of each is known as a whole, so what stands no more can be told again."""
MB = 1024**2


def late(catalogue: Catalogue, rows: Iterable[Mapping[str, Any]], today: date) -> list[Event]:
    """An event per source, period and stage of the calendar's rows: expected, late, missing."""
    found = []
    for row in rows:
        stage = _stage(catalogue, row, today)
        if stage is None:
            continue
        source = catalogue.source(row["source"])
        facts = {"source": source.id, "title_da": source.title_da, "title_en": source.title_en}
        key = f"{LATE}{source.id}/{row['period']}/{stage}"
        found.append(Event(stage, key, {**facts, "period": row["period"]}))
    return found


def _stage(catalogue: Catalogue, row: Mapping[str, Any], today: date) -> str | None:
    if row["arrival"] == "within_grace":
        return "expected"
    if row["arrival"] != "late":
        return None
    since = catalogue.expected_of(row["source"]).late_from(row["period"])
    return "missing" if today >= since + timedelta(days=MISSING_DAYS) else "late"


@dataclass(frozen=True)
class Room:
    """Room on the lake's disk, in MB: what is free, and what has to be."""

    free: int
    needed: int

    @property
    def short(self) -> bool:
        return self.free < self.needed


def room(settings: Settings) -> Room:
    """Free room against the setting, and against what the next release needs."""
    folder = next(p for p in (settings.lake, *settings.lake.parents) if p.is_dir())
    free = shutil.disk_usage(folder).free // MB
    needed = int(settings.least_free_gb * 1024)
    try:
        require_space(Lake(settings.lake))
    except DiskFullError:
        needed = max(needed, free + 1)
    return Room(free, needed)


def disk(settings: Settings) -> list[Event]:
    found = room(settings)
    facts = {"free_mb": found.free, "needed_mb": found.needed}
    return [Event("disk", f"{DISK}full", facts)] if found.short else []


@dataclass(frozen=True)
class Proposed:
    """A release that is proposed and not decided on."""

    release_id: str
    since: str


def proposed(lake: Lake) -> list[Proposed]:
    """Raises ReleaseError when the ledger is broken."""
    entries = ledger.read(lake)
    waits = [e for e in entries if e.to_state == "proposed" and ledger.state_of(entries, e.release_id) == "proposed"]
    return [Proposed(e.release_id, e.at) for e in waits]


def waiting(lake: Lake) -> list[Event]:
    """Releases that wait for approval. A ledger that is broken is no reason to be silent about the rest."""
    try:
        found = proposed(lake)
    except ReleaseError:
        return []
    return [
        Event("release_waiting", f"{WAITING}{p.release_id}", {"release": p.release_id, "since": p.since}) for p in found
    ]


@dataclass(frozen=True)
class Ending:
    """A permission or a certificate with its last day."""

    what: str
    name: str
    ends: date


def ends(settings: Settings, today: date) -> list[Ending]:
    """Permissions that are granted, and certificates, that end within 60 days or have ended."""
    found = [
        Ending("permission", p.journal_number, p.delete_by)
        for p in load_permissions(settings.permissions).values()
        if p.status == "granted"
    ]
    found += [Ending("certificate", p.name, last) for p in settings.certificates if (last := _last_day(p))]
    return [e for e in found if e.ends <= today + timedelta(days=ENDING_DAYS)]


def _last_day(certificate: Path) -> date | None:
    """The last day of the first certificate of a file; None where it cannot be read, which `unreadable` says."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc.date()
    except (OSError, ValueError):
        return None


def unreadable(settings: Settings) -> list[str]:
    """Certificates whose end cannot be watched."""
    return [p.name for p in settings.certificates if _last_day(p) is None]


KINDS = {"permission": ("Tilladelsen", "Permission"), "certificate": ("Certifikatet", "Certificate")}


def ending(settings: Settings, today: date) -> list[Event]:
    """What ends, and what cannot be watched because its file cannot be read."""
    found = [Event("unreadable", f"{ENDING}unreadable/{n}", {"name": n}) for n in unreadable(settings)]
    try:
        coming = ends(settings, today)
    except ConfigurationError:
        name = "HANDLEPLAN_PERMISSIONS"
        return [*found, Event("unreadable", f"{ENDING}unreadable/{name}", {"name": name})]
    for e in coming:
        kind = "ended" if e.ends < today else "ending"
        da, en = KINDS[e.what]
        facts: dict[str, Fact] = {"name": e.name, "ends": e.ends, "kind_da": da, "kind_en": en}
        found.append(Event(kind, f"{ENDING}{e.what}/{e.name}/{e.ends}/{kind}", facts))
    return found


def run_failed(job: str, run: str, steps: Iterable[str]) -> Event:
    """A run that did not reach its end. Its error may quote anything, so the steps alone are named."""
    named = ", ".join(steps) or "before its first step"
    return Event("run_failed", f"run/{run}", {"job": job, "run": run, "steps": named[:180]})


def check_key(table: str, check: str) -> str:
    return f"check/{table}/{check}"


def check_failed(table: str, check: str, severity: str) -> Event:
    return Event(
        "check_failed", check_key(table, check), {"table": table, "check": check, "severity": severity.lower()}
    )


def never_started(job: str, key: str, since: datetime) -> Event:
    return Event("never_started", f"silent/{key}", {"job": job, "since": f"{since:%Y-%m-%d %H:%M}"})
