"""Axes: steps of 1, 2 and 5, zero where it is near, years from the latest backwards, labels apart."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleplan_pipeline.report.charts import axes


@pytest.mark.parametrize(
    ("span", "whole", "step"),
    [
        (10, False, 2),
        (100, False, 20),
        (12, False, 2.5),
        (12, True, 5),
        (3, True, 1),
        (0.4, True, 1),
        (0.5, False, 0.1),
    ],
)
def test_steps(span: float, whole: bool, step: float) -> None:
    assert axes.step_for(span, 5, whole) == pytest.approx(step)


def test_counts_never_have_half_ticks() -> None:
    axis = axes.linear([0, 1, 3], floor=True, whole=True)
    assert all(t == int(t) for t in axis.ticks)
    assert axis.decimals == 0


def test_a_scale_begins_at_zero_when_the_lowest_is_far_below_the_highest() -> None:
    assert axes.linear([10, 100], floor=True, whole=False).low == 0
    # 50 is more than 35 per cent of 60: the scale is cut, and says so
    cut = axes.linear([50, 60], floor=True, whole=False)
    assert cut.low > 0
    assert cut.cut


def test_a_share_never_has_an_axis_below_zero() -> None:
    assert axes.linear([0.2, 0.3], floor=True, whole=False).low >= 0


def test_differences_reach_below_zero() -> None:
    axis = axes.linear([-12, 3], floor=False, whole=False)
    assert axis.low <= -12
    assert axis.high >= 3
    assert not axis.cut


@pytest.mark.parametrize(("value", "floor"), [(7.0, False), (3e-9, True), (2e-6, True)])
def test_one_value_has_a_scale(value: float, floor: bool) -> None:
    axis = axes.linear([value], floor=floor, whole=False)
    assert axis.low < value < axis.high


@pytest.mark.parametrize(
    ("first", "last", "room", "shown"),
    [
        (2006, 2015, 600, list(range(2006, 2016))),
        (2006, 2015, 240, [2007, 2009, 2011, 2013, 2015]),
        (2014, 2014, 300, [2014]),
    ],
)
def test_years_from_the_latest_backwards(first: int, last: int, room: float, shown: list[int]) -> None:
    assert axes.years(first, last, room) == shown


def test_ratios_are_spaced_by_ratio() -> None:
    axis = axes.ratios([0.5, 2.0])
    assert axis.place(1, 0, 100) == pytest.approx(50, abs=1)
    assert 1.0 in axis.ticks


@given(st.lists(st.floats(0, 300), min_size=1, max_size=5))
def test_labels_are_apart_and_within(wanted: list[float]) -> None:
    placed = axes.apart(wanted, 34, -40, 340)
    assert all(-40 - 34 * len(wanted) <= p <= 340 + 1e-6 for p in placed)
    ordered = sorted(placed)
    assert all(b - a >= 34 - 1e-6 for a, b in itertools.pairwise(ordered))


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=8), st.booleans(), st.booleans())
def test_everything_lies_on_its_scale(values: list[float], floor: bool, whole: bool) -> None:
    values = [abs(v) for v in values] if floor else values
    axis = axes.linear(values, floor=floor, whole=whole)
    assert axis.low <= min(values) + 1e-6
    assert axis.high >= max(values) - 1e-6
    assert 2 <= len(axis.ticks) <= 12
