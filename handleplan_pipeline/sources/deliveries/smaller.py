"""Whether a file has so many fewer rows than the one before it that it is probably cut off (`plausibility.yaml`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from handleplan_pipeline.catalogue.plausibility import limit
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from schemas.sources.delivery_shape import Delivery

MUCH_SMALLER = "much_smaller"


@dataclass(frozen=True)
class Before:
    """The delivery a file is compared with: the one it supersedes, or that of the nearest year before."""

    period: int
    rows: int
    superseded: bool

    @property
    def judged(self) -> bool:
        return self.rows >= limit("least_rows_corrected" if self.superseded else "least_rows_year_before")

    @property
    def stopped(self) -> float:
        if self.superseded:
            return limit("stopped_corrected")
        return limit("stopped_year_before_many" if self.rows >= limit("many_rows") else "stopped_year_before")

    @property
    def usual(self) -> tuple[float, float]:
        name = "usual_corrected" if self.superseded else "usual_year_before"
        return limit(f"{name}_from"), limit(f"{name}_to")

    @property
    def words(self) -> str:
        return (
            f"the {self.rows} of the delivery it supersedes" if self.superseded else f"the {self.rows} of {self.period}"
        )


def befores(rows_by_period: Mapping[int, int], period: int) -> list[Before]:
    """What a new file of `period` is compared with, given the rows of the delivery that counts for each period."""
    found = [Before(period, rows_by_period[period], True)] if period in rows_by_period else []
    earlier = [p for p in rows_by_period if p < period]
    return found + [Before(p, rows_by_period[p], False) for p in sorted(earlier)[-1:]]


def is_much_smaller(rows: int, before: Before) -> bool:
    return before.judged and rows <= before.stopped * before.rows


def require_not_much_smaller(manifest: Manifest, delivery: Delivery, rows_by_period: Mapping[int, int]) -> str | None:
    """Raise DeliveryRefused unless the file has about as many rows as before, or somebody confirms that it has not.

    Returns a sentence when the number is unusual, or when it was confirmed.
    """
    compared = befores(rows_by_period, manifest.period)
    small = [b for b in compared if is_much_smaller(manifest.rows, b)]
    if (small or (manifest.rows == 0 and not delivery.may_be_empty)) and not manifest.confirmed:
        against = f" against {small[0].words}" if small else f", and {delivery.source} is never empty"
        raise DeliveryRefused(
            MUCH_SMALLER,
            f"{manifest.file}: {manifest.rows} rows{against}. Probably cut off: deliver the whole "
            "file, or say with `handleplan deliver --confirm` that it is right.",
        )
    if small:
        return f"{manifest.rows} rows against {small[0].words}, confirmed"
    for b in compared:
        low, high = b.usual
        if b.judged and not low * b.rows <= manifest.rows <= high * b.rows:
            return f"Unusual: {manifest.rows} rows against {b.words}. Look whether the file is whole"
    return None
