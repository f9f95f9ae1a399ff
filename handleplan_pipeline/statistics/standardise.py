"""Standardised rates and ratios, and the split of a difference into rate and composition."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import (
    Counts,
    Interval,
    as_result,
    byar,
    check_confidence,
    check_exposure,
    check_share,
)

FEWEST_EVENTS = 10
"""Below so many events a directly standardised rate is not given and exact limits replace Byar's (PHE)."""


def _lists(*values: npt.ArrayLike) -> list[npt.NDArray[np.float64]]:
    found = [np.asarray(v, dtype=np.float64) for v in values]
    if len({f.shape for f in found}) != 1 or found[0].ndim != 1 or not found[0].size:
        raise StatisticsError("strata are lists of one length.")
    if any(np.any(~np.isfinite(f)) for f in found):
        raise StatisticsError("strata need known numbers.")
    return found


def directly_standardised_rate(
    observed: npt.ArrayLike, population: npt.ArrayLike, weights: npt.ArrayLike, confidence: float = 0.95
) -> Interval:
    """Sum of w O/n over sum of w, with Dobson's interval around Byar's limits of the total (methods 2.7; PHE).

    One entry per stratum. Raises StatisticsError for fewer than 10 events in all: use `standardised_ratio`.
    """
    check_confidence(confidence)
    o, n, w = _lists(observed, population, weights)
    if np.any(n <= 0) or np.any(o < 0) or np.any(w < 0) or w.sum() <= 0:
        raise StatisticsError("strata need persons, counts and weights that are not negative.")
    total = float(o.sum())
    if total < FEWEST_EVENTS:
        raise StatisticsError("fewer than 10 events: give the indirectly standardised ratio instead.")
    rate = float((w * o / n).sum() / w.sum())
    variance = float((w**2 * o / n**2).sum() / w.sum() ** 2)
    limits = byar(total, confidence)
    scale = float(np.sqrt(variance / total))
    return Interval(
        rate,
        rate + scale * (float(limits.lower) - total),
        rate + scale * (float(limits.upper) - total),
        "dobson",
        confidence,
    )


def standardised_ratio(observed: Counts, expected: Counts, confidence: float = 0.95) -> Interval:
    """Observed over expected (SMR) with Poisson limits: exact below 10 events, Byar's from 10 (methods 2.4, 2.7).

    Scalars or arrays. Raises StatisticsError for an unknown or negative count and an expectation that is not positive.
    """
    from scipy.stats import chi2

    check_confidence(confidence)
    (e,) = check_exposure(expected)
    ci = byar(observed, confidence)
    o, low, high = (np.asarray(v) for v in (ci.estimate, ci.lower, ci.upper))
    tail, few = (1 - confidence) / 2, o < FEWEST_EVENTS
    exact_low = np.where(o > 0, chi2.ppf(tail, 2 * np.where(o > 0, o, 1)) / 2, 0.0)
    low = np.where(few, exact_low, low)
    high = np.where(few, chi2.ppf(1 - tail, 2 * o + 2) / 2, high)
    method = "exact" if np.all(few) else "byar" if not np.any(few) else "byar-or-exact"
    return Interval(as_result(o / e), as_result(low / e), as_result(high / e), method, confidence)


def standardised_difference(
    x1: npt.ArrayLike,
    n1: npt.ArrayLike,
    x2: npt.ArrayLike,
    n2: npt.ArrayLike,
    weights: npt.ArrayLike,
    confidence: float = 0.95,
) -> Interval:
    """Difference of two directly standardised shares: sum w (p1 - p2) over sum w, one entry per stratum.

    Variance sum w^2 (p1 q1/n1 + p2 q2/n2), binomial within strata, normal limits (methods 2.7).
    """
    from scipy.stats import norm

    check_confidence(confidence)
    a1, b1, a2, b2, w = _lists(x1, n1, x2, n2, weights)
    for a, b in ((a1, b1), (a2, b2)):
        check_share(a, b)
    if np.any(w < 0) or w.sum() <= 0:
        raise StatisticsError("weights are not negative and not all zero.")
    p1, p2, w = a1 / b1, a2 / b2, w / w.sum()
    half = float(norm.ppf((1 + confidence) / 2)) * float(
        np.sqrt((w**2 * (p1 * (1 - p1) / b1 + p2 * (1 - p2) / b2)).sum())
    )
    gap = float((w * (p1 - p2)).sum())
    return Interval(gap, gap - half, gap + half, "standardised-difference", confidence)


@dataclass(frozen=True)
class Decomposition:
    """A difference of two rates as what the rates and what the composition explain; the parts add up."""

    total: float
    rate_effect: float
    composition_effect: float


def kitagawa(
    rate1: npt.ArrayLike, weight1: npt.ArrayLike, rate2: npt.ArrayLike, weight2: npt.ArrayLike
) -> Decomposition:
    """Kitagawa's symmetric decomposition of rate 1 minus rate 2 over strata; weights are normalised (methods 2.7)."""
    p1, w1, p2, w2 = _lists(rate1, weight1, rate2, weight2)
    if np.any(w1 < 0) or np.any(w2 < 0) or w1.sum() <= 0 or w2.sum() <= 0:
        raise StatisticsError("weights are not negative and not all zero.")
    w1, w2 = w1 / w1.sum(), w2 / w2.sum()
    return Decomposition(
        float((w1 * p1).sum() - (w2 * p2).sum()),
        float(((p1 - p2) * (w1 + w2) / 2).sum()),
        float(((w1 - w2) * (p1 + p2) / 2).sum()),
    )
