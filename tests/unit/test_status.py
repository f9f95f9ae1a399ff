"""The axes and the badge: truth tables with their boundary values."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.judgement.reasons import danish
from handleplan_pipeline.observations import observe
from handleplan_pipeline.status import badge_of, precondition_of, status
from schemas.goals.goal_01_ninth_grade import CELL, GOAL
from schemas.judgement.background import ADJUSTED
from schemas.judgement.resampled import RESAMPLED
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT

C = load_catalogue()


@pytest.mark.parametrize("result", ["met", "not_met", "cannot_tell", "not_due", "not_assessed"])
def test_what_cannot_be_measured_is_never_called_met_or_missed(result: str) -> None:
    assert badge_of("not_measurable", result) == "not_measurable"
    assert badge_of("measurable", result) == result


def test_the_weakest_precondition_stands() -> None:
    assert precondition_of(C, C.goal(7), 2010) == "not_granted"
    assert precondition_of(C, C.goal(7), 2012) == "unknown"
    assert precondition_of(C, C.goal(3), 2012) == "none"
    assert precondition_of(C, C.goal(10), 2010) == "granted"


def cells(minority: tuple[int, int], dane: tuple[int, int]) -> pl.DataFrame:
    common = {"indicator_id": "I01", "year": 2014, "geography": "101", "ancestry": "total", "sex": "total",
              "age_group": "total", "measure": "share", "value": None, "cell_state": "value", "data_kind": "synthetic",
              "definition_version": "1", "caveats": None, "delivery_id": None}  # fmt: skip
    rows = [
        common | {"population_group": g, "numerator": n, "denominator": d}
        for g, (n, d) in {"minority": minority, "danish": dane}.items()
    ]
    return CELL.conform(rows)


@pytest.mark.parametrize(
    ("minority", "dane", "badge", "literal"),
    [((750, 1000), (750, 1000), "met", True), ((30, 40), (75, 100), "cannot_tell", True),
     ((600, 1000), (800, 1000), "clearly_not_met", False), ((700, 1000), (800, 1000), "not_met", False),
     ((760, 1000), (800, 1000), "met", False)],
)  # fmt: skip
def test_a_measured_parity_goal(minority: tuple[int, int], dane: tuple[int, int], badge: str, literal: bool) -> None:
    counted = cells(minority, dane)
    judged = judge(Evidence.of(C, counted, RESAMPLED.empty(), ADJUSTED.empty()), JUDGEMENT)
    row = (
        status(C, observe(C, 1, counted, GOAL), judged, GOAL_STATUS, "101")
        .filter((pl.col("goal") == 1) & (pl.col("year") == 2014))
        .to_dicts()[0]
    )
    assert (row["measurability"], row["badge"], row["literal_met"]) == ("measurable", badge, literal)
    assert row["data_kind"] == "synthetic"


def test_every_goal_and_year_has_a_reason_in_both_languages_even_with_no_data_at_all() -> None:
    frames = [observe(C, g.number, CELL.empty(), GOAL) for g in C.goals]
    rows = status(C, pl.concat(frames), JUDGEMENT.empty(), GOAL_STATUS, "101")
    assert rows.height == 11 * 5
    assert set(rows["badge"]) == {"not_measurable"}
    assert "{" not in "".join(rows["reason_da"]) + "".join(rows["reason_en"])
    assert set(rows.filter(pl.col("goal") == 8)["missing_reason"]) == {"no_indicator"}


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(1234.5, 1, "1.234,5"), (33.14, 1, "33,1"), (1000000, 0, "1.000.000")]
)
def test_danish_numbers(value: float, decimals: int, text: str) -> None:
    assert danish(value, decimals) == text
