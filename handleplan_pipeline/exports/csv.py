"""Every table as CSV in two dialects: one for programs of any country, one that a Danish Excel opens with a click.

International: UTF-8, comma, decimal point, `true`/`false`. Danish: UTF-8 with byte order mark, semicolon, decimal
comma, `sand`/`falsk`. Both: CRLF, the same names, ISO dates, the shortest number that reads back as itself, empty = no
value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports.notice import notice
from handleplan_pipeline.exports.release import Release, Table, read
from schemas.languages import LANGUAGES

FORMULA = r"^'*[=+\-@\t\r\n\x00]"
"""A text that a spreadsheet would reckon with, and one that would look like such a text after it was guarded."""
GUARD = "'"
README = "README.txt"


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    folder: str
    separator: str
    decimal_comma: bool
    bom: bool
    true: str
    false: str


INTERNATIONAL = Dialect("csv", ",", decimal_comma=False, bom=False, true="true", false="false")
DANISH = Dialect("csv/da", ";", decimal_comma=True, bom=True, true="sand", false="falsk")
DIALECTS = (INTERNATIONAL, DANISH)
_RULES = {
    "da": (
        "csv/<skema>.<tabel>.csv: UTF-8, komma, decimalpunktum, true/false. csv/da/: det samme til dansk Excel: UTF-8 "
        "med BOM, semikolon, decimalkomma, sand/falsk. Tom = ingen værdi. En tekst, som et regneark ville regne på "
        "(begynder med = + - @, tabulator, linjeskift eller NUL), har en apostrof foran; tal har aldrig. Kolonnerne er "
        "forklaret i meta.column.csv."
    ),
    "en": (
        "csv/<schema>.<table>.csv: UTF-8, comma, decimal point, true/false. csv/da/: the same for a Danish Excel: "
        "UTF-8 with BOM, semicolon, decimal comma, sand/falsk. Empty = no value. A text that a spreadsheet would "
        "reckon with (begins with = + - @, tab, line break or NUL) has an apostrophe before it; numbers never have. "
        "The columns are explained in meta.column.csv."
    ),
}


def export(folder: Path) -> None:
    """Write `csv/` and `csv/da/`: a file per table and a README with what every file must be read with."""
    release = read(folder)
    for dialect in DIALECTS:
        (folder / dialect.folder).mkdir(parents=True, exist_ok=True)
    for table in release.tables.values():
        guarded = _guarded(table)
        for dialect in DIALECTS:
            guarded.with_columns(_truths(guarded, dialect)).write_csv(
                path(folder, table, dialect),
                include_bom=dialect.bom,
                separator=dialect.separator,
                decimal_comma=dialect.decimal_comma,
                line_terminator="\r\n",
            )
    (folder / INTERNATIONAL.folder / README).write_text(_readme(release), encoding="utf-8", newline="\n")


def path(folder: Path, table: Table, dialect: Dialect) -> Path:
    """Where a table of a release lies in this dialect."""
    return folder / dialect.folder / f"{table.full_name}.csv"


def _guarded(table: Table) -> pl.DataFrame:
    """The rows with texts that no spreadsheet reckons with. Raises ReleaseError for a text that reads back as none."""
    texts = [f.name for f in table.fields if f.type == "VARCHAR"]
    for name in texts:
        if empty := int((table.rows[name] == "").sum()):
            raise ReleaseError(
                f"{table.full_name}: column {name} has {empty} empty texts, which a CSV cannot tell from none."
            )
    dangerous = [pl.when(pl.col(n).str.contains(FORMULA)).then(GUARD + pl.col(n)).otherwise(n).alias(n) for n in texts]
    return table.rows.with_columns(dangerous)


def _truths(rows: pl.DataFrame, dialect: Dialect) -> Iterator[pl.Expr]:
    """Truth values in the words of the dialect."""
    for name, kind in rows.schema.items():
        if kind == pl.Boolean:
            said = pl.when(name).then(pl.lit(dialect.true)).when(~pl.col(name)).then(pl.lit(dialect.false))
            yield said.alias(name)


def _readme(release: Release) -> str:
    parts = ["\n".join([*notice(release, n), _RULES[n]]) for n in LANGUAGES]
    return "\n\n".join(parts) + "\n"
