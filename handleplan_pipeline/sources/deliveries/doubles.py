"""Rows of one file that share a key: a duplicate is an identical row; rows that differ say two things of one record."""

import polars as pl

from schemas.sources.delivery_shape import WEEKLY_COLUMNS, Delivery

DUPLICATE, CONFLICTING = "duplicate_row", "conflicting_rows"
_LASTS = "_lasts"
DIFFERS_IN = "differs_in_"
"""Noted beside `conflicting_rows`, by column: in how many of those rows the rows of one key differ in it."""


def one_lasts(delivery: Delivery) -> bool:
    """Whether only the end tells apart rows of one record: of those that begin on one day, one goes beyond it."""
    return delivery.span is not None and set(delivery.key) == {*delivery.span.identity, delivery.period.columns[1]}


def doubles(typed: pl.DataFrame, delivery: Delivery) -> tuple[pl.Series, dict[str, int]]:
    """The verdict of each row on sharing its key with another good row, and what is noted of the columns that differ.

    Asked of the good rows only: a faulty copy must not take the good row's place. Rows without a person are never
    copies of each other: two people without a number can have slept in one place on the same dates.

    Where only the end tells records apart that begin on one day (`one_lasts`), somebody may come, leave and come
    again on a day, but two rows that last beyond it say two things of one stay, also where one of them is open.
    """
    good = pl.col("set_aside").is_null()
    asked = good & pl.col("person").is_not_null() if "person" in delivery.key else good
    own = [v.column for v in delivery.variables] + [c.name for c in WEEKLY_COLUMNS if delivery.weekly]
    key = list(delivery.key)
    rows = typed.with_row_index("_row").filter(asked)
    if delivery.span is not None and one_lasts(delivery):
        start, end = map(pl.col, delivery.period.columns)
        key = [*delivery.span.identity, _LASTS]
        rows = rows.with_columns((end.is_null() | (end > start)).alias(_LASTS))
    shared = rows.filter(pl.struct(key).is_duplicated())
    if not shared.height:
        return pl.Series([None] * typed.height, dtype=pl.String), {}
    distinct = shared.filter(pl.struct(own).is_first_distinct())
    conflicting = distinct.filter(pl.struct(key).is_duplicated())
    verdicts = pl.concat(
        [
            shared.join(distinct, on="_row", how="anti").select("_row", verdict=pl.lit(DUPLICATE)),
            conflicting.select("_row", verdict=pl.lit(CONFLICTING)),
        ]
    )
    verdict = typed.select(_row=pl.int_range(pl.len(), dtype=pl.get_index_type())).join(
        verdicts, on="_row", how="left", maintain_order="left"
    )["verdict"]
    return verdict, _differing(conflicting, key, [c for c in own if c not in key])


def _differing(rows: pl.DataFrame, key: list[str], columns: list[str]) -> dict[str, int]:
    if not rows.height:
        return {}
    apart = rows.select((pl.col(c).n_unique().over(key) > 1).sum().alias(c) for c in columns)
    return {f"{DIFFERS_IN}{c}": int(apart[c][0]) for c in columns if apart[c][0]}
