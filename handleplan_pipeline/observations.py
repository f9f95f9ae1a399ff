"""From counted cells to published observations: shares and ratios with intervals, and a reason where there is none."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells import PERMISSION_CAVEAT
from handleplan_pipeline.statistics import rate_ratio_exact, wilson
from schemas.contract import TableContract
from schemas.goals.shape import obs_status_of

DISPLAY_CONFIDENCE = 0.95
Row = dict[str, Any]


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
        ci = wilson(n, d, DISPLAY_CONFIDENCE)
        return row | {
            "value": n / d * indicator.scale, "ci_low": float(ci.lower) * indicator.scale,
            "ci_high": float(ci.upper) * indicator.scale, "ci_method": ci.method, "confidence": ci.confidence,
            "numerator": n, "denominator": d,
        }  # fmt: skip
    value = n if cell["measure"] == "count" and cell["value"] is None else cell["value"]
    return row | {"value": value, "numerator": n, "denominator": d}


def pairs_of(indicator: Indicator, cells: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
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
    or the reason why there is none. Ratios stand beside shares where the indicator has a reference group. A figure of a
    year in which the series breaks has observation status B.
    """
    goal = catalogue.goal(number)
    rows: list[Row] = []
    for key, part in cells.group_by("indicator_id", maintain_order=True):
        indicator = catalogue.indicator(str(key[0]))
        found = part.to_dicts()
        rows += [_observed(goal, indicator, c) for c in found]
        rows += [r for a, b in pairs_of(indicator, found) if (r := _ratio(goal, indicator, a, b))]
    have = {(r["indicator_id"], r["year"], r["population_group"]) for r in rows if r["reference_group"] is None}
    for row in rows:
        if row["obs_status"] == "A" and row["year"] in catalogue.break_years(row["indicator_id"]):
            row["obs_status"] = "B"
    rows += _missing(catalogue, goal, have)
    empty = dict.fromkeys(contract.column_names)
    return contract.conform([empty | r for r in rows])
