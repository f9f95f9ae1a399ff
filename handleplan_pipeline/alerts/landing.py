"""When a landed file is a delivery: file and manifest agree, and neither has changed since the last look.

A look keeps what it saw as plain JSON, so that a file is hashed once and not at every look.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handleplan_pipeline import clock
from handleplan_pipeline.alerts.events import Event
from handleplan_pipeline.sources.deliveries.archive import real_sha256
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.files import landed
from handleplan_pipeline.sources.deliveries.look import New, look_at
from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import delivered_sources

STUCK_SECONDS = 3600
"""A file that has lain still so long and is no delivery is told of. Ours, version 1."""
MOST_BYTES = 4 * 1024**3
"""So much is hashed in one look, the rest in the next ones: Dagster gives a sensor a minute. Ours, version 1."""
LANDING = "landing/"
Seen = dict[str, Any]
"""What the last look saw: `files` by source and name, `odd` by source and rule, `permissions` as they were."""


@dataclass(frozen=True)
class Whole:
    """A delivery that is complete and has not been decided on."""

    source: str
    period: int
    number: int
    sha256: str


@dataclass
class Look:
    """What a look found: whole deliveries, files that lie still and are none, and what the next look must know."""

    whole: list[Whole] = field(default_factory=list)
    stuck: list[Event] = field(default_factory=list)
    seen: Seen = field(default_factory=dict)
    hashed: int = 0


def look(store: DeliveryStore, landing: Path, before: Mapping[str, Any], moment: float | None = None) -> Look:
    """Look at every source's landing folder once; `moment` is a timestamp, now unless it is given."""
    permissions = _permissions_mark()
    # a permission that came may make a delivery of what was refused
    known = before.get("files", {}) if before.get("permissions") == permissions else {}
    odd_before = before.get("odd", {})
    found = Look(seen={"files": {}, "odd": {}, "permissions": permissions})
    moment = clock.now().timestamp() if moment is None else moment
    for source in delivered_sources():
        there = landed(landing / source)
        for path in there.deliveries:
            name = f"{source}/{path.name}"
            entry = _again(store, source, path, known.get(name), moment, found)
            if entry is not None:
                found.seen["files"][name] = entry
        for rule in sorted({o.rule for o in there.odd}):
            since = odd_before.get(f"{source}/{rule}", moment)
            found.seen["odd"][f"{source}/{rule}"] = since
            if moment - since >= STUCK_SECONDS:
                found.stuck.append(_stuck(source, rule))
    return found


def _again(
    store: DeliveryStore, source: str, path: Path, entry: Seen | None, moment: float, found: Look
) -> Seen | None:
    """What is known of one file after this look; adds it to what was found. None when it is gone again."""
    try:
        mark = _mark(path)
        if entry is None or entry["mark"] != mark:
            return {"mark": mark, "since": moment, "state": "new"}
        if entry["state"] == "new" and found.hashed < MOST_BYTES:
            found.hashed += mark[0]
            entry = entry | _judged(store, source, path)
        if entry["state"] == "whole":
            found.whole.append(Whole(source, entry["period"], entry["number"], entry["sha256"]))
            entry = entry | {"state": "handed over"}
        if entry["state"] == "unlike" and moment - entry["since"] >= STUCK_SECONDS:
            found.stuck.append(_stuck(source, "not_complete"))
        return entry
    except OSError:
        return None


def _mark(path: Path) -> list[int]:
    """Size and time of the file and of its manifest."""
    stats = [p.stat(follow_symlinks=False) for p in (path, manifest_path(path))]
    return [n for s in stats for n in (s.st_size, s.st_mtime_ns, s.st_ino)]


def _judged(store: DeliveryStore, source: str, path: Path) -> Seen:
    """Whether a file that lies still is a whole delivery, none (yet), or one that was decided on."""
    try:
        manifest = read_manifest(manifest_path(path))
    except DeliveryRefused:
        return {"state": "unlike"}
    if manifest.file != path.name or path.stat().st_size != manifest.bytes or real_sha256(path) != manifest.sha256:
        return {"state": "unlike"}
    if not isinstance(look_at(store, delivery_of(source), path), New):
        return {"state": "decided"}
    place = {"period": manifest.period, "number": manifest.delivery_number, "sha256": manifest.sha256}
    return {"state": "whole", **place}


def _stuck(source: str, rule: str) -> Event:
    return Event("landing", f"{LANDING}{source}/{rule}", {"source": source, "rule": rule})


def _permissions_mark() -> list[int]:
    """When the permissions on file last changed."""
    from handleplan_pipeline.settings import get_settings

    path = get_settings().permissions
    try:
        return list(_times(path)) if path else []
    except OSError:
        return []


def _times(path: Path) -> Iterator[int]:
    s = path.stat()
    yield from (s.st_size, s.st_mtime_ns)
