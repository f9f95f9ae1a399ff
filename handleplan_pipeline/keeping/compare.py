"""Whether two releases say the same in every table of figures and of the catalogue."""

from collections import Counter
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake import parquet

NOT_COMPARED = ("meta.", "history.", "output.delivery_calendar")
"""What differs by right: when and of what it was made, what was said before it, and what is late today."""
NAMES_THE_RELEASE = ("release_id",)
"""Columns that are another's in every release."""


def unlike(before: Path, after: Path) -> list[str]:
    """Tables of two releases that do not hold the same rows, each with how many stand in one of them only.

    Raises ReleaseError when a release has no tables.
    """
    old, new = _tables(before), _tables(after)
    return [said for name in sorted({*old, *new}) if (said := _differs(name, old.get(name), new.get(name))) is not None]


def _tables(release: Path) -> dict[str, Path]:
    found = {f"{p.parent.name}.{p.stem}": p for p in release.glob("parquet/*/*.parquet")}
    if not found:
        raise ReleaseError(f"{release.name}: has no tables to compare with.")
    return {n: p for n, p in found.items() if not n.startswith(NOT_COMPARED)}


def _differs(name: str, before: Path | None, after: Path | None) -> str | None:
    if before is None or after is None:
        return f"{name}: only in the {'new' if before is None else 'old'} release"
    old, new = (_rows(p, name) for p in (before, after))
    if old.equals(new):
        return None
    if old.schema != new.schema:
        return f"{name}: other columns or types"
    a, b = (Counter(f.iter_rows()) for f in (old, new))
    gone, come = (a - b).total(), (b - a).total()
    return f"{name}: {gone} rows in the old release only, {come} in the new one only" if gone or come else None


def _rows(path: Path, name: str) -> pl.DataFrame:
    frame = parquet.read(path, name)
    return frame.drop([c for c in NAMES_THE_RELEASE if c in frame.columns])
