"""One parser for StatBank's BULK layout, live and pinned alike: codes in, counts with a state out.

A hidden cell (`..`) is a state, never a zero. Where the table itself writes hidden cells as 0, a 0 may be either; the
state says so and the number 0 stands as printed.
"""

import io
import re

import polars as pl

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.statbank.sentences import named
from handleplan_pipeline.sources.statbank.tableinfo import TableInfo, Variable

CONTENT = "INDHOLD"
COUNT = r"^(0|[1-9][0-9]{0,8})$"
NUMBER = r"^(0|[1-9][0-9]{0,8})([.,][0-9]{1,4})?$"
"""A number with decimals: a comma in Danish answers, a point in English ones, never between thousands."""
MOST_PERSONS = 20_000_000
"""Ours, version 1: three times the population of Denmark, more than any cell that counts persons."""
SIGNS = {"..": "blanked", ".": "not_available", "...": "not_available", "-": "not_available", "": "not_available"}
_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


def column_name(code: str) -> str:
    """ASCII column name of a variable code: OMRÅDE -> omraade."""
    return re.sub(r"[^a-z0-9]+", "_", code.lower().translate(_LETTERS)).strip("_")


def _text(data: bytes, info: TableInfo) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise SourceError(f"{info.id}: the answer is not UTF-8.") from e
    if not text.endswith("\n"):
        raise SourceError(f"{info.id}: the answer is cut off: its last line has no end. Fetch it again.")
    text = text.replace("\r\n", "\n")
    if "\r" in text or "\0" in text:
        raise SourceError(f"{info.id}: the answer holds characters that no table has. Fetch it again.")
    return text


def _read(data: bytes, info: TableInfo) -> pl.DataFrame:
    header, *lines = _text(data, info).split("\n")[:-1]
    expected = [v.code.upper() for v in info.variables] + [CONTENT]
    columns = header.split(";")
    if columns != expected:
        missing, extra = set(expected) - set(columns), set(columns) - set(expected)
        what = f"missing: {named(missing) or 'none'}, not expected: {named(extra) or 'none'}"
        what = what if missing or extra else "the order differs, or one occurs twice"
        raise SourceError(f"{info.id}: the columns are not those of its tableinfo: {what}.")
    odd = sum(line.count(";") != len(expected) - 1 for line in lines)
    if odd:
        raise SourceError(f"{info.id}: {odd} lines do not have {len(expected)} fields. Fetch the table again.")
    if not lines:
        return pl.DataFrame(schema=dict.fromkeys(expected, pl.String))
    table = "\n".join([header, *lines]) + "\n"
    return pl.read_csv(io.BytesIO(table.encode()), separator=";", infer_schema=False, quote_char=None).with_columns(
        pl.all().fill_null("")
    )


def _require_known_codes(frame: pl.DataFrame, variable: Variable, table: str) -> None:
    unknown = set(frame[variable.code.upper()].unique()) - set(variable.codes)
    if unknown:
        raise SourceError(
            f"{table}: variable {variable.code} holds {len(unknown)} codes its tableinfo does not know: "
            f"{named(unknown)}. The table has changed: fetch its tableinfo anew and check what the codes mean."
        )


def _require_numbers(frame: pl.DataFrame, table: str, decimals: bool) -> None:
    content = pl.col(CONTENT)
    other = frame.filter(~content.is_in(list(SIGNS)) & ~content.str.contains(NUMBER if decimals else COUNT)).height
    if other:
        what = "a number" if decimals else "a count (whole, not negative, at most 9 digits)"
        raise SourceError(f"{table}: column {CONTENT} holds {other} cells that are neither {what} nor a known sign.")


def parse_bulk(data: bytes, info: TableInfo, *, decimals: bool = False) -> pl.DataFrame:
    """Cells of a BULK (or CSV, with or without BOM) answer asked for with codes, of a table that counts persons.

    Columns: one text column per variable (ASCII name), `year` Int32, `value` Int64 (Float64 of a table of numbers with
    `decimals`), `cell_state` (value, zero, zero_or_hidden, blanked, not_available).
    Raises SourceError naming table, column and count for a cut-off body, other columns, unknown codes, anything but a
    count where one belongs, or a cell that occurs twice.
    """
    raw = _read(data, info)
    for variable in info.variables:
        _require_known_codes(raw, variable, info.id)
    _require_numbers(raw, info.id, decimals)
    content = pl.col(CONTENT)
    number = content.str.replace(",", ".", literal=True).cast(pl.Float64 if decimals else pl.Int64, strict=False)
    zero = "zero_or_hidden" if info.suppressed_value == "0" else "zero"
    cells = raw.select(
        *[pl.col(v.code.upper()).alias(column_name(v.code)) for v in info.variables],
        pl.col(info.time_variable.code.upper()).str.extract(r"^([0-9]{4})").cast(pl.Int32).alias("year"),
        number.alias("value"),
        pl.when(number == 0)
        .then(pl.lit(zero))
        .when(number.is_not_null())
        .then(pl.lit("value"))
        .otherwise(content.replace_strict(SIGNS, default="not_available"))
        .alias("cell_state"),
    )
    large, undated = cells.filter(pl.col("value") > MOST_PERSONS).height, cells["year"].null_count()
    if large or undated:
        raise SourceError(
            f"{info.id}: {large} cells count more than {MOST_PERSONS:,} persons, {undated} have no year in their time."
        )
    keys = [column_name(v.code) for v in info.variables]
    twice = cells.height - cells.select(keys).n_unique()
    if twice:
        raise SourceError(f"{info.id}: {twice} cells occur more than once.")
    return cells.sort(keys)
