"""Every headline indicator of every goal and year, read by the goal's rule."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Goal, Indicator
from handleplan_pipeline.judgement import counts, shares
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.reading import Reading
from handleplan_pipeline.judgement.slopes import with_slope
from handleplan_pipeline.judgement.units import of_reading
from handleplan_pipeline.statistics import rules
from handleplan_pipeline.statistics.planning import planned
from schemas.contract import TableContract

QUANTITIES: dict[str, Callable[[Evidence, Goal, Indicator, int], Reading | None]] = {
    "difference": shares.parity,
    "standardised_ratio": shares.not_above,
    "equal_reduction": shares.equal_reduction,
    "relative_ratio": shares.relatively_fewer,
    "count_ratio": counts.count_ratio,
    "rate_ratio": counts.rate_ratio,
    "difference_of_medians": counts.median_difference,
    "representation_change": counts.representation,
    "share_change": counts.share_change,
    "new_areas": counts.new_areas,
    "area_count": counts.area_count,
}
"""What the catalogue may name as `judged_by` of an indicator."""


def judge(evidence: Evidence, contract: TableContract) -> pl.DataFrame:
    """A row per goal, headline indicator and year that can be read, to the last year with figures."""
    rows: list[dict[str, Any]] = []
    for goal in evidence.catalogue.goals:
        for indicator in map(evidence.catalogue.indicator, goal.headline_indicators):
            known = evidence.figures.years(indicator.id)
            last = max([goal.decision_year, *known])
            for year in range(goal.baseline_year, last + 1):
                reading = QUANTITIES[str(indicator.judged_by)](evidence, goal, indicator, year)
                if reading is None:
                    continue
                group = evidence.group_of(goal, indicator)
                reading = _planned(reading, goal.target.type)
                if year > goal.baseline_year:
                    reading = with_slope(evidence, goal, indicator, year, reading, group)
                rows.append(_row(evidence, goal, indicator, year, reading, group))
    return contract.conform(rows)


def _planned(reading: Reading, target: str) -> Reading:
    """The reading with what could be found by the width of its interval, unless it says so itself."""
    if reading.planned is not None:
        return reading
    m, tolerated = reading.measured, reading.limit if target in rules.TOLERANT else None
    ratio = reading.quantity in rules.RATIOS
    found = planned(m.lower90, m.upper90, ratio=ratio, confidence=rules.CONFIDENCE, tolerated=tolerated)
    return replace(reading, planned=found)


def _row(
    evidence: Evidence, goal: Goal, indicator: Indicator, year: int, reading: Reading, group: str
) -> dict[str, Any]:
    kinds = evidence.figures.kinds([indicator.id], year)
    # an infinite ratio is no number that can be printed
    values = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in reading.row().items()}
    return values | {
        "goal": goal.number,
        "indicator_id": indicator.id,
        "year": year,
        "population_group": group,
        "reference_group": indicator.reference_group,
        **of_reading(evidence.catalogue, indicator, reading.quantity, values.get("companion")),
        "due": year > goal.baseline_year,
        "rule_id": goal.target.rule_id,
        "rule_version": goal.target.rule_version,
        "data_kind": "synthetic" if "synthetic" in kinds else sorted(kinds)[0] if kinds else "delivered",
    }
