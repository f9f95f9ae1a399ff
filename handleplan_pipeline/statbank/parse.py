"""One parser for StatBank's BULK layout, live and pinned alike: codes in, typed cells with a state out.

A hidden cell (`..`) is a state, never a zero. Where the table itself writes hidden cells as 0, a 0 may be either; the
state says so and the number 0 stands as printed.
"""

import io
import re

import polars as pl

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.statbank.tableinfo import TableInfo, Variable

CONTENT = "INDHOLD"
NAMED_CODES = 10
NUMBER = r"^-?\d+([.,]\d+)?$"
_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


def column_name(code: str) -> str:
    """ASCII column name of a variable code: OMRÅDE -> omraade."""
    return re.sub(r"[^a-z0-9]+", "_", code.lower().translate(_LETTERS)).strip("_")


def _read(data: bytes, info: TableInfo) -> pl.DataFrame:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise SourceError(f"{info.id}: the answer is not UTF-8.") from e
    if not text.endswith("\n"):
        raise SourceError(f"{info.id}: the answer is cut off: its last line has no end. Fetch it again.")
    expected = [v.code.upper() for v in info.variables] + [CONTENT]
    header = text.split("\n", 1)[0].rstrip("\r").split(";")
    if header != expected:
        missing, extra = sorted(set(expected) - set(header)), sorted(set(header) - set(expected))
        what = f"missing {missing}, not expected {extra}" if missing or extra else "the order differs"
        raise SourceError(f"{info.id}: the columns are not those of its tableinfo: {what}.")
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")[1:]
    odd = sum(line.count(";") != len(expected) - 1 for line in lines)
    if odd:
        raise SourceError(f"{info.id}: {odd} lines do not have {len(expected)} fields. Fetch the table again.")
    return pl.read_csv(io.BytesIO(text.encode()), separator=";", infer_schema=False, quote_char=None).with_columns(
        pl.all().fill_null("")
    )


def _require_known_codes(frame: pl.DataFrame, variable: Variable, table: str) -> None:
    unknown = sorted(set(frame[variable.code.upper()].unique()) - set(variable.codes))
    if unknown:
        named = ", ".join(unknown[:NAMED_CODES]) + (" ..." if len(unknown) > NAMED_CODES else "")
        raise SourceError(
            f"{table}: variable {variable.code} holds {len(unknown)} codes its tableinfo does not know: {named}. "
            "The table has changed: fetch its tableinfo anew and check what the codes mean."
        )


def parse_bulk(data: bytes, info: TableInfo) -> pl.DataFrame:
    """Cells of a BULK (or CSV, with or without BOM) answer asked for with codes.

    Columns: one text column per variable (ASCII name), `year` Int32, `value` Int64 (Float64 where the table has
    decimals), `cell_state` (value, zero, zero_or_hidden, blanked, not_available).
    Raises SourceError naming table, column and count for a cut-off body, other columns, unknown codes, text where a
    number belongs, or a cell that occurs twice.
    """
    raw = _read(data, info)
    for variable in info.variables:
        _require_known_codes(raw, variable, info.id)
    content = pl.col(CONTENT).str.strip_chars()
    is_number = content.str.contains(NUMBER)
    signs = {"..": "blanked", ".": "not_available", "...": "not_available", "-": "not_available", "": "not_available"}
    other = raw.filter(~is_number & ~content.is_in(list(signs))).height
    if other:
        raise SourceError(f"{info.id}: column {CONTENT} holds {other} cells that are neither number nor known sign.")
    number = pl.when(is_number).then(content.str.replace(",", ".", literal=True)).cast(pl.Float64)
    zero = "zero_or_hidden" if info.suppressed_value == "0" else "zero"
    time = info.time_variable.code.upper()
    cells = raw.select(
        *[pl.col(v.code.upper()).alias(column_name(v.code)) for v in info.variables],
        pl.col(time).str.slice(0, 4).cast(pl.Int32).alias("year"),
        number.alias("value"),
        pl.when(number == 0).then(pl.lit(zero)).when(is_number).then(pl.lit("value"))
        .otherwise(content.replace_strict(signs, default="not_available")).alias("cell_state"),
    )  # fmt: skip
    keys = [column_name(v.code) for v in info.variables]
    twice = cells.height - cells.select(keys).n_unique()
    if twice:
        raise SourceError(f"{info.id}: {twice} cells occur more than once.")
    whole = cells["value"].drop_nulls()
    if (whole == whole.round(0)).all():
        cells = cells.with_columns(pl.col("value").cast(pl.Int64))
    return cells.sort(keys)
