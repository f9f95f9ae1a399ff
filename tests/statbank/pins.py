"""Pins as a test makes them: of a made server, into a reference folder of its own."""

import shutil
from pathlib import Path

from handleplan_pipeline.sources.statbank.pin import Pinning
from handleplan_pipeline.sources.statbank.source import SnapshotSource
from tests.statbank.clients import client
from tests.statbank.server import REFERENCE


def pinning(url: str, reference: Path, *, official: bool = False, changed_meaning: bool = False) -> Pinning:
    """Pins as made; `official` stands for a client that talks to Statistics Denmark's own address."""
    c = client(url)
    c.official = official
    return Pinning(c, reference, synthetic=not official, changed_meaning=changed_meaning)


def of(reference: Path) -> SnapshotSource:
    return SnapshotSource(reference / "statbank")


def recorded(reference: Path) -> Path:
    """A reference folder that holds the recorded descriptions, as the repository does."""
    (reference / "statbank").mkdir(parents=True)
    for path in REFERENCE.glob("*_en.json*"):
        shutil.copyfile(path, reference / "statbank" / path.name)
    return reference
