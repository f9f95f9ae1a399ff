"""Backups end too: they hold what was deleted since they were made."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from handleplan_pipeline import clock
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.keeping.manifest import OUTER, Outer, parsed
from handleplan_pipeline.keeping.places import lake_id
from handleplan_pipeline.keeping.retention import RETENTION
from handleplan_pipeline.lake.tables import Lake


def prune(lake: Lake, newest: Path, now: datetime | None = None) -> list[str]:
    """Delete backups of this lake beside `newest` that are beyond their time, never `newest`; returns their names."""
    days = RETENTION["backups"].days
    assert days is not None
    before, gone = (now or clock.now()) - timedelta(days=days), []
    for folder in sorted(newest.parent.glob(f"*_{lake_id(lake)}")):
        if folder == newest or folder.is_symlink() or not (folder / OUTER).is_file():
            continue
        try:
            made = datetime.fromisoformat(parsed(Outer, folder / OUTER).made_at)
        except SourceError:
            # nobody can tell how old it is
            continue
        if made < before:
            shutil.rmtree(folder)
            gone.append(folder.name)
    return gone
