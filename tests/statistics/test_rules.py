"""The rules: truth tables with their boundary values."""

from typing import get_args

import pytest

from handleplan_pipeline.catalogue.models import Target
from handleplan_pipeline.statistics import StatisticsError
from handleplan_pipeline.statistics import rules as r

NAN = float("nan")
# just below, at and just above: type, threshold, lower, upper, result
TRUTH = [
    ("parity", 0.10, -0.0999, 0.3, "met"),
    ("parity", 0.10, -0.0999, -0.01, "met"),
    ("parity", 0.10, -0.10, 0.3, "cannot_tell"),
    ("parity", 0.10, -0.10, 0.0, "cannot_tell"),
    ("parity", 0.10, -0.10, -0.0001, "not_met"),
    ("parity", 0.10, -0.3, -0.10, "not_met"),
    ("parity", 0.10, -0.3, -0.1001, "clearly_not_met"),
    ("parity", 0.05, -0.06, 0.3, "cannot_tell"),
    ("not_above", 1.10, 0.8, 1.10, "met"),
    ("not_above", 1.10, 1.05, 1.10, "met"),
    ("not_above", 1.10, 0.8, 1.1001, "cannot_tell"),
    ("not_above", 1.10, 1.0, 1.2, "cannot_tell"),
    ("not_above", 1.10, 1.0001, 1.2, "not_met"),
    ("not_above", 1.10, 1.10, 1.2, "not_met"),
    ("not_above", 1.10, 1.1001, 1.2, "clearly_not_met"),
    ("equal_reduction", 1.25, 0.5, 1.25, "met"),
    ("equal_reduction", 1.25, 0.5, 1.2501, "cannot_tell"),
    ("equal_reduction", 1.25, 1.0, 1.3, "cannot_tell"),
    ("equal_reduction", 1.25, 1.0001, 1.3, "not_met"),
    ("equal_reduction", 1.25, 1.25, 1.3, "not_met"),
    ("equal_reduction", 1.25, 1.2501, 1.3, "clearly_not_met"),
    ("increase", 1.0, 1.0001, 2.0, "met"),
    ("increase", 1.0, 1.0, 2.0, "cannot_tell"),
    ("increase", 1.0, 0.5, 1.0, "cannot_tell"),
    ("increase", 1.0, 0.5, 0.9999, "not_met"),
    ("increase", 1.0, 1.1, float("inf"), "met"),
    ("decrease", 1.0, 0.5, 0.9999, "met"),
    ("decrease", 1.0, 0.5, 1.0, "cannot_tell"),
    ("decrease", 1.0, 1.0, 2.0, "cannot_tell"),
    ("decrease", 1.0, 1.0001, 2.0, "not_met"),
    ("decrease", 0.0, -0.2, -0.0001, "met"),
    ("decrease", 0.0, -0.2, 0.0, "cannot_tell"),
    ("decrease", 0.0, 0.0, 0.2, "cannot_tell"),
    ("decrease", 0.0, 0.0001, 0.2, "not_met"),
    ("proportionality", 1.0, 1.0001, 1.5, "met"),
    ("proportionality", 1.0, 1.0, 1.5, "cannot_tell"),
    ("proportionality", 1.0, 0.5, 0.9999, "not_met"),
    ("no_increase", 21.0, 21.0, 21.0, "met"),
    ("no_increase", 21.0, 22.0, 22.0, "not_met"),
    ("no_increase", 0.0, 0.0, 0.0, "met"),
    ("none", None, None, None, "not_assessed"),
    ("none", 1.0, 0.1, 0.2, "not_assessed"),
]


@pytest.mark.parametrize(("target", "threshold", "lower", "upper", "result"), TRUTH)
def test_one_evaluation_for_every_target_type(
    target: str, threshold: float | None, lower: float | None, upper: float | None, result: str
) -> None:
    assert r.evaluate(target, lower, upper, threshold) == result


def test_every_target_type_of_the_catalogue_has_a_rule_and_every_status_a_row() -> None:
    types = set(get_args(Target.model_fields["type"].annotation))
    assert {"none", *r.RULES} == types == {row[0] for row in TRUTH}
    assert {row[-1] for row in TRUTH} == {*r.RESULTS, "not_assessed"}


@pytest.mark.parametrize("target", sorted(r.RULES))
@pytest.mark.parametrize(
    ("lower", "upper", "threshold"), [(None, 1, 1), (0, None, 1), (0, 1, None), (NAN, 1, 1), (0, NAN, 1), (0, 1, NAN)]
)
def test_without_an_interval_or_a_declared_threshold_nobody_can_tell(
    target: str, lower: float | None, upper: float | None, threshold: float | None
) -> None:
    assert r.evaluate(target, lower, upper, threshold) == "cannot_tell"


def test_a_type_without_a_rule_and_limits_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(StatisticsError, match="no rule"):
        r.evaluate("better", 0, 1, 1)
    with pytest.raises(StatisticsError, match="lower limit"):
        r.evaluate("increase", 2, 1, 1)


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [
        (-0.0999, 0.2, "met"),
        (-0.10, 0.2, "cannot_tell"),
        (-0.10, 0.0, "cannot_tell"),
        (-0.2, -0.0001, "not_met"),
        (-0.3, -0.1001, "clearly_not_met"),
        (-0.3, -0.10, "not_met"),
        (-0.05, -0.01, "met"),
        (0.1, 0.3, "met"),
    ],
)
def test_parity(lower: float, upper: float, result: str) -> None:
    assert r.parity(lower, upper, 0.10) == result


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [
        (0.8, 1.10, "met"),
        (0.8, 1.1001, "cannot_tell"),
        (1.0, 1.3, "cannot_tell"),
        (1.0001, 1.3, "not_met"),
        (1.10, 1.3, "not_met"),
        (1.1001, 1.3, "clearly_not_met"),
        (1.05, 1.09, "met"),
    ],
)
def test_not_above(lower: float, upper: float, result: str) -> None:
    assert r.not_above(lower, upper, 1.10) == result


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [
        (0.5, 1.25, "met"),
        (0.5, 1.2501, "cannot_tell"),
        (1.0, 2.0, "cannot_tell"),
        (1.01, 2.0, "not_met"),
        (1.26, 2.0, "clearly_not_met"),
    ],
)
def test_equal_reduction(lower: float, upper: float, result: str) -> None:
    assert r.equal_reduction(lower, upper, 1.25) == result


@pytest.mark.parametrize(
    ("lower", "upper", "up", "down"),
    [
        (1.0001, 2, "met", "not_met"),
        (1.0, 2, "cannot_tell", "cannot_tell"),
        (0.5, 0.9999, "not_met", "met"),
        (0.5, 1.0, "cannot_tell", "cannot_tell"),
    ],
)
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
