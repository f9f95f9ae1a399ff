"""The seam to what a machine says of a proposed release: its differences from the one before, and its checklist."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from handleplan_pipeline.release.ledger import Entry


class Differences(Protocol):
    """What changed between two releases."""

    def lines(self) -> list[str]: ...

    def html(self) -> str: ...


@dataclass(frozen=True)
class Finding:
    """An error stops `approve`; a warning must be acknowledged by its id."""

    id: str
    severity: str
    text: str


def _module(name: str) -> Any:
    try:
        return importlib.import_module(f"handleplan_pipeline.release.{name}")
    except ModuleNotFoundError:
        return None


def differences(before: Path | None, after: Path) -> Differences | None:
    """What `after` says otherwise than `before`."""
    module = _module("diff")
    return module.differences(before, after) if module else None  # type: ignore[no-any-return]


def findings(folder: Path, before: Path | None, entries: Sequence[Entry]) -> Sequence[Finding]:
    """The checklist of a release."""
    module = _module("checklist")
    return module.findings(folder, before, entries) if module else []  # type: ignore[no-any-return]
