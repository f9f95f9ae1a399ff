"""Intervals of two groups compared: difference of shares and ratio of rates."""

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import (
    Counts,
    Interval,
    as_result,
    check_confidence,
    check_exposure,
    check_share,
    clopper_pearson,
)

Array = npt.NDArray[np.float64]


def newcombe_difference(x1: Counts, n1: Counts, x2: Counts, n2: Counts, confidence: float = 0.95) -> Interval:
    """Newcombe hybrid score interval (1998, method 10) of the difference x1/n1 - x2/n2, by statsmodels.

    Scalars or arrays. Raises StatisticsError for an empty group or counts out of range.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    check_confidence(confidence)
    a1, b1 = check_share(x1, n1)
    a2, b2 = check_share(x2, n2)
    lower, upper = confint_proportions_2indep(
        a1, b1, a2, b2, method="newcomb", compare="diff", alpha=1 - confidence, correction=False
    )
    return Interval(as_result(a1 / b1 - a2 / b2), as_result(lower), as_result(upper), "newcombe", confidence)


def rate_ratio_exact(x1: Counts, t1: Counts, x2: Counts, t2: Counts, confidence: float = 0.95) -> Interval:
    """Exact conditional interval of the rate ratio (x1/t1) / (x2/t2); scalars or arrays.

    Clopper-Pearson limits p of the split x1 of x1 + x2 give p/(1-p) * t2/t1 (methods 2.7). `t` is exposure in any one
    unit. With x2 = 0 the upper limit is infinite; with x1 = x2 = 0 no ratio exists and StatisticsError is raised.
    """
    a1, a2, scale = _events(x1, t1, x2, t2)
    split = clopper_pearson(a1, a1 + a2, confidence)
    low, high = (as_result(_odds(np.asarray(p)) * scale) for p in (split.lower, split.upper))
    return Interval(as_result(_ratio(a1, a2) * scale), low, high, "exact-conditional", confidence)


def rate_ratio_midp(x1: int, t1: float, x2: int, t2: float, confidence: float = 0.95) -> Interval:
    """The mid-p interval of the same ratio: half the probability of what was seen (methods 2.5, a sensitivity).

    The limits of the split solve P(X > x1) + P(X = x1)/2 = alpha/2 and its mirror; errors as for `rate_ratio_exact`.
    """
    from scipy.optimize import brentq
    from scipy.stats import binom

    check_confidence(confidence)
    a1, a2, scale = _events(x1, t1, x2, t2)
    x, n, tail = float(a1), float(a1 + a2), (1 - confidence) / 2

    def above(p: float) -> float:
        return float(binom.sf(x, n, p) + binom.pmf(x, n, p) / 2)

    lower = 0.0 if x == 0 else float(brentq(lambda p: above(p) - tail, 0, 1))
    upper = 1.0 if x == n else float(brentq(lambda p: above(p) - (1 - tail), 0, 1))
    low, high = (float(_odds(np.asarray(p)) * scale) for p in (lower, upper))
    return Interval(float(_ratio(a1, a2) * scale), low, high, "mid-p-conditional", confidence)


def _events(x1: Counts, t1: Counts, x2: Counts, t2: Counts) -> tuple[Array, Array, Array]:
    """Events of both groups and the exposure of the second over that of the first."""
    a1, a2 = np.broadcast_arrays(np.asarray(x1, dtype=np.float64), np.asarray(x2, dtype=np.float64))
    if np.any(~np.isfinite(a1)) or np.any(~np.isfinite(a2)) or np.any(a1 < 0) or np.any(a2 < 0):
        raise StatisticsError("a rate ratio needs known counts that are not negative.")
    if np.any(a1 + a2 == 0):
        raise StatisticsError("a rate ratio needs an event in at least one of the groups.")
    first, second = check_exposure(t1, t2)
    return a1, a2, second / first


def _ratio(a: Array, b: Array) -> Array:
    return np.asarray(np.where(b == 0, np.inf, a / np.where(b == 0, 1, b)))


def _odds(p: Array) -> Array:
    return _ratio(p, 1 - p)
