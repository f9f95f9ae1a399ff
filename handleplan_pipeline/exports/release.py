"""A release as its own DuckDB file tells it: tables sorted by key, dictionary, labels, what it says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.contracts import quote
from handleplan_pipeline.lake.engine import connect
from schemas.languages import LANGUAGES

DATABASE = "handleplan.duckdb"
NO_CODE = "_Z"
"""Where a coded column is empty: SDMX's code for what does not apply."""
DECIMALS_OF_RATIO = 2
"""As the dictionary says of `decimals`."""
Words = Mapping[str, str]
"""A text by language."""


@dataclass(frozen=True)
class Field:
    """A column of a published table, as `meta.column` describes it."""

    name: str
    type: str
    is_key: bool
    nullable: bool
    label: Words
    description: Words
    unit: str | None
    unit_column: str | None
    decimals: int | None
    codes: tuple[str, ...]
    code_list: str | None


@dataclass(frozen=True)
class Table:
    """A published table: its rows in the order of its key, empty values first."""

    schema: str
    name: str
    description: Words
    fields: tuple[Field, ...]
    rows: pl.DataFrame

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def key(self) -> list[str]:
        return [f.name for f in self.fields if f.is_key]

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)


@dataclass(frozen=True)
class Release:
    """All tables of a release. `about` is the one row of `meta.release`."""

    about: Mapping[str, Any]
    tables: Mapping[str, Table]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table; none where the release has no such table."""
        return self.tables[name].rows.to_dicts() if name in self.tables else []

    @property
    def release_id(self) -> str:
        return str(self.about["release_id"])

    @property
    def synthetic(self) -> bool:
        return bool(self.about["holds_synthetic"])

    @cached_property
    def code_lists(self) -> dict[str, dict[str, Words]]:
        """Labels by list and code, in the order of the table."""
        found: dict[str, dict[str, Words]] = {}
        for r in self.rows("meta.code_list"):
            found.setdefault(r["list"], {})[r["code"]] = {"da": r["label_da"], "en": r["label_en"]}
        return found

    @cached_property
    def indicators(self) -> dict[str, dict[str, Any]]:
        return {r["indicator_id"]: r for r in self.rows("meta.indicator")}

    @cached_property
    def caveats(self) -> dict[str, Words]:
        return {r["id"]: {"da": r["text_da"], "en": r["text_en"]} for r in self.rows("meta.caveat")}

    @cached_property
    def municipality(self) -> str:
        """The code of the municipality whose goals these are. Raises ReleaseError unless there is one."""
        found = {r["headline_geography"] for r in self.rows("meta.indicator") if r["kind"] == "headline"}
        if len(found) != 1:
            raise ReleaseError(
                f"meta.indicator: the headline indicators are of {len(found)} municipalities, not of one."
            )
        return str(found.pop())

    def place(self, name: str, language: str) -> str:
        """What a list, `geography` or `publisher`, calls the municipality. Raises ReleaseError where it does not."""
        known = self.code_lists.get(name, {}).get(self.municipality)
        if known is None or not known[language]:
            raise ReleaseError(f"{self.municipality}: has no label in list {name}, language {language}.")
        return known[language]

    def list_of(self, field: Field) -> str | None:
        """The list of labels of a column; None where its values are no codes, or name rows of another table."""
        return field.code_list if field.code_list in self.code_lists else None

    def label(self, field: Field, code: str, language: str) -> str:
        """What a code of a column is called; of several in one text (`3;4`), each. Raises ReleaseError without one."""
        name = self.list_of(field)
        if name is None:
            return code
        return "; ".join(self._label(name, field, c, language) for c in code.split(";"))

    def _label(self, name: str, field: Field, code: str, language: str) -> str:
        known = self.code_lists[name].get(code)
        if known is None or not known[language]:
            raise ReleaseError(f"{field.name}: code {code} has no label in list {name}, language {language}.")
        return known[language]

    def unit(self, code: str, language: str) -> str:
        """What a unit is called."""
        known = self.code_lists.get("unit", {}).get(code)
        return known[language] if known else code

    def title(self, indicator_id: str, language: str) -> str:
        """The title of an indicator that means something alone."""
        return str(self._indicator(indicator_id)[f"title_full_{language}"])

    def decimals(self, indicator_id: str, measure: str | None = None) -> int:
        """How many decimals the figures of an indicator are printed with; a ratio has its own number."""
        return DECIMALS_OF_RATIO if measure == "ratio" else int(self._indicator(indicator_id)["decimals"])

    def _indicator(self, indicator_id: str) -> Mapping[str, Any]:
        if indicator_id not in self.indicators:
            raise ReleaseError(f"{indicator_id}: is not in meta.indicator and has neither title nor decimals.")
        return self.indicators[indicator_id]


def read(folder: Path) -> Release:
    """The release in `folder`; read once while its database stays the same. Raises ReleaseError when it cannot be."""
    path = folder / DATABASE
    try:
        stamp = path.stat()
        return _read(path, stamp.st_size, stamp.st_mtime_ns)
    except (OSError, duckdb.Error) as e:
        raise ReleaseError(f"{DATABASE}: cannot be read ({type(e).__name__}).") from None


@lru_cache(maxsize=1)
def _read(path: Path, size: int, changed: int) -> Release:
    with connect(path, read_only=True) as con:
        names = con.execute(
            "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
        ).fetchall()
        fields: dict[tuple[str, str], list[Field]] = {}
        known = con.execute('SELECT * FROM meta."column" ORDER BY table_schema, table_name, position').pl()
        for row in known.iter_rows(named=True):
            fields.setdefault((row["table_schema"], row["table_name"]), []).append(_field(row))
        found = [_table(con, s, n, comment or "", tuple(fields[s, n])) for s, n, comment in names]
    tables = {t.full_name: t for t in found}
    (about,) = tables["meta.release"].rows.to_dicts()
    return Release(about, tables)


def _field(row: Mapping[str, Any]) -> Field:
    return Field(
        name=row["column_name"],
        type=row["type"],
        is_key=row["is_key"],
        nullable=row["is_nullable"],
        label={n: row[f"label_{n}"] for n in LANGUAGES},
        description={n: row[f"description_{n}"] for n in LANGUAGES},
        unit=row["unit"],
        unit_column=row["unit_column"],
        decimals=row["decimals"],
        codes=tuple(row["codes"].split(";")) if row["codes"] else (),
        code_list=row["code_list"],
    )


def _table(con: duckdb.DuckDBPyConnection, schema: str, name: str, comment: str, fields: tuple[Field, ...]) -> Table:
    columns = ", ".join(quote(f.name) for f in fields)
    order = ", ".join(f"{quote(f.name)} NULLS FIRST" for f in fields if f.is_key) or "ALL"
    rows = con.execute(f"SELECT {columns} FROM {quote(schema)}.{quote(name)} ORDER BY {order}").pl()
    en, _, da = comment.partition(" | ")
    return Table(schema, name, {"da": da or en, "en": en}, fields, rows)
