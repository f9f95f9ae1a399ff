"""Intervals against published values, and what must hold for every input."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleplan_pipeline.statistics import (
    StatisticsError,
    clopper_pearson,
    newcombe_difference,
    rate_ratio_exact,
    rate_ratio_midp,
    wilson,
)

ORACLES = Path(__file__).parent / "oracles"


def rows(name: str) -> list[dict[str, str]]:
    with (ORACLES / name).open(encoding="utf-8") as f:
        return list(csv.DictReader(f))


def close(value: float, printed: str, decimals: int) -> bool:
    return abs(value - float(printed)) <= max(0.5 * 10**-decimals, 1e-9) * 1.0001


@pytest.mark.parametrize("row", rows("single_share.csv"), ids=lambda r: f"{r['method']}-{r['x']}-{r['n']}")
def test_single_share_reproduces_the_published_limits(row: dict[str, str]) -> None:
    f = {"wilson": wilson, "exact": clopper_pearson}[row["method"]]
    ci = f(float(row["x"]), int(row["n"]), float(row["level"]))
    decimals = min(int(row["decimals"]), 12)
    assert close(float(ci.lower), row["lower"], decimals)
    assert close(float(ci.upper), row["upper"], decimals)


@pytest.mark.parametrize("row", rows("newcombe.csv"), ids=lambda r: r["example"] + r["status"])
def test_newcombe_reproduces_the_published_limits(row: dict[str, str]) -> None:
    ci = newcombe_difference(*(int(row[k]) for k in ("x1", "n1", "x2", "n2")))
    decimals = min(int(row["decimals"]), 6)
    assert close(float(ci.lower), row["lower95"], decimals)
    assert close(float(ci.upper), row["upper95"], decimals)


@pytest.mark.parametrize("row", rows("rate_ratio.csv"), ids=lambda r: r["method"])
def test_rate_ratios_equal_r(row: dict[str, str]) -> None:
    f = {"exact-conditional": rate_ratio_exact, "midp": rate_ratio_midp}[row["method"]]
    ci = f(int(row["x1"]), float(row["n1_or_time1"]), int(row["x2"]), float(row["n2_or_time2"]))
    # the mid-p limits were found there with a root finder that stops at 1e-4 of the split
    tolerance = {"exact-conditional": 1e-9, "midp": 2e-4}[row["method"]]
    assert (ci.lower, ci.upper) == pytest.approx((float(row["lower"]), float(row["upper"])), rel=tolerance)


@pytest.mark.parametrize(("x", "n"), [(0, 0), (3, 2), (-1, 5), (float("nan"), 5)])
def test_a_share_that_is_not_one_is_refused(x: float, n: float) -> None:
    with pytest.raises(StatisticsError):
        wilson(x, n)  # type: ignore[arg-type]


def test_no_ratio_without_events_and_an_open_end_without_reference_events() -> None:
    with pytest.raises(StatisticsError):
        rate_ratio_exact(0, 10, 0, 10)
    assert rate_ratio_exact(3, 10, 0, 10).upper == float("inf")


def test_arrays_give_arrays() -> None:
    ci = wilson(np.array([0, 5, 10]), np.array([10, 10, 10]))
    assert np.asarray(ci.lower)[0] == 0.0
    assert np.asarray(ci.upper)[2] == 1.0


shares = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60)
@given(shares, shares)
def test_swapping_the_groups_negates_the_difference(a: tuple[int, int], b: tuple[int, int]) -> None:
    one, other = newcombe_difference(*a, *b), newcombe_difference(*b, *a)
    assert float(one.lower) == pytest.approx(-float(other.upper), abs=1e-9)


@settings(max_examples=60)
@given(shares)
def test_a_wider_confidence_contains_a_narrower(share: tuple[int, int]) -> None:
    wide, narrow = wilson(*share, 0.95), wilson(*share, 0.90)
    assert float(wide.lower) <= float(narrow.lower) + 1e-12
    assert float(narrow.upper) <= float(wide.upper) + 1e-12
    assert float(wide.lower) <= float(wide.estimate) <= float(wide.upper)
