"""A group against its reference group, now and since a baseline: the one place where the two are compared.

Readings judge at 90 per cent and contrasts show at 95; both ask here. Values are fractions and ratios of them.
"""

from dataclasses import dataclass
from typing import NamedTuple

from handleplan_pipeline.statistics.comparisons import newcombe_difference, rate_ratio_exact
from handleplan_pipeline.statistics.differences import difference_in_differences
from handleplan_pipeline.statistics.intervals import Interval
from handleplan_pipeline.statistics.power import minimum_detectable_difference, power_noninferiority
from handleplan_pipeline.statistics.ratios import ratio_of_ratios
from handleplan_pipeline.statistics.rules import DISPLAY

POINTS = 100.0
"""Shares are compared in percentage points."""


class Pair(NamedTuple):
    """Numerator and denominator of a group, then of its reference group."""

    x: int
    n: int
    reference_x: int
    reference_n: int

    @property
    def gap(self) -> float:
        """Share of the group less share of the reference group."""
        return self.x / self.n - self.reference_x / self.reference_n

    @property
    def ratio(self) -> float | None:
        """Share of the group over share of the reference group; None where the reference group has no event."""
        return self.x / self.n / (self.reference_x / self.reference_n) if self.reference_x else None


@dataclass(frozen=True)
class TwoGroups:
    """The two groups now, and `before` where they can be compared with a baseline."""

    now: Pair
    before: Pair | None = None

    def difference(self, confidence: float) -> Interval:
        """The gap now (Newcombe)."""
        return newcombe_difference(*self.now, confidence=confidence)

    def ratio(self, confidence: float) -> Interval | None:
        """The ratio now (exact conditional); None where a count is nobody."""
        return rate_ratio_exact(*self.now, confidence=confidence) if self.now.x and self.now.reference_x else None

    def change(self, confidence: float) -> Interval | None:
        """The gap now less the gap before (MOVER)."""
        if self.before is None:
            return None
        return difference_in_differences(*_crossed(self.before, self.now), confidence=confidence)

    def change_of_ratio(self, confidence: float) -> Interval | None:
        """The ratio now over the ratio before (log-delta)."""
        if self.before is None:
            return None
        return ratio_of_ratios(*_crossed(self.before, self.now), confidence=confidence)

    def own_change(self, confidence: float) -> Interval | None:
        """The group's own share now less then (Newcombe); persons in both years make it wider than it need be."""
        if self.before is None:
            return None
        return newcombe_difference(*self.now[:2], *self.before[:2], confidence=confidence)

    @property
    def reduced_as_much(self) -> bool | None:
        """The sentence on the counts alone: the own share fell, and relatively no less than that of the reference."""
        if self.before is None:
            return None
        (x, n, rx, rn), (x0, n0, rx0, rn0) = self.now, self.before
        # whole numbers, so that shares that are equal are equal
        return x * n0 < x0 * n and x * n0 * rx0 * rn <= x0 * n * rx * rn0

    @property
    def directions_disagree(self) -> bool:
        """Whether the ratio moved one way and the gap in points the other."""
        ratio, points = self.change_of_ratio(DISPLAY), self.change(DISPLAY)
        return ratio is not None and points is not None and (float(ratio.estimate) - 1) * float(points.estimate) < 0

    @property
    def planned_share(self) -> float:
        """The reference share used for planning; with none or all of the group, half a person keeps it off the edge."""
        x, n = self.now.reference_x, self.now.reference_n
        return x / n if 0 < x < n else (x + 0.5) / (n + 1)

    @property
    def detectable(self) -> float:
        """The smallest gap that could be found with groups of this size."""
        return minimum_detectable_difference(self.now.n, self.now.reference_n, self.planned_share)

    def power(self, margin: float) -> float:
        """How often the rule would say met if there were no gap."""
        return power_noninferiority(self.now.n, self.now.reference_n, self.planned_share, margin)


def _crossed(before: Pair, now: Pair) -> tuple[int, int, int, int, int, int, int, int]:
    """Counts in the order group before, group now, reference before, reference now."""
    return (*before[:2], *now[:2], *before[2:], *now[2:])
