"""The rules a goal is judged by: limits in, a result out. Pure, each with a truth table; thresholds come as arguments.

`lower` and `upper` are the limits of the two-sided 90 per cent interval (methods 2.1). A boundary value is never met.
"""

from collections.abc import Sequence

RESULTS = ("clearly_not_met", "not_met", "cannot_tell", "met")
"""From worst to best: the weaker of two results stands first."""


def parity(lower: float, upper: float, margin: float) -> str:
    """ "As large as": the limits of the difference, higher being better (methods 2.2)."""
    if lower > -margin:
        return "met"
    if upper < -margin:
        return "clearly_not_met"
    return "not_met" if upper < 0 else "cannot_tell"


def not_above(lower: float, upper: float, limit: float) -> str:
    """ "Not overrepresented": the limits of the standardised ratio (methods 2.4); equal to the limit is met."""
    if upper <= limit:
        return "met"
    if lower > limit:
        return "clearly_not_met"
    return "not_met" if lower > 1 else "cannot_tell"


def equal_reduction(lower: float, upper: float, limit: float) -> str:
    """ "Reduced as much": the limits of the ratio of ratios (methods 2.3); equal to the limit is met."""
    return not_above(lower, upper, limit)


def increase(lower: float, upper: float, unchanged: float = 1.0) -> str:
    """More than at the baseline: the limits of the rate ratio (unchanged 1) or of a difference (unchanged 0)."""
    if lower > unchanged:
        return "met"
    return "not_met" if upper < unchanged else "cannot_tell"


def decrease(lower: float, upper: float, unchanged: float = 1.0) -> str:
    """Less than at the baseline."""
    if upper < unchanged:
        return "met"
    return "not_met" if lower > unchanged else "cannot_tell"


def no_increase(values: Sequence[float], baseline: float) -> str:
    """Never above the baseline; deterministic, within one version of the criteria."""
    return "met" if all(v <= baseline for v in values) else "not_met"


def worst(results: Sequence[str]) -> str:
    """The result of a goal with several indicators: the weakest of them."""
    return min(results, key=RESULTS.index)


def with_bounds(result: str, bounds: Sequence[str]) -> str:
    """The result, unless counting the unknown ancestry in either group would give another: then nobody can tell."""
    return result if all(b == result for b in bounds) else "cannot_tell"
