"""A finished release, table by table, from the Parquet files of its folder: for whoever compares or checks releases."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.lake import parquet

Row = dict[str, Any]
Key = tuple[Any, ...]


class Folder:
    """The release in `path`; a table that it does not have has no rows, and a column that a row lacks is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tables: dict[str, pl.DataFrame] = {}
        self._rows: dict[str, list[Row]] = {}

    @cached_property
    def names(self) -> list[str]:
        """`schema.table` of every table."""
        return sorted(f"{p.parent.name}.{p.stem}" for p in (self.path / "parquet").glob("*/*.parquet"))

    def table(self, name: str) -> pl.DataFrame:
        """A table; an empty frame where the release has none of that name."""
        if name not in self._tables:
            schema, table = name.split(".")
            file = self.path / "parquet" / schema / f"{table}.parquet"
            self._tables[name] = parquet.read(file, name) if file.is_file() else pl.DataFrame()
        return self._tables[name]

    def rows(self, name: str) -> list[Row]:
        """The rows of a table, the same ones whenever they are asked for."""
        if name not in self._rows:
            self._rows[name] = self.table(name).to_dicts()
        return self._rows[name]

    @cached_property
    def about(self) -> Row:
        """The row of `meta.release`; empty where there is none."""
        return next(iter(self.rows("meta.release")), {})

    @cached_property
    def columns(self) -> dict[str, dict[str, Row]]:
        """The dictionary: of each table, its columns by name."""
        found: dict[str, dict[str, Row]] = {}
        for r in sorted(self.rows("meta.column"), key=lambda r: int(r["position"])):
            found.setdefault(f"{r['table_schema']}.{r['table_name']}", {})[r["column_name"]] = r
        return found

    def key(self, name: str) -> list[str]:
        """The columns of a table's key, in order."""
        return [c for c, r in self.columns.get(name, {}).items() if r["is_key"]]

    def by_key(self, name: str, key: list[str]) -> dict[Key, Row]:
        """The rows of a table by the values of these columns."""
        return {tuple(r.get(k) for k in key): r for r in self.rows(name)}

    @cached_property
    def labels(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        """Danish and English words by list and code."""
        return {(r["list"], r["code"]): (r["label_da"], r["label_en"]) for r in self.rows("meta.code_list")}

    @cached_property
    def indicators(self) -> dict[str, Row]:
        return {r["indicator_id"]: r for r in self.rows("meta.indicator")}

    def decimals(self, row: Row) -> int:
        """Decimals that a row's figure is printed with: its indicator's; a ratio has two."""
        if row.get("measure") == "ratio":
            return 2
        found = self.indicators.get(row["indicator_id"], {}).get("decimals")
        return 2 if found is None else int(found)

    def headlines(self) -> Iterator[Row]:
        """Rows of `output.observation` that an indicator which bears a goal is read by: its sex, age and geography."""
        for r in self.rows("output.observation"):
            i = self.indicators.get(r["indicator_id"])
            if i is None or i["kind"] != "headline":
                continue
            whole = (i["headline_sex"], i["headline_age_group"], i["headline_geography"])
            if (r["sex"], r["age_group"], r["geography"]) == whole:
                yield r
