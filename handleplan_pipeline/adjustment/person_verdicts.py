"""What the rules say of figures made of persons, told where persons may be read. Confidential until it is protected.

The verdict is given on the exact figures; beyond the line they are rounded or gone, and nobody could give it again.
"""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

import polars as pl

from handleplan_pipeline.adjustment.group_differences import CHANGE, OWN
from handleplan_pipeline.adjustment.resample import REPEATED_SHARE
from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.statistics import rules
from handleplan_pipeline.statistics.bounds import UNKNOWN_IN, WAYS, drawn_with, of_drawn
from handleplan_pipeline.statistics.planning import planned
from handleplan_pipeline.statistics.two_groups import POINTS
from schemas.adjustment.background import MODELLED
from schemas.protection.protected import ADJUSTED, STANDARDISED
from schemas.rows import Adjusted, PersonLevel, Resampled, adjusted_in, known, resampled_in

OVERLAP_LIMIT = 0.90
"""Below this part of the group with a background seen in the reference group nothing is judged (methods 3.2)."""
UNCHANGED = {
    "difference_of_medians": (0.0, False, 1.0),
    "representation_change": (1.0, True, 1.0),
    "clustered_difference": (0.0, False, POINTS),
}
"""Drawn quantity -> what no change is, whether higher is better, and the scale of the reading."""
CALLED = {"clustered_difference": "share_change"}
"""Drawn quantities that a reading calls otherwise."""
ONE_SIDED_90 = 1.6448536
"""Normal quantile of the 90 per cent interval."""
ByYear = dict[int, Adjusted]


class Limits(NamedTuple):
    """A figure with its limits at 90 per cent, in the unit of the reading."""

    value: float
    lower: float
    upper: float


def person_verdicts(catalogue: Catalogue, adjusted: pl.DataFrame, resampled: pl.DataFrame) -> list[PersonLevel]:
    """A row per indicator, year and quantity from `cell.adjusted` and `cell.resampled`, in the unit of the reading.

    Of bounds for unknown ancestry only the verdict is told, and a bootstrap of the ratio of ratios only where it takes
    the place of the interval from counts.
    """
    models = _by_indicator(adjusted.filter(pl.col("method") == MODELLED))
    ratios = _by_indicator(adjusted.filter(pl.col("method") != MODELLED))
    draws: dict[str, list[Resampled]] = {}
    for r in resampled_in(resampled):
        draws.setdefault(r["indicator_id"], []).append(r)
    rows: list[PersonLevel] = []
    for goal in catalogue.goals:
        for indicator in map(catalogue.indicator, goal.headline_indicators):
            its_ratios = ratios.get(indicator.id, {})
            rows += _of_models(catalogue, goal, indicator, models.get(indicator.id, {}), its_ratios)
            rows += _of_ratios(catalogue, goal, indicator, its_ratios)
            rows += _of_draws(goal, indicator, draws.get(indicator.id, []))
    for indicator in (i for i in catalogue.indicators if i.kind == "baseline"):
        rows += _of_differences(draws.get(indicator.id, []))
    return [cast(PersonLevel, {k: _finite(v) for k, v in r.items()}) for r in rows]


def _by_indicator(frame: pl.DataFrame) -> dict[str, ByYear]:
    rows: dict[str, ByYear] = {}
    for r in adjusted_in(frame):
        rows.setdefault(r["indicator_id"], {})[r["year"]] = r
    return rows


def _finite(value: object) -> object:
    """An infinite limit is no number that can be printed."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _row(r: Adjusted | Resampled, quantity: str) -> PersonLevel:
    """The beginning of a row: what `quantity` it is of, of the same indicator, year and kind of data."""
    return PersonLevel(
        indicator_id=r["indicator_id"],
        year=r["year"],
        quantity=quantity,
        data_kind=r["data_kind"],
    )


def _base(goal: Goal, indicator: Indicator) -> int:
    return indicator.baseline_year or goal.baseline_year


# what is said given social background


def _of_models(
    catalogue: Catalogue, goal: Goal, indicator: Indicator, models: ByYear, ratios: ByYear
) -> Iterator[PersonLevel]:
    """The goal's rule on the adjusted figure, by what the indicator is judged by, and the year it is compared with."""
    base = _base(goal, indicator)
    for year, r in models.items():
        broken = catalogue.broken(indicator.id, base, year)
        if indicator.judged_by == "difference" and goal.target.margin is not None:
            since = base if year > base and not broken else None
            yield _gap(r, goal, goal.target.margin) | PersonLevel(baseline_year=since)
        elif indicator.judged_by == STANDARDISED and goal.target.margin is not None:
            change = _ratio_since(catalogue, indicator, base, year, ratios) if year in ratios else PersonLevel()
            yield _over_expected(r, goal, goal.target.margin) | PersonLevel(baseline_year=change.get("baseline_year"))
        elif indicator.judged_by in ("equal_reduction", "relative_ratio") and year > base and not broken:
            limit = goal.target.margin if indicator.judged_by == "equal_reduction" else 1.0
            before = models.get(base)
            if limit is not None and before is not None:
                yield _now_against_then(before, r, goal, limit) | PersonLevel(baseline_year=base)


def _gap(r: Adjusted, goal: Goal, margin: float) -> PersonLevel:
    """ "As large as" on the gap given background, in points."""
    if r["state"] != "fitted":
        return _no_model(r)
    result = rules.evaluate(goal.target.type, r["gap_lower90"], r["gap_upper90"], margin)
    gap, direct = known(r["gap_adjusted"]), r["direct_gap"]
    otherwise = direct is not None and direct * gap < 0
    limits = Limits(gap * POINTS, known(r["gap_lower90"]) * POINTS, known(r["gap_upper90"]) * POINTS)
    return _adjusted(r, result, limits, known(r["overlap_share"]), ("standardised_otherwise",) if otherwise else ())


def _over_expected(r: Adjusted, goal: Goal, limit: float) -> PersonLevel:
    """Observed over expected, with the limits of the gap as a ratio."""
    if r["state"] != "fitted" or not r["expected"]:
        return _no_model(r)
    low, high = (1 + known(gap) / r["expected"] for gap in (r["gap_lower90"], r["gap_upper90"]))
    result = rules.evaluate(goal.target.type, low, high, limit)
    return _adjusted(r, result, Limits(known(r["oe_index"]) / 100, low, high), known(r["overlap_share"]))


def _now_against_then(before: Adjusted, now: Adjusted, goal: Goal, limit: float) -> PersonLevel:
    """Observed over expected, now against then, instead of group over reference group."""
    if before["state"] != "fitted" or now["state"] != "fitted" or not before["observed"] or not now["observed"]:
        return _no_model(now)
    log = math.log(now["observed"] / known(now["expected"])) - math.log(before["observed"] / known(before["expected"]))
    half = ONE_SIDED_90 * math.sqrt(sum(_relative_variance(r) for r in (before, now)))
    low, high = math.exp(log - half), math.exp(log + half)
    result = rules.evaluate(goal.target.type, low, high, limit)
    overlap = min(known(before["overlap_share"]), known(now["overlap_share"]))
    return _adjusted(now, result, Limits(math.exp(log), low, high), overlap)


def _relative_variance(r: Adjusted) -> float:
    """Variance of log(observed / expected): binomial for the observed share, the model's for the expected one."""
    observed, n = known(r["observed"]), known(r["n"])
    return (1 - observed) / (observed * n) + (known(r["se_expected"]) / known(r["expected"])) ** 2


def _no_model(r: Adjusted) -> PersonLevel:
    return _row(r, ADJUSTED) | PersonLevel(result="cannot_tell", remarks="adjusted_few_events")


def _adjusted(r: Adjusted, result: str, limits: Limits, overlap: float, remarks: tuple[str, ...] = ()) -> PersonLevel:
    """The adjusted result, unless too many of the group have a background the reference group does not have."""
    if overlap < OVERLAP_LIMIT:
        result, remarks = "cannot_tell", (*remarks, "adjusted_overlap")
    return _row(r, ADJUSTED) | PersonLevel(
        estimate=limits.value,
        lower90=limits.lower,
        upper90=limits.upper,
        result=result,
        remarks=";".join(remarks) or None,
    )


# what is said of rates standardised for sex and age


def _of_ratios(catalogue: Catalogue, goal: Goal, indicator: Indicator, ratios: ByYear) -> Iterator[PersonLevel]:
    """ "Not overrepresented": the standardised ratio against its limit, its bounds, and what became of it since."""
    limit = goal.target.margin
    if indicator.judged_by != STANDARDISED or limit is None:
        return
    for year, r in ratios.items():
        if r["state"] != "fitted" or r["ratio"] is None:
            yield _row(r, STANDARDISED) | PersonLevel(result="cannot_tell", remarks="too_few_events")
            continue
        low, high = r["ratio_lower90"], r["ratio_upper90"]
        plan = planned(low, high, ratio=True, confidence=rules.CONFIDENCE, tolerated=_tolerated(goal, limit))
        said = PersonLevel(
            estimate=r["ratio"],
            lower90=low,
            upper90=high,
            lower95=r["ratio_lower95"],
            upper95=r["ratio_upper95"],
            method=r["method"],
            literal_met=r["ratio"] <= 1,
            result=rules.evaluate(goal.target.type, low, high, limit),
            minimum_detectable=plan.minimum_detectable,
            power=plan.power,
        )
        since = _ratio_since(catalogue, indicator, _base(goal, indicator), year, ratios)
        yield _row(r, STANDARDISED) | said | since
        # columns named by where those of unknown ancestry are counted, which one module spells
        limits = cast(Mapping[str, float | None], r)
        for way in WAYS:
            low, high = limits[f"{UNKNOWN_IN[way]}_lower90"], limits[f"{UNKNOWN_IN[way]}_upper90"]
            if low is not None:
                result = rules.evaluate(goal.target.type, low, high, limit)
                yield _row(r, drawn_with(STANDARDISED, way)) | PersonLevel(result=result)


def _ratio_since(catalogue: Catalogue, indicator: Indicator, base: int, year: int, ratios: ByYear) -> PersonLevel:
    """The standardised ratio now over then; both are estimates of independent years."""
    before, now = ratios.get(base), ratios[year]
    if before is None or year <= base:
        return {}
    if catalogue.broken(indicator.id, base, year):
        return {"trend": "cannot_tell", "remarks": "series_break"}
    if before["state"] != "fitted" or not before["ratio"] or not now["ratio"]:
        return {"trend": "cannot_tell"}
    try:
        widths = [math.log(known(r["ratio_upper90"]) / known(r["ratio_lower90"])) / 2 for r in (before, now)]
    except (ValueError, ZeroDivisionError):
        return {"trend": "cannot_tell"}
    log, half = math.log(now["ratio"] / before["ratio"]), math.hypot(*widths)
    return PersonLevel(
        baseline_year=base,
        baseline_value=before["ratio"],
        change=math.exp(log),
        change_lower=math.exp(log - half),
        change_upper=math.exp(log + half),
        trend=rules.trend_of(log - half, log + half, False),
    )


def _tolerated(goal: Goal, limit: float | None) -> float | None:
    return limit if goal.target.type in rules.TOLERANT else None


# what is said of persons and areas drawn again


def _of_draws(goal: Goal, indicator: Indicator, draws: list[Resampled]) -> Iterator[PersonLevel]:
    """The goal's rule on the limits drawn; limits that could not be drawn say nothing."""
    for r in draws:
        drawn, way = of_drawn(str(r["quantity"]))
        called = CALLED.get(drawn, drawn)
        if way is not None:
            result = rules.evaluate(goal.target.type, r["lower90"], r["upper90"], UNCHANGED[drawn][0])
            yield _row(r, drawn_with(called, way)) | PersonLevel(result=result, baseline_year=r["base_year"])
        elif r["lower90"] is None and drawn != "first_full_year":
            continue
        elif drawn == "ratio_of_ratios":
            if r["share_in_both"] > REPEATED_SHARE:
                limit = goal.target.margin if indicator.judged_by == "equal_reduction" else 1.0
                yield _drawn(goal, r, called, limit, 1.0, False)
        elif drawn in UNCHANGED:
            unchanged, higher, scale = UNCHANGED[drawn]
            yield _drawn(goal, r, called, unchanged, unchanged, higher, scale)
        else:
            # shown or used as it is, and judged by no rule
            yield _row(r, drawn) | _scaled(r, 1.0)


def _of_differences(draws: list[Resampled]) -> Iterator[PersonLevel]:
    """Differences between groups that no rule judges, as they were drawn, and what a change started from."""
    drawn = {(r["year"], r["quantity"]): r["estimate"] for r in draws}
    for r in draws:
        base, own = r["base_year"], str(r["quantity"]).replace(CHANGE, OWN)
        said = PersonLevel(baseline_year=base)
        if base is not None:
            said |= PersonLevel(baseline_value=drawn.get((base, own)))
        yield _row(r, str(r["quantity"])) | _scaled(r, 1.0) | said


def _scaled(r: Resampled, scale: float) -> PersonLevel:
    """The figure drawn with its limits, `scale` times; a limit that could not be drawn stays unknown."""

    def scaled(limit: float | None) -> float | None:
        return None if limit is None else limit * scale

    return PersonLevel(
        method=r["method"],
        estimate=r["estimate"] * scale,
        lower90=scaled(r["lower90"]),
        upper90=scaled(r["upper90"]),
        lower95=scaled(r["lower95"]),
        upper95=scaled(r["upper95"]),
    )


def _drawn(
    goal: Goal, r: Resampled, quantity: str, threshold: float | None, unchanged: float, higher: bool, scale: float = 1.0
) -> PersonLevel:
    """The limits drawn, what the rule says of them against `threshold`, and the trend, which they are as well.

    `threshold` and `unchanged` are in the unit of the reading, which is `scale` times that of the draws.
    """
    scaled = _scaled(r, scale)
    low, high = known(scaled["lower90"]), known(scaled["upper90"])
    ratio = quantity in rules.RATIOS
    plan = planned(low, high, ratio=ratio, confidence=rules.CONFIDENCE, tolerated=_tolerated(goal, threshold))
    said = PersonLevel(
        baseline_year=r["base_year"],
        result=rules.evaluate(goal.target.type, low, high, threshold),
        trend=rules.trend_of(low - unchanged, high - unchanged, higher),
        minimum_detectable=plan.minimum_detectable,
        power=plan.power,
    )
    return _row(r, quantity) | scaled | said
