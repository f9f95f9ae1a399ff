"""Readings of goals that compare one group with its own baseline: counts, rates, medians, representation, areas."""

import math

from handleplan_pipeline.catalogue import Goal, Indicator
from handleplan_pipeline.judgement.evidence import Evidence, Row
from handleplan_pipeline.judgement.figures import Figure
from handleplan_pipeline.judgement.reading import CONFIDENCE, DISPLAY, Reading, limits, trend_of
from handleplan_pipeline.judgement.shares import POINTS
from handleplan_pipeline.statistics import Interval, newcombe_difference, rate_ratio_exact, rate_ratio_midp, rules

LEAST_WITH_A_DATE = 20
"""Women with a stated start of the violence in each year, or the median is not compared (I09)."""
KEYS = ("lower90", "upper90", "lower95", "upper95")
Exposed = tuple[int, int]
"""Persons, and those they are counted against."""


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
    """More persons than at the baseline: the ratio of two counts (I05), exact conditional."""
    reading = _base(e, goal, indicator, year, "count_ratio")
    if reading is None or reading.baseline_year is None or reading.result == "not_due":
        return reading
    now, then = (e.figure(indicator.id, y, goal.population_group) for y in (year, reading.baseline_year))
    if now is None or then is None or now.x is None or then.x is None:
        return None
    reading = reading.but(limit=1.0, baseline_value=float(then.x), literal=now.x > then.x)
    if "series_break" in reading.remarks or now.x + then.x == 0:
        return reading.but(result="cannot_tell")

    by90, by95 = (rate_ratio_exact(now.x, 1.0, then.x, 1.0, c) for c in (CONFIDENCE, DISPLAY))
    mid = rate_ratio_midp(now.x, 1.0, then.x, 1.0, CONFIDENCE)
    reading = reading.but(**limits(by90, by95), result=_judged(goal, by90), result_sensitivity=_judged(goal, mid))
    reading = reading.but(change=reading.estimate, change_lower=reading.lower90, change_upper=reading.upper90,
                          trend=trend_of(float(by90.lower) - 1, float(by90.upper) - 1, True))  # fmt: skip
    extra = _of_unknown_ancestry(e, indicator, reading.baseline_year or 0, year)
    if extra is not None:
        (x0, _), (x1, _) = extra
        bound = _judged(goal, rate_ratio_exact(now.x + x1, 1.0, then.x + x0, 1.0, CONFIDENCE))
        reading = _tried(reading, bound)
    return _with_rate(e, goal, indicator, year, reading)


def _judged(goal: Goal, ratio: Interval) -> str:
    return rules.evaluate(goal.target.type, float(ratio.lower), float(ratio.upper), 1.0)


def _tried(reading: Reading, bound: str) -> Reading:
    """The reading, unless counting all of unknown ancestry in the group gives another result."""
    result = rules.with_bounds(reading.result, [bound])
    remarks = reading.remarks if result == reading.result else (*reading.remarks, "bounds_disagree")
    return reading.but(unknown_in_group=bound, result=result, remarks=remarks)


def _of_unknown_ancestry(
    e: Evidence, indicator: Indicator, base: int, year: int
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Those who could belong to the group, and its residents of unknown ancestry, at the baseline and now.

    Anonymous contacts are among them where there are any.
    """
    found = []
    for y in (base, year):
        ids = [i for i in (indicator.id, indicator.anonymous) if i is not None]
        figures = [e.figure(i, y, "unknown") for i in ids]
        known = [f for f in figures if f is not None and f.x is not None]
        found.append((sum(f.x or 0 for f in known), sum(f.n or 0 for f in known)))
    return (found[0], found[1]) if found[0][0] or found[1][0] else None


def _with_rate(e: Evidence, goal: Goal, indicator: Indicator, year: int, reading: Reading) -> Reading:
    """The rate beside the count: they may disagree when the population grows; the count bears (indicators, I05)."""
    now, then = (e.rate(indicator, y, goal.population_group) for y in (year, reading.baseline_year or 0))
    if now is None or then is None or not now.n or not then.n or now.x is None or then.x is None or not now.x + then.x:
        return reading
    r = rate_ratio_exact(now.x, now.n, then.x, then.n, CONFIDENCE)
    reading = _beside(reading, "rate_ratio", r)
    if _judged(goal, r) != reading.result:
        return reading.but(remarks=(*reading.remarks, "rate_disagrees"))
    return reading


def _beside(reading: Reading, companion: str, ratio: Interval) -> Reading:
    """The reading with a companion ratio."""
    value, low, high = (float(v) for v in (ratio.estimate, ratio.lower, ratio.upper))  # type: ignore[arg-type]
    return reading.but(companion=companion, companion_value=_finite(value), companion_lower=low,
                       companion_upper=_finite(high))  # fmt: skip


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(float(value)) else None


def rate_ratio(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """More (I08) or fewer (I06) persons per resident than at the baseline: the rate ratio, exact conditional.

    Where the persons are known and the residents are not, nobody can tell: a number that grows with its population
    is no rise.
    """
    reading = _base(e, goal, indicator, year, "rate_ratio")
    if reading is None or reading.baseline_year is None or reading.result == "not_due":
        return reading
    base, group = reading.baseline_year, e.group_of(goal, indicator)
    counted = [_exposed(e.figure(indicator.id, y, group), 1) for y in (year, base)]
    if counted[0] is None or counted[1] is None:
        return None
    now, then = (_exposed(e.rate(indicator, y, group)) for y in (year, base))
    reading = reading.but(limit=1.0)
    if now is None or then is None:
        reading = reading.but(result="cannot_tell", trend="cannot_tell", remarks=(*reading.remarks, "no_population"))
        return _with_count(goal, indicator, reading, counted[0], counted[1], None)
    higher, apart = goal.target.type == "increase", now[0] * then[1] - then[0] * now[1]
    reading = reading.but(baseline_value=then[0] / then[1] * e.rate_of(indicator).scale,
                          literal=apart > 0 if higher else apart < 0)  # fmt: skip
    if "series_break" in reading.remarks or now[0] + then[0] == 0:
        return reading.but(result="cannot_tell")
    by90, by95 = (rate_ratio_exact(*now, *then, c) for c in (CONFIDENCE, DISPLAY))
    own = _judged(goal, by90)
    reading = reading.but(
        **limits(by90, by95), result=own, result_sensitivity=_judged(goal, rate_ratio_midp(*now, *then, CONFIDENCE)),
        change=float(by90.estimate), change_lower=float(by90.lower), change_upper=float(by90.upper),
        trend=trend_of(float(by90.lower) - 1, float(by90.upper) - 1, higher),
    )  # fmt: skip
    extra = None if group == "all" else _of_unknown_ancestry(e, indicator, base, year)
    if extra is not None:
        (x0, n0), (x1, n1) = extra
        bound = rate_ratio_exact(now[0] + x1, now[1] + n1, then[0] + x0, then[1] + n0, CONFIDENCE)
        reading = _tried(reading, _judged(goal, bound))
    return _with_count(goal, indicator, reading, counted[0], counted[1], own)


def _exposed(figure: Figure | None, exposure: int | None = None) -> Exposed | None:
    """Persons and what they are counted against: the figure's own denominator, or `exposure`."""
    if figure is None or figure.x is None or not (exposure or figure.n):
        return None
    return figure.x, exposure or figure.n or 0


def _with_count(
    goal: Goal, indicator: Indicator, reading: Reading, now: Exposed, then: Exposed, own: str | None
) -> Reading:
    """The ratio of the counts beside the rate of an indicator that counts persons; it has no say."""
    if indicator.measure != "count" or "series_break" in reading.remarks or not now[0] + then[0]:
        return reading
    r = rate_ratio_exact(*now, *then, CONFIDENCE)
    reading = _beside(reading, "count_ratio", r)
    if own is not None and _judged(goal, r) != own:
        return reading.but(remarks=(*reading.remarks, "count_disagrees"))
    return reading


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
