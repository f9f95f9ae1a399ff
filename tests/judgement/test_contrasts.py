"""Group against group: what stands where, the margin only where it is applied, nothing across a break."""

from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.contrasts import contrasts
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.statistics import difference_in_differences, power_noninferiority, ratio_of_ratios
from schemas.adjustment.background import ADJUSTED
from schemas.adjustment.resampled import RESAMPLED
from schemas.goals.goal_01_ninth_grade import CELL, GOAL
from schemas.outputs.contrast import CONTRAST
from tests.lib.readings import cell, drawn, fitted, two

C = load_catalogue()
Row = dict[str, Any]


def compared(goal: int, cells: list[Row], adjusted: list[Row] = [], resampled: list[Row] = []) -> list[Row]:  # noqa: B006
    frame = contrasts(C, goal, CELL.conform(cells), CONTRAST, ADJUSTED.conform(adjusted), RESAMPLED.conform(resampled))
    return frame.sort("year", "contrast", "unknown_as").to_dicts()


def one(rows: list[Row], contrast: str, year: int = 2014, unknown_as: str = "none") -> Row:
    (found,) = [r for r in rows if (r["contrast"], r["year"], r["unknown_as"]) == (contrast, year, unknown_as)]
    return found


def test_a_parity_goal_has_its_margin_power_and_detectable_difference_on_the_difference_alone() -> None:
    rows = compared(1, [*two("I01", 2010, (60, 165), (130, 335)), *two("I01", 2014, (40, 160), (90, 330))])
    d = one(rows, "difference")
    assert (d["margin"], d["baseline_year"]) == (10.0, 2010)
    assert d["power"] == pytest.approx(power_noninferiority(160, 330, 90 / 330, 0.10))
    se = (90 * 240 / 330**2 * (1 / 160 + 1 / 330)) ** 0.5
    assert d["minimum_detectable"] == pytest.approx(100 * 2.4865 * se, rel=1e-3)
    others = [r for r in rows if r["contrast"] != "difference"]
    assert all(r["margin"] is None and r["power"] is None for r in others)
    assert all(r["minimum_detectable"] for r in rows)


def test_what_happened_since_the_baseline_is_a_contrast_of_its_own() -> None:
    counts = (60, 165, 40, 160, 130, 335, 90, 330)
    rows = compared(4, [*two("I04", 2010, (60, 165), (130, 335)), *two("I04", 2014, (40, 160), (90, 330))])
    did, rrr = one(rows, "difference_in_differences"), one(rows, "ratio_of_ratios")
    by_hand, ratio = difference_in_differences(*counts), ratio_of_ratios(*counts)
    assert did["value"] == pytest.approx(100 * float(by_hand.estimate))
    assert (did["ci_low"], did["method"]) == (pytest.approx(100 * float(by_hand.lower)), "mover-wilson")
    assert (rrr["value"], rrr["ci_high"]) == (pytest.approx(ratio.estimate), pytest.approx(ratio.upper))
    # the margin of goal 4 is the ratio of ratios', never the plain ratio's
    assert (rrr["margin"], one(rows, "ratio")["margin"], did["margin"]) == (1.25, None, None)
    assert not [
        r for r in rows if r["year"] == 2010 and r["contrast"] in ("difference_in_differences", "ratio_of_ratios")
    ]


def test_bounds_for_unknown_ancestry_stand_beside_every_comparison() -> None:
    rows = compared(1, [*two("I01", 2014, (60, 165), (130, 335)), cell("I01", 2014, "unknown", 0, 20)])
    found = {r["unknown_as"]: r["value"] for r in rows if r["contrast"] == "difference"}
    assert found["group"] == pytest.approx(100 * (60 / 185 - 130 / 335))
    assert found["reference_group"] == pytest.approx(100 * (60 / 165 - 130 / 355))


def test_nothing_is_compared_across_a_break_and_the_years_of_breaks_are_flagged() -> None:
    # 2021 introduced types of stay: not comparable with 2010
    cells = [*two("I04", 2010, (60, 165), (130, 335)), *two("I04", 2021, (40, 160), (90, 330))]
    rows = compared(4, cells)
    assert {r["contrast"] for r in rows if r["year"] == 2021} == {"difference", "ratio"}
    assert all(r["baseline_year"] is None and r["change"] is None for r in rows)
    seen = observe(C, 4, CELL.conform(cells), GOAL).filter(pl.col("value").is_not_null())
    assert set(seen.filter(pl.col("year") == 2021)["obs_status"]) == {"B"}
    assert set(seen.filter(pl.col("year") == 2010)["obs_status"]) == {"A"}


def test_the_standardised_ratio_carries_goal_2s_margin_and_the_crude_one_does_not() -> None:
    row = fitted(
        "I02", 2014, "direct", ratio=1.2, ratio_lower90=1.05, ratio_upper90=1.37, ratio_lower95=1.0, ratio_upper95=1.44
    )
    rows = compared(2, two("I02", 2014, (200, 4000), (400, 8000)), [row])
    found = one(rows, "standardised_ratio")
    assert (found["value"], found["margin"], found["adjustment"]) == (1.2, 1.10, "sex;age")
    assert (one(rows, "ratio")["margin"], one(rows, "difference")["margin"]) == (None, None)
    hidden = [cell("I02", 2014, "minority", cell_state="blanked"), cell("I02", 2014, "danish", 400, 8000)]
    assert compared(2, hidden, [row]) == []


def test_representation_is_a_contrast_against_2006() -> None:
    cells = [cell("I10", y, "minority", value=v) for y, v in ((2006, 0.5), (2014, 0.8))]
    own = drawn("I10", 2014, "representation_ratio", 0.7, 0.9) | {"estimate": 0.8}
    change = drawn("I10", 2014, "representation_change", 1.2, 2.1) | {"estimate": 1.6}
    found = one(compared(9, cells, [], [own, change]), "representation_ratio")
    assert (found["value"], found["baseline_year"], found["change"], found["reference_group"]) == (
        0.8,
        2006,
        1.6,
        "all",
    )
    assert compared(9, cells) == []
