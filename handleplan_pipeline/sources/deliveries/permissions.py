"""The permission gate: a delivery is taken in only for a purpose, sources and time that somebody has permitted.

Real permissions are an installation's own file; none is shipped. Generated data have one that is good for nothing else.
"""

import functools
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest

PERMISSION = "permission"
SYNTHETIC = "SYNTETISK"
STATISTICS = "statistics"
NO_LONGER = ("unknown", "withdrawn", "ended", "other_source", "other_purpose")
"""Verdicts under which a file may not lie anywhere; under the others it may wait where its supplier put it."""
SENTENCES = {
    "unknown": "no permission with this journal number is on file",
    "withdrawn": "the permission is withdrawn",
    "applied_for": "the permission is applied_for",
    "ended": "the permission has ended",
    "not_begun": "the permission has not begun",
    "other_source": "the permission does not cover {source}",
    "other_purpose": "the permission is not for statistics",
    "not_synthetic": f"generated data must name the permission {SYNTHETIC}",
}


class Permission(BaseModel):
    """One permission or record of processing. `purpose` other than statistics is refused (section 10 of the act)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    journal_number: str
    purpose: str
    data_controller: str
    processor: str | None = None
    sources: list[str]
    population: str
    start: date
    delete_by: date
    status: Literal["granted", "withdrawn", "applied_for"]


def load_permissions(path: Path | None) -> dict[str, Permission]:
    """Permissions of an installation by journal number. Raises ConfigurationError when the file is wrong."""
    if path is None:
        return {}
    try:
        s = path.stat()
        return _loaded(path, s.st_mtime_ns, s.st_size, s.st_mode)
    except OSError as e:
        raise ConfigurationError(f"{path.name}: not a list of permissions ({type(e).__name__}).") from None


@functools.lru_cache(maxsize=4)
def _loaded(path: Path, written: int, size: int, mode: int) -> dict[str, Permission]:
    try:
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ConfigurationError(f"{path.name}: others than its owner may write permissions: chmod go-w.")
        entries = [Permission(**p) for p in yaml.safe_load(path.read_text(encoding="utf-8")) or []]
    except (OSError, TypeError, ValueError, yaml.YAMLError) as e:
        raise ConfigurationError(f"{path.name}: not a list of permissions ({type(e).__name__}).") from None
    found = {p.journal_number: p for p in entries}
    if len(found) != len(entries):
        raise ConfigurationError(f"{path.name}: a journal number stands twice. Which one counts?")
    return found


def verdict(manifest: Manifest, source: str, permissions: Mapping[str, Permission], today: date) -> str | None:
    """Why the delivery may not be held as one of `source` today (a key of SENTENCES); None when it may."""
    if manifest.data_kind == "synthetic":
        return None if manifest.permission == SYNTHETIC else "not_synthetic"
    found = permissions.get(manifest.permission)
    if found is None:
        return "unknown"
    if source not in found.sources:
        return "other_source"
    if found.status != "granted":
        return found.status
    if found.purpose != STATISTICS:
        return "other_purpose"
    if today < found.start:
        return "not_begun"
    return "ended" if today > found.delete_by else None


def require_permission(manifest: Manifest, permissions: Mapping[str, Permission], today: date) -> None:
    """Raise DeliveryRefused (rule `permission`) unless the delivery may be held today for this purpose."""
    wrong = verdict(manifest, manifest.source, permissions, today)
    if wrong:
        said = SENTENCES[wrong].format(source=manifest.source)
        raise DeliveryRefused(PERMISSION, f"{manifest.file}: {said}. Nothing is held or counted without one.")
