"""Readings of goals that compare one group with its own baseline: counts, rates, medians, representation, areas."""

import math

from handleplan_pipeline.catalogue import Goal, Indicator
from handleplan_pipeline.judgement.evidence import Evidence, Row
from handleplan_pipeline.judgement.reading import CONFIDENCE, DISPLAY, Reading, limits, trend_of
from handleplan_pipeline.judgement.shares import POINTS
from handleplan_pipeline.statistics import Interval, newcombe_difference, rate_ratio_exact, rate_ratio_midp, rules

LEAST_WITH_A_DATE = 20
"""Women with a stated start of the violence in each year, or the median is not compared (I09)."""
KEYS = ("lower90", "upper90", "lower95", "upper95")


def _base(e: Evidence, goal: Goal, indicator: Indicator, year: int, quantity: str) -> Reading | None:
    """An empty reading against the baseline; None in the baseline year; stopped where the series is broken.

    A series that begins after the goal's baseline year (a service that did not exist) is not due until its own first
    full year is over.
    """
    base = e.baseline_year(goal, indicator)
    if year <= base and year <= goal.baseline_year:
        return None
    reading = Reading(quantity, baseline_year=base)
    if year <= base:
        if e.figure(indicator.id, year, goal.population_group) is None:
            return None
        return reading.but(result="not_due", result_adjusted="not_due", remarks=("first_year",))
    if e.broken(indicator.id, base, year):
        return reading.but(result="cannot_tell", trend="cannot_tell", remarks=("series_break",))
    return reading


def count_ratio(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """More persons than at the baseline: the ratio of two counts (I05, I08), exact conditional."""
    reading = _base(e, goal, indicator, year, "count_ratio")
    if reading is None or reading.baseline_year is None or reading.result == "not_due":
        return reading
    now, then = (e.figure(indicator.id, y, goal.population_group) for y in (year, reading.baseline_year))
    if now is None or then is None or now.x is None or then.x is None:
        return None
    reading = reading.but(limit=1.0, baseline_value=float(then.x), literal=now.x > then.x)
    if "series_break" in reading.remarks or now.x + then.x == 0:
        return reading.but(result="cannot_tell")

    def judged(a: int, b: int) -> str:
        return _judged(goal, rate_ratio_exact(a, 1.0, b, 1.0, CONFIDENCE))

    by90, by95 = (rate_ratio_exact(now.x, 1.0, then.x, 1.0, c) for c in (CONFIDENCE, DISPLAY))
    mid = rate_ratio_midp(now.x, 1.0, then.x, 1.0, CONFIDENCE)
    reading = reading.but(**limits(by90, by95), result=judged(now.x, then.x), result_sensitivity=_judged(goal, mid))
    reading = reading.but(change=reading.estimate, change_lower=reading.lower90, change_upper=reading.upper90,
                          trend=trend_of(float(by90.lower) - 1, float(by90.upper) - 1, True))  # fmt: skip
    extra = _of_unknown_ancestry(e, indicator, reading.baseline_year or 0, year)
    if extra is not None:
        bound = judged(now.x + extra[1], then.x + extra[0])
        result = rules.with_bounds(reading.result, [bound])
        if result != reading.result:
            reading = reading.but(remarks=(*reading.remarks, "bounds_disagree"))
        reading = reading.but(unknown_in_group=bound, result=result)
    return _with_rate(e, goal, indicator, year, reading)


def _judged(goal: Goal, ratio: Interval) -> str:
    return rules.evaluate(goal.target.type, float(ratio.lower), float(ratio.upper), 1.0)


def _of_unknown_ancestry(e: Evidence, indicator: Indicator, base: int, year: int) -> tuple[int, int] | None:
    """Those who could belong to the group: unknown ancestry, and anonymous contacts where there are any."""
    counts = []
    for y in (base, year):
        found = [e.figure(i, y, "unknown") for i in (indicator.id, f"{indicator.id.split('_')[0]}_anonymous")]
        counts.append(sum(f.x for f in found if f is not None and f.x is not None))
    return (counts[0], counts[1]) if any(counts) else None


def _with_rate(e: Evidence, goal: Goal, indicator: Indicator, year: int, reading: Reading) -> Reading:
    """The rate beside the count: they may disagree when the population grows; the count bears (indicators, I05)."""
    now, then = (e.figure(f"{indicator.id}_rate", y, goal.population_group) for y in (year, reading.baseline_year or 0))
    if now is None or then is None or not now.n or not then.n or now.x is None or then.x is None or not now.x + then.x:
        return reading
    r = rate_ratio_exact(now.x, now.n, then.x, then.n, CONFIDENCE)
    reading = reading.but(companion="rate_ratio", companion_value=_finite(r.estimate), companion_lower=float(r.lower),  # type: ignore[arg-type]
                          companion_upper=_finite(r.upper))  # type: ignore[arg-type]  # fmt: skip
    if _judged(goal, r) != reading.result:
        return reading.but(remarks=(*reading.remarks, "rate_disagrees"))
    return reading


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(float(value)) else None


def rate_ratio(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """Fewer persons per resident than at the baseline: the rate ratio (I06)."""
    reading = _base(e, goal, indicator, year, "rate_ratio")
    if reading is None or reading.baseline_year is None:
        return None
    now, then = (e.figure(indicator.id, y, "all") for y in (year, reading.baseline_year))
    if now is None or then is None or now.x is None or then.x is None or not now.n or not then.n:
        return None
    reading = reading.but(limit=1.0, baseline_value=then.x / then.n * indicator.scale, literal=now.x < then.x)
    if "series_break" in reading.remarks or now.x + then.x == 0:
        return reading.but(result="cannot_tell")
    by90, by95 = (rate_ratio_exact(now.x, now.n, then.x, then.n, c) for c in (CONFIDENCE, DISPLAY))
    mid = rate_ratio_midp(now.x, now.n, then.x, then.n, CONFIDENCE)
    return reading.but(
        **limits(by90, by95), result=_judged(goal, by90), result_sensitivity=_judged(goal, mid),
        change=float(by90.estimate), change_lower=float(by90.lower), change_upper=float(by90.upper),
        trend=trend_of(float(by90.lower) - 1, float(by90.upper) - 1, False),
    )  # fmt: skip


def median_difference(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """A shorter median than at the baseline, by the bootstrap of the difference (I09)."""
    reading = _base(e, goal, indicator, year, "difference_of_medians")
    if reading is None or reading.baseline_year is None:
        return None
    now, then = (e.figure(indicator.id, y, goal.population_group) for y in (year, reading.baseline_year))
    if now is None or then is None or now.value is None or then.value is None:
        return None
    reading = reading.but(limit=0.0, baseline_value=then.value, estimate=now.value - then.value,
                          literal=now.value < then.value, result="cannot_tell", trend="cannot_tell")  # fmt: skip
    if min(now.n or 0, then.n or 0) < LEAST_WITH_A_DATE:
        return reading.but(result="not_assessed", remarks=(*reading.remarks, "fewer_than_20"))
    again = e.resampled.get((indicator.id, year, "difference_of_medians"))
    if again is None or again["lower90"] is None or "series_break" in reading.remarks:
        return reading.but(remarks=(*reading.remarks, "no_interval"))
    return _bounded(e, indicator, year, _from_bootstrap(reading, again, goal, 0.0, False), goal, 0.0)


def _bounded(e: Evidence, indicator: Indicator, year: int, reading: Reading, goal: Goal, unchanged: float) -> Reading:
    """The result, unless drawing those of unknown ancestry with the one or the other group would change it."""
    bounds = {}
    for name in ("unknown_in_group", "unknown_in_reference"):
        row = e.resampled.get((indicator.id, year, f"{reading.quantity}_{name}"))
        if row is not None:
            bounds[name] = rules.evaluate(goal.target.type, row["lower90"], row["upper90"], unchanged)
    result = rules.with_bounds(reading.result, list(bounds.values()))
    remarks = reading.remarks if result == reading.result else (*reading.remarks, "bounds_disagree")
    return reading.but(**bounds, result=result, remarks=remarks)


def _from_bootstrap(reading: Reading, row: Row, goal: Goal, unchanged: float, higher: bool) -> Reading:
    """The limits drawn, judged by the goal's rule against `unchanged`; a change since the baseline is the same."""
    low, high = row["lower90"], row["upper90"]
    return reading.but(
        **{k: row[k] for k in KEYS}, method=row["method"],
        result=rules.evaluate(goal.target.type, low, high, unchanged), change=reading.estimate, change_lower=low,
        change_upper=high, trend=trend_of(low - unchanged, high - unchanged, higher),
    )  # fmt: skip


def representation(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """A representation ratio nearer 1 than at the baseline, from below (I10, methods 2.5)."""
    reading = _base(e, goal, indicator, year, "representation_change")
    if reading is None or reading.baseline_year is None:
        return None
    now, then = (e.figure(indicator.id, y, "minority") for y in (year, reading.baseline_year))
    if now is None or then is None or not now.value or not then.value:
        return None
    literal = abs(math.log(now.value)) < abs(math.log(then.value))
    reading = reading.but(limit=1.0, baseline_value=then.value, estimate=now.value / then.value, literal=literal,
                          result="cannot_tell", trend="cannot_tell")  # fmt: skip
    again = e.resampled.get((indicator.id, year, "representation_change"))
    if again is None or again["lower90"] is None or "series_break" in reading.remarks:
        return reading.but(remarks=(*reading.remarks, "no_interval"))
    return _bounded(e, indicator, year, _from_bootstrap(reading, again, goal, 1.0, True), goal, 1.0)


def share_change(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """A smaller share than at the baseline on fixed areas (I12), areas and persons drawn."""
    reading = _base(e, goal, indicator, year, "share_change")
    if reading is None or reading.baseline_year is None:
        return None
    now, then = (e.figure(indicator.id, y, "all") for y in (year, reading.baseline_year))
    if now is None or then is None or now.x is None or then.x is None or not now.n or not then.n:
        return None
    by90, by95 = (newcombe_difference(now.x, now.n, then.x, then.n, c) for c in (CONFIDENCE, DISPLAY))
    reading = reading.but(limit=0.0, baseline_value=then.x / then.n * POINTS, literal=float(by90.estimate) < 0)
    if "series_break" in reading.remarks:
        return reading
    again = e.resampled.get((indicator.id, year, "clustered_difference"))
    if again is None or again["lower90"] is None:
        # without persons the areas cannot be drawn: the plain interval is too narrow to judge by
        reading = reading.but(**limits(by90, by95, POINTS), result="cannot_tell", trend="cannot_tell")
        return reading.but(remarks=(*reading.remarks, "not_clustered"))
    row = {**again, **{k: again[k] * POINTS for k in KEYS}}
    reading = reading.but(estimate=float(by90.estimate) * POINTS)
    return _from_bootstrap(reading, row, goal, 0.0, False)


def new_areas(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """No area that was not on the list of January 2010, in any year, within one version of the criteria (I13a).

    The cells hold only years whose whole list is by the criteria of the baseline's list; a year without such a list
    leaves the promise open, unless another year broke it.
    """
    base = e.baseline_year(goal, indicator)
    numbers = {y: f.number for y in range(base + 1, year + 1) if (f := e.figure(indicator.id, y, "all"))}
    known = {y: n for y, n in numbers.items() if n is not None}
    if year not in known:
        return None
    most = max(known.values())
    result = rules.evaluate(goal.target.type, most, most, 0.0)
    remarks = ("earlier_year",) if most > known[year] else ()
    if result == "met" and len(known) < year - base:
        result, remarks = "cannot_tell", ("year_missing",)
    return Reading("new_areas", estimate=known[year], limit=0.0, baseline_year=base, baseline_value=0.0,
                   literal=most <= 0, result=result, method="deterministic", remarks=remarks,
                   trend="unchanged" if known[year] == 0 else "worse", change=known[year])  # fmt: skip


def area_count(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """No more high-risk departments than at the baseline (I13b)."""
    reading = _base(e, goal, indicator, year, "area_count")
    if reading is None or reading.baseline_year is None:
        return None
    now, then = (e.figure(indicator.id, y, "all") for y in (year, reading.baseline_year))
    if now is None or then is None or now.number is None or then.number is None:
        return None
    change = now.number - then.number
    reading = reading.but(estimate=now.number, limit=then.number, baseline_value=then.number, literal=change <= 0,
                          method="deterministic")  # fmt: skip
    if "series_break" in reading.remarks:
        return reading
    return reading.but(result=rules.evaluate(goal.target.type, now.number, now.number, then.number), change=change,
                       trend="unchanged" if not change else "worse" if change > 0 else "better")  # fmt: skip
