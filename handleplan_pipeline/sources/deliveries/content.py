"""What a file's content says of its slot: supplier, municipality and level; and, from `anywhere`, personal data."""

from datetime import date

import polars as pl

from handleplan_pipeline.sources.deliveries.anywhere import require_no_person_numbers
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.parse import Parsed
from schemas.sources.delivery_shape import Delivery

__all__ = ["require_level", "require_no_person_numbers", "require_slot"]

LEAST_ROWS_TO_JUDGE = 20
"""Below so many stays a share of days says nothing. Ours, version 1."""
FEW_PERSONS = 2
"""A cell of one or two persons tells of each of them. Ours, version 1."""
MAX_SHARE_OF_FEW = 0.5
"""A table of counts in which most cells are of so few is a list of persons, however short it is. Ours, version 1."""
MAX_SHARE_ON_1_JANUARY = 0.05
"""More admissions on 1 January than this are technical ones, which cut stays. Ours, version 1."""


def require_slot(parsed: Parsed, delivery: Delivery, manifest: Manifest, municipality: str) -> None:
    """Raise DeliveryRefused when supplier or municipality is not that of the slot."""
    if manifest.supplier != delivery.supplier:
        raise DeliveryRefused("supplier", f"{manifest.file}: {delivery.source} is delivered by {delivery.supplier}.")
    column = delivery.municipality
    rows = parsed.frame.filter(pl.col("set_aside").is_null())
    if column is None or not rows.height:
        return
    known = rows[column].drop_nulls()
    here = int((known == municipality).sum())
    if here * 2 < known.len():
        raise DeliveryRefused(
            "municipality",
            f"{manifest.file}: {known.len() - here} of {known.len()} rows are of another municipality "
            f"than {municipality} ({column}). It is probably another city's file.",
        )


def require_level(parsed: Parsed, delivery: Delivery, manifest: Manifest) -> None:
    """Raise DeliveryRefused for a table of counts that is really a list of persons, or stays with technical cuts."""
    rows = parsed.frame.filter(pl.col("set_aside").is_null())
    if delivery.level == "counts":
        # every row as it came, also one that is set aside: its figures are of the same kind
        cells = parsed.frame["denominator"].drop_nulls()
        few = int(cells.is_between(1, FEW_PERSONS).sum())
        if few > MAX_SHARE_OF_FEW * cells.len():
            raise DeliveryRefused(
                "counts_not_persons",
                f"{manifest.file}: {few} of {cells.len()} cells are of at most {FEW_PERSONS} "
                "persons. A summed data set has no row per person.",
            )
    if rows.height < LEAST_ROWS_TO_JUDGE:
        return
    if delivery.technical_cut is not None:
        day = rows.filter(pl.col(delivery.technical_cut) == date(manifest.period, 1, 1)).height
        if day > MAX_SHARE_ON_1_JANUARY * rows.height:
            raise DeliveryRefused(
                "technical_admissions",
                f"{manifest.file}: {day} of {rows.height} stays begin on 1 January. "
                "Deliver the real admission dates, without technical admissions.",
            )
