"""The release as its own database tells it: rows with their address, labels of codes. Nothing else is read."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.contracts import quote
from handleplan_pipeline.lake.engine import connect

LANGUAGES = ("da", "en")
ID_LENGTH = 10


class Row(dict[str, Any]):
    """A row of a published table, by column; knows its table and its id."""

    def __init__(self, table: str, keys: tuple[str, ...], values: Iterable[tuple[str, Any]]) -> None:
        super().__init__(values)
        self.table, self._keys = table, keys

    @property
    def row_id(self) -> str:
        """The id of the row, the same in every release (report: tracing)."""
        if self.get("row_id"):
            return str(self["row_id"])
        text = "\x1f".join("" if self[k] is None else str(self[k]) for k in self._keys)
        return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]

    def ref(self, column: str) -> str:
        """The address of a figure: `schema.table/row_id/column`. Raises ReleaseError for a column that is not there."""
        if column not in self:
            raise ReleaseError(f"report: {self.table} has no column {column}; a figure needs the row it comes from.")
        return f"{self.table}/{self.row_id}/{column}"


class Release:
    """Every table of one release, in the order of its keys."""

    def __init__(self, folder: Path) -> None:
        self._tables: dict[str, list[Row]] = {}
        database = folder / "handleplan.duckdb"
        with connect(database, read_only=True) as con:
            names = con.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
            keys = _keys(con.execute('SELECT table_schema, table_name, column_name, is_key FROM meta."column"').fetchall())
            for schema, table in names:
                name = f"{schema}.{table}"
                key = keys.get(name, ())
                order = ", ".join(quote(k) for k in key) or "ALL"
                found = con.execute(f"SELECT * FROM {quote(schema)}.{quote(table)} ORDER BY {order}")
                columns = [d[0] for d in found.description or []]
                self._tables[name] = [Row(name, key, zip(columns, values, strict=True)) for values in found.fetchall()]

    def names(self) -> list[str]:
        return list(self._tables)

    def has(self, table: str) -> bool:
        return table in self._tables

    def rows(self, table: str, **wanted: Any) -> list[Row]:
        """Rows of `schema.table` whose columns have these values; none where the release has no such table."""
        return [r for r in self._tables.get(table, []) if all(r[k] == v for k, v in wanted.items())]

    def row(self, table: str, **wanted: Any) -> Row:
        """The one row. Raises ReleaseError when there is none or more than one."""
        found = self.rows(table, **wanted)
        if len(found) != 1:
            raise ReleaseError(f"report: {table} has {len(found)} rows for {wanted}; one is needed.")
        return found[0]

    @cached_property
    def about(self) -> Row:
        return self._tables["meta.release"][0]

    @property
    def release_id(self) -> str:
        return str(self.about["release_id"])

    @cached_property
    def labels(self) -> dict[tuple[str, str], Row]:
        return {(r["list"], r["code"]): r for r in self.rows("meta.code_list")}

    @cached_property
    def goals(self) -> list[Row]:
        return sorted(self.rows("meta.goal"), key=lambda r: int(r["goal"]))

    @cached_property
    def indicators(self) -> dict[str, Row]:
        return {r["indicator_id"]: r for r in self.rows("meta.indicator")}

    @cached_property
    def columns(self) -> dict[str, list[Row]]:
        """The dictionary: columns of each table, in their order."""
        found: dict[str, list[Row]] = defaultdict(list)
        for r in sorted(self.rows("meta.column"), key=lambda r: int(r["position"])):
            found[f"{r['table_schema']}.{r['table_name']}"].append(r)
        return dict(found)


def _keys(rows: list[tuple[str, str, str, bool]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for schema, table, column, is_key in rows:
        if is_key:
            found[f"{schema}.{table}"].append(column)
    return {table: tuple(columns) for table, columns in found.items()}


def split(text: str | None) -> list[str]:
    """The parts of a list in a text column."""
    return [part.strip() for part in (text or "").split(";") if part.strip()]
