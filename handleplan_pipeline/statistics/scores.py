"""The Miettinen-Nurminen score for a difference and for a ratio of shares, and the limits it gives by bisection.

Own code: statsmodels puts the other group's size where n0 belongs (difference) and returns complex limits (ratio), see
methods 2.6. Group 1 is the first argument, group 0 the second.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
STEPS = 100
"""Halvings of the bisection: below the resolution of a double."""


def difference_score(x1: Array, n1: Array, x0: Array, n0: Array, d: Array) -> Array:
    """(d_hat - d) / its standard error at the restricted maximum likelihood shares (methods 2.7)."""
    n, c = n1 + n0, x1 + x0
    l3, l2 = n, (n1 + 2 * n0) * d - n - c
    l1, l0 = (n0 * d - n - 2 * x0) * d + c, x0 * d * (1 - d)
    q = l2**3 / (27 * l3**3) - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    r = np.where(q < 0, -1.0, 1.0) * np.sqrt(np.maximum(0, l2**2 / (9 * l3**2) - l1 / (3 * l3)))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = np.where(r == 0, 0.0, q / r**3)
    a = (np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3
    p0 = np.clip(2 * r * np.cos(a) - l2 / (3 * l3), 0, 1)
    p1 = np.clip(p0 + d, 0, 1)
    pooled = c / n
    p0, p1 = np.where(d == 0, pooled, p0), np.where(d == 0, pooled, p1)
    variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / np.maximum(n - 1, 1)
    return _over(x1 / n1 - x0 / n0 - d, variance)


def ratio_score(x1: Array, n1: Array, x0: Array, n0: Array, ratio: Array) -> Array:
    """(p1_hat - ratio p0_hat) / its standard error at the restricted maximum likelihood shares."""
    n = n1 + n0
    b = n1 * ratio + x1 + n0 + x0 * ratio
    c = x1 + x0
    p0 = (b - np.sqrt(np.maximum(b**2 - 4 * n * ratio * c, 0))) / (2 * n * ratio)
    p0 = np.clip(p0, 0, 1)
    p1 = np.clip(ratio * p0, 0, 1)
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p0 * (1 - p0) / n0) * n / np.maximum(n - 1, 1)
    return _over(x1 / n1 - ratio * x0 / n0, variance)


def _over(distance: Array, variance: Array) -> Array:
    """A score; without variance the hypothesis is outside unless it is met exactly."""
    with np.errstate(divide="ignore", invalid="ignore"):
        score = distance / np.sqrt(variance)
    return np.where(variance > 0, score, np.where(distance == 0, 0.0, np.copysign(np.inf, distance)))


def limit(score: Callable[[Array], Array], low: Array, high: Array, target: float) -> Array:
    """Where the falling `score` crosses `target` between `low` and `high`."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        above = score(middle) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2
