"""Differences of sums and quantiles between two groups: persons drawn again, told only with enough of them beside."""

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.adjustment.group_differences import CHANGE, OWN, Compared, group_differences
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.contrasts import contrasts
from handleplan_pipeline.statistics import count_difference
from schemas.goals.goal_01_ninth_grade import CELL
from schemas.outputs.contrast import CONTRAST
from tests.lib.readings import cell, drawn
from tests.lib.told import told

C = load_catalogue()


def frame(amounts: dict[tuple[str, int], list[float]], prefix: str = "") -> pl.DataFrame:
    """A person per amount and group, the same person in each year."""
    rows = [
        {"person": f"{prefix}{g}{i}", "year": y, "population_group": g, "amount": a}
        for (g, y), values in amounts.items()
        for i, a in enumerate(values)
    ]
    return pl.DataFrame(rows)


def found(rows: pl.DataFrame, beside: int = 5, quantile: float | None = None) -> dict[tuple[int, str], Compared]:
    out = group_differences(rows, "minority", "danish", 2009, 1, beside, quantile)
    return {(c.year, c.quantity): c for c in out}


SUMS = {
    ("minority", 2009): [10.0] * 30,
    ("danish", 2009): [20.0] * 30,
    ("minority", 2012): [30.0] * 30,
    ("danish", 2012): [20.0] * 30,
}


def test_sums_and_their_change_are_those_of_the_persons() -> None:
    """300 - 600, then 900 - 600: 600 more. The standard deviation of 30 times 10 is 10 root 30, about 55."""
    all_of = found(frame(SUMS))
    assert [all_of[k].drawn.estimate for k in ((2009, OWN), (2012, OWN), (2012, CHANGE))] == [-300, 300, 600]
    assert (2009, CHANGE) not in all_of
    own = all_of[2009, OWN].drawn
    spread = (30 * 10.0**2 + 30 * 20.0**2) ** 0.5
    assert (own.upper95 - own.lower95) / (2 * 1.96) == pytest.approx(spread, rel=0.1)
    # the same Danes had the same nights in both years, and drop out of the change
    change = all_of[2012, CHANGE].drawn
    assert (change.upper95 - change.lower95) / (2 * 1.96) == pytest.approx((30 * 20.0**2) ** 0.5, rel=0.1)


def test_who_the_persons_are_called_changes_nothing() -> None:
    one, other = found(frame(SUMS)), found(frame(SUMS, "x").reverse())
    assert one == other


def test_a_quantile_is_told_with_five_persons_beyond_the_limits_of_each_group() -> None:
    """Of 200 persons with 1 to 200 nights the ninth decile is at place 179.1: 180.1; its limits leave many above."""
    many = {
        ("minority", 2009): [float(i + 1) for i in range(200)],
        ("danish", 2009): [float(i + 1) for i in range(400)],
    }
    own = found(frame(many), quantile=0.9)[2009, OWN].drawn
    assert own.estimate == pytest.approx(180.1 - 360.1)
    assert own.lower95 < own.estimate < own.upper95
    # of 60 six lie above the decile, but not above its upper limit
    few = many | {("minority", 2009): [float(i + 1) for i in range(60)]}
    assert found(frame(few), quantile=0.9) == {}
    assert (2009, OWN) in found(frame(few), beside=1, quantile=0.9)


def test_a_drawn_quantile_of_equal_stays_is_that_stay() -> None:
    same = {("minority", 2009): [30.0] * 20, ("danish", 2009): [40.0] * 20}
    own = found(frame(same), quantile=0.5)[2009, OWN].drawn
    assert (own.estimate, own.lower95, own.upper95) == (-10.0, -10.0, -10.0)


def amounts(year: int, *groups: str) -> list[dict[str, object]]:
    return [cell("B1_stay_median", year, g, None, 40, value=30.0) for g in groups]


def test_a_drawn_difference_stands_in_the_contrasts_with_its_change() -> None:
    draws = [
        drawn("B1_stay_median", 2009, OWN, -5.0, 3.0, base_year=None, estimate=-1.0),
        drawn("B1_stay_median", 2012, OWN, 1.0, 9.0, base_year=None, estimate=4.0),
        drawn("B1_stay_median", 2012, CHANGE, 0.5, 11.0, base_year=2009, estimate=5.0),
    ]
    cells = CELL.conform([*amounts(2009, "minority", "danish"), *amounts(2012, "minority", "danish")])
    rows = contrasts(C, 4, cells, CONTRAST, resampled=told(draws)).filter(pl.col("year") == 2012).to_dicts()
    (row,) = rows
    assert (row["contrast"], row["value"], row["ci_low"], row["ci_high"]) == ("difference", 4.0, 1.0, 9.0)
    assert (row["baseline_year"], row["baseline_value"], row["change"]) == (2009, -1.0, 5.0)
    alone = CELL.conform(amounts(2012, "minority"))
    assert contrasts(C, 4, alone, CONTRAST, resampled=told(draws)).height == 0


def test_numbers_of_persons_are_bounded_by_those_of_unknown_ancestry() -> None:
    cells = [cell("B1_homeless_week6", 2009, g, x) for g, x in (("minority", 100), ("danish", 200), ("unknown", 30))]
    rows = contrasts(C, 3, CELL.conform(cells), CONTRAST).to_dicts()
    assert {r["unknown_as"]: r["value"] for r in rows} == {"none": -100, "group": -70, "reference_group": -130}


def test_a_signed_sum_of_counts_by_hand() -> None:
    """Of 0 Byar's limits are 0 and 3.67 (1 less a ninth plus 1.96 thirds, cubed): nothing less nothing."""
    d = count_difference((1, 0), (-1, 0))
    assert (d.estimate, d.upper) == (0.0, pytest.approx((1 - 1 / 9 + 1.959964 / 3) ** 3, abs=1e-3))
    assert np.isclose(float(d.lower), -float(d.upper))
