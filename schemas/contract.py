"""One declaration of a table: its columns, key, rules and texts, in a form everything else is derived from.

From a `TableContract` come the Pandera schema that validates the table, the Columns tab in Dagster, the DDL and
comments of the published database and the rows of the data dictionary. No Dagster and no I/O in here; Pandera is
imported only when a schema is built, because it costs seconds and the definitions must load quickly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.row_ids import HEX, row_id, row_ids

if TYPE_CHECKING:
    import pandera.polars as pa

PolarsType = pl.DataType | type[pl.DataType]

SQL_TYPES: dict[str, str] = {
    "String": "VARCHAR",
    "Int32": "INTEGER",
    "Int64": "BIGINT",
    "Float64": "DOUBLE",
    "Boolean": "BOOLEAN",
    "Date": "DATE",
}
TAKES: dict[str, type] = {
    "String": str,
    "Int32": Integral,
    "Int64": Integral,
    "Float64": Real,
    "Boolean": bool,
    "Date": date,
}
"""What a value of a column must be. Polars would make 3 of 3.5, 1 of true and 14610 of 1 January 2010."""


LINE = "protected"
"""The layer of what may be printed of persons but is not published as it is: goals, baselines and outputs read it."""
NEVER_PUBLIC = ("register", "cell", LINE)
"""Layers of persons, of counts of persons, and the line itself: no table of theirs can be declared public."""
FIGURES = ("goal", "overall", "baseline", "output")
"""Layers of published figures; those of the other public layers are made of no delivery."""


def _is_finite(expr: pl.Expr) -> pl.Expr:
    return expr.is_finite() | expr.is_null()


@dataclass(frozen=True)
class Column:
    """A column of the shared vocabulary: the same name means the same thing in every table."""

    name: str
    dtype: PolarsType
    label_da: str
    label_en: str
    description_da: str
    description_en: str
    unit: str = ""
    source: str = ""
    nullable: bool = False
    codes: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    code_list: str = ""
    """The list of its codes where it is no other's of its name (`schemas.dictionary`)."""
    unit_column: str = ""
    """The column that says the unit of each row, where that differs from row to row."""
    decimals: int | None = None

    def null(self) -> Column:
        """The same column where it may be empty."""
        return replace(self, nullable=True)

    def only(self, *codes: str) -> Column:
        """The same column with a narrower code list."""
        return replace(self, codes=codes)

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[str(self.dtype)]

    def rules(self) -> list[Rule]:
        """The checks on this column alone, by name."""
        c = pl.col(self.name)
        found: list[Rule] = []
        if self.codes is not None:
            found.append(Rule("codes_known", c.is_in(list(self.codes)) | c.is_null(), self.name))
        if self.minimum is not None:
            found.append(Rule("within_bounds", (c >= self.minimum) | c.is_null(), self.name))
        if self.maximum is not None:
            found.append(Rule("within_bounds", (c <= self.maximum) | c.is_null(), self.name))
        if self.pattern is not None:
            found.append(Rule("well_formed", c.str.contains(self.pattern) | c.is_null(), self.name))
        if self.dtype == pl.Float64:
            found.append(Rule("finite", _is_finite(c), self.name))
        return found


ROW_ID = Column(
    "row_id",
    pl.String,
    "Række-id",
    "Row id",
    "Rækkens id: de første 10 hexcifre af sha256 over nøglens værdier i kolonnernes rækkefølge med U+001F imellem, en "
    "tom værdi som tom tekst. Samme nøgle har samme id i alle udgivelser.",
    "Id of the row: the first 10 hex digits of sha256 over the values of the key in the order of the columns with "
    "U+001F between, an empty value as an empty text. The same key has the same id in every release.",
    pattern=rf"^[0-9a-f]{{{HEX}}}$",
)
"""A column of every table of figures, set by the contract and by nobody else."""


@dataclass(frozen=True)
class Rule:
    """A named condition that every row must meet; `expr` is true for a good row."""

    name: str
    expr: pl.Expr
    column: str | None = None
    description: str = ""


@dataclass(frozen=True)
class TableContract:
    """What a table promises.

    `layer` and `name` are the asset key and, in the published database, schema and table. `key` identifies a row.
    `min_rows` is the least number of rows: an empty table passes every other rule. `public` says that the table
    may be published as it is; everything else stays in the lake. A table of published figures has `ROW_ID` as its last
    column, made of the key.
    """

    layer: str
    name: str
    title_da: str
    title_en: str
    description_da: str
    description_en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    table_rules: tuple[Rule, ...] = field(default=())
    min_rows: int = 0
    public: bool = False
    partition_column: str | None = None

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        if self.holds_figures and ROW_ID.name not in names:
            # a frozen class is filled in this way alone
            object.__setattr__(self, "columns", (*self.columns, ROW_ID))
        if len(set(names)) != len(names):
            raise ValueError(f"{self.full_name}: a column is declared twice")
        unknown = sorted(set(self.key) - set(names))
        if unknown:
            raise ValueError(f"{self.full_name}: key columns that do not exist: {unknown}")
        if self.public and self.layer in NEVER_PUBLIC:
            raise ValueError(f"{self.full_name}: the layer {self.layer} never leaves the confidential zone")

    @property
    def full_name(self) -> str:
        return f"{self.layer}.{self.name}"

    @cached_property
    def schema_version(self) -> str:
        """Names the structure of the table: columns, types, what may be empty, key, partition. In each file."""
        columns = [(c.name, c.sql_type, c.nullable) for c in self.columns]
        return hashlib.sha256(repr((columns, self.key, self.partition_column)).encode()).hexdigest()[:12]

    @property
    def key_in_order(self) -> list[str]:
        """The columns of the key in the order of the table: what a row's id is made of."""
        return [n for n in self.column_names if n in self.key]

    @property
    def confidential(self) -> bool:
        """Whether the table is above the line: it holds persons, or counts of persons nobody has protected."""
        return not self.public and self.layer != LINE

    @property
    def holds_figures(self) -> bool:
        """Whether its rows are published figures, which carry the release they were published in."""
        return self.public and self.layer in FIGURES

    @property
    def identified(self) -> bool:
        """Whether its rows have ids of their own. A table that names rows of others has a `row_id` that is theirs."""
        return self.holds_figures and ROW_ID in self.columns

    @property
    def made_of_deliveries(self) -> bool:
        """Whether anything in it may come from a delivery: all that is not public, and the figures."""
        return not self.public or self.holds_figures

    @property
    def column_names(self) -> list[str]:
        return [c.name for c in self.columns]

    @property
    def polars_schema(self) -> pl.Schema:
        return pl.Schema({c.name: c.dtype for c in self.columns})

    def empty(self) -> pl.DataFrame:
        """A table with the right columns and no rows."""
        return pl.DataFrame(schema=self.polars_schema)

    def conform(self, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
        """Rows as a frame with exactly this contract's columns and types, sorted by key; never guesses a type.

        A column that a row lacks is null. Raises `TypeError`, naming the columns and no value, when a value does not
        fit its column's type.
        """
        wrong = [n for n in self.column_names if not self._takes(n, rows)]
        if not wrong:
            try:
                made = pl.DataFrame(list(rows), schema=self.polars_schema, strict=True, orient="row").sort(self.key)
                return self._with_ids(made)
            except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
                wrong = [n for n in self.column_names if not self._fits(n, rows)]
        raise TypeError(f"{self.full_name}: values that do not fit the types of {', '.join(wrong) or 'its columns'}")

    def _takes(self, name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether every value of a column is of the kind its type takes: a number is no text, a truth no number."""
        kind = TAKES[str(self.polars_schema[name])]
        others = {bool, datetime} - {kind}
        found = {type(r.get(name)) for r in rows} - {type(None)}
        return all(issubclass(k, kind) and k not in others for k in found)

    def _fits(self, name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
        try:
            pl.Series([r.get(name) for r in rows], dtype=self.polars_schema[name], strict=True)
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            return False
        return True

    def _with_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the id of each row, where the table has ids and the frame its key."""
        if not self.identified or not set(self.key) <= set(frame.columns):
            return frame
        return frame.with_columns(row_ids(frame, self.key_in_order))

    def row_id(self, row: Mapping[str, Any]) -> str:
        """The id of one row of the table, from the columns of its key."""
        return row_id([row[k] for k in self.key_in_order])

    def arrange(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with the contract's column order, sorted by key; missing or extra columns are left to the check."""
        frame = self._with_ids(frame)
        known = [c for c in self.column_names if c in frame.columns]
        extra = [c for c in frame.columns if c not in known]
        arranged = frame.select(known + extra)
        by = [k for k in self.key if k in arranged.columns]
        return arranged.sort(by, nulls_last=False) if by else arranged

    def rules(self) -> list[Rule]:
        """Every named row rule: one per kind of column rule (codes, bounds, form, finite), then those of the table."""
        return list(self._rules)

    @cached_property
    def _rules(self) -> list[Rule]:
        # every delivered file and every stored table is asked them
        kinds: dict[str, list[Rule]] = {}
        for column in self.columns:
            for rule in column.rules():
                kinds.setdefault(rule.name, []).append(rule)
        merged = [
            Rule(name, pl.all_horizontal(r.expr for r in found), "/".join(str(r.column) for r in found))
            for name, found in kinds.items()
        ]
        ids = [Rule("row_id_unique", pl.col(ROW_ID.name).is_unique(), ROW_ID.name)] if self.identified else []
        return merged + ids + list(self.table_rules)

    def rule_names(self) -> list[str]:
        """All rules in the order they are reported, structural ones first."""
        named = ["columns", "required_values", "unique_key"]
        if self.min_rows:
            named.append("least_number_of_rows")
        return named + [r.name for r in self.rules()]

    def pandera(self) -> pa.DataFrameSchema:
        """The Pandera schema: strict, ordered, never coercing."""
        import pandera.polars as pa

        def check(rule: Rule) -> pa.Check:
            return pa.Check(lambda data, e=rule.expr: data.lazyframe.select(e.fill_null(False)), name=rule.name)

        columns = {
            c.name: pa.Column(c.dtype, nullable=c.nullable, required=True, description=c.description_en)
            for c in self.columns
        }
        return pa.DataFrameSchema(
            columns,
            checks=[check(r) for r in self.rules()],
            strict=True,
            ordered=True,
            unique=list(self.key),
            coerce=False,
            name=self.full_name,
        )
