"""Changed person numbers: the pseudonyms of one person become one before anything is counted. Chains are followed."""

from graphlib import CycleError, TopologicalSorter

import polars as pl

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from schemas.sources.delivery_shape import Delivery

UNDER_OLD_NUMBER = "under_old_number"
"""A row that a delivery gives under the old number too, beside the one under the new."""


def require_no_circle(changes: pl.DataFrame, file: str) -> None:
    """Raise DeliveryRefused (rule `circular`) when a number leads back to itself through its successors."""
    good = changes.filter(pl.col("set_aside").is_null())
    after: dict[str, set[str]] = {}
    for old, new in good.select("old_person", "person").iter_rows():
        after.setdefault(old, set()).add(new)
    try:
        TopologicalSorter(after).prepare()
    except CycleError as e:
        numbers = len(set(e.args[1]))
        raise DeliveryRefused(
            "circular",
            f"{file}: {numbers} person numbers succeed each other in a circle, with the deliveries of other periods. "
            "Which of them is in force nobody can tell: correct the file and deliver it anew.",
        ) from None


def current_numbers(changes: pl.DataFrame) -> dict[str, str]:
    """Old pseudonym -> the one in force: all numbers that any changes connect are one person's.

    In force is the number of the latest change that no later one replaced.
    """
    good = changes.filter(pl.col("set_aside").is_null()).sort("changed_date", "old_person", "person")
    root: dict[str, str] = {}

    def find(n: str) -> str:
        while root.setdefault(n, n) != n:
            n = root[n]
        return n

    pairs = good.select("old_person", "person").rows()
    for old, new in pairs:
        root[find(old)] = find(new)
    replaced = {old for old, _ in pairs}
    in_force = {find(new): new for _, new in pairs if new not in replaced}
    return {n: in_force[find(n)] for n in root if in_force[find(n)] != n}


def linked(delivery: Delivery, rows: pl.DataFrame, current: dict[str, str]) -> pl.DataFrame:
    """Source rows with every person under the number in force.

    A row, or a record that runs (`Span.identity`), that a file gives under two numbers of one person is used once, as
    it stands under the number in force; the others are set aside as `under_old_number`.
    """
    if not current or "person" not in rows.columns or not rows["person"].is_in(list(current)).any():
        return rows
    old = pl.col("person").is_in(list(current))
    rows = rows.with_columns(_old=old.fill_null(False), person=pl.col("person").replace(current))
    good = pl.col("set_aside").is_null() & pl.col("person").is_not_null()
    if delivery.span is not None:
        beside = (~pl.col("_old")).any().over("period", *delivery.span.identity, good)
        rows = _under_old_number(rows, good & pl.col("_old") & beside)
    if "person" in delivery.key:
        place = pl.int_range(pl.len()).over("period", *delivery.key, good, order_by="_old")
        touched = pl.col("_old").any().over("period", *delivery.key, good)
        rows = _under_old_number(rows, good & touched & (place > 0))
    return rows.drop("_old")


def _under_old_number(rows: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(set_aside=pl.when(which).then(pl.lit(UNDER_OLD_NUMBER)).otherwise("set_aside"))
