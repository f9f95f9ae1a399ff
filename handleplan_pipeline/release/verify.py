"""Verifies a finished release, knowing only its folder: run as `python -m handleplan_pipeline.release.verify FOLDER`.

Files: each has the sum it should have, none is missing, new, or a link. Manifest: it is of this release and names each
table with its number of rows. Database: it opens read-only without an extension, holds no table that a contract says is
not public, each with its comment and dictionary rows, and each says the same as its Parquet copy, row by row; nothing
looks like a CPR number; every row has the id of its key. Parts: each that the manifest names is read back and says
what the tables say.

The sums stand in the folder they are of: whoever rewrites everything alike, sums included, is not found here. That
takes the ledger and the approver's signature (`standing.py`).
"""

import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from handleplan_pipeline.exports import edition
from handleplan_pipeline.lake.contracts import quote
from handleplan_pipeline.lake.copies import columns_of, number, unlike_its_copy
from handleplan_pipeline.lake.engine import connect
from handleplan_pipeline.lake.pseudonym import CPR_LIKE
from handleplan_pipeline.release.row_ids import ROW_ID, wrong_row_ids
from schemas.registry import all_contracts

SUMS, DATABASE, MANIFEST = "SHA256SUMS", "handleplan.duckdb", "manifest.json"
SIGNATURE = "SHA256SUMS.sig"
"""The approver's signature of the list of sums: the one file beside it that the list cannot name."""
TELLS_OF_OTHERS = (("meta", "release_event"), ("meta", "vintage"))
"""Tables whose rows are about other releases."""
SUM_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
MOST_BYTES_OF_A_LIST = 16 * 1024**2
"""Larger than any manifest or list of sums; what is larger is not read. Ours, version 1."""


def _table(schema: str, name: str) -> str:
    return f"{quote(schema)}.{quote(name)}"


def _read_small(path: Path) -> bytes | None:
    """The bytes of a list; None when it is too large to be one."""
    return path.read_bytes() if path.stat().st_size <= MOST_BYTES_OF_A_LIST else None


def listed_sums(folder: Path) -> tuple[dict[str, str], list[str]]:
    """SHA256SUMS as name -> sum, and what is wrong with the list itself."""
    data = _read_small(folder / SUMS)
    if data is None:
        return {}, [f"{SUMS}: too large to be a list of sums"]
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return {}, [f"{SUMS}: is no text"]
    sums: dict[str, str] = {}
    odd = outside = twice = 0
    for line in lines:
        found = SUM_LINE.fullmatch(line)
        if not found:
            odd += 1
        elif found[2].startswith("/") or "\\" in found[2] or {"", ".", ".."} & set(found[2].split("/")):
            outside += 1
        elif found[2] in sums:
            twice += 1
        else:
            sums[found[2]] = found[1]
    counted = {"are not a sum and a name": odd, "name a file outside the release": outside, "repeat a name": twice}
    return sums, [f"{SUMS}: {n} lines {what}" for what, n in counted.items() if n]


def _walk(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Regular files by name, and what has no place in a release: links, other kinds, folders that cannot be read."""
    files: dict[str, Path] = {}
    wrong: list[str] = []

    def unreadable(error: OSError) -> None:
        wrong.append(f"{Path(str(error.filename)).relative_to(folder).as_posix()}/: cannot be read")

    for root, folders, names in os.walk(folder, onerror=unreadable):
        for name in sorted([*folders, *names]):
            path = Path(root) / name
            shown, mode = path.relative_to(folder).as_posix(), path.lstat().st_mode
            if stat.S_ISLNK(mode):
                wrong.append(f"{shown}: is a link{'' if path.exists() else ' that leads nowhere'}")
            elif stat.S_ISREG(mode):
                files[shown] = path
            elif not stat.S_ISDIR(mode):
                wrong.append(f"{shown}: is no regular file")
    return files, wrong


def wrong_sums(folder: Path) -> list[str]:
    """Files that differ from SHA256SUMS, are missing, or are not listed; folders of no listed file; links."""
    listed, wrong = listed_sums(folder)
    found, odd = _walk(folder)
    found.pop(SUMS, None)
    if SIGNATURE not in listed:
        found.pop(SIGNATURE, None)
    wrong += odd
    wrong += [f"{n}: missing" for n in sorted(set(listed) - set(found))]
    wrong += [f"{n}: not listed" for n in sorted(set(found) - set(listed))]
    needed = {p.as_posix() for n in {*listed, *found} for p in Path(n).parents}
    for root, folders, _ in os.walk(folder):
        shown = [(Path(root) / f).relative_to(folder).as_posix() for f in sorted(folders)]
        wrong += [
            f"{f}/: a folder of no listed file" for f in shown if f not in needed and not (folder / f).is_symlink()
        ]
    for name in sorted(set(listed) & set(found)):
        try:
            with found[name].open("rb") as f:
                if hashlib.file_digest(f, "sha256").hexdigest() != listed[name]:
                    wrong.append(f"{name}: changed")
        except OSError as e:
            wrong.append(f"{name}: cannot be read ({e.strerror})")
    return wrong


def broken_files(folder: Path) -> list[str]:
    """What is wrong with the files of a release, without a look into them: quick."""
    if not folder.is_dir():
        return ["there is no such folder"]
    try:
        missing = [n for n in (SUMS, DATABASE, MANIFEST) if not (folder / n).is_file()]
        return [f"{n}: missing" for n in missing] or wrong_sums(folder)
    except OSError as e:
        return [f"cannot be read ({e.strerror})"]


def read_manifest(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """The manifest, and what is wrong with it itself."""
    data = _read_small(folder / MANIFEST)
    try:
        found = json.loads(data.decode("utf-8")) if data is not None else None
    except (ValueError, RecursionError):
        found = None
    tables = found.get("tables") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(tables, dict):
        return {}, [f"{MANIFEST}: is no manifest of a release"]
    if not all(isinstance(t, dict) for t in tables.values()):
        return {}, [f"{MANIFEST}: does not say the rows of each table"]
    return found, []


def wrong_manifest(folder: Path, release_id: str, counted: dict[str, int]) -> list[str]:
    """Where the manifest says something else than the folder and the database."""
    manifest, wrong = read_manifest(folder)
    if wrong:
        return wrong
    if manifest.get("release_id") != release_id:
        wrong.append(f"{MANIFEST}: is of another release than {release_id}")
    tables = manifest["tables"]
    wrong += [f"{MANIFEST}: {len(set(tables) - set(counted))} tables are not in the database"] * (
        not set(tables) <= set(counted)
    )
    wrong += [f"{t}: not in {MANIFEST}" for t in sorted(set(counted) - set(tables))]
    wrong += [
        f"{t}: {counted[t]} rows in the database, {MANIFEST} says another number"
        for t in sorted(set(counted) & set(tables))
        if tables[t].get("rows") != counted[t]
    ]
    return wrong


def _what_else(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Views, macros and other things that are no tables: they could read files when they are asked."""
    questions = {
        "view": "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal",
        "macro": "SELECT DISTINCT schema_name || '.' || function_name FROM duckdb_functions() WHERE NOT internal",
        "sequence": "SELECT schema_name || '.' || sequence_name FROM duckdb_sequences()",
        "type": "SELECT DISTINCT schema_name || '.' || type_name FROM duckdb_types() WHERE NOT internal",
        "index": "SELECT schema_name || '.' || index_name FROM duckdb_indexes()",
    }
    for kind, question in questions.items():
        for (name,) in con.execute(f"{question} ORDER BY 1").fetchall():
            yield f"{name}: a {kind}, and a release holds tables only"


def _inside(
    con: duckdb.DuckDBPyConnection, schema: str, name: str, columns: dict[str, str], release_id: str
) -> Iterator[str]:
    """What must not stand in a table: another release's id, a value that looks like a CPR number."""
    table = _table(schema, name)
    if "release_id" in columns and (schema, name) not in TELLS_OF_OTHERS:
        other = number(con, f"SELECT count(*) FROM {table} WHERE release_id IS DISTINCT FROM ?", [release_id])
        if other:
            yield f"{schema}.{name}: {other} rows are of another release"
    # hex digits may look like a number by chance; row ids are made anew instead
    hexes = ("delivery_id", ROW_ID)
    texts = [c for c, kind in columns.items() if kind == "VARCHAR" and c not in hexes and not c.endswith("sha256")]
    if not texts:
        return
    hits = [f"count(*) FILTER (regexp_matches({quote(c)}, $1))" for c in texts]
    (counted,) = con.execute(f"SELECT {', '.join(hits)} FROM {table}", [CPR_LIKE]).fetchall()
    for column, found in zip(texts, counted, strict=True):
        if found:
            yield f"{schema}.{name}: column {column} holds {found} values that look like CPR numbers"


def wrong_database(folder: Path, release_id: str) -> list[str]:
    """What is not as promised inside the database, against its Parquet copies and the manifest."""
    try:
        with connect(folder / DATABASE, read_only=True) as con:
            return list(_wrong_in(con, folder, release_id))
    except duckdb.Error as e:
        return [f"{DATABASE}: cannot be read whole ({type(e).__name__})"]


def _not_public(tables: set[tuple[str, str]]) -> Iterator[str]:
    """Schemas that hold no public table, and tables that their contracts say are not public.

    A table without a contract is of another version of the pipeline; it is held against its dictionary and its copy.
    """
    contracts = all_contracts()
    public = {layer for (layer, _), c in contracts.items() if c.public}
    yield from (f"schema {s} is not public" for s in sorted({s for s, _ in tables} - public))
    declared = {t for t in tables if t in contracts and not contracts[t].public}
    yield from (f"{s}.{n}: is not public" for s, n in sorted(declared) if s in public)


def _wrong_in(con: duckdb.DuckDBPyConnection, folder: Path, release_id: str) -> Iterator[str]:
    tables = con.execute(
        "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE NOT internal ORDER BY 1, 2"
    ).fetchall()
    yield from _not_public({(str(s), str(n)) for s, n, _ in tables})
    yield from (f"{s}.{n}: no comment" for s, n, comment in tables if not comment)
    yield from _what_else(con)
    names = {(str(s), str(n)) for s, n, _ in tables}
    if ("meta", "column") not in names:
        yield "meta.column: missing, and with it the dictionary"
        return
    undocumented = number(
        con,
        'SELECT count(*) FROM duckdb_columns() c ANTI JOIN meta."column" m ON c.schema_name = m.table_schema '
        "AND c.table_name = m.table_name AND c.column_name = m.column_name WHERE NOT c.internal",
    )
    if undocumented:
        yield f"{undocumented} columns are not in the dictionary"
    copies = {(p.parent.name, p.stem) for p in (folder / "parquet").glob("*/*.parquet")}
    yield from (f"parquet/{s}/{n}.parquet: there is no such table in the database" for s, n in sorted(copies - names))
    yield from (f"{s}.{n}: has no Parquet copy" for s, n in sorted(names - copies))
    counted = {f"{s}.{n}": number(con, f"SELECT count(*) FROM {_table(s, n)}") for s, n in sorted(names)}
    yield from wrong_manifest(folder, release_id, counted)
    for schema, name in sorted(names):
        if (schema, name) in copies:
            yield from unlike_its_copy(con, schema, name, folder / "parquet" / schema / f"{name}.parquet")
        yield from _inside(con, schema, name, columns_of(con, _table(schema, name)), release_id)
    yield from wrong_row_ids(con)


def wrong_parts(folder: Path) -> list[str]:
    """Where a part that the manifest names is not there or says something else than the tables.

    Only of a release whose parts this edition of the code wrote: another one may have written them otherwise.
    """
    manifest = read_manifest(folder)[0]
    parts = manifest.get("parts", [])
    if not isinstance(parts, list) or not all(isinstance(p, str) for p in parts):
        return [f"{MANIFEST}: does not name the parts of the release"]
    if not parts or manifest.get("exports_edition") != edition():
        return []
    # loads the readers of every format
    from handleplan_pipeline.exports.readback import unlike

    return unlike(folder, parts)


def verify(folder: Path, release_id: str | None = None) -> list[str]:
    """Everything that is wrong with the release; empty when it is whole. `release_id`: default the folder's name."""
    named = release_id or folder.resolve().name
    return broken_files(folder) or wrong_database(folder, named) or wrong_parts(folder)


if __name__ == "__main__":
    problems = verify(Path(sys.argv[1]), *sys.argv[2:3])
    for problem in problems:
        print(re.sub(r"\s+", " ", problem))
    sys.exit(1 if problems else 0)
