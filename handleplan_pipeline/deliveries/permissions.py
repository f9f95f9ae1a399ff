"""The permission gate: a delivery is taken in only for a purpose, sources and time that somebody has permitted.

Real permissions are an installation's own file; none is shipped. Generated data have one that is good for nothing else.
"""

from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from handleplan_pipeline.deliveries.errors import DeliveryRefused
from handleplan_pipeline.deliveries.manifest import Manifest
from handleplan_pipeline.errors import ConfigurationError

RULE = "permission"
SYNTHETIC = "SYNTETISK"
STATISTICS = "statistics"


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
        entries = [Permission(**p) for p in yaml.safe_load(path.read_text(encoding="utf-8")) or []]
    except (OSError, TypeError, ValidationError, yaml.YAMLError) as e:
        raise ConfigurationError(f"{path.name}: not a list of permissions ({type(e).__name__}).") from None
    return {p.journal_number: p for p in entries}


def require_permission(manifest: Manifest, permissions: dict[str, Permission], today: date) -> None:
    """Raise DeliveryRefused (rule `permission`) unless the delivery may be held today for this purpose."""
    if manifest.data_kind == "synthetic":
        if manifest.permission != SYNTHETIC:
            raise DeliveryRefused(RULE, f"{manifest.file}: generated data must name the permission {SYNTHETIC}.")
        return
    found = permissions.get(manifest.permission)
    wrong = None
    if found is None:
        wrong = "no permission with this journal number is on file"
    elif manifest.source not in found.sources:
        wrong = f"the permission does not cover {manifest.source}"
    elif found.status != "granted":
        wrong = f"the permission is {found.status}"
    elif found.purpose != STATISTICS:
        wrong = "the permission is not for statistics"
    elif today < found.start:
        wrong = "the permission has not begun"
    elif today > found.delete_by:
        wrong = "the permission has ended"
    if wrong:
        raise DeliveryRefused(RULE, f"{manifest.file}: {wrong}. Nothing is held or counted without one.")
