"""Differences of shares beyond Newcombe: the score interval, tests at a margin, differences in differences."""

from collections.abc import Sequence

import numpy as np

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import (
    Counts,
    Interval,
    Number,
    as_result,
    byar,
    check_confidence,
    check_share,
    wilson,
)
from handleplan_pipeline.statistics.scores import difference_score, limit


def _arrays(x1: Counts, n1: Counts, x2: Counts, n2: Counts):  # type: ignore[no-untyped-def]
    a1, b1 = check_share(x1, n1)
    a2, b2 = check_share(x2, n2)
    return np.broadcast_arrays(a1, b1, a2, b2)


def miettinen_nurminen_difference(x1: Counts, n1: Counts, x2: Counts, n2: Counts, confidence: float = 0.95) -> Interval:
    """Miettinen-Nurminen (1985) score interval of x1/n1 - x2/n2; the cross-check of Newcombe (methods 2.2, 2.7)."""
    from scipy.stats import norm

    check_confidence(confidence)
    a1, b1, a2, b2 = _arrays(x1, n1, x2, n2)
    z = float(norm.ppf((1 + confidence) / 2))
    d = a1 / b1 - a2 / b2

    def score(at: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return difference_score(a1, b1, a2, b2, at)

    lower = limit(score, np.full_like(d, -1.0), d, z)
    upper = limit(score, d, np.full_like(d, 1.0), -z)
    lower = np.where(d <= -1, -1.0, lower)
    upper = np.where(d >= 1, 1.0, upper)
    return Interval(as_result(d), as_result(lower), as_result(upper), "miettinen-nurminen", confidence)


def noninferiority_p(x1: Counts, n1: Counts, x2: Counts, n2: Counts, margin: float) -> Number:
    """One-sided p of "group 1 is worse than group 2 by `margin` or more", higher being better: 1 - Phi(score at -m)."""
    from scipy.stats import norm

    _check_margin(margin)
    a1, b1, a2, b2 = _arrays(x1, n1, x2, n2)
    return as_result(norm.sf(difference_score(a1, b1, a2, b2, np.full_like(a1, -margin))))


def equivalence_p(x1: Counts, n1: Counts, x2: Counts, n2: Counts, margin: float) -> Number:
    """p of two one-sided tests (TOST) that the shares differ by less than `margin`: the larger of the two."""
    from scipy.stats import norm

    _check_margin(margin)
    a1, b1, a2, b2 = _arrays(x1, n1, x2, n2)
    below = norm.sf(difference_score(a1, b1, a2, b2, np.full_like(a1, -margin)))
    above = norm.cdf(difference_score(a1, b1, a2, b2, np.full_like(a1, margin)))
    return as_result(np.maximum(below, above))


def _check_margin(margin: float) -> None:
    if not 0 < margin < 1:
        raise StatisticsError("a margin of shares lies strictly between 0 and 1, e.g. 0.10.")


def difference_in_differences(
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
    """(m1 - m0) - (d1 - d0) of four independent shares with the MOVER interval from their Wilson limits (2.3, 2.7).

    0 is the baseline, 1 the follow-up; `m` the group, `d` the reference group.
    """
    terms = [(1, m1, nm1), (-1, m0, nm0), (-1, d1, nd1), (1, d0, nd0)]
    return _mover([(sign, wilson(x, n, confidence)) for sign, x, n in terms], "mover-wilson", confidence)


def count_difference(*counts: tuple[int, Counts], confidence: float = 0.95) -> Interval:
    """A signed sum of independent Poisson counts, as (1 or -1, count), with MOVER from Byar's limits (2.7)."""
    return _mover([(sign, byar(x, confidence)) for sign, x in counts], "mover-byar", confidence)


def _mover(terms: Sequence[tuple[int, Interval]], method: str, confidence: float) -> Interval:
    """One square per term: the near limit where the sign is plus."""
    estimate, down, up = (np.zeros(()) for _ in range(3))
    for sign, ci in terms:
        p, low, high = (np.asarray(v) for v in (ci.estimate, ci.lower, ci.upper))
        estimate = np.asarray(estimate + sign * p)
        down = np.asarray(down + ((p - low) if sign > 0 else (high - p)) ** 2)
        up = np.asarray(up + ((high - p) if sign > 0 else (p - low)) ** 2)
    limits = as_result(estimate - np.sqrt(down)), as_result(estimate + np.sqrt(up))
    return Interval(as_result(estimate), *limits, method, confidence)
