"""Readings of goals that compare shares of two groups: as large as, reduced as much, not above, relatively fewer."""

import math
from collections.abc import Callable

from handleplan_pipeline.catalogue import Goal, Indicator
from handleplan_pipeline.judgement.evidence import Evidence, Row
from handleplan_pipeline.judgement.figures import Figure
from handleplan_pipeline.judgement.reading import CONFIDENCE, DISPLAY, OVERLAP_LIMIT, Reading, limits, trend_of
from handleplan_pipeline.judgement.resample import REPEATED_SHARE
from handleplan_pipeline.statistics import (
    StatisticsError,
    difference_in_differences,
    equivalence_p,
    minimum_detectable_difference,
    newcombe_difference,
    noninferiority_p,
    power_noninferiority,
    ratio_of_ratios,
    rules,
)

POINTS = 100.0
"""Shares are compared in percentage points."""
Pair = tuple[int, int, int, int]


def _pair(a: Figure | None, b: Figure | None) -> Pair | None:
    if a is None or b is None or a.x is None or b.x is None or not a.n or not b.n:
        return None
    return a.x, a.n, b.x, b.n


def _bounded(pair: Pair, unknown: Figure | None) -> dict[str, Pair]:
    """The pair with all of unknown ancestry in the group, and with all of them in the reference group."""
    a, n, b, m = pair
    x, k = (unknown.x or 0, unknown.n or 0) if unknown is not None and unknown.x is not None else (0, 0)
    return {"unknown_in_group": (a + x, n + k, b, m), "unknown_in_reference": (a, n, b + x, m + k)}


def _with_bounds(reading: Reading, bounds: dict[str, str]) -> Reading:
    result = rules.with_bounds(reading.result, list(bounds.values()))
    remarks = reading.remarks if result == reading.result else (*reading.remarks, "bounds_disagree")
    return reading.but(**bounds, result=result, remarks=remarks)


def parity(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """ "As large as": the difference of shares against the margin (methods 2.2)."""
    reference = str(indicator.reference_group)
    pair = _pair(*(e.figure(indicator.id, year, g) for g in (goal.population_group, reference)))
    margin = goal.target.margin
    if pair is None or margin is None:
        return None
    by90, by95 = (newcombe_difference(*pair, confidence=c) for c in (CONFIDENCE, DISPLAY))
    # with none or all of the reference group, half a person keeps the planning off the edge
    p = pair[2] / pair[3] if 0 < pair[2] < pair[3] else (pair[2] + 0.5) / (pair[3] + 1)

    def judged(counts: Pair, within: float) -> str:
        d = newcombe_difference(*counts, confidence=CONFIDENCE)
        return rules.evaluate(goal.target.type, float(d.lower), float(d.upper), within)

    narrow = goal.target.margin_sensitivity
    reading = Reading("difference").but(
        **limits(by90, by95, POINTS), limit=-margin * POINTS, literal=float(by90.estimate) >= 0,
        result=judged(pair, margin), result_sensitivity=None if narrow is None else judged(pair, narrow),
        minimum_detectable=minimum_detectable_difference(pair[1], pair[3], p) * POINTS,
        power=power_noninferiority(pair[1], pair[3], p, margin),
        noninferiority_p=float(noninferiority_p(*pair, margin=margin)),
        equivalence_p=float(equivalence_p(*pair, margin=margin)),
        remarks=("within_margin",) if float(by90.upper) < 0 and float(by90.lower) > -margin else (),
    )  # fmt: skip
    unknown = e.figure(indicator.id, year, "unknown")
    if unknown is not None:
        reading = _with_bounds(reading, {k: judged(c, margin) for k, c in _bounded(pair, unknown).items()})
    return _gap_trend(
        e, goal, indicator, year, pair, _adjusted_parity(e, goal, indicator, year, reading, margin), margin
    )


def _adjusted_parity(
    e: Evidence, goal: Goal, indicator: Indicator, year: int, reading: Reading, margin: float
) -> Reading:
    row = e.adjusted.get((indicator.id, year))
    if row is None:
        return reading
    if row["state"] != "fitted":
        return _no_model(reading)
    result = rules.evaluate(goal.target.type, row["gap_lower90"], row["gap_upper90"], margin)
    reading = reading.but(
        adjusted_value=row["gap_adjusted"] * POINTS,
        adjusted_lower90=row["gap_lower90"] * POINTS,
        adjusted_upper90=row["gap_upper90"] * POINTS,
    )
    direct = row["direct_gap"]
    if direct is not None and direct * row["gap_adjusted"] < 0:
        reading = reading.but(remarks=(*reading.remarks, "standardised_otherwise"))
    return _with_overlap(reading, result, row["overlap_share"])


def _no_model(reading: Reading) -> Reading:
    return reading.but(result_adjusted="cannot_tell", remarks=(*reading.remarks, "adjusted_few_events"))


def _with_overlap(reading: Reading, result: str, overlap: float) -> Reading:
    """The adjusted result, unless too many of the group have a background the reference group does not have."""
    if overlap >= OVERLAP_LIMIT:
        return reading.but(result_adjusted=result)
    return reading.but(result_adjusted="cannot_tell", remarks=(*reading.remarks, "adjusted_overlap"))


def _gap_trend(
    e: Evidence, goal: Goal, indicator: Indicator, year: int, pair: Pair, reading: Reading, margin: float
) -> Reading:
    """The change of the gap since the baseline, in points (MOVER)."""
    base = e.baseline_year(goal, indicator)
    before = _pair(*(e.figure(indicator.id, base, g) for g in (goal.population_group, str(indicator.reference_group))))
    if before is None or year <= base:
        return reading
    if e.broken(indicator.id, base, year):
        return reading.but(trend="cannot_tell", remarks=(*reading.remarks, "series_break"))
    d = difference_in_differences(*_crossed(before, pair), confidence=CONFIDENCE)
    return reading.but(
        baseline_year=base,
        baseline_value=(before[0] / before[1] - before[2] / before[3]) * POINTS,
        change=float(d.estimate) * POINTS,
        change_lower=float(d.lower) * POINTS,
        change_upper=float(d.upper) * POINTS,
        trend=trend_of(float(d.lower), float(d.upper), True, margin),
    )


def _crossed(before: Pair, now: Pair) -> tuple[int, int, int, int, int, int, int, int]:
    """Counts in the order group before, group now, reference before, reference now."""
    return (before[0], before[1], now[0], now[1], before[2], before[3], now[2], now[3])


def _ratios(
    e: Evidence, goal: Goal, indicator: Indicator, year: int, judged: Callable[[float, float], str]
) -> tuple[Reading, Pair, Pair] | None:
    """The ratio of ratios since the baseline; by a person bootstrap when many persons are in both years."""
    base = e.baseline_year(goal, indicator)
    groups = (goal.population_group, str(indicator.reference_group))
    before, now = (_pair(*(e.figure(indicator.id, y, g) for g in groups)) for y in (base, year))
    if before is None or now is None or year <= base:
        return None
    reading = Reading("ratio_of_ratios", baseline_year=base, baseline_value=_risk(before))
    if e.broken(indicator.id, base, year):
        stopped = reading.but(result="cannot_tell", trend="cannot_tell", remarks=("series_break",))
        return stopped, before, now
    counts = _crossed(before, now)
    by90, by95 = (ratio_of_ratios(*counts, confidence=c) for c in (CONFIDENCE, DISPLAY))
    reading = reading.but(**limits(by90, by95))
    again = e.resampled.get((indicator.id, year, "ratio_of_ratios"))
    if again is not None and again["share_in_both"] > REPEATED_SHARE and again["lower90"] is not None:
        reading = reading.but(**{k: again[k] for k in ("lower90", "upper90", "lower95", "upper95", "method")},
                              remarks=("same_persons",))  # fmt: skip
    result = judged(float(reading.lower90 or 0.0), float(reading.upper90 or math.inf))
    # unknown ancestry in one of the years is enough to move the change
    unknown = [e.figure(indicator.id, y, "unknown") for y in (base, year)]
    bounds = {}
    if any(u is not None for u in unknown):
        then, later = _bounded(before, unknown[0]), _bounded(now, unknown[1])
        for name in then:
            r = ratio_of_ratios(*_crossed(then[name], later[name]), confidence=CONFIDENCE)
            bounds[name] = judged(float(r.lower), float(r.upper))
    return _with_bounds(reading.but(result=result), bounds), before, now


def _judged_by(goal: Goal, threshold: float) -> Callable[[float, float], str]:
    return lambda low, high: rules.evaluate(goal.target.type, low, high, threshold)


def _risk(pair: Pair) -> float | None:
    return (pair[0] / pair[1]) / (pair[2] / pair[3]) if pair[2] else None


def equal_reduction(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """ "Reduced as much": the ratio of ratios, with the difference in differences beside it (methods 2.3)."""
    limit = goal.target.margin
    assert limit is not None
    found = _ratios(e, goal, indicator, year, _judged_by(goal, limit))
    if found is None:
        return None
    reading, before, now = found
    if reading.estimate is None:
        return reading
    did = difference_in_differences(*_crossed(before, now), confidence=DISPLAY)
    reading = reading.but(
        limit=limit, literal=reading.estimate <= 1, companion="difference_in_differences",
        companion_value=float(did.estimate) * POINTS, companion_lower=float(did.lower) * POINTS,
        companion_upper=float(did.upper) * POINTS,
    )  # fmt: skip
    if (float(reading.estimate or 0.0) - 1) * float(did.estimate) < 0:
        reading = reading.but(result="cannot_tell", remarks=(*reading.remarks, "directions_disagree"))
    reading = _adjusted_ratio(e, indicator, year, reading, _judged_by(goal, limit))
    own = newcombe_difference(now[0], now[1], before[0], before[1], CONFIDENCE)
    return reading.but(change=float(own.estimate) * POINTS, change_lower=float(own.lower) * POINTS,
                       change_upper=float(own.upper) * POINTS,
                       trend=trend_of(float(own.lower), float(own.upper), False))  # fmt: skip


def relatively_fewer(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """ "Relatively fewer": the risk ratio of the groups now against then must be below 1 (I07)."""
    found = _ratios(e, goal, indicator, year, _judged_by(goal, 1.0))
    if found is None:
        return None
    reading = found[0]
    if reading.estimate is None or reading.lower90 is None or reading.upper90 is None:
        return reading
    reading = reading.but(limit=1.0, literal=reading.estimate < 1, change=reading.estimate,
                          change_lower=reading.lower90, change_upper=reading.upper90,
                          trend=trend_of(reading.lower90 - 1, reading.upper90 - 1, False))  # fmt: skip
    return _adjusted_ratio(e, indicator, year, reading, _judged_by(goal, 1.0))


def _adjusted_ratio(
    e: Evidence, indicator: Indicator, year: int, reading: Reading, judged: Callable[[float, float], str]
) -> Reading:
    """The same rule on observed over expected, now against then, instead of group over reference group."""
    rows = [e.adjusted.get((indicator.id, y)) for y in (reading.baseline_year or 0, year)]
    if any(r is None for r in rows):
        return reading
    before, now = (r for r in rows if r is not None)
    if before["state"] != "fitted" or now["state"] != "fitted" or not before["observed"] or not now["observed"]:
        return _no_model(reading)
    log = math.log(now["observed"] / now["expected"]) - math.log(before["observed"] / before["expected"])
    half = 1.6448536 * math.sqrt(sum(_relative_variance(r) for r in (before, now)))
    low, high = math.exp(log - half), math.exp(log + half)
    reading = reading.but(adjusted_value=math.exp(log), adjusted_lower90=low, adjusted_upper90=high)
    return _with_overlap(reading, judged(low, high), min(before["overlap_share"], now["overlap_share"]))


def _relative_variance(row: Row) -> float:
    """Variance of log(observed / expected): binomial for the observed share, the model's for the expected one."""
    observed, n = float(row["observed"]), int(row["n"])
    return (1 - observed) / (observed * n) + (float(row["se_expected"]) / float(row["expected"])) ** 2


def not_above(e: Evidence, goal: Goal, indicator: Indicator, year: int) -> Reading | None:
    """ "Not overrepresented": the standardised ratio against its limit (methods 2.4)."""
    row, limit = e.standardised.get(year), goal.target.margin
    groups = (goal.population_group, str(indicator.reference_group))
    if _pair(*(e.figure(indicator.id, year, g) for g in groups)) is None:
        # nothing is said of persons whose number is not known or not shown
        return None
    if limit is None or row is None:
        return Reading("standardised_ratio", limit=limit, result="cannot_tell", remarks=("not_standardised",))
    if row["state"] != "fitted" or row["ratio"] is None:
        return Reading("standardised_ratio", limit=limit, result="cannot_tell", remarks=("too_few_events",))
    keys = ("lower90", "upper90", "lower95", "upper95")
    reading = Reading(
        "standardised_ratio", estimate=row["ratio"], **{k: row[f"ratio_{k}"] for k in keys}, method=row["method"],
        limit=limit, literal=row["ratio"] <= 1,
        result=rules.evaluate(goal.target.type, row["ratio_lower90"], row["ratio_upper90"], limit),
    )  # fmt: skip
    bounds = {
        k: rules.evaluate(goal.target.type, row[f"{k}_lower90"], row[f"{k}_upper90"], limit)
        for k in ("unknown_in_group", "unknown_in_reference")
        if row.get(f"{k}_lower90") is not None
    }
    reading = _with_bounds(reading, bounds)
    if not bounds and e.figure(indicator.id, year, "unknown"):
        # known as a whole, but not by sex and age
        reading = reading.but(remarks=(*reading.remarks, "unknown_hidden"))
    fitted = e.adjusted.get((indicator.id, year))
    if fitted is not None and fitted["state"] == "fitted" and fitted["expected"]:
        # observed over expected with the limits of the gap, as a ratio
        low, high = (1 + fitted[k] / fitted["expected"] for k in ("gap_lower90", "gap_upper90"))
        reading = reading.but(adjusted_value=fitted["oe_index"] / 100, adjusted_lower90=low, adjusted_upper90=high)
        reading = _with_overlap(reading, rules.evaluate(goal.target.type, low, high, limit), fitted["overlap_share"])
    elif fitted is not None:
        reading = _no_model(reading)
    return _ratio_trend(e, goal, indicator, year, reading)


def _ratio_trend(e: Evidence, goal: Goal, indicator: Indicator, year: int, reading: Reading) -> Reading:
    """The standardised ratio now over then; both are estimates of independent years."""
    base = e.baseline_year(goal, indicator)
    before = e.standardised.get(base)
    if before is None or year <= base:
        return reading
    if e.broken(indicator.id, base, year):
        return reading.but(trend="cannot_tell", remarks=(*reading.remarks, "series_break"))
    if before["state"] != "fitted" or not before["ratio"] or not reading.estimate:
        return reading.but(trend="cannot_tell")
    try:
        now = e.standardised[year]
        widths = [math.log(r["ratio_upper90"] / r["ratio_lower90"]) / 2 for r in (before, now)]
    except (ValueError, ZeroDivisionError, StatisticsError):
        return reading.but(trend="cannot_tell")
    log, half = math.log(reading.estimate / before["ratio"]), math.hypot(*widths)
    return reading.but(
        baseline_year=base, baseline_value=before["ratio"], change=math.exp(log), change_lower=math.exp(log - half),
        change_upper=math.exp(log + half), trend=trend_of(log - half, log + half, False),
    )  # fmt: skip
