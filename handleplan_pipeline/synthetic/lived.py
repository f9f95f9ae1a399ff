"""Dates of delivered rows as they are written: read, moved, and cut at a birth."""

import polars as pl

from schemas.sources.delivery_shape import Delivery


def _form(name: str, rows: pl.DataFrame, delivery: Delivery) -> str:
    return delivery.dialect.date_format if rows.schema[name] == pl.String else "%Y-%m-%d"


def day_of(name: str, rows: pl.DataFrame, delivery: Delivery) -> pl.Expr:
    """The day that a date variable of `rows` says."""
    if rows.schema[name] == pl.Date:
        return pl.col(name)
    return pl.col(name).cast(pl.String).replace("", None).str.to_date(_form(name, rows, delivery))


def written_as(day: pl.Expr, name: str, rows: pl.DataFrame, delivery: Delivery) -> pl.Expr:
    """A day in the words of a date variable of `rows`."""
    return (day if rows.schema[name] == pl.Date else day.dt.to_string(_form(name, rows, delivery))).alias(name)


def dates_in(rows: pl.DataFrame, delivery: Delivery) -> dict[str, str]:
    """The date variables that stand in `rows`, whatever they are called there, and the column each fills.

    A birth date is none: it is made anew with its person.
    """
    names = {n.casefold(): v.column for v in delivery.variables if v.kind == "date" for n in (v.name, *v.also)}
    births = {v.column for v in delivery.variables if v.birth}
    return {n: c for n in rows.columns if (c := names.get(n.casefold())) is not None and c not in births}


def later(rows: pl.DataFrame, delivery: Delivery, by: str) -> pl.DataFrame:
    """Every date so much later (`3y`, `1096d`)."""
    days = {n: day_of(n, rows, delivery).dt.offset_by(by) for n in dates_in(rows, delivery)}
    return rows.with_columns(written_as(day, n, rows, delivery) for n, day in days.items())


def cut_at_birth(rows: pl.DataFrame, delivery: Delivery, period: int, birth: pl.Expr) -> pl.DataFrame:
    """Rows of a period without what was over before a birth; what went on over it begins on that day.

    A row of an event before birth is set aside, so whoever is made younger keeps what they can have lived through.
    Where there is no birth a row stays as it is.
    """
    days = {n: day_of(n, rows, delivery) for n in dates_in(rows, delivery)}
    if not days:
        return rows
    last = pl.max_horizontal(days.values())
    if delivery.period.rule == "overlaps":
        # without an end it goes on
        last = pl.coalesce(days[n] for n, c in dates_in(rows, delivery).items() if c == delivery.period.columns[1])
    unborn = (last < birth) | (birth.dt.year() > period)
    return rows.filter(~unborn.fill_null(value=False)).with_columns(
        pl.when(day < birth).then(written_as(birth, n, rows, delivery)).otherwise(n).alias(n) for n, day in days.items()
    )
