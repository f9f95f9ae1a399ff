"""Whether a file has so many fewer rows than the one before it that it is probably cut off."""

from collections.abc import Mapping
from dataclasses import dataclass

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from schemas.sources.delivery_shape import Delivery

MUCH_SMALLER = "much_smaller"
LEAST_ROWS_CORRECTED = 4
"""A corrected file is compared with one of at least so many rows: below, one row is a quarter. Ours, version 1."""
LEAST_ROWS_LAST_YEAR = 20
"""So many rows a year must have had: below, a year halves by chance more often than by a fault. Ours, version 1."""
MANY_ROWS = 100
"""From here on chance does not take two of five rows away (20 of 100 is 2.8 standard errors). Ours, version 1."""
STOPPED_CORRECTED = 0.6
"""A correction repairs rows; one that loses two of five has lost them on the way. Ours, version 1."""
STOPPED_LAST_YEAR = 0.5
"""Half of last year or less is stopped, in small sources too: a file cut off in the middle. Ours, version 1."""
STOPPED_LAST_YEAR_MANY = 0.6
"""As above where rows are many: half a file of a year that has grown by a fifth. Ours, version 1."""
USUAL_CORRECTED = (0.8, 1.25)
"""Outside this a correction is said to be unusual. Ours, version 1."""
USUAL_LAST_YEAR = (0.67, 1.5)
"""Outside this a year is said to be unusual; young sources grow by up to a third. Ours, version 1."""


@dataclass(frozen=True)
class Before:
    """The delivery a file is compared with: the one it supersedes, or that of the nearest year before."""

    period: int
    rows: int
    superseded: bool

    @property
    def judged(self) -> bool:
        return self.rows >= (LEAST_ROWS_CORRECTED if self.superseded else LEAST_ROWS_LAST_YEAR)

    @property
    def stopped(self) -> float:
        if self.superseded:
            return STOPPED_CORRECTED
        return STOPPED_LAST_YEAR_MANY if self.rows >= MANY_ROWS else STOPPED_LAST_YEAR

    @property
    def usual(self) -> tuple[float, float]:
        return USUAL_CORRECTED if self.superseded else USUAL_LAST_YEAR

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
