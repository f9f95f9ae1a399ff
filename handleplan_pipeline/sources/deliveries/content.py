"""What a file's content says of its slot: supplier, municipality and level; and, from `anywhere`, personal data."""

import polars as pl

from handleplan_pipeline.catalogue.plausibility import limit
from handleplan_pipeline.sources.deliveries.anywhere import require_no_person_numbers
from handleplan_pipeline.sources.deliveries.contradictions import require_no_contradiction
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.parse import Parsed
from schemas.sources.delivery_shape import Delivery

__all__ = ["require_cut", "require_level", "require_no_person_numbers", "require_slot"]

NATIONAL = "national"
"""The rule under which a file is refused that came to the wrong lake: a municipality's, or the national one."""
ON_1_JANUARY = "on_1_january"
"""How the admissions on 1 January that are taken are noted."""


def require_slot(parsed: Parsed, delivery: Delivery, manifest: Manifest, municipality: str | None) -> None:
    """Raise DeliveryRefused when supplier or municipality (None: the whole country) is not that of the slot."""
    if manifest.supplier != delivery.supplier:
        raise DeliveryRefused("supplier", f"{manifest.file}: {delivery.source} is delivered by {delivery.supplier}.")
    column = delivery.municipality
    rows = parsed.frame.filter(pl.col("set_aside").is_null())
    if municipality is None:
        _require_nation(rows, delivery, manifest)
        return
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


def _require_nation(rows: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> None:
    """Raise DeliveryRefused for a file of one municipality alone, with which the national lake can do nothing."""
    named = rows[delivery.municipality].drop_nulls() if delivery.municipality else pl.Series(dtype=pl.String)
    if named.len() and named.n_unique() == 1:
        raise DeliveryRefused(
            NATIONAL,
            f"{manifest.file}: every row is of municipality {named[0]} ({delivery.municipality}). The national lake "
            "takes the whole country's file: of all others this one would count nobody.",
        )


def require_cut(delivery: Delivery, manifest: Manifest) -> None:
    """Raise DeliveryRefused for a source that nobody can cut a municipality's part out of."""
    if not delivery.cut:
        raise DeliveryRefused(
            NATIONAL,
            f"{manifest.file}: whose a row of {delivery.source} is cannot be told from it, so the national lake does "
            "not take it. Deliver it to each municipality's lake.",
        )


def require_level(parsed: Parsed, delivery: Delivery, manifest: Manifest) -> dict[str, int]:
    """Raise DeliveryRefused for a table of counts that is really a list of persons, or stays with technical cuts.

    Returns what has to be noted of a file that is taken.
    """
    if delivery.level == "counts":
        # every row as it came, also one that is set aside: its figures are of the same kind
        cells = parsed.frame["denominator"].drop_nulls()
        most = int(limit("few_persons_in_cell"))
        few = int(cells.is_between(1, most).sum())
        if few > limit("cells_of_few_share") * cells.len():
            raise DeliveryRefused(
                "counts_not_persons",
                f"{manifest.file}: {few} of {cells.len()} cells are of at most {most} "
                "persons. A summed data set has no row per person.",
            )
        require_no_contradiction(parsed.frame, delivery, manifest.file)
    if delivery.technical_cut is None:
        return {}
    days = parsed.frame.filter(pl.col("set_aside").is_null())[delivery.technical_cut].drop_nulls()
    first = int(((days.dt.month() == 1) & (days.dt.day() == 1)).sum())
    many = first >= limit("admissions_on_1_january_least")
    if many and first > limit("admissions_on_1_january_share") * days.len():
        raise DeliveryRefused(
            "technical_admissions",
            f"{manifest.file}: {first} of {days.len()} stays begin on 1 January. "
            "Deliver the real admission dates, without technical admissions and without a day that stands for an "
            "unknown one.",
        )
    return {ON_1_JANUARY: first} if first else {}
