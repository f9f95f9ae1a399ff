"""Dates that a spreadsheet program of another country has swapped: days up to 12 in one form, all others in another.

Where the month is written first, 02-03-2010 is read as the third of February and becomes a real date; 13-02-2010 is
none there and stays the text it was. Each by itself reads well, and two dates of five are wrong.
"""

import polars as pl

from handleplan_pipeline.catalogue.plausibility import limit
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from schemas.sources.delivery_shape import Delivery

SWAPPED = "swapped_dates"
LAST_MONTH = 12
"""Days up to here could be months."""
_FORMS = {
    "year_first": "^[0-9]{4}-[0-9]{2}-([0-9]{2})",
    "day_first": "^([0-9]{1,2})[-/.][0-9]{1,2}[-/.][0-9]{4}",
}
"""How a date is written, and where its day stands. A real date of a workbook is text of the first form by now."""


def require_not_swapped(raw: pl.DataFrame, delivery: Delivery, file: str) -> None:
    """Raise DeliveryRefused where two forms stand in one column of dates and share out the days of the month."""
    texts = [v.name for v in delivery.variables if v.kind == "date" and raw.schema[v.name] == pl.String]
    for name in texts:
        found = _days(raw[name])
        least = limit("swapped_dates_least")
        if any(rows < least for rows, _ in found.values()):
            continue
        early = [rows for rows, (_, last) in found.values() if last <= LAST_MONTH]
        late = [rows for rows, (first, _) in found.values() if first > LAST_MONTH]
        if early and late:
            raise DeliveryRefused(
                SWAPPED,
                f"{file}: column {name} has dates in two forms, all of a day up to 12 in the one ({early[0]} rows) and "
                f"all of a later day in the other ({late[0]} rows). A spreadsheet program has probably swapped day and "
                "month in the first. Deliver the file as the register made it, not saved anew from a spreadsheet.",
            )


def _days(column: pl.Series) -> dict[str, tuple[int, tuple[int, int]]]:
    """Of each form: how many dates have it, and their first and last day of the month."""
    text = pl.col(column.name).str.strip_chars()
    day = {form: text.str.extract(pattern).cast(pl.Int8, strict=False) for form, pattern in _FORMS.items()}
    asked = column.to_frame()
    # a column of one form only, as nearly all are, is asked once
    first, second = day
    known = asked.select(n=day[first].count()).item()
    if known in (0, column.len() - column.null_count()):
        return {first: (known, (0, 0)), second: (0, (0, 0))}
    row = asked.select(
        e.alias(f"{form}_{what}")
        for form, d in day.items()
        for what, e in (("rows", d.count()), ("first", d.min()), ("last", d.max()))
    ).row(0, named=True)
    return {form: (row[f"{form}_rows"], (row[f"{form}_first"] or 0, row[f"{form}_last"] or 0)) for form in day}
