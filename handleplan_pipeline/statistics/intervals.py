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
