"""The release that the commands read: which one it is, and its tables."""

from pathlib import Path
from typing import TYPE_CHECKING

from handleplan_pipeline.commands.terminal import warn
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings

if TYPE_CHECKING:
    import polars as pl


def lake() -> Lake:
    return Lake(get_settings().lake)


def release_folder() -> Path:
    """The latest release. Raises ReleaseError when there is none; says when `latest` did not lead to it."""
    from handleplan_pipeline.release.publish import find_latest

    found = find_latest(lake())
    if found.remark:
        warn(found.remark, "yellow")
    if found.path is None:
        raise ReleaseError("There is no release yet. Run `handleplan run` (or `make demo`) first.")
    return found.path


def released(folder: Path, name: str) -> "pl.DataFrame":
    """A table of schema.name of a release. Raises ReleaseError when it is missing or cannot be read."""
    import polars as pl

    schema, table = name.split(".")
    file = folder / "parquet" / schema / f"{table}.parquet"
    try:
        return pl.read_parquet(file, glob=False)
    except (OSError, pl.exceptions.PolarsError) as e:
        raise ReleaseError(
            f"{folder.name}/parquet/{schema}/{file.name}: cannot be read ({type(e).__name__}). "
            f"`handleplan verify {folder.name}` says what is wrong."
        ) from None
