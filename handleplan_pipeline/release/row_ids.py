"""Whether the row ids of a release are what they say: the mark of a row's key, or the name of a row that is there."""

from collections.abc import Iterator

import duckdb

from handleplan_pipeline.lake.contracts import literal, quote
from handleplan_pipeline.lake.copies import number
from schemas.row_ids import HEX, SEPARATOR

ROW_ID = "row_id"
NAMES_A_ROW = {"table_schema", "table_name"}
"""Columns beside a row id that is another table's."""
Columns = dict[tuple[str, str], list[str]]


def wrong_row_ids(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """What is wrong with the row ids of an open release; releases before 0.8 have none."""
    columns = _columns(con, "true")
    keys = _columns(con, "is_key")
    having = {t: names for t, names in columns.items() if ROW_ID in names and t[0] != "history"}
    own = {t for t, names in having.items() if not set(names) >= NAMES_A_ROW}
    for schema, name in sorted(own):
        mark = marked(keys.get((schema, name), []))
        wrong = number(con, f"SELECT count(*) FROM {quote(schema)}.{quote(name)} WHERE row_id IS DISTINCT FROM {mark}")
        if wrong:
            yield f"{schema}.{name}: {wrong} row ids are not made of the key"
    for schema, name in sorted(set(having) - own):
        yield from _named_in_vain(con, schema, name, own)


def marked(key: list[str]) -> str:
    """SQL of the row id of a key (columns in the order of the table)."""
    values = ", ".join(f"coalesce({quote(k)}::VARCHAR, '')" for k in key)
    joined = f"concat_ws(chr({ord(SEPARATOR)}), {values})" if key else "''"
    return f"sha256({joined})[:{HEX}]"


def _columns(con: duckdb.DuckDBPyConnection, which: str) -> Columns:
    found: Columns = {}
    for schema, name, column in con.execute(
        f'SELECT table_schema, table_name, column_name FROM meta."column" WHERE {which} ORDER BY position'
    ).fetchall():
        found.setdefault((str(schema), str(name)), []).append(str(column))
    return found


def _named_in_vain(con: duckdb.DuckDBPyConnection, schema: str, name: str, own: set[tuple[str, str]]) -> Iterator[str]:
    """Rows of a table that name a row which is not there."""
    there = " UNION ALL ".join(
        f"SELECT {literal(s)} AS table_schema, {literal(n)} AS table_name, row_id FROM {quote(s)}.{quote(n)}"
        for s, n in sorted(own)
    )
    missing = number(
        con,
        f"SELECT count(*) FROM {quote(schema)}.{quote(name)} ANTI JOIN ({there}) USING (table_schema, table_name, "
        "row_id) WHERE row_id IS NOT NULL",
    )
    if missing:
        yield f"{schema}.{name}: {missing} rows name a row that is not there"
