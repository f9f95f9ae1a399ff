"""Readings of goals that compare one group with its own baseline: counts, rates, medians, representation, areas."""

import math
from dataclasses import replace

from handleplan_pipeline.adjustment.resample import LEAST_WITH_A_DATE
from handleplan_pipeline.catalogue import Goal, Indicator
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.figures import Figure
from handleplan_pipeline.judgement.reading import UNTOLD, Bounds, Companion, Measured, Reading, Since
from handleplan_pipeline.statistics import Interval, newcombe_difference, rate_ratio_exact, rate_ratio_midp, rules
from handleplan_pipeline.statistics.bounds import GROUP
from handleplan_pipeline.statistics.planning import Planned
from handleplan_pipeline.statistics.rules import CONFIDENCE, DISPLAY
from handleplan_pipeline.statistics.two_groups import POINTS
from schemas.rows import PersonLevel

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
    reading = Reading(quantity, since=Since(base))
    if year <= base:
        if e.figure(indicator.id, year, goal.population_group) is None:
            return None
        adjusted = replace(reading.adjusted, result_adjusted="not_due")
        return replace(reading, result="not_due", adjusted=adjusted).saying("first_year")
    return reading.stopped("series_break") if e.broken(indicator.id, base, year) else reading


def count_ratio(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """More persons than at the baseline: the ratio of two counts, exact conditional."""
    reading = _base(e, goal, indicator, year, "count_ratio")
    if reading is None or reading.since.baseline_year is None or reading.result == "not_due":
        return reading
    base = reading.since.baseline_year
    now, then = (e.figure(indicator.id, y, goal.population_group) for y in (year, base))
    if now is None or then is None or now.x is None or then.x is None:
        return None
    since = replace(reading.since, baseline_value=float(then.x))
    reading = replace(reading, limit=1.0, literal_met=now.x > then.x, since=since)
    if reading.broken or now.x + then.x == 0:
        return reading.cannot_tell()
    reading = _ratio_of(goal, reading, (now.x, 1.0), (then.x, 1.0), True)
    extra = _could_belong(e, indicator, base, year)
    if extra is not None:
        (x0, _), (x1, _) = extra
        reading = _tried(reading, _judged(goal, rate_ratio_exact(now.x + x1, 1.0, then.x + x0, 1.0, CONFIDENCE)))
    return _with_rate(e, goal, indicator, year, reading)


def _ratio_of(goal: Goal, reading: Reading, now: tuple[int, float], then: tuple[int, float], higher: bool) -> Reading:
    """The reading with the exact ratio of now over then, judged; it is the change since the baseline as well."""
    by90, by95 = (rate_ratio_exact(*now, *then, c) for c in (CONFIDENCE, DISPLAY))
    measured = Measured.of(by90, by95)
    low, high = float(by90.lower), float(by90.upper)
    since = replace(
        reading.since,
        change=measured.estimate,
        change_lower=low,
        change_upper=high,
        trend=rules.trend_of(low - 1, high - 1, higher),
    )
    mid = rate_ratio_midp(*now, *then, CONFIDENCE)
    return replace(
        reading, measured=measured, result=_judged(goal, by90), result_sensitivity=_judged(goal, mid), since=since
    )


def _judged(goal: Goal, ratio: Interval) -> str:
    return rules.evaluate(goal.target.type, float(ratio.lower), float(ratio.upper), 1.0)


def _tried(reading: Reading, bound: str) -> Reading:
    """The reading, unless counting all of unknown ancestry in the group gives another result."""
    return reading.within(Bounds.of({GROUP: bound}))


def _could_belong(e: Evidence, indicator: Indicator, base: int, year: int) -> tuple[Exposed, Exposed] | None:
    """Those who could belong to the group at the baseline and now; None where there is nobody."""
    found = e.could_belong(indicator, base), e.could_belong(indicator, year)
    return found if found[0][0] or found[1][0] else None


def _with_rate(e: Evidence, goal: Goal, indicator: Indicator, year: int, reading: Reading) -> Reading:
    """The rate beside the count: they may disagree when the population grows; the count bears."""
    now, then = (e.rate(indicator, y, goal.population_group) for y in (year, reading.since.baseline_year or 0))
    if now is None or then is None or not now.n or not then.n or now.x is None or then.x is None or not now.x + then.x:
        return reading
    r = rate_ratio_exact(now.x, now.n, then.x, then.n, CONFIDENCE)
    reading = _beside(reading, "rate_ratio", r)
    if _judged(goal, r) != reading.result:
        return reading.saying("rate_disagrees")
    return reading


def _beside(reading: Reading, companion: str, ratio: Interval) -> Reading:
    """The reading with a companion ratio."""
    value, low, high = (float(v) for v in (ratio.estimate, ratio.lower, ratio.upper))  # type: ignore[arg-type]
    return replace(reading, companion=Companion(companion, _finite(value), low, _finite(high)))


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(float(value)) else None


def rate_ratio(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """More or fewer persons per resident than at the baseline: the rate ratio, exact conditional.

    Where the persons are known and the residents are not, nobody can tell: a number that grows with its population
    is no rise.
    """
    reading = _base(e, goal, indicator, year, "rate_ratio")
    if reading is None or reading.since.baseline_year is None or reading.result == "not_due":
        return reading
    base, group = reading.since.baseline_year, e.group_of(goal, indicator)
    counted = [_exposed(e.figure(indicator.id, y, group), 1) for y in (year, base)]
    if counted[0] is None or counted[1] is None:
        return None
    now, then = (_exposed(e.rate(indicator, y, group)) for y in (year, base))
    reading = replace(reading, limit=1.0)
    if now is None or then is None:
        return _with_count(goal, indicator, reading.stopped("no_population"), counted[0], counted[1], None)
    higher, apart = goal.target.type == "increase", now[0] * then[1] - then[0] * now[1]
    since = replace(reading.since, baseline_value=then[0] / then[1] * e.rate_of(indicator).scale)
    reading = replace(reading, since=since, literal_met=apart > 0 if higher else apart < 0)
    if reading.broken or now[0] + then[0] == 0:
        return reading.cannot_tell()
    reading = _ratio_of(goal, reading, now, then, higher)
    own = reading.result
    extra = None if group == "all" else _could_belong(e, indicator, base, year)
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
    if indicator.measure != "count" or reading.broken or not now[0] + then[0]:
        return reading
    r = rate_ratio_exact(*now, *then, CONFIDENCE)
    reading = _beside(reading, "count_ratio", r)
    if own is not None and _judged(goal, r) != own:
        return reading.saying("count_disagrees")
    return reading


def median_difference(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """A shorter median than at the baseline, by the bootstrap of the difference."""
    reading = _base(e, goal, indicator, year, "difference_of_medians")
    if reading is None or reading.since.baseline_year is None or reading.result == "not_due":
        return reading
    now, then = (e.figure(indicator.id, y, goal.population_group) for y in (year, reading.since.baseline_year))
    if now is None or then is None or now.value is None or then.value is None:
        return None
    reading = replace(
        _undecided(reading, now.value - then.value, then.value), limit=0.0, literal_met=now.value < then.value
    )
    if min(now.n or 0, then.n or 0) < LEAST_WITH_A_DATE:
        return replace(reading, result="not_assessed").saying("fewer_than_20")
    return _bounded(e, indicator, year, reading)


def _undecided(reading: Reading, estimate: float, baseline: float) -> Reading:
    """What is known before anything is drawn: the point estimate and the value compared with."""
    since = replace(reading.since, baseline_value=baseline, trend="cannot_tell")
    return replace(reading, measured=Measured(estimate), since=since, result="cannot_tell")


def _bounded(e: Evidence, indicator: Indicator, year: int, reading: Reading) -> Reading:
    """What was drawn, unless drawing those of unknown ancestry with the one or other group would change the result."""
    again = e.of_persons(indicator.id, year, reading.quantity)
    if again is None or reading.broken:
        return reading.saying("no_interval")
    return _from_bootstrap(reading, again).within(e.drawn_bounds(indicator.id, year, reading.quantity))


def _from_bootstrap(reading: Reading, row: PersonLevel) -> Reading:
    """The limits drawn and what the rule said of them; a change since the baseline is the same."""
    estimate, low, high = reading.measured.estimate, row["lower90"], row["upper90"]
    measured = Measured(estimate, low, high, row["lower95"], row["upper95"], row["method"])
    since = replace(reading.since, trend=row["trend"] or UNTOLD, change=estimate, change_lower=low, change_upper=high)
    planned = Planned(row["minimum_detectable"], row["power"])
    return replace(reading, measured=measured, since=since, result=row["result"] or UNTOLD, planned=planned)


def representation(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """A representation ratio nearer 1 than at the baseline, from below (methods 2.5)."""
    reading = _base(e, goal, indicator, year, "representation_change")
    if reading is None or reading.since.baseline_year is None:
        return None
    now, then = (e.figure(indicator.id, y, goal.population_group) for y in (year, reading.since.baseline_year))
    if now is None or then is None or not now.value or not then.value:
        return None
    literal = abs(math.log(now.value)) < abs(math.log(then.value))
    reading = replace(_undecided(reading, now.value / then.value, then.value), limit=1.0, literal_met=literal)
    return _bounded(e, indicator, year, reading)


def share_change(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """A smaller share than at the baseline on fixed areas, areas and persons drawn."""
    reading = _base(e, goal, indicator, year, "share_change")
    if reading is None or reading.since.baseline_year is None:
        return None
    now, then = (e.figure(indicator.id, y, "all") for y in (year, reading.since.baseline_year))
    if now is None or then is None or now.x is None or then.x is None or not now.n or not then.n:
        return None
    by90, by95 = (newcombe_difference(now.x, now.n, then.x, then.n, c) for c in (CONFIDENCE, DISPLAY))
    since = replace(reading.since, baseline_value=then.x / then.n * POINTS)
    reading = replace(reading, limit=0.0, since=since, literal_met=float(by90.estimate) < 0)
    if reading.broken:
        return reading
    again = e.of_persons(indicator.id, year, reading.quantity)
    if again is None:
        # without persons the areas cannot be drawn: the plain interval is too narrow to judge by
        return replace(reading, measured=Measured.of(by90, by95, POINTS)).stopped("not_clustered")
    return _from_bootstrap(replace(reading, measured=Measured(float(by90.estimate) * POINTS)), again)


def new_areas(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """No area that was not on the baseline's list, in any year, within one version of the criteria.

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
    since = Since(base, 0.0, "unchanged" if known[year] == 0 else "worse", known[year])
    return Reading(
        "new_areas",
        limit=0.0,
        literal_met=most <= 0,
        result=result,
        since=since,
        remarks=remarks,
        measured=Measured(known[year], method="deterministic"),
    )


def area_count(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """No more high-risk departments than at the baseline."""
    reading = _base(e, goal, indicator, year, "area_count")
    if reading is None or reading.since.baseline_year is None:
        return None
    now, then = (e.figure(indicator.id, y, "all") for y in (year, reading.since.baseline_year))
    if now is None or then is None or now.number is None or then.number is None:
        return None
    change = now.number - then.number
    since = replace(reading.since, baseline_value=then.number)
    reading = replace(
        reading,
        measured=Measured(now.number, method="deterministic"),
        limit=then.number,
        since=since,
        literal_met=change <= 0,
    )
    if reading.broken:
        return reading
    trend = "unchanged" if not change else "worse" if change > 0 else "better"
    return replace(
        reading,
        result=rules.evaluate(goal.target.type, now.number, now.number, then.number),
        since=replace(since, change=change, trend=trend),
    )
