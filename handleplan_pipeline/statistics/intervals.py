"""Intervals of one share. Pure functions on scalars or arrays; nothing here knows a goal."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.statistics.errors import StatisticsError

Number = float | npt.NDArray[np.float64]
Counts = int | npt.ArrayLike


@dataclass(frozen=True)
class Interval:
    """An estimate with its two-sided limits; scalars in give scalars, arrays in give arrays of the same shape."""

    estimate: Number
    lower: Number
    upper: Number
    method: str
    confidence: float


def as_result(value: Any) -> Number:
    """A float for a scalar, a float array otherwise."""
    array = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


def check_exposure(*times: Counts) -> list[npt.NDArray[np.float64]]:
    """Person-time or expected counts as arrays. Raises StatisticsError unless known and above zero everywhere."""
    found = [np.asarray(t, dtype=np.float64) for t in times]
    if any(np.any(~np.isfinite(t)) or np.any(t <= 0) for t in found):
        raise StatisticsError("a rate needs an exposure that is known and above zero in both groups.")
    return found


def check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise StatisticsError("confidence must lie strictly between 0 and 1, e.g. 0.95.")


def check_share(x: Counts, n: Counts) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """`x` of `n` as arrays. Raises StatisticsError unless 0 <= x <= n and n > 0 everywhere."""
    a, b = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        raise StatisticsError("a share needs known counts; an unknown count has no interval.")
    if np.any(b <= 0):
        raise StatisticsError("a share needs a denominator above zero.")
    if np.any(a < 0) or np.any(a > b):
        raise StatisticsError("the numerator of a share lies between zero and its denominator.")
    return a, b


def _single(x: Counts, n: Counts, confidence: float, method: str, label: str) -> Interval:
    from statsmodels.stats.proportion import proportion_confint

    check_confidence(confidence)
    a, b = check_share(x, n)
    lower, upper = proportion_confint(a, b, alpha=1 - confidence, method=method)
    # statsmodels leaves rounding residue at x = 0 and x = n, where the limit is exactly 0 or 1
    lower = np.where(a == 0, 0.0, lower)
    upper = np.where(a == b, 1.0, upper)
    return Interval(as_result(a / b), as_result(lower), as_result(upper), label, confidence)


def wilson(x: Counts, n: Counts, confidence: float = 0.95) -> Interval:
    """Wilson score interval of the share x/n (Wilson 1927; Newcombe 1998, method 3), by statsmodels.

    Raises StatisticsError for n = 0 or x outside 0..n.
    """
    return _single(x, n, confidence, "wilson", "wilson")


def clopper_pearson(x: Counts, n: Counts, confidence: float = 0.95) -> Interval:
    """Exact (Clopper-Pearson) interval of the share x/n, by statsmodels. Errors as for `wilson`."""
    return _single(x, n, confidence, "beta", "clopper-pearson")


def byar(x: Counts, confidence: float = 0.95) -> Interval:
    """Byar's interval of a Poisson count x (Breslow and Day; the convention of PHE and Dobson), arrays or scalars.

    Lower x(1 - 1/9x - z/3 sqrt x)^3, upper the same with x + 1 and + z; the lower limit of 0 is 0.
    """
    from scipy.stats import norm

    check_confidence(confidence)
    a = np.asarray(x, dtype=np.float64)
    if np.any(~np.isfinite(a)) or np.any(a < 0):
        raise StatisticsError("a count is known and not negative.")
    z = float(norm.ppf((1 + confidence) / 2))
    some = np.where(a > 0, a, 1.0)
    # below about one event the formula has no real lower limit: 0
    lower = np.where(a > 0, a * np.maximum(1 - 1 / (9 * some) - z / (3 * np.sqrt(some)), 0) ** 3, 0)
    upper = (a + 1) * (1 - 1 / (9 * (a + 1)) + z / (3 * np.sqrt(a + 1))) ** 3
    return Interval(as_result(a), as_result(lower), as_result(upper), "byar", confidence)


def median_interval(values: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Median with the exact order-statistic interval: the ranks whose binomial(n, 1/2) coverage is at least nominal.

    Raises StatisticsError when so few values can reach the confidence by no pair of ranks.
    """
    from scipy.stats import binom

    check_confidence(confidence)
    a = np.sort(np.asarray(values, dtype=np.float64))
    if a.ndim != 1 or not a.size or np.any(~np.isfinite(a)):
        raise StatisticsError("a median needs a list of known values.")
    rank = int(binom.ppf((1 - confidence) / 2, a.size, 0.5))
    while rank > 0 and binom.cdf(rank - 1, a.size, 0.5) > (1 - confidence) / 2:
        rank -= 1
    if rank < 1:
        raise StatisticsError("too few values for an interval of the median at this confidence.")
    return Interval(float(np.median(a)), float(a[rank - 1]), float(a[-rank]), "order-statistics", confidence)
