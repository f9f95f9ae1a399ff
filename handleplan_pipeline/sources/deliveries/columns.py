"""Columns of what was read: under their declared names, and of the few types that the rest of the intake knows."""

import re
from dataclasses import replace

import polars as pl

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from schemas.sources.delivery_shape import DATA_KIND_VARIABLE, Delivery

WEEK_COLUMN = re.compile(r"^Y_[0-9]{4}$")
ETHNICITY_WORDS = (
    "etnisk",
    "etnic",
    "ethnic",
    "herkomst",
    "ie_type",
    "nationalitet",
    "nationality",
    "statsborg",
    "oprindelse",
    "opr_land",
    "religion",
    "race",
    "foedeland",
    "fødeland",
)
NARROW = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.Float32, pl.Float64)
WIDE = (pl.UInt64, pl.Int128, pl.UInt128)
"""Whole numbers that are taken as 64 bits where they fit."""


def of_layout(columns: list[str], delivery: Delivery) -> Delivery:
    """The declaration with the variables of the layout that these columns have: of events by the one only they have."""
    events, person = delivery.events, delivery.person_variable
    if events is None or person is None or events.kind.casefold() not in {c.strip().casefold() for c in columns}:
        return delivery
    return replace(delivery, variables=(person, *events.variables), events=None)


def declared_columns(raw: pl.DataFrame, file: str, delivery: Delivery) -> pl.DataFrame:
    """Columns by declared name, from any accepted one in any case; missing, extra or doubled ones refuse the file."""
    declared = {n.casefold(): v.name for v in delivery.variables for n in (v.name, *v.also)} | {
        DATA_KIND_VARIABLE.casefold(): DATA_KIND_VARIABLE
    }
    renamed: dict[str, str] = {}
    extra: list[str] = []
    for column in raw.columns:
        name = declared.get(column.strip().casefold())
        if name is None and delivery.weekly and WEEK_COLUMN.fullmatch(column.strip().upper()):
            name = column.strip().upper()
        if name is None or name in renamed.values():
            extra.append(column)
        else:
            renamed[column] = name
    if delivery.municipal_casework:
        suspect = [c for c in extra if any(w in c.casefold() for w in ETHNICITY_WORDS)]
        if suspect:
            raise DeliveryRefused(
                "no_ethnicity_in_casework",
                f"{file}: {len(suspect)} columns look like ethnicity. The plan says it may not be registered in case "
                "work; deliver the file without them.",
            )
    missing = sorted(set(declared.values()) - {DATA_KIND_VARIABLE} - set(renamed.values()))
    if missing or extra:
        # names of extra columns are the supplier's own text, so only their number is said
        raise DeliveryRefused(
            "columns",
            f"{file}: missing columns: {', '.join(missing) or 'none'}; columns too many, doubled or renamed: "
            f"{len(extra)}. Deliver exactly the columns of the specification of {delivery.source}.",
        )
    return raw.rename(renamed)


def known_kinds(raw: pl.DataFrame, file: str) -> pl.DataFrame:
    """Text, numbers, booleans, dates and times of day with a date; other kinds are decoded where nothing is lost.

    Raises DeliveryRefused (rule `column_kind`), naming the columns, for nested, binary and other values.
    """
    decoded, refused = [], []
    for column in raw.get_columns():
        try:
            decoded.append(_known_kind(column))
        except (pl.exceptions.PolarsError, ValueError, TypeError, OverflowError):
            # Polars may quote a value
            refused.append(column.name)
    if refused:
        raise DeliveryRefused(
            "column_kind",
            f"{file}: columns {', '.join(refused)} hold lists, structures, bytes, times or other values "
            "that are neither text, number nor date. Deliver them as the specification says.",
        )
    return pl.DataFrame(decoded)


def _known_kind(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype in (pl.String, pl.Boolean, pl.Date, *NARROW) or isinstance(dtype, pl.Datetime):
        return column
    if isinstance(dtype, (pl.Categorical, pl.Enum)) or dtype in (pl.Null, pl.Binary):
        return column.cast(pl.String)
    if dtype in WIDE:
        return column.cast(pl.Int64)
    if isinstance(dtype, pl.Decimal):
        plain = column.cast(pl.Float64 if dtype.scale else pl.Int64)
        if (plain.cast(dtype) == column).all():
            return plain
    raise TypeError


def require_days(raw: pl.DataFrame, periods: list[str], file: str, delivery: Delivery) -> None:
    """Raise DeliveryRefused where a statistics package shows months, weeks or years and a date is declared."""
    dates = {v.name for v in delivery.variables if v.kind == "date"}
    wrong = [c for c in raw.columns if c in periods and (c in dates or raw.schema[c].is_temporal())]
    if wrong:
        raise DeliveryRefused(
            "column_kind",
            f"{file}: columns {', '.join(wrong)} are formatted as weeks, months, quarters or years. "
            "Deliver dates with a day, formatted as such.",
        )
