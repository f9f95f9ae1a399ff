"""What could be found with an interval of this width: the smallest detectable change, and how often a rule says met.

Parity has the exact power of its rule (`power`). The other rules are planned from the width of their own interval:
normal on the scale of the interval, for planning only, never for a decision.
"""

import math
from dataclasses import dataclass

POWER = 0.80
"""The chance with which a minimum detectable change would be found."""


@dataclass(frozen=True)
class Planned:
    """The smallest detectable change (a ratio above 1, or a difference), the power of the rule; None if not known."""

    minimum_detectable: float | None = None
    power: float | None = None


def planned(
    lower: float | None, upper: float | None, *, ratio: bool, confidence: float, tolerated: float | None = None
) -> Planned:
    """From the limits of an interval; `ratio` says that it is one on the log scale.

    `tolerated` is the limit of a rule that lies beyond no difference, so that it can say met when there is none.
    """
    from scipy.stats import norm

    z = float(norm.ppf((1 + confidence) / 2))
    se = _standard_error(lower, upper, z, ratio)
    if se is None or se <= 0:
        return Planned()
    least = (z + float(norm.ppf(POWER))) * se
    if not ratio:
        return Planned(least)
    power = None if tolerated is None else float(norm.cdf(math.log(tolerated) / se - z))
    return Planned(math.exp(least), power)


def _standard_error(lower: float | None, upper: float | None, z: float, ratio: bool) -> float | None:
    """Half the width of the interval in standard errors; None where the interval is open."""
    if lower is None or upper is None or not math.isfinite(upper):
        return None
    if ratio:
        return math.log(upper / lower) / (2 * z) if lower > 0 else None
    return (upper - lower) / (2 * z)
