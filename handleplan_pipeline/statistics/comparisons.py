"""Intervals of two groups compared: difference of shares and ratio of rates."""

import numpy as np

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import (
    Counts,
    Interval,
    as_result,
    check_confidence,
    check_share,
    clopper_pearson,
)


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


def rate_ratio_exact(x1: int, t1: float, x2: int, t2: float, confidence: float = 0.95) -> Interval:
    """Exact conditional interval of the rate ratio (x1/t1) / (x2/t2).

    Clopper-Pearson limits p of the split x1 of x1 + x2 give p/(1-p) * t2/t1 (methods 2.7). `t` is exposure in any one
    unit. With x2 = 0 the upper limit is infinite; with x1 = x2 = 0 no ratio exists and StatisticsError is raised.
    """
    check_confidence(confidence)
    if x1 < 0 or x2 < 0 or x1 + x2 == 0:
        raise StatisticsError("a rate ratio needs non-negative counts, not both of them zero.")
    if not (t1 > 0 and t2 > 0 and np.isfinite(t1) and np.isfinite(t2)):
        raise StatisticsError("a rate ratio needs a positive exposure in both groups.")
    split = clopper_pearson(x1, x1 + x2, confidence)
    scale = t2 / t1

    def odds(p: float) -> float:
        return float("inf") if p >= 1 else p / (1 - p) * scale

    estimate = float("inf") if x2 == 0 else x1 / x2 * scale
    return Interval(estimate, odds(float(split.lower)), odds(float(split.upper)), "exact-conditional", confidence)  # type: ignore[arg-type]
