"""Looks for words in every file below a folder: in its bytes, and in what is packed inside databases and archives."""

import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import polars as pl


def holding(root: Path, words: Iterable[str]) -> dict[str, set[str]]:
    """Word -> files below `root`, relative to it, that hold it in any case of its letters."""
    found: dict[str, set[str]] = {w: set() for w in words}
    for path in sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink()):
        for data in contents(path):
            for word in found:
                if any(w in data for w in (word.lower().encode(), word.lower().encode("utf-16-le"))):
                    found[word].add(path.relative_to(root).as_posix())
    return {w: files for w, files in found.items() if files}


def contents(path: Path) -> Iterator[bytes]:
    """Everything a file says, in small letters: its name, its bytes, and what it holds in packed form."""
    raw = path.read_bytes()
    yield path.name.lower().encode()
    yield raw.lower()
    if path.suffix in (".db", ".sqlite"):
        yield from _of_sqlite(path)
    elif path.suffix == ".parquet":
        with suppress(pl.exceptions.PolarsError):
            yield pl.read_parquet(path).write_ndjson().lower().encode()
    elif path.suffix == ".duckdb":
        yield from _of_duckdb(path)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                yield packed.read(name).lower()


def _of_sqlite(path: Path) -> Iterator[bytes]:
    """Every cell by itself: a page of the file may end in the middle of a word, and snapshots are packed."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as con:
        tables = [t for (t,) in con.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            for row in con.execute(f'select * from "{table}"'):
                for cell in row:
                    if isinstance(cell, bytes):
                        with suppress(zlib.error):
                            yield zlib.decompress(cell).lower()
                        yield cell.lower()
                    elif isinstance(cell, str):
                        yield cell.lower().encode()


def _of_duckdb(path: Path) -> Iterator[bytes]:
    """All rows of all tables, and the comments and names in the catalogue; views show what lies elsewhere."""
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for catalogue in ("duckdb_tables()", "duckdb_columns()", "duckdb_views()"):
            yield str(con.execute(f"select * from {catalogue}").fetchall()).lower().encode()
        for schema, table in tables:
            yield con.table(f'"{schema}"."{table}"').pl().write_ndjson().lower().encode()
