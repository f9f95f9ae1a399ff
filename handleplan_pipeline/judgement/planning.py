"""What could be found with the groups at hand: the smallest detectable change, and how often a rule would say met.

Parity has the exact power of its rule (`statistics.power`). The other rules are planned from the width of their own
interval: normal on the scale of the interval, for planning only, never for a decision.
"""

import math

from handleplan_pipeline.judgement.reading import CONFIDENCE, Reading

POWER = 0.80
"""The chance with which a minimum detectable change would be found."""
ON_THE_LOG_SCALE = ("standardised_ratio", "ratio_of_ratios", "count_ratio", "rate_ratio", "representation_change")
WITH_A_TOLERANCE = ("not_above", "equal_reduction")
"""Target types whose limit lies beyond no difference, so that the rule can say met when there is none."""


def planned(reading: Reading, target: str) -> Reading:
    """The reading with its minimum detectable change (a ratio above 1, or a difference) and the power of its rule."""
    from scipy.stats import norm

    se = _standard_error(reading)
    if se is None or se <= 0 or reading.minimum_detectable is not None:
        return reading
    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    least = (z + float(norm.ppf(POWER))) * se
    if reading.quantity not in ON_THE_LOG_SCALE:
        return reading.but(minimum_detectable=least)
    reading = reading.but(minimum_detectable=math.exp(least))
    if target in WITH_A_TOLERANCE and reading.limit is not None:
        return reading.but(power=float(norm.cdf(math.log(reading.limit) / se - z)))
    return reading


def _standard_error(reading: Reading) -> float | None:
    """Half the width of the 90 per cent interval in standard errors; None where the interval is open."""
    from scipy.stats import norm

    lower, upper = reading.lower90, reading.upper90
    if lower is None or upper is None or not math.isfinite(upper):
        return None
    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    if reading.quantity in ON_THE_LOG_SCALE:
        return math.log(upper / lower) / (2 * z) if lower > 0 else None
    return (upper - lower) / (2 * z)
