"""XLSX workbooks: one visible table, its cells with the type the workbook gives them, and nothing hidden beside it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.sources.deliveries.caps import require_shape
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.workbook_survey import Sheet, survey

ERROR_CELL = "#ERROR#"
"""Stands for a cell that shows an error (#N/A, #REF!...): text that no kind of variable can be read from."""

FIRST_YEAR = 1900
"""A workbook has no days before; it shows such a cell as ######."""


def table_sheet(path: Path, file: str) -> tuple[int, Sheet]:
    """The one sheet that is delivered and its place in the workbook. Raises DeliveryRefused (rule `workbook`)."""
    found = survey(path, file)
    content = [(k, s) for k, s in enumerate(found.sheets) if s.filled]
    hidden = sum(not s.visible for _, s in content)
    if len(content) != 1 or hidden:
        raise DeliveryRefused(
            "workbook",
            f"{file}: {len(content)} sheets have content, {hidden} of them hidden. Deliver a workbook with "
            "one sheet, the table.",
        )
    place, sheet = content[0]
    _require_whole(sheet, file)
    if sheet.unresolved or (found.recalculate and sheet.formulas and sheet.formulas == sheet.zero_results):
        raise DeliveryRefused(
            "workbook",
            f"{file}: {sheet.unresolved or sheet.formulas} formulas have no stored result. Open it in "
            "Excel, let it calculate, and save it with values instead of formulas.",
        )
    return place, sheet


def _require_whole(sheet: Sheet, file: str) -> None:
    """Nothing hidden, merged or standing beside the table."""
    rows = sum(r in sheet.filled for r in sheet.hidden_rows)
    columns = sum(any(a <= c <= b for a, b in sheet.hidden_columns) for c in sheet.filled_columns)
    if rows or columns:
        raise DeliveryRefused(
            "workbook",
            f"{file}: {rows} rows and {columns} columns with content are hidden. Show them, or deliver the "
            "workbook without them.",
        )
    top, bottom = sheet.header, sheet.last
    merged = sum(first <= bottom and last >= top for first, last in sheet.merged)
    if merged:
        raise DeliveryRefused("workbook", f"{file}: {merged} groups of cells in the table are merged. Split them.")
    more = sum(n > 1 for n in sheet.below)
    if more:
        raise DeliveryRefused(
            "workbook",
            f"{file}: an empty row stands in the table, or a second table below it: {more} rows with more "
            "than one value follow. Deliver one table without empty rows.",
        )


def rows_of(sheet: Sheet) -> int:
    """Rows between the header and the first empty row, from the workbook's XML."""
    return sheet.last - sheet.header


def read_workbook(path: Path, file: str, decimal: str) -> tuple[pl.DataFrame, int]:
    """The table and the independent count of its rows. Raises DeliveryRefused."""
    place, sheet = table_sheet(path, file)
    require_shape(file, rows_of(sheet), len(sheet.filled_columns))
    rows = _cells(path, place, sheet)
    header, body = rows[0], rows[1:]
    while body and all(v is None for v in body[-1]):
        body.pop()
    columns: dict[str, pl.Series] = {}
    for k in range(max(map(len, rows))):
        values = [row[k] if k < len(row) else None for row in body]
        name = header[k] if k < len(header) else None
        if name is None:
            if any(v is not None for v in values):
                raise DeliveryRefused(
                    "workbook",
                    f"{file}: a column with values has no name in the first row with content. Deliver the "
                    "header as the first row, without titles above it.",
                )
            continue
        name = str(name)
        if name in columns:
            # a doubled column must be seen as one too many
            name = f"{name} {k + 1}"
        columns[name] = typed_column(values, decimal)
    return pl.DataFrame(columns), rows_of(sheet)


def _cells(path: Path, place: int, sheet: Sheet) -> list[list[Any]]:
    """Values of the rows from the header to the last before the notes, errors as `ERROR_CELL`, empty as None."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        page = book.worksheets[place]
        page.reset_dimensions()
        found = page.iter_rows(min_row=sheet.header, max_row=sheet.last)
        return [[_value(cell) for cell in row] for row in found]
    finally:
        book.close()


def _value(cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "e" or (isinstance(value, date) and value.year < FIRST_YEAR):
        return ERROR_CELL
    return None if value == "" else value


def typed_column(values: list[Any], decimal: str) -> pl.Series:
    """Cells of one column as Float64, Date, Datetime or Boolean where all are of that type, else as String.

    In a String column a number is written with the declared decimal mark and no grouping, a date as ISO text.
    """
    kinds = {type(v) for v in values if v is not None}
    if kinds and kinds <= {int, float}:
        return pl.Series([None if v is None else float(v) for v in values], dtype=pl.Float64)
    if kinds == {bool}:
        return pl.Series(values, dtype=pl.Boolean)
    if kinds and kinds <= {datetime, date}:
        return _days(values)
    return pl.Series([None if v is None else _text(v, decimal) for v in values], dtype=pl.String)


def _days(values: Iterable[Any]) -> pl.Series:
    moments = [v if v is None or isinstance(v, datetime) else datetime(v.year, v.month, v.day) for v in values]
    found = pl.Series(moments, dtype=pl.Datetime("us"))
    whole = all(v is None or v.time() == time() for v in moments)
    return found.cast(pl.Date) if whole else found


def _text(value: Any, decimal: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value, decimal)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (int, timedelta)) else ERROR_CELL


def number_text(value: float, decimal: str) -> str:
    """A number as text: every digit it has, no grouping, no exponent, whole ones without a mark."""
    text = format(Decimal(repr(value)), "f")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return f"{whole}{decimal}{part}" if part else whole
