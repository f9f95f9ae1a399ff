"""One delivered value to one typed value: texts, codes, numbers and flags. What does not match as a whole is null.

Every function makes an expression over the raw column; the caller tells null because empty from null because unread.
"""

import re
from datetime import date

import polars as pl

from handleplan_pipeline.sources.deliveries.dates import date_value, day_form
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from schemas.sources.delivery_shape import Delivery, Dialect, Variable

UNREAD = "\ufffd"
"""Stands for a value that is there and has no text, such as NaN: no pattern and no code list knows it."""
HIDDEN = ("..", "*", ".")
"""Marks of a figure the supplier hid or does not have; `-` is nil. In tables of counts only."""
LARGEST_EXACT = 2**53
"""Above it a float no longer holds every whole number, so what it says is not what was meant."""
FLOAT_OF_CODE = r"^([0-9]+)[.,]0+$"
"""A code that went through a column of floats on its way to text."""
FLAGS = {"J": True, "N": False, "1": True, "0": False}
NO_DAY = date(1, 1, 3)
"""Stands for a day that no calendar shows; earlier than any date may be, so its row is set aside."""
EPOCH = date(1970, 1, 1).toordinal()
PER_DAY = {"days": 1, "ms": 86_400_000, "us": 86_400_000_000}
_AS_TEXT = (pl.Categorical, pl.Enum, pl.Null)
_AS_FLOAT = (pl.Decimal, pl.Float32, pl.Int128)


def plain_types(raw: pl.DataFrame, file: str) -> pl.DataFrame:
    """The frame with texts, whole numbers, floats, flags, dates and times only. Raises DeliveryRefused otherwise."""
    casts, strange = [], []
    for name, dtype in raw.schema.items():
        if dtype in _AS_TEXT:
            casts.append(pl.col(name).cast(pl.String))
        elif dtype in _AS_FLOAT:
            casts.append(pl.col(name).cast(pl.Float64))
        elif not (dtype.is_numeric() or dtype in (pl.String, pl.Boolean, pl.Date, pl.Datetime)):
            strange.append(f"{name} ({dtype.base_type()})")
    if strange:
        named = ", ".join(strange)
        raise DeliveryRefused(
            "column_kind", f"{file}: columns of a kind no variable has: {named}. Deliver text, numbers or dates."
        )
    times = [_in_calendar(name, dtype) for name, dtype in raw.schema.items() if dtype in (pl.Date, pl.Datetime)]
    return raw.with_columns(*casts, *times)


def _in_calendar(name: str, dtype: pl.DataType) -> pl.Expr:
    """The day or moment; one of a year that is not written with four digits becomes `NO_DAY`, as Polars shows none."""
    unit = dtype.time_unit if isinstance(dtype, pl.Datetime) else "days"
    if unit == "ns":
        # 64 bits of nanoseconds reach from 1677 to 2262
        return pl.col(name)
    first, last = ((d.toordinal() - EPOCH) * PER_DAY[unit] for d in (NO_DAY, date.max))
    moment = pl.col(name).to_physical()
    known = (
        pl.when((moment >= first) & (moment < last + PER_DAY[unit]))
        .then(moment)
        .when(moment.is_not_null())
        .then(pl.lit(first))
    )
    return known.cast(dtype).alias(name)


def text_of(name: str, dtype: pl.DataType) -> pl.Expr:
    """The value as trimmed text, empty as null; a whole float without its decimals, any other as it is written."""
    column = pl.col(name)
    if dtype.is_float():
        whole = (column == column.floor()) & (column.abs() <= LARGEST_EXACT)
        digits = pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String))
        written = pl.when(column.is_finite()).then(digits.otherwise(column.cast(pl.String)))
        return written.when(column.is_not_null()).then(pl.lit(UNREAD))
    text = column.cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def plain_form(v: Variable, given: pl.Expr, dialect: Dialect, dtype: pl.DataType) -> pl.Expr | None:
    """Whether the text is in the variable's usual form, of which `value_of` knows a short way; None without a form."""
    if v.kind == "date":
        return given.str.contains(day_form(dialect.date_format)) if dtype == pl.String else None
    if dtype.is_temporal() or dtype == pl.Boolean or v.kind in ("flag", "number"):
        return None
    if v.kind == "integer":
        return given.str.contains("^[0-9]{1,18}$") if dtype == pl.String else None
    return given.str.contains("^[0-9]{3}$") if v.kind == "municipality" else _known(v, given)


def value_of(v: Variable, given: pl.Expr, delivery: Delivery, dtype: pl.DataType, plain: bool = False) -> pl.Expr:
    """The typed value of a variable, null where it cannot be read; `given` is its text.

    `plain` says that every value of the column is in its `plain_form`: then nothing is asked twice.
    """
    if v.kind == "date":
        if plain:
            return given.str.to_date(delivery.dialect.date_format, strict=False)
        return date_value(v, given, delivery.dialect, dtype)
    if plain:
        return given.cast(v.dtype)
    if dtype.is_temporal() or (dtype == pl.Boolean and v.kind != "flag"):
        return pl.lit(None, v.dtype)
    if v.kind == "flag":
        if dtype == pl.Boolean:
            return pl.col(v.name)
        return given.str.to_uppercase().replace_strict(FLAGS, default=None, return_dtype=pl.Boolean)
    if v.kind in ("integer", "number"):
        return _number(v, given, delivery, dtype)
    code = given.str.replace(FLOAT_OF_CODE, "${1}")
    if v.kind == "municipality":
        # the register of persons writes four digits, statistics packages lose the zeros
        digits = pl.when(code.str.contains(r"^(?:[0-9]{1,3}|0[0-9]{3})$")).then(code)
        return digits.str.zfill(3).str.slice(-3)
    return pl.coalesce(pl.when(_known(v, e)).then(e) for e in (given, code, *_padded(v, code)))


def _known(v: Variable, text: pl.Expr) -> pl.Expr:
    """Whether the text is on the variable's list, or has its form."""
    return text.is_in(list(v.codes)) if v.codes is not None else text.str.contains(str(v.pattern))


def _padded(v: Variable, code: pl.Expr) -> list[pl.Expr]:
    return [] if v.width is None else [pl.when(code.str.contains("^[0-9]+$")).then(code.str.zfill(v.width))]


def _number(v: Variable, given: pl.Expr, delivery: Delivery, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(v.name)
    if dtype.is_numeric():
        if v.kind == "integer":
            readable = (column == column.floor()) & (column.abs() <= LARGEST_EXACT) if dtype.is_float() else True
            return pl.when(readable).then(column).cast(pl.Int64, strict=False)
        readable = column.is_finite() if dtype.is_float() else column.is_between(-LARGEST_EXACT, LARGEST_EXACT)
        return pl.when(readable).then(column).cast(pl.Float64)
    whole, marks = number_form(v, delivery.dialect)
    plain: pl.Expr = pl.when(given.str.contains(whole)).then(given)
    if marks:
        plain = plain.str.replace_all(marks, "")
    plain = plain.str.replace(delivery.dialect.decimal, ".", literal=True)
    if delivery.level == "counts":
        plain = pl.when(given == "-").then(pl.lit("0")).otherwise(plain)
    if v.kind == "integer":
        return plain.str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
    number = plain.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def number_form(v: Variable, dialect: Dialect) -> tuple[str, str]:
    """The pattern of a number of this variable as a whole, and that of its thousands marks (empty without any).

    A decimal number of one group of thousands and no decimals (10.333) is not read: in files of another dialect it is
    ten and a third. Exponents, signs other than an ASCII minus and unfinished groups are no numbers either.
    """
    decimal = re.escape(dialect.decimal)
    fraction = rf"{decimal}0+" if v.kind == "integer" else rf"{decimal}[0-9]+"
    plain = rf"[0-9]+(?:{fraction})?"
    if dialect.thousands is None:
        return rf"^-?{plain}$", ""
    mark = r"[ \u{a0}\u{202f}]" if dialect.thousands == " " else re.escape(dialect.thousands)
    first, group = "[1-9][0-9]{0,2}", rf"(?:{mark}[0-9]{{3}})"
    grouped = rf"{first}{group}+(?:{fraction})?"
    if v.kind == "number" and dialect.thousands != " ":
        grouped = rf"{first}{group}+{fraction}|{first}{group}{{2,}}"
    return rf"^-?(?:{plain}|{grouped})$", mark
