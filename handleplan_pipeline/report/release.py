"""The release as its own database tells it: rows with their address, labels of codes. Nothing else is read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.contracts import quote
from handleplan_pipeline.lake.engine import connect
from schemas.row_ids import row_id

LANGUAGES = ("da", "en")


class Row(dict[str, Any]):
    """A row of a published table, by column; knows its table and its id."""

    def __init__(self, table: str, keys: tuple[str, ...], values: Iterable[tuple[str, Any]]) -> None:
        super().__init__(values)
        self.table, self._keys = table, keys

    @property
    def row_id(self) -> str:
        """The id of the row itself, made of its key; a column of that name may be another row's."""
        return row_id([self[k] for k in self._keys])

    def ref(self, column: str) -> str:
        """The address of a figure: `schema.table/row_id/column`. Raises ReleaseError for a column that is not there."""
        if column not in self:
            raise ReleaseError(f"report: {self.table} has no column {column}; a figure needs the row it comes from.")
        return f"{self.table}/{self.row_id}/{column}"


class Release:
    """Every table of one release, in the order of its keys; each is read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._database = folder / "handleplan.duckdb"
        self._tables: dict[str, list[Row]] = {}
        self._indexed: dict[tuple[str, str], dict[Any, list[Row]]] = {}
        self._by_id: dict[str, dict[str, Row]] = {}
        self._con: duckdb.DuckDBPyConnection | None = None
        with self.open():
            found = self._all("SELECT schema_name, table_name, comment FROM duckdb_tables() ORDER BY ALL")
            self.comments = {f"{schema}.{table}": str(comment or "") for schema, table, comment in found}
            self._keys = _keys(
                self._all('SELECT table_schema, table_name, column_name, is_key FROM meta."column" ORDER BY position')
            )

    @contextmanager
    def open(self) -> Iterator[None]:
        """Holds the database open for what is read within."""
        with connect(self._database, read_only=True) as con:
            self._con = con
            try:
                yield
            finally:
                self._con = None

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        if self._con is None:
            with self.open():
                return self._all(sql)
        return self._con.execute(sql).fetchall()

    def names(self) -> list[str]:
        return list(self.comments)

    def has(self, table: str) -> bool:
        return table in self.comments

    @cached_property
    def municipality(self) -> str:
        """The code of the municipality whose goals these are. Raises ReleaseError unless there is one."""
        found = {r["headline_geography"] for r in self.rows("meta.indicator", kind="headline")}
        if len(found) != 1:
            raise ReleaseError(f"report: the headline indicators are of {len(found)} municipalities and not of one.")
        return str(found.pop())

    def height(self, table: str) -> int:
        """How many rows a table has."""
        if table in self._tables:
            return len(self._tables[table])
        return int(self._all(f"SELECT count(*) FROM {_quoted(table)}")[0][0])

    def _loaded(self, table: str) -> list[Row]:
        if table not in self._tables:
            key = self._keys.get(table, ())
            columns = [c for c, *_ in self._all(f"DESCRIBE {_quoted(table)}")]
            order = ", ".join(quote(k) for k in key) or "ALL"
            found = self._all(f"SELECT * FROM {_quoted(table)} ORDER BY {order}")
            self._tables[table] = [Row(table, key, zip(columns, values, strict=True)) for values in found]
        return self._tables[table]

    def rows(self, table: str, **wanted: Any) -> list[Row]:
        """Rows of `schema.table` whose columns have these values; none where the release has no such table."""
        if not self.has(table):
            return []
        if not wanted:
            return list(self._loaded(table))
        (column, value), *more = wanted.items()
        return [r for r in self._by(table, column).get(value, []) if all(r[k] == v for k, v in more)]

    def _by(self, table: str, column: str) -> dict[Any, list[Row]]:
        """Rows of a table by what stands in a column."""
        if (table, column) not in self._indexed:
            found = self._indexed[table, column] = defaultdict(list)
            for r in self._loaded(table):
                found[r[column]].append(r)
        return self._indexed[table, column]

    def at(self, ref: str) -> Any:
        """What stands at an address; None where there is no such row or column."""
        table, row, column = ref.split("/")
        if table not in self._by_id:
            self._by_id[table] = {r.row_id: r for r in self.rows(table)}
        found = self._by_id[table].get(row)
        return None if found is None else found.get(column)

    def values(self, table: str, columns: Sequence[str]) -> list[str]:
        """What stands in these columns, each value once, in order."""
        if not self.has(table):
            return []
        parts = [f"SELECT {quote(c)} AS found FROM {_quoted(table)}" for c in columns]
        return [str(v) for (v,) in self._all(f"{' UNION '.join(parts)} ORDER BY found")]

    def row(self, table: str, **wanted: Any) -> Row:
        """The one row. Raises ReleaseError when there is none or more than one."""
        found = self.rows(table, **wanted)
        if len(found) != 1:
            raise ReleaseError(f"report: {table} has {len(found)} rows for {wanted}; one is needed.")
        return found[0]

    @cached_property
    def about(self) -> Row:
        return self.rows("meta.release")[0]

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


def _quoted(table: str) -> str:
    return ".".join(quote(part) for part in table.split(".", 1))


def _keys(rows: list[tuple[Any, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for schema, table, column, is_key in rows:
        if is_key:
            found[f"{schema}.{table}"].append(column)
    return {table: tuple(columns) for table, columns in found.items()}


def split(text: str | None) -> list[str]:
    """The parts of a list in a text column."""
    return [part.strip() for part in (text or "").split(";") if part.strip()]
