"""Readings of goals that compare shares of two groups: as large as, reduced as much, not above, relatively fewer."""

from collections.abc import Callable
from dataclasses import replace

from handleplan_pipeline.catalogue import Goal, Indicator
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.figures import Figure
from handleplan_pipeline.judgement.reading import UNTOLD, Adjusted, Bounds, Companion, Measured, Parity, Reading, Since
from handleplan_pipeline.statistics import equivalence_p, noninferiority_p, rules
from handleplan_pipeline.statistics.bounds import outcomes_tried, tried
from handleplan_pipeline.statistics.planning import Planned
from handleplan_pipeline.statistics.rules import CONFIDENCE, DISPLAY
from handleplan_pipeline.statistics.two_groups import POINTS, Pair, TwoGroups
from schemas.protection.protected import ADJUSTED, STANDARDISED
from schemas.rows import PersonLevel

Judged = Callable[[float, float], str]
"""From two limits to what the goal's rule says."""
Demand = Callable[[TwoGroups], str]
"""What the rule asks beside that, of the counts themselves."""


def _pair(a: Figure | None, b: Figure | None) -> Pair | None:
    if a is None or b is None or a.x is None or b.x is None or not a.n or not b.n:
        return None
    return Pair(a.x, a.n, b.x, b.n)


def _pair_of(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Pair | None:
    groups = (goal.population_group, str(indicator.reference_group))
    return _pair(*(e.figure(indicator.id, year, g) for g in groups))


def _counts(unknown: Figure | None) -> tuple[int, int]:
    """Those of unknown ancestry, nobody where their number is not known."""
    return (unknown.x or 0, unknown.n or 0) if unknown is not None and unknown.x is not None else (0, 0)


def _judged_by(goal: Goal, threshold: float) -> Judged:
    return lambda low, high: rules.evaluate(goal.target.type, low, high, threshold)


def _nothing_more(_: TwoGroups) -> str:
    return "met"


def _own_fall(groups: TwoGroups) -> str:
    """ "Reduced" of the group's own share."""
    own = groups.own_change(CONFIDENCE)
    assert own is not None
    return rules.reduction(float(own.lower), float(own.upper))


def _a_reduction(groups: TwoGroups) -> str:
    """A fall of the own share, and a relative change that points the same way as the one in points."""
    fell = _own_fall(groups)
    return rules.worst([fell, UNTOLD]) if groups.directions_disagree else fell


def parity(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """ "As large as": the difference of shares against the margin (methods 2.2)."""
    pair, margin = _pair_of(e, goal, indicator, year), goal.target.margin
    if pair is None or margin is None:
        return None
    groups = TwoGroups(pair)
    by90 = groups.difference(CONFIDENCE)

    def judged(counts: Pair, within: float) -> str:
        d = TwoGroups(counts).difference(CONFIDENCE)
        return rules.evaluate(goal.target.type, float(d.lower), float(d.upper), within)

    narrow = goal.target.margin_sensitivity
    reading = Reading(
        "difference",
        limit=-margin * POINTS,
        literal_met=float(by90.estimate) >= 0,
        result=judged(pair, margin),
        result_sensitivity=None if narrow is None else judged(pair, narrow),
        measured=Measured.of(by90, groups.difference(DISPLAY), POINTS),
        planned=Planned(groups.detectable * POINTS, groups.power(margin)),
        parity=Parity(float(noninferiority_p(*pair, margin=margin)), float(equivalence_p(*pair, margin=margin))),
        remarks=("within_margin",) if float(by90.upper) < 0 and float(by90.lower) > -margin else (),
    )
    unknown = e.unknown(indicator.id, year)
    if unknown is not None:
        worlds = tried(pair, _counts(unknown), e.of_unknown_country(indicator, year)).items()
        reading = reading.within(Bounds.of({way: judged(counts, margin) for way, counts in worlds}))
    whose = e.outcomes_unknown(goal, indicator, year)
    if any(whose):
        reading = reading.whatever_the_outcome([judged(counts, margin) for counts in outcomes_tried(pair, whose)])
    return _gap_since(e, goal, indicator, year, pair, _given_background(e, indicator, year, reading), margin)


def _given_background(e: Evidence, indicator: Indicator, year: int, reading: Reading) -> Reading:
    """The reading with what the rule says of the figure given social background, where a model was tried."""
    row = e.of_persons(indicator.id, year, ADJUSTED)
    if row is None:
        return reading
    adjusted = Adjusted(row["result"] or UNTOLD, row["estimate"], row["lower90"], row["upper90"])
    return replace(reading, adjusted=adjusted).saying(*_remarks(row))


def _remarks(row: PersonLevel) -> list[str]:
    return row["remarks"].split(";") if row["remarks"] else []


def _gap_since(
    e: Evidence, goal: Goal, indicator: Indicator, year: int, pair: Pair, reading: Reading, margin: float
) -> Reading:
    """The change of the gap since the baseline, in points (MOVER)."""
    base = e.baseline_year(goal, indicator)
    before = _pair_of(e, goal, indicator, base)
    if before is None or year <= base:
        return reading
    if e.broken(indicator.id, base, year):
        return replace(reading, since=Since(trend="cannot_tell")).saying("series_break")
    change = TwoGroups(pair, before).change(CONFIDENCE)
    assert change is not None
    value, low, high = float(change.estimate), float(change.lower), float(change.upper)
    since = Since(
        base, before.gap * POINTS, rules.trend_of(low, high, True, margin), value * POINTS, low * POINTS, high * POINTS
    )
    return replace(reading, since=since)


def _change_of_ratio(
    e: Evidence, goal: Goal, indicator: Indicator, year: int, judged: Judged, demand: Demand = _nothing_more
) -> tuple[Reading, TwoGroups] | None:
    """The ratio of ratios since the baseline; by a person bootstrap when many persons are in both years."""
    base = e.baseline_year(goal, indicator)
    before, now = (_pair_of(e, goal, indicator, y) for y in (base, year))
    if before is None or now is None or year <= base:
        return None
    groups = TwoGroups(now, before)
    reading = Reading("ratio_of_ratios", since=Since(base, before.ratio))
    if e.broken(indicator.id, base, year):
        return reading.stopped("series_break"), groups
    by90, by95 = (groups.change_of_ratio(c) for c in (CONFIDENCE, DISPLAY))
    assert by90 is not None
    assert by95 is not None
    measured = Measured.of(by90, by95)
    again = e.of_persons(indicator.id, year, "ratio_of_ratios")
    if again is None:
        reading = replace(reading, measured=measured, result=judged(float(by90.lower), float(by90.upper)))
    else:
        reading = replace(
            reading, measured=_drawn_again(measured, again), result=again["result"] or UNTOLD, planned=_planned(again)
        ).saying("same_persons")
    reading = replace(reading, result=rules.demanding(reading.result, demand(groups)))
    return reading.within(_bounds_of_change(e, indicator, base, year, groups, judged, demand)), groups


def _drawn_again(measured: Measured, row: PersonLevel) -> Measured:
    """The estimate of the counts with limits drawn from persons."""
    return Measured(measured.estimate, row["lower90"], row["upper90"], row["lower95"], row["upper95"], row["method"])


def _planned(row: PersonLevel) -> Planned:
    return Planned(row["minimum_detectable"], row["power"])


def _bounds_of_change(
    e: Evidence, indicator: Indicator, base: int, year: int, groups: TwoGroups, judged: Judged, demand: Demand
) -> Bounds:
    """Unknown ancestry in one of the years is enough to move the change; the whole rule is asked of each world."""
    unknown = [e.unknown(indicator.id, y) for y in (base, year)]
    if groups.before is None or all(u is None for u in unknown):
        return Bounds()
    then, later = (
        tried(pair, _counts(u), e.of_unknown_country(indicator, y))
        for pair, u, y in ((groups.before, unknown[0], base), (groups.now, unknown[1], year))
    )
    found = {}
    for way in then:
        world = TwoGroups(later[way], then[way])
        r = world.change_of_ratio(CONFIDENCE)
        assert r is not None
        found[way] = rules.demanding(judged(float(r.lower), float(r.upper)), demand(world))
    return Bounds.of(found)


def equal_reduction(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """ "Reduced as much": the ratio of ratios and a fall of the group's own share (methods 2.3).

    The difference in differences stands beside it.
    """
    limit = goal.target.margin
    assert limit is not None
    found = _change_of_ratio(e, goal, indicator, year, _judged_by(goal, limit), _a_reduction)
    if found is None:
        return None
    reading, groups = found
    if reading.measured.estimate is None:
        return reading
    did, own = groups.change(DISPLAY), groups.own_change(CONFIDENCE)
    assert did is not None
    assert own is not None
    value, low, high = (float(v) * POINTS for v in (did.estimate, did.lower, did.upper))
    companion = Companion("difference_in_differences", value, low, high)
    reading = replace(reading, limit=limit, literal_met=groups.reduced_as_much, companion=companion)
    if groups.directions_disagree and reading.result == UNTOLD:
        reading = reading.saying("directions_disagree")
    reading = _given_background(e, indicator, year, reading)
    adjusted = reading.adjusted.result_adjusted
    if not any(r.startswith("adjusted_") for r in reading.remarks):
        adjusted = rules.demanding(adjusted, _own_fall(groups))
    change, low, high = (float(v) * POINTS for v in (own.estimate, own.lower, own.upper))
    trend = rules.trend_of(low, high, False)
    since = replace(reading.since, change=change, change_lower=low, change_upper=high, trend=trend)
    return replace(reading, since=since, adjusted=replace(reading.adjusted, result_adjusted=adjusted))


def relatively_fewer(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """ "Relatively fewer": the risk ratio of the groups now against then must be below 1."""
    found = _change_of_ratio(e, goal, indicator, year, _judged_by(goal, 1.0))
    if found is None:
        return None
    reading, m = found[0], found[0].measured
    if m.estimate is None or m.lower90 is None or m.upper90 is None:
        return reading
    again = e.of_persons(indicator.id, year, "ratio_of_ratios")
    trend = rules.trend_of(m.lower90 - 1, m.upper90 - 1, False) if again is None else again["trend"] or UNTOLD
    since = replace(reading.since, change=m.estimate, change_lower=m.lower90, change_upper=m.upper90, trend=trend)
    reading = replace(reading, limit=1.0, literal_met=m.estimate < 1, since=since)
    return _given_background(e, indicator, year, reading)


def not_above(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """ "Not overrepresented": the standardised ratio against its limit (methods 2.4), as it was told at the line."""
    row, limit = e.of_persons(indicator.id, year, STANDARDISED), goal.target.margin
    if _pair_of(e, goal, indicator, year) is None:
        # nothing is said of persons whose number is not known or not shown
        return None
    reading = Reading(STANDARDISED, limit=limit)
    if limit is None or row is None:
        return reading.cannot_tell().saying("not_standardised")
    reading = replace(reading, result=row["result"] or UNTOLD, since=_since(row))
    if row["estimate"] is None:
        # too few events, or not shown
        return reading.saying(*_remarks(row))
    measured = _drawn_again(Measured(row["estimate"]), row)
    reading = replace(reading, measured=measured, literal_met=row["literal_met"], planned=_planned(row))
    bounds = e.drawn_bounds(indicator.id, year, STANDARDISED)
    reading = reading.within(bounds)
    if not bounds.tried and e.unknown(indicator.id, year):
        # known as a whole, but not by sex and age
        reading = reading.saying("unknown_hidden")
    return _given_background(e, indicator, year, reading).saying(*_remarks(row))


def _since(row: PersonLevel) -> Since:
    return Since(
        row["baseline_year"],
        row["baseline_value"],
        row["trend"] or "no_baseline",
        row["change"],
        row["change_lower"],
        row["change_upper"],
    )
