"""The rules: truth tables with their boundary values."""

import pytest

from handleplan_pipeline.statistics import rules as r


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [(-0.0999, 0.2, "met"), (-0.10, 0.2, "cannot_tell"), (-0.10, 0.0, "cannot_tell"), (-0.2, -0.0001, "not_met"),
     (-0.3, -0.1001, "clearly_not_met"), (-0.3, -0.10, "not_met"), (-0.05, -0.01, "met"), (0.1, 0.3, "met")],
)  # fmt: skip
def test_parity(lower: float, upper: float, result: str) -> None:
    assert r.parity(lower, upper, 0.10) == result


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [(0.8, 1.10, "met"), (0.8, 1.1001, "cannot_tell"), (1.0, 1.3, "cannot_tell"), (1.0001, 1.3, "not_met"),
     (1.10, 1.3, "not_met"), (1.1001, 1.3, "clearly_not_met"), (1.05, 1.09, "met")],
)  # fmt: skip
def test_not_above(lower: float, upper: float, result: str) -> None:
    assert r.not_above(lower, upper, 1.10) == result


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [(0.5, 1.25, "met"), (0.5, 1.2501, "cannot_tell"), (1.0, 2.0, "cannot_tell"), (1.01, 2.0, "not_met"),
     (1.26, 2.0, "clearly_not_met")],
)  # fmt: skip
def test_equal_reduction(lower: float, upper: float, result: str) -> None:
    assert r.equal_reduction(lower, upper, 1.25) == result


@pytest.mark.parametrize(
    ("lower", "upper", "up", "down"),
    [(1.0001, 2, "met", "not_met"), (1.0, 2, "cannot_tell", "cannot_tell"), (0.5, 0.9999, "not_met", "met"),
     (0.5, 1.0, "cannot_tell", "cannot_tell")],
)  # fmt: skip
def test_increase_and_decrease(lower: float, upper: float, up: str, down: str) -> None:
    assert (r.increase(lower, upper), r.decrease(lower, upper)) == (up, down)
    assert r.decrease(lower - 1, upper - 1, unchanged=0.0) == down


@pytest.mark.parametrize(("values", "result"), [([6, 6], "met"), ([6, 7], "not_met"), ([], "met"), ([0], "met")])
def test_no_increase(values: list[float], result: str) -> None:
    assert r.no_increase(values, 6) == result


def test_the_weakest_indicator_stands_and_unknown_ancestry_can_make_it_impossible_to_tell() -> None:
    assert r.worst(["met", "cannot_tell"]) == "cannot_tell"
    assert r.worst(["met", "not_met", "cannot_tell"]) == "not_met"
    assert r.with_bounds("met", ["met", "met"]) == "met"
    assert r.with_bounds("met", ["met", "cannot_tell"]) == "cannot_tell"
    assert r.with_bounds("not_met", ["met", "not_met"]) == "cannot_tell"
