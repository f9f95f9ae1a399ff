"""The release as its own database tells it, row by row: rows with their address, found by what stands in them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports.release import Table, read
from schemas.row_ids import row_id


class Row(dict[str, Any]):
    """A row of a published table, by column; knows its table and its id."""

    def __init__(self, table: str, keys: Sequence[str], values: Iterable[tuple[str, Any]]) -> None:
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
    """Every table of one release, in the order of its keys; rows are made when a table is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.whole = read(folder)
        """Every table as a whole."""
        self._rows: dict[str, list[Row]] = {}
        self._indexed: dict[tuple[str, str], dict[Any, list[Row]]] = {}
        self._by_id: dict[str, dict[str, Row]] = {}

    @property
    def release_id(self) -> str:
        return self.whole.release_id

    @property
    def municipality(self) -> str:
        """The code of the municipality whose goals these are."""
        return self.whole.municipality

    def names(self) -> list[str]:
        return list(self.whole.tables)

    def table(self, name: str) -> Table:
        """A table as the dictionary describes it."""
        return self.whole.tables[name]

    def height(self, table: str) -> int:
        """How many rows a table has."""
        return self.table(table).rows.height

    def _loaded(self, table: str) -> list[Row]:
        if table not in self._rows:
            found = self.table(table)
            columns, key = found.rows.columns, found.key
            self._rows[table] = [Row(table, key, zip(columns, v, strict=True)) for v in found.rows.iter_rows()]
        return self._rows[table]

    def rows(self, table: str, **wanted: Any) -> list[Row]:
        """Rows of `schema.table` whose columns have these values; none where the release has no such table."""
        if table not in self.whole.tables:
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

    def kind_at(self, ref: str) -> str | None:
        """The kind of data of the row at an address; None where its table knows none."""
        table, row, _ = ref.split("/")
        kind = self.at(f"{table}/{row}/data_kind")
        return None if kind is None else str(kind)

    def values(self, table: str, columns: Sequence[str]) -> list[str]:
        """What stands in these columns, each value once, in order."""
        if table not in self.whole.tables:
            return []
        found = pl.concat(self.table(table).rows[c] for c in columns)
        return [str(v) for v in found.drop_nulls().unique().sort()]

    def row(self, table: str, **wanted: Any) -> Row:
        """The one row. Raises ReleaseError when there is none or more than one."""
        found = self.rows(table, **wanted)
        if len(found) != 1:
            raise ReleaseError(f"report: {table} has {len(found)} rows for {wanted}; one is needed.")
        return found[0]

    @cached_property
    def about(self) -> Row:
        return self.rows("meta.release")[0]

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


def split(text: str | None) -> list[str]:
    """The parts of a list in a text column."""
    return [part.strip() for part in (text or "").split(";") if part.strip()]
