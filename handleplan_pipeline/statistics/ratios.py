"""Ratios of shares: the score interval of one ratio, and the ratio of two ratios."""

import numpy as np

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import Counts, Interval, as_result, check_confidence, check_share
from handleplan_pipeline.statistics.scores import limit, ratio_score

WIDEST = 60.0
"""Limits are looked for on the log scale within exp(-60) and exp(60)."""
CONTINUITY_X, CONTINUITY_N = 0.5, 1.0


def risk_ratio(x1: Counts, n1: Counts, x2: Counts, n2: Counts, confidence: float = 0.95) -> Interval:
    """Miettinen-Nurminen score interval of (x1/n1) / (x2/n2).

    With x2 = 0 estimate and upper limit are infinite, with x1 = 0 estimate and lower limit are 0; with both 0 there is
    no ratio and StatisticsError is raised.
    """
    from scipy.stats import norm

    check_confidence(confidence)
    a1, b1 = check_share(x1, n1)
    a2, b2 = check_share(x2, n2)
    a1, b1, a2, b2 = np.broadcast_arrays(a1, b1, a2, b2)
    if np.any((a1 == 0) & (a2 == 0)):
        raise StatisticsError("a ratio of two shares of zero does not exist.")
    z = float(norm.ppf((1 + confidence) / 2))
    with np.errstate(divide="ignore"):
        estimate = np.where(a2 == 0, np.inf, a1 / b1 / np.where(a2 == 0, 1, a2 / b2))
        centre = np.clip(np.log(np.where(estimate == 0, np.exp(-WIDEST), estimate)), -WIDEST, WIDEST)

    def score(at: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return ratio_score(a1, b1, a2, b2, np.exp(at))

    lower = np.exp(limit(score, np.full_like(centre, -WIDEST), centre, z))
    upper = np.exp(limit(score, centre, np.full_like(centre, WIDEST), -z))
    lower, upper = np.where(a1 == 0, 0.0, lower), np.where(a2 == 0, np.inf, upper)
    return Interval(as_result(estimate), as_result(lower), as_result(upper), "miettinen-nurminen-ratio", confidence)


def ratio_of_ratios(
    m0: Counts,
    nm0: Counts,
    m1: Counts,
    nm1: Counts,
    d0: Counts,
    nd0: Counts,
    d1: Counts,
    nd1: Counts,
    confidence: float = 0.95,
) -> Interval:
    """(m1/m0) / (d1/d0) of four independent shares on the log scale, se^2 = sum (1 - p)/x (methods 2.3).

    Scalars or arrays. Where a count is 0, or all are full so that nothing could vary, 0.5 is added to every count and
    1 to every size, and the method says so.
    """
    from scipy.stats import norm

    check_confidence(confidence)
    pairs = [check_share(a, b) for a, b in ((m1, nm1), (m0, nm0), (d1, nd1), (d0, nd0))]
    parts = np.broadcast_arrays(*(v for pair in pairs for v in pair))
    x, n = np.stack(parts[::2]), np.stack(parts[1::2])
    corrected = np.any(x == 0, axis=0) | np.all(x == n, axis=0)
    x, n = x + CONTINUITY_X * corrected, n + CONTINUITY_N * corrected
    p = x / n
    log = np.tensordot([1.0, -1.0, -1.0, 1.0], np.log(p), axes=1)
    half = float(norm.ppf((1 + confidence) / 2)) * np.sqrt(np.sum((1 - p) / x, axis=0))
    estimate, low, high = (as_result(np.exp(v)) for v in (log, log - half, log + half))
    return Interval(estimate, low, high, "log-delta+0.5" if np.any(corrected) else "log-delta", confidence)
