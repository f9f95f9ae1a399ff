"""Delivered dates: the declared form or ISO as a whole, the day of their own zone, and what a date may be at all.

A time of day makes a date ambiguous (midnight in Copenhagen is the evening before in UTC), so it is read only where the
register's variable is a point of time, and never in UTC.
"""

from datetime import date, time

import polars as pl

from schemas.sources.delivery_shape import Dialect, Variable

ISO = "%Y-%m-%d"
FIRST = date(1900, 1, 1)
"""Earlier than any person or event in these registers; earlier dates are lost centuries (issue of the deliveries)."""
UTC_ZONES = ("UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "Etc/Zulu", "Etc/UCT", "UCT", "+00:00")
_PARTS = {"%d": "[0-9]{2}", "%m": "[0-9]{2}", "%Y": "[0-9]{4}"}
_MIDNIGHT = r"(?:[T ]00:00(?::00(?:[.,]0+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_CLOCK = r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?(?:[+-](?:0[1-9]|1[0-4]):?[0-9]{2})?)?"


def _day(date_format: str) -> str:
    for code, digits in _PARTS.items():
        date_format = date_format.replace(code, digits)
    return date_format.replace(".", r"\.")


def example_day(date_format: str) -> str:
    """How the format is written, in words: dd-mm-yyyy."""
    return date_format.replace("%d", "dd").replace("%m", "mm").replace("%Y", "yyyy")


def day_form(date_format: str) -> str:
    """The pattern of a day of this format and nothing else."""
    return f"^{_day(date_format)}$"


def date_form(date_format: str, clock: bool) -> str:
    """The pattern a date of this format matches as a whole; its first group is the day."""
    times = f"(?:{_MIDNIGHT}|{_CLOCK})" if clock else _MIDNIGHT
    return f"^({_day(date_format)}){times}$"


def date_shape(date_format: str) -> str:
    """The pattern of everything that is meant as a date of this format, whatever its time of day and zone."""
    times = r"[T ][0-9]{2}(?::?[0-9]{2}){0,2}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
    return f"^{_day(date_format)}(?:{times})?$"


def formats(dialect: Dialect) -> tuple[str, ...]:
    """The forms a date may be written in: as declared, and ISO."""
    return tuple(dict.fromkeys((dialect.date_format, ISO)))


def date_value(v: Variable, given: pl.Expr, dialect: Dialect, dtype: pl.DataType) -> pl.Expr:
    """The day, or null; a number is never a date, whatever a spreadsheet calls it."""
    if isinstance(dtype, pl.Date):
        return pl.col(v.name)
    if isinstance(dtype, pl.Datetime):
        local = pl.col(v.name)
        if dtype.time_zone is not None:
            local = local.dt.replace_time_zone(None)
        if v.clock and dtype.time_zone not in UTC_ZONES:
            return local.cast(pl.Date)
        return pl.when(local.dt.time() == time(0)).then(local.cast(pl.Date))
    if dtype != pl.String:
        return pl.lit(None, pl.Date)
    return pl.coalesce(given.str.extract(date_form(f, v.clock)).str.to_date(f, strict=False) for f in formats(dialect))


def latest(v: Variable, period: int) -> date:
    """The last day a date of this variable may have in a delivery of `period`."""
    return date(period + (v.until == "year_after"), 12, 31)
