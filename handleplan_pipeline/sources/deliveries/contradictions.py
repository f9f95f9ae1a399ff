"""Cells of a table of counts that contradict each other: a part above its whole, parts that are not the whole.

A cell that is hidden, empty or set aside may be anything; what is asked is whether all figures can be true at once. A
numerator above its denominator is one row's fault and a rule of rows.
"""

import re
from collections.abc import Iterator

import polars as pl

from handleplan_pipeline.sources.deliveries.doubles import DUPLICATE
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from schemas.sources.delivery_shape import Delivery, Whole

CONTRADICTING = "contradicting_cells"
NUMERATOR, DENOMINATOR = "numerator", "denominator"
EVERYBODY = "total"
OLDEST = 999
"""Stands for no upper end; a text with more digits is no age."""


def require_no_contradiction(rows: pl.DataFrame, delivery: Delivery, file: str) -> None:
    """Raise DeliveryRefused where figures of a file cannot all be true; says how many by variable, and no figure."""
    named = {v.column: v.name for v in delivery.variables}
    good = pl.col("set_aside").is_null()
    cells = rows.filter(good | (pl.col("set_aside") != DUPLICATE)).with_columns(
        pl.when(good).then(pl.col(c)).alias(c) for c in (NUMERATOR, DENOMINATOR)
    )
    found: dict[str, int] = {}
    for figure in (NUMERATOR, DENOMINATOR):
        for column, wrong in _contradictions(cells, figure, delivery):
            found[named[column]] = found.get(named[column], 0) + wrong
    wrong_ones = "; ".join(f"{n}: {k}" for n, k in found.items() if k)
    if wrong_ones:
        raise DeliveryRefused(
            CONTRADICTING,
            f"{file}: figures contradict each other, in so many cells by variable ({wrong_ones}). Parts are never more "
            "than their whole, and all of them are the whole. Deliver all figures from one extraction; a part that may "
            "not be shown is `..`, and who is of none of the parts is `unknown`.",
        )


def _contradictions(cells: pl.DataFrame, figure: str, delivery: Delivery) -> Iterator[tuple[str, int]]:
    """Each column with the number of wholes that their parts contradict."""
    for whole in delivery.wholes:
        others = [c for c in delivery.key if c != whole.column]
        kind = pl.col(whole.column)
        if whole.parts:
            yield whole.column, _not_the_sum(cells, figure, whole, others)
        if whole.within:
            yield whole.column, _smaller(cells, figure, kind == whole.whole, kind.is_in(whole.within), others)
    if delivery.age_groups is not None:
        column = delivery.age_groups
        others = [c for c in delivery.key if c != column]
        for age in cells[column].drop_nulls().unique().sort():
            inside = _inside(pl.col(column), age)
            if inside is not None:
                yield column, _smaller(cells, figure, pl.col(column) == age, inside, others)


def _not_the_sum(cells: pl.DataFrame, figure: str, whole: Whole, others: list[str]) -> int:
    """How many wholes their parts are more than, or, where none is missing or hidden, not the same as."""
    kind, number = pl.col(whole.column), pl.col(figure)
    part = kind.is_in([*whole.parts, *whole.rest])
    sums = cells.group_by(others).agg(
        whole=number.filter(kind == whole.whole).first(),
        parts=number.filter(part).sum(),
        known=number.filter(part).is_not_null().all(),
        there=kind.filter(kind.is_in(whole.parts)).n_unique() == len(whole.parts),
    )
    whole_number, parts = pl.col("whole"), pl.col("parts")
    wrong = (parts > whole_number) | (pl.col("known") & pl.col("there") & (parts != whole_number))
    return sums.filter(wrong).height


def _inside(ages: pl.Expr, age: str) -> pl.Expr | None:
    """Which ages and ranges lie within a range; None of a single year and of an unknown age, which hold no other."""
    if age == EVERYBODY:
        return ages != EVERYBODY
    found = re.fullmatch(r"([0-9]{1,3})(?:\+|-([0-9]{1,3}))", age)
    if found is None:
        return None
    starts = ages.str.extract("^([0-9]{1,3})").cast(pl.Int64)
    ends = pl.when(ages.str.ends_with("+")).then(pl.lit(OLDEST)).otherwise(ages.str.extract("([0-9]+)$"))
    low, high = int(found[1]), int(found[2] or OLDEST)
    return (starts >= low) & (ends.cast(pl.Int64, strict=False) <= high) & (ages != age)


def _smaller(cells: pl.DataFrame, figure: str, whole: pl.Expr, part: pl.Expr, others: list[str]) -> int:
    """How many wholes are smaller than one of their parts."""
    number = pl.col(figure)
    found = cells.group_by(others).agg(
        whole=number.filter(whole).first(), part=number.filter(part.fill_null(False)).max()
    )
    return found.filter(pl.col("part") > pl.col("whole")).height
