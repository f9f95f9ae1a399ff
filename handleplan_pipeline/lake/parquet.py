"""The only way a Parquet file is read: by its literal path, whatever is in its name, and named when it is damaged."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.lake.withheld import withheld

WILD = "*?["
KEY_ID = "key_id"
SCHEMA = "handleplan.schema"
"""Where a file says which structure its table had when it was written."""


def literally(path: Path) -> str:
    """`path` as a DuckDB pattern that matches this file and no other."""
    return "".join(f"[{c}]" if c in WILD else c for c in str(path))


def _damaged(table: str, path: Path) -> AbstractContextManager[None]:
    return withheld(
        f"{table}: {path.name} cannot be read",
        "The file was changed or damaged after it was written: materialise the table again (`handleplan run`).",
        SourceError,
    )


def read(path: Path, table: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """A stored file as a frame, or these columns of it. Raises SourceError, naming the table, when it is not whole."""
    with _damaged(table, path):
        return pl.read_parquet(path, columns=columns, glob=False, hive_partitioning=False)  # type: ignore[arg-type]


def scan(paths: Sequence[Path]) -> pl.LazyFrame:
    """Stored files as one lazy frame. What is wrong with them shows when it is collected: see `require_whole`."""
    return pl.scan_parquet(list(paths), glob=False, hive_partitioning=False)


@dataclass(frozen=True)
class Footer:
    """What a file says of itself: its rows, which keys made its pseudonyms (none for a file without any), its columns,
    and the structure its table had; None for a file of before that was written down.
    """

    rows: int
    key_ids: frozenset[str]
    columns: tuple[str, ...] = ()
    schema: str | None = None


def footer(path: Path, table: str) -> Footer:
    """Read from the end of the file, once per file as it is now. Raises SourceError when it is not whole."""
    try:
        about = path.stat()
    except FileNotFoundError:
        raise SourceError(f"{table}: {path.name} is gone. Materialise the table again.") from None
    return _footer(path, table, about.st_mtime_ns, about.st_size, about.st_ino)


@lru_cache(maxsize=4096)
def _footer(path: Path, table: str, *_as_it_is: int) -> Footer:
    import pyarrow.parquet as pq

    with _damaged(table, path), path.open("rb") as f:
        about = pq.ParquetFile(f).metadata
        names = tuple(about.schema.names)
        mark = (about.metadata or {}).get(SCHEMA.encode())
        schema = mark.decode("ascii", "replace") if mark else None
        column = names.index(KEY_ID) if KEY_ID in names else None
        if column is None:
            return Footer(about.num_rows, frozenset(), names, schema)
        groups = [about.row_group(i) for i in range(about.num_row_groups)]
        said = [g.column(column).statistics for g in groups if g.num_rows]
        if all(s is not None and (s.has_min_max or not s.num_values) for s in said):
            keys = frozenset(x for s in said if s.has_min_max for x in (s.min, s.max))
            return Footer(about.num_rows, keys, names, schema)
    # a file without statistics is asked itself
    keys = frozenset(read(path, table)[KEY_ID].drop_nulls().unique().to_list())
    return Footer(about.num_rows, keys, names, schema)


def require_whole(paths: Sequence[Path], table: str) -> None:
    """Raise SourceError, naming the file, when one cannot be read. Asked after an error, because it reads all."""
    for path in paths:
        read(path, table)
