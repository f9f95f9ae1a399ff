"""Dagster's history as files: where its SQLite databases lie, and a copy of each, whole while a run writes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from handleplan_pipeline.errors import ConfigurationError, SourceError
from handleplan_pipeline.settings import PROJECT_ROOT

FOLDERS = ("history", "schedules")
"""Where Dagster's SQLite storage keeps runs with their events, and the ticks of schedules and sensors."""


def folder() -> Path | None:
    """The folder of Dagster's storage; None where no history is kept (no DAGSTER_HOME).

    Raises ConfigurationError where the history is kept elsewhere than in SQLite files.
    """
    home = os.environ.get("DAGSTER_HOME")
    if not home:
        return None
    file = Path(home) / "dagster.yaml"
    try:
        found: Any = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except (OSError, ValueError, yaml.YAMLError) as e:
        raise ConfigurationError(f"{file}: cannot be read ({type(e).__name__}).") from None
    storage = (found or {}).get("storage")
    if storage is None:
        return Path(home)
    base = storage.get("sqlite", {}).get("base_dir") if isinstance(storage, dict) else None
    if isinstance(base, dict):
        base = os.environ.get(str(base.get("env")))
    if not base:
        raise ConfigurationError(
            "DAGSTER_HOME: the history of runs is no SQLite file, so it is not in this backup. Back up its database by "
            "that database's own means, and leave it out here: --without-history."
        )
    return PROJECT_ROOT / str(base)


def databases(storage: Path) -> Iterator[Path]:
    """Every database of the storage, in order."""
    for name in FOLDERS:
        yield from sorted((storage / name).rglob("*.db"))


def copied(source: Path, target: Path) -> None:
    """A copy of a database as it is at one moment, whoever is writing to it. Raises SourceError when it is damaged."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with (
            closing(sqlite3.connect(source.absolute().as_uri() + "?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as e:
        raise SourceError(
            f"{source.name}: Dagster's history cannot be copied ({type(e).__name__}). Make the backup without it "
            "(--without-history), and move the damaged file away."
        ) from None
