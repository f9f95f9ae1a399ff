"""Whether a table of a release says the same as its Parquet copy, row by row: for verification and the audit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from handleplan_pipeline.lake.contracts import quote

COPY = "parquet_copy"
"""The name of the copy while it is compared."""


def number(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None) -> int:
    """The one number that a query counts."""
    found = con.execute(sql, parameters or []).fetchone()
    return int(found[0]) if found else 0


def columns_of(con: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """Columns of a table, already quoted, with their types, in order."""
    return {str(r[0]): str(r[1]) for r in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}


def unlike_its_copy(con: duckdb.DuckDBPyConnection, schema: str, name: str, file: Path) -> Iterator[str]:
    """Where a table and its Parquet copy differ: columns, or rows counted on both sides (nulls are values)."""
    table = f"{schema}.{name}"
    try:
        con.register(COPY, copy := pl.read_parquet(file, glob=False))
    except (OSError, pl.exceptions.PolarsError) as e:
        yield f"{table}: the Parquet copy cannot be read ({type(e).__name__})"
        return
    try:
        stored = f"{quote(schema)}.{quote(name)}"
        columns = columns_of(con, stored)
        if list(columns.items()) != list(columns_of(con, COPY).items()):
            yield f"{table}: the Parquet copy has other columns or types"
            return
        if con.execute(f"SELECT * FROM {stored}").pl().equals(copy):
            # row for row in the same order, as a release is written; only others have to be counted
            return
        here, there = f"SELECT * FROM {stored}", f"SELECT * FROM {COPY}"
        only = [number(con, f"SELECT count(*) FROM ({a} EXCEPT ALL {b})") for a, b in ((here, there), (there, here))]
        if any(only):
            where = ", ".join(_differing_columns(con, schema, name, list(columns))) or "whole rows"
            yield (
                f"{table}: differs from its Parquet copy; {only[0]} rows are in the database only, {only[1]} in the "
                f"copy only. Differing: {where}"
            )
    finally:
        con.unregister(COPY)


def _differing_columns(con: duckdb.DuckDBPyConnection, schema: str, name: str, columns: list[str]) -> Iterator[str]:
    """Columns in which rows of the same key differ, and in how many; nothing where the dictionary knows no key."""
    known = con.execute(
        'SELECT column_name FROM meta."column" WHERE table_schema = ? AND table_name = ? AND is_key', [schema, name]
    ).fetchall()
    key = [str(k) for (k,) in known if k in columns]
    if not key:
        return
    same = " AND ".join(f"a.{quote(k)} IS NOT DISTINCT FROM b.{quote(k)}" for k in key)
    for column in columns:
        q = quote(column)
        pairs = f"FROM {quote(schema)}.{quote(name)} a JOIN {COPY} b ON {same} WHERE a.{q} IS DISTINCT FROM b.{q}"
        if column not in key and (differ := number(con, f"SELECT count(*) {pairs}")):
            yield f"{column} in {differ} rows"
