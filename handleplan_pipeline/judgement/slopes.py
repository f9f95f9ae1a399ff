"""The slope of a goal's own group since the baseline: stored beside a reading, without a say in it (methods 2.5)."""

from dataclasses import replace

from handleplan_pipeline.catalogue import Goal, Indicator
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.reading import Reading
from handleplan_pipeline.statistics import StatisticsError, rate_slope, share_slope
from handleplan_pipeline.statistics.two_groups import POINTS

SHARE, RELATIVE = "percentage_points_per_year", "percent_per_year"
"""What a slope is in: points of a share, or the relative change of a number or rate."""


def with_slope(e: Evidence, goal: Goal, indicator: Indicator, year: int, reading: Reading, group: str) -> Reading:
    """Cochran-Armitage for shares, Poisson for counts and rates; none across a break, none of medians and ratios.

    In percentage points per year of a share, else in per cent per year.
    """
    base = e.baseline_year(goal, indicator)
    if indicator.measure in ("median", "ratio") or e.broken(indicator.id, base, year):
        return reading
    # the slope is of what is judged: a number of persons judged by its rate has the slope of the rate
    of = e.rate_of(indicator) if reading.quantity == "rate_ratio" else indicator
    found: dict[int, tuple[int, int]] = {
        y: (f.x, f.n or 0) for y in range(base, year + 1) if (f := e.figure(of.id, y, group)) and f.x is not None
    }
    x, n = ([v[k] for v in found.values()] for k in (0, 1))
    try:
        if of.measure == "share":
            slope = share_slope(x, n, list(found))
        else:
            slope = rate_slope(x, n if of.measure == "rate" else [1] * len(x), list(found))
    except StatisticsError:
        return reading
    unit = SHARE if of.measure == "share" else RELATIVE
    return replace(reading, slope=replace(slope, estimate=slope.estimate * POINTS), slope_unit=unit)
