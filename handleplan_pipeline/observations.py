"""From counted cells to published observations: shares and ratios with intervals, and a reason where there is none."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells import PERMISSION_CAVEAT
from handleplan_pipeline.statistics import (
    byar,
    difference_in_differences,
    minimum_detectable_difference,
    newcombe_difference,
    rate_ratio_exact,
    ratio_of_ratios,
    wilson,
)
from schemas.contract import TableContract
from schemas.goals.shape import obs_status_of

DISPLAY_CONFIDENCE = 0.95
Row = dict[str, Any]
Counts4 = tuple[int, int, int, int]
"""Numerator and denominator of a group, then of its reference group."""


def _base(goal: Goal, indicator: Indicator, cell: Row) -> Row:
    return {
        "goal": goal.number, "indicator_id": indicator.id, "year": cell["year"], "geography": cell["geography"],
        "population_group": cell["population_group"], "reference_group": None, "ancestry": cell["ancestry"],
        "sex": cell["sex"], "age_group": cell["age_group"], "measure": cell["measure"], "unit": indicator.unit,
        "obs_status": "A", "conf_status": "F", "missing_reason": "none", "data_kind": cell["data_kind"],
        "caveats": cell["caveats"] or ";".join(indicator.caveats) or None,
        "definition_version": cell["definition_version"],
    }  # fmt: skip


def _observed(goal: Goal, indicator: Indicator, cell: Row) -> Row:
    """One cell as an observation; a cell the supplier hid becomes a suppressed observation, never a zero."""
    row = _base(goal, indicator, cell)
    n, d = cell["numerator"], cell["denominator"]
    if cell["cell_state"] == "blanked":
        return row | {"obs_status": "Q", "conf_status": "C", "missing_reason": "suppressed"}
    if cell["cell_state"] == "not_available":
        reason = "no_legal_basis" if cell["caveats"] == PERMISSION_CAVEAT else "not_delivered"
        return row | {"obs_status": obs_status_of(reason), "missing_reason": reason}
    if cell["measure"] in ("share", "rate"):
        if not d:
            return row | {"obs_status": "M", "missing_reason": "not_applicable"}
        # a rate may count persons who do not live here: more than the population is no share, and has Byar's limits
        ci, per = (wilson(n, d, DISPLAY_CONFIDENCE), 1) if n <= d else (byar(n, DISPLAY_CONFIDENCE), d)
        return row | {
            "value": n / d * indicator.scale, "ci_low": float(ci.lower) / per * indicator.scale,
            "ci_high": float(ci.upper) / per * indicator.scale, "ci_method": ci.method, "confidence": ci.confidence,
            "numerator": n, "denominator": d,
        }  # fmt: skip
    value = n if cell["measure"] == "count" and cell["value"] is None else cell["value"]
    return row | {"value": value, "numerator": n, "denominator": d}


def _pairs(indicator: Indicator, cells: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
    """(group, reference) pairs of usable cells that differ in the population group only."""
    if indicator.reference_group is None or indicator.measure not in ("share", "rate"):
        return
    usable = [c for c in cells if c["cell_state"] in ("value", "zero", "zero_or_hidden") and c["denominator"]]
    same = ("year", "geography", "ancestry", "sex", "age_group", "measure", "definition_version")
    reference = {tuple(c[k] for k in same): c for c in usable if c["population_group"] == indicator.reference_group}
    for c in usable:
        other = reference.get(tuple(c[k] for k in same))
        if other is not None and c is not other and c["population_group"] in indicator.population_groups:
            yield c, other


def _ratio(goal: Goal, indicator: Indicator, a: Row, b: Row) -> Row | None:
    if not a["numerator"] or not b["numerator"]:
        return None
    ci = rate_ratio_exact(a["numerator"], a["denominator"], b["numerator"], b["denominator"], DISPLAY_CONFIDENCE)
    return _base(goal, indicator, a) | {
        "reference_group": b["population_group"], "measure": "ratio", "unit": "ratio", "value": float(ci.estimate),
        "ci_low": float(ci.lower), "ci_high": float(ci.upper), "ci_method": ci.method, "confidence": ci.confidence,
    }  # fmt: skip


def reason_for_nothing(catalogue: Catalogue, goal: Goal, year: int) -> str:
    """Why a headline indicator has no figure in a year, by rule: what the plan lacks first, then what was not given."""
    states = [(p.kind, p.state_in(year).state) for p in map(catalogue.precondition, goal.preconditions)]
    if not goal.plan_indicator:
        return "no_indicator"
    if ("legal", "not_granted") in states:
        return "no_legal_basis"
    if ("measurement_money", "not_granted") in states:
        return "no_measurement_money"
    return "not_delivered"


def _missing(catalogue: Catalogue, goal: Goal, have: set[tuple[str, int, str]]) -> Iterator[Row]:
    for indicator in map(catalogue.indicator, goal.headline_indicators):
        first = max(goal.baseline_year, indicator.first_year)
        years = set(range(first, goal.decision_year + 1)) | ({goal.data_year} if goal.data_year else set())
        for year in sorted(years):
            for group in indicator.population_groups:
                if (indicator.id, year, group) in have:
                    continue
                reason = reason_for_nothing(catalogue, goal, year)
                yield {
                    "goal": goal.number, "indicator_id": indicator.id, "year": year, "geography": indicator.geography,
                    "population_group": group, "ancestry": "total", "sex": indicator.sex,
                    "age_group": indicator.age_group, "measure": indicator.measure, "unit": indicator.unit,
                    "obs_status": obs_status_of(reason), "conf_status": "F", "missing_reason": reason,
                    "caveats": ";".join(indicator.caveats) or None, "definition_version": indicator.definition_version,
                }  # fmt: skip


def observe(catalogue: Catalogue, number: int, cells: pl.DataFrame, contract: TableContract) -> pl.DataFrame:
    """Observations of one goal from its cells.

    Every headline indicator has a row for every year from the baseline to the decision year and every group: a figure,
    or the reason why there is none. Ratios stand beside shares where the indicator has a reference group.
    """
    goal = catalogue.goal(number)
    rows: list[Row] = []
    for key, part in cells.group_by("indicator_id", maintain_order=True):
        indicator = catalogue.indicator(str(key[0]))
        # cells by sex and age at once are for standardisation; what is published is by sex and by age
        crossed = (pl.col("sex") != indicator.sex) & (pl.col("age_group") != indicator.age_group)
        found = part.filter(~crossed).to_dicts()
        rows += [_observed(goal, indicator, c) for c in found]
        rows += [r for a, b in _pairs(indicator, found) if (r := _ratio(goal, indicator, a, b))]
    have = {(r["indicator_id"], r["year"], r["population_group"]) for r in rows if r["reference_group"] is None}
    rows += _missing(catalogue, goal, have)
    empty = dict.fromkeys(contract.column_names)
    return contract.conform([empty | r for r in rows])


def _with_unknown(a: Row, b: Row, unknown: Row | None) -> Iterator[tuple[str, Counts4]]:
    """Counts of group and reference, with unknown ancestry apart, then all in the one, then all in the other.

    The bounds say how far the unknown could move the comparison; nobody is ever assigned.
    """
    yield "none", (a["numerator"], a["denominator"], b["numerator"], b["denominator"])
    if unknown is None or not unknown["denominator"]:
        return
    x, n = unknown["numerator"], unknown["denominator"]
    yield "group", (a["numerator"] + x, a["denominator"] + n, b["numerator"], b["denominator"])
    yield "reference_group", (a["numerator"], a["denominator"], b["numerator"] + x, b["denominator"] + n)


def _compared(indicator: Indicator, shared: Row, counts: Counts4, before: Counts4 | None) -> Iterator[Row]:
    scale = indicator.scale
    d = newcombe_difference(*counts, confidence=DISPLAY_CONFIDENCE)
    p = counts[2] / counts[3]
    margin = shared["margin"] * scale if shared["margin"] and shared["margin_unit"] == "share difference" else None
    yield shared | _changed(before, counts, scale) | {
        "contrast": "difference", "value": float(d.estimate) * scale, "ci_low": float(d.lower) * scale,
        "ci_high": float(d.upper) * scale, "method": d.method, "margin": margin,
        "minimum_detectable": minimum_detectable_difference(counts[1], counts[3], p) * scale,
    }  # fmt: skip
    if counts[0] and counts[2]:
        r = rate_ratio_exact(*counts, confidence=DISPLAY_CONFIDENCE)
        margin = shared["margin"] if shared["margin_unit"] == "ratio" else None
        yield shared | _change_of_ratio(before, counts) | {
            "contrast": "ratio", "value": float(r.estimate), "ci_low": float(r.lower), "ci_high": float(r.upper),
            "method": r.method, "margin": margin,
        }  # fmt: skip


def _changed(before: Counts4 | None, now: Counts4, scale: float) -> Row:
    """The change of the difference since the baseline year (MOVER), where the baseline is known."""
    if before is None:
        return {}
    c = difference_in_differences(before[0], before[1], now[0], now[1], before[2], before[3], now[2], now[3],
                                  DISPLAY_CONFIDENCE)  # fmt: skip
    return {"baseline_value": (before[0] / before[1] - before[2] / before[3]) * scale,
            "change": float(c.estimate) * scale,
            "change_ci_low": float(c.lower) * scale, "change_ci_high": float(c.upper) * scale}  # fmt: skip


def _change_of_ratio(before: Counts4 | None, now: Counts4) -> Row:
    if before is None or not before[0] or not before[2]:
        return {}
    c = ratio_of_ratios(before[0], before[1], now[0], now[1], before[2], before[3], now[2], now[3], DISPLAY_CONFIDENCE)
    return {"baseline_value": before[0] / before[1] / (before[2] / before[3]), "change": float(c.estimate),
            "change_ci_low": float(c.lower), "change_ci_high": float(c.upper)}  # fmt: skip


def _adjusted(row: Row, adjusted: dict[tuple[str, int, str], Row], scale: float) -> Row:
    """The adjusted gap beside a crude difference; the unknown are kept apart in both."""
    found = adjusted.get((row["indicator_id"], row["year"], row["group"]))
    if found is None or row["contrast"] != "difference" or row["unknown_as"] != "none":
        return row
    return row | {
        "adjusted_value": found["gap_adjusted"] * scale, "adjusted_ci_low": found["gap_lower95"] * scale,
        "adjusted_ci_high": found["gap_upper95"] * scale, "adjustment": found["covariates"],
    }  # fmt: skip


def contrasts(
    catalogue: Catalogue, number: int, cells: pl.DataFrame, contract: TableContract,
    adjusted: pl.DataFrame | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Group against group: ratio (exact conditional) and difference in the indicator's unit (Newcombe), 95 per cent.

    Each comparison stands with its bounds for unknown ancestry, where anybody's is unknown; with its change since the
    indicator's baseline year, unless a break in the series stops the comparison; and with the adjusted difference.
    """
    goal = catalogue.goal(number)
    fitted = [] if adjusted is None else adjusted.filter(pl.col("gap_adjusted").is_not_null()).to_dicts()
    known = {(r["indicator_id"], r["year"], r["population_group"]): r for r in fitted}
    rows: list[Row] = []
    for key, part in cells.group_by("indicator_id", maintain_order=True):
        indicator = catalogue.indicator(str(key[0]))
        rows += [_adjusted(r, known, indicator.scale) for r in _of_indicator(catalogue, goal, indicator, part)]
    wanted = contract.column_names
    empty = dict.fromkeys(wanted)
    return contract.conform([empty | {k: v for k, v in r.items() if k in empty} for r in rows])


def _of_indicator(catalogue: Catalogue, goal: Goal, indicator: Indicator, part: pl.DataFrame) -> Iterator[Row]:
    whole = part.filter((pl.col("sex") == indicator.sex) & (pl.col("age_group") == indicator.age_group)).to_dicts()
    unknown = {
        c["year"]: c for c in whole if c["population_group"] == "unknown" and c["cell_state"] in ("value", "zero")
    }
    pairs = list(_pairs(indicator, whole))
    counts = {
        (a["year"], a["population_group"], a["definition_version"], as_): c
        for a, b in pairs
        for as_, c in _with_unknown(a, b, unknown.get(a["year"]))
    }
    base = indicator.baseline_year
    for a, b in pairs:
        shared = {
            "goal": goal.number, "indicator_id": indicator.id, "year": a["year"], "geography": a["geography"],
            "group": a["population_group"], "reference_group": b["population_group"],
            "confidence": DISPLAY_CONFIDENCE, "data_kind": a["data_kind"], "caveats": a["caveats"],
            # the margin belongs to the indicator that bears the goal, not to its context
            "margin": goal.target.margin if indicator.id in goal.headline_indicators else None,
            "margin_unit": goal.target.margin_unit,
        }  # fmt: skip
        compared = base is not None and a["year"] > base and not catalogue.broken(indicator.id, base, a["year"])
        for counted_as, now in _with_unknown(a, b, unknown.get(a["year"])):
            before = (
                counts.get((base, a["population_group"], a["definition_version"], counted_as)) if compared else None
            )
            about = {"unknown_as": counted_as, "baseline_year": base if before else None}
            yield from _compared(indicator, shared | about, now, before)
