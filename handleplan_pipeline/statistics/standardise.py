"""Standardised rates and ratios, and the split of a difference into rate and composition."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import Interval, byar, check_confidence

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
        rate, rate + scale * (float(limits.lower) - total), rate + scale * (float(limits.upper) - total), "dobson",
        confidence,
    )  # fmt: skip


def standardised_ratio(observed: float, expected: float, confidence: float = 0.95) -> Interval:
    """Observed over expected (SMR) with Poisson limits: exact below 10 events, Byar's from 10 (methods 2.4, 2.7)."""
    from scipy.stats import chi2

    check_confidence(confidence)
    if not (np.isfinite(observed) and np.isfinite(expected)) or observed < 0 or expected <= 0:
        raise StatisticsError("a standardised ratio needs a count and a positive expectation.")
    if observed >= FEWEST_EVENTS:
        ci = byar(observed, confidence)
        lower, upper, method = float(ci.lower), float(ci.upper), "byar"
    else:
        a = (1 - confidence) / 2
        lower = 0.0 if observed == 0 else float(chi2.ppf(a, 2 * observed) / 2)
        upper, method = float(chi2.ppf(1 - a, 2 * observed + 2) / 2), "exact"
    return Interval(observed / expected, lower / expected, upper / expected, method, confidence)


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
        float((w1 * p1).sum() - (w2 * p2).sum()), float(((p1 - p2) * (w1 + w2) / 2).sum()),
        float(((w1 - w2) * (p1 + p2) / 2).sum()),
    )  # fmt: skip
