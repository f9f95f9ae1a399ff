"""How often a rule would say what it says: exact power by enumeration, and what could be detected at all."""

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import check_confidence, wilson

TAIL = 1e-12
"""Outcomes rarer than this in one group are left out of the enumeration."""


def _limits(n1: int, n2: int, p: float, confidence: float) -> tuple[npt.NDArray[np.float64], ...]:
    """Newcombe limits and probabilities of every outcome (x1, x2) that is not vanishingly rare."""
    from scipy.stats import binom

    check_confidence(confidence)
    if n1 < 1 or n2 < 1 or not 0 <= p <= 1:
        raise StatisticsError("power needs two groups of persons and a share.")
    parts = []
    for n in (n1, n2):
        x = np.arange(binom.ppf(TAIL, n, p), binom.ppf(1 - TAIL, n, p) + 1) if 0 < p < 1 else np.array([n * p])
        ci = wilson(x, np.full_like(x, n), confidence)
        parts.append((x / n, np.asarray(ci.lower), np.asarray(ci.upper), binom.pmf(x, n, p)))
    (p1, l1, u1, w1), (p2, l2, u2, w2) = parts
    d = p1[:, None] - p2[None, :]
    lower = d - np.sqrt((p1 - l1)[:, None] ** 2 + (u2 - p2)[None, :] ** 2)
    upper = d + np.sqrt((u1 - p1)[:, None] ** 2 + (p2 - l2)[None, :] ** 2)
    return lower, upper, w1[:, None] * w2[None, :]


def power_noninferiority(n1: int, n2: int, p: float, margin: float, confidence: float = 0.90) -> float:
    """Chance that the Newcombe lower limit is above -margin when both shares equal p, by enumeration (methods 2.2)."""
    lower, _, weight = _limits(n1, n2, p, confidence)
    return float(weight[lower > -margin].sum())


def power_equivalence(n1: int, n2: int, p: float, margin: float, confidence: float = 0.90) -> float:
    """Chance that both Newcombe limits are within the margin when both shares equal p, by enumeration."""
    lower, upper, weight = _limits(n1, n2, p, confidence)
    return float(weight[(lower > -margin) & (upper < margin)].sum())


def minimum_detectable_difference(n1: int, n2: int, p: float, confidence: float = 0.90, power: float = 0.80) -> float:
    """The smallest true difference of shares near p found with this power: (z_a + z_b) sqrt(pq (1/n1 + 1/n2)).

    Normal approximation, one side of the two-sided confidence; for planning only, never for a decision.
    """
    from scipy.stats import norm

    check_confidence(confidence)
    if n1 < 1 or n2 < 1 or not 0 <= p <= 1 or not 0 < power < 1:
        raise StatisticsError("a detectable difference needs two groups of persons, a share and a power.")
    z = float(norm.ppf((1 + confidence) / 2) + norm.ppf(power))
    return z * float(np.sqrt(p * (1 - p) * (1 / n1 + 1 / n2)))
