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
    # many persons share a date: each is looked at once
    dates = column.rename("text").value_counts(name="rows").lazy()
    found: dict[str, tuple[int, tuple[int, int]]] = {}
    for form, pattern in _FORMS.items():
        day = pl.col("text").str.strip_chars().str.extract(pattern).cast(pl.Int8, strict=False)
        asked = dates.select("rows", day=day).drop_nulls("day")
        rows, first, last = asked.select(pl.sum("rows"), first=pl.min("day"), last=pl.max("day")).collect().row(0)
        found[form] = (int(rows), (first or 0, last or 0))
    return found
