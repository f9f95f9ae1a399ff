"""The rules a goal is judged by: limits in, a result out. Pure, each with a truth table; thresholds come as arguments.

`lower` and `upper` are the limits of the two-sided 90 per cent interval (methods 2.1). `evaluate` is the one way in:
the target's type says which rule, the catalogue's rule says which threshold.
"""

import math
from collections.abc import Callable, Sequence

from handleplan_pipeline.statistics.errors import StatisticsError

CONFIDENCE, DISPLAY = 0.90, 0.95
"""Of the interval a rule decides by, and of the one that is shown."""
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
    """ "As much": the limits of the ratio of ratios (methods 2.3); equal to the limit is met."""
    return not_above(lower, upper, limit)


def reduction(lower: float, upper: float) -> str:
    """ "Reduced": the limits of the change of the group's own share since the baseline (methods 2.3)."""
    if upper < 0:
        return "met"
    return "clearly_not_met" if lower > 0 else "cannot_tell"


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


def _no_more(lower: float, upper: float, limit: float) -> str:
    return no_increase([upper], limit)


RULES: dict[str, Callable[[float, float, float], str]] = {
    "parity": parity,
    "not_above": not_above,
    "equal_reduction": equal_reduction,
    "increase": increase,
    "decrease": decrease,
    "proportionality": increase,
    "no_increase": _no_more,
}
"""Target type -> its rule. `proportionality` is an increase of the representation ratio towards 1 from below."""


def evaluate(target: str, lower: float | None, upper: float | None, threshold: float | None) -> str:
    """What the rule of a target type says of two limits and its threshold: margin, limit, no change, or baseline.

    A deterministic number is its own lower and upper limit. Without a declared threshold, or without an interval,
    nobody can tell; a target of type `none` is not assessed. Raises StatisticsError for a type without a rule.
    """
    if target == "none":
        return "not_assessed"
    if target not in RULES:
        raise StatisticsError(f"there is no rule for targets of type {target}.")
    if lower is None or upper is None or threshold is None or math.isnan(lower + upper + threshold):
        return "cannot_tell"
    if lower > upper:
        raise StatisticsError("the lower limit of an interval is not above the upper one.")
    return RULES[target](lower, upper, threshold)


OUTCOMES: dict[str, tuple[str, ...]] = {
    "parity": RESULTS,
    "not_above": RESULTS,
    "equal_reduction": RESULTS,
    "increase": ("not_met", "cannot_tell", "met"),
    "decrease": ("not_met", "cannot_tell", "met"),
    "proportionality": ("not_met", "cannot_tell", "met"),
    "no_increase": ("not_met", "cannot_tell", "met"),
}
"""Target type -> what its rule can say. Only a rule with a margin knows a clear no."""
RATIOS = (
    "standardised_ratio",
    "ratio_of_ratios",
    "count_ratio",
    "rate_ratio",
    "representation_change",
)
"""Quantities whose interval is one on the log scale."""
TOLERANT = ("not_above", "equal_reduction")
"""Target types whose limit lies beyond no difference, so that the rule can say met when there is none."""


def trend_of(lower: float, upper: float, higher_is_better: bool, same: float | None = None) -> str:
    """better or worse when the whole interval says so; unchanged when it lies within `same` of no change."""
    if not higher_is_better:
        lower, upper = -upper, -lower
    if lower > 0:
        return "better"
    if upper < 0:
        return "worse"
    return "unchanged" if same is not None and -same < lower and upper < same else "cannot_tell"


def gap_trend(
    before: float | None, now: float | None, lower: float | None, upper: float | None, same: float = 0.0
) -> str:
    """Whether what separates two groups has increased or decreased, by the limits of its change.

    `same` is what the gap and its change are where nothing separates: 0 of differences, 1 of ratios.
    """
    if before is None or now is None or lower is None or upper is None:
        return "no_baseline"
    if lower <= same <= upper:
        return "cannot_tell"
    if same and min(before, now) <= 0:
        return "cannot_tell"
    then, later = (abs(math.log(v)) if same else abs(v) for v in (before, now))
    return "cannot_tell" if then == later else "increased" if later > then else "decreased"


def worst(results: Sequence[str]) -> str:
    """The result of a goal with several indicators: the weakest of them."""
    return min(results, key=RESULTS.index)


def demanding(result: str, demand: str) -> str:
    """The result of a rule that demands something more: the weaker of the two; what is no result stays as it is."""
    return worst([result, demand]) if result in RESULTS else result


def with_bounds(result: str, bounds: Sequence[str]) -> str:
    """The result, unless counting the unknown ancestry in either group would give another: then nobody can tell."""
    return result if all(b == result for b in bounds) else "cannot_tell"
