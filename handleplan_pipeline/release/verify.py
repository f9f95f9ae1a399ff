"""Verifies a finished release, knowing only its folder: run as `python -m handleplan_pipeline.release.verify FOLDER`.

Checks that every file has the sum it should have and that no file is missing or new; that the database opens
read-only without an extension; that it holds only public schemas, that each table has its comment, its dictionary rows
and the same rows as its Parquet; and that nothing in it looks like a CPR number.
"""

import hashlib
import re
import sys
from pathlib import Path

import duckdb

from handleplan_pipeline.engine import connect, stored_rows

SCHEMAS = {"goal", "overall", "baseline", "output", "source", "meta", "history"}
CPR_LIKE = r"(^|[^0-9])(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])[0-9]{2}[- ]?[0-9]{4}($|[^0-9])"


def wrong_sums(folder: Path) -> list[str]:
    """Files that differ from SHA256SUMS, are missing, or are not listed."""
    listed: dict[str, str] = {}
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        listed[name] = digest
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS"}
    wrong = [f"{n}: missing" for n in sorted(set(listed) - set(found))]
    wrong += [f"{n}: not listed" for n in sorted(set(found) - set(listed))]
    for name in sorted(set(listed) & set(found)):
        if hashlib.sha256(found[name].read_bytes()).hexdigest() != listed[name]:
            wrong.append(f"{name}: changed")
    return wrong


def wrong_database(folder: Path) -> list[str]:
    """What is not as promised inside the database."""
    with connect(folder / "handleplan.duckdb", read_only=True, folders=[folder]) as con:
        return _wrong_in(con, folder)


def _wrong_in(con: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    wrong: list[str] = []
    tables = con.execute(
        "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE NOT internal ORDER BY 1, 2"
    ).fetchall()
    wrong += [f"schema {s} is not public" for s in sorted({t[0] for t in tables} - SCHEMAS)]
    wrong += [f"{s}.{n}: no comment" for s, n, comment in tables if not comment]
    undocumented = con.execute(
        'SELECT count(*) FROM duckdb_columns() c ANTI JOIN meta."column" m ON c.schema_name = m.table_schema '
        "AND c.table_name = m.table_name AND c.column_name = m.column_name WHERE NOT c.internal"
    ).fetchone()
    if undocumented and undocumented[0]:
        wrong.append(f"{undocumented[0]} columns are not in the dictionary")
    for schema, name, _ in tables:
        stored = con.execute(f'SELECT count(*) FROM "{schema}"."{name}"').fetchone()
        parquet = folder / "parquet" / schema / f"{name}.parquet"
        copy = con.execute(f"SELECT count(*) FROM {stored_rows([parquet])}").fetchone()
        if stored != copy:
            wrong.append(f"{schema}.{name}: the Parquet copy has another number of rows")
        texts = con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? "
            "AND data_type = 'VARCHAR'",
            [schema, name],
        ).fetchall()
        for (column,) in texts:
            if column in ("sha256", "delivery_id"):
                continue
            hits = con.execute(
                f'SELECT count(*) FROM "{schema}"."{name}" WHERE regexp_matches("{column}", ?)', [CPR_LIKE]
            ).fetchone()
            if hits and hits[0]:
                wrong.append(f"{schema}.{name}: column {column} holds {hits[0]} values that look like CPR numbers")
    return wrong


def verify(folder: Path) -> list[str]:
    """Everything that is wrong with the release; empty when it is whole."""
    for needed in ("SHA256SUMS", "handleplan.duckdb", "manifest.json"):
        if not (folder / needed).is_file():
            return [f"{needed}: missing"]
    return wrong_sums(folder) or wrong_database(folder)


if __name__ == "__main__":
    problems = verify(Path(sys.argv[1]))
    for problem in problems:
        print(re.sub(r"\s+", " ", problem))
    sys.exit(1 if problems else 0)
