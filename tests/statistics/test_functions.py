"""Names, signatures, edges and properties of every function of the statistics."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleplan_pipeline import statistics as s
from handleplan_pipeline.statistics import StatisticsError


def test_the_median_interval_has_the_exact_ranks() -> None:
    # n = 20 at 95 %: ranks 6 and 15 (binomial(20, 1/2) has 2.07 % below 6)
    ci = s.median_interval(list(range(1, 21)))
    assert (ci.estimate, ci.lower, ci.upper) == (10.5, 6, 15)
    with pytest.raises(StatisticsError, match="too few"):
        s.median_interval([1, 2, 3, 4, 5])
    assert s.median_interval([1, 2, 3, 4, 5, 6]).lower == 1


NAN = float("nan")
REFUSED: list[tuple[Any, tuple[Any, ...]]] = [
    (s.risk_ratio, (0, 5, 0, 5)),
    (s.risk_ratio, (1, 0, 1, 5)),
    (s.byar, (-1,)),
    (s.byar, (float("nan"),)),
    (s.standardised_ratio, (3, 0)),
    (s.noninferiority_p, (1, 5, 1, 5, 0)),
    (s.median_interval, ([],)),
    (s.kitagawa, ([0.1], [0], [0.1], [1])),
    (s.directly_standardised_rate, ([1, 2], [1], [1, 1])),
    (s.power_noninferiority, (0, 5, 0.5, 0.1)),
    (s.difference_in_differences, (1, 0, 1, 5, 1, 5, 1, 5)),
    (s.miettinen_nurminen_difference, (6, 5, 1, 5)),
    (s.minimum_detectable_difference, (0, 1, 0.5)),
    (s.ratio_of_ratios, (1, 5, 1, 5, 1, 5, 1, 0)),
    (s.rate_ratio_exact, (0, 1, 0, 1)),
    (s.byar, (1, 1.0)),
    (s.rate_ratio_midp, (0, 1, 0, 1)),
    (s.rate_ratio_exact, (1, 0, 1, 1)),
    (s.standardised_ratio, (-1, 1)),
    (s.directly_standardised_rate, ([5, 6], [10, 0], [1, 1])),
    (s.directly_standardised_rate, ([5, 4], [10, 9], [1, 1])),
    (s.standardised_difference, ([1], [0], [1], [1], [1])),
    (s.kitagawa, ([0.1], [1], [NAN], [1])),
    (s.median_interval, ([1.0, NAN] * 10,)),
    (s.power_equivalence, (5, 5, 1.5, 0.1)),
    (s.power_equivalence, (5, 5, NAN, 0.1)),
    (s.power_noninferiority, (5, 5, 0.5, 0.1, 1.0)),
    *((f, (x, n)) for f in (s.wilson, s.clopper_pearson) for x, n in ((0, 0), (3, 2), (-1, 5), (NAN, 5), (1, NAN))),
    *(
        (f, counts)
        for f in (s.newcombe_difference, s.miettinen_nurminen_difference, s.risk_ratio)
        for counts in ((1, 0, 1, 5), (1, 5, 1, 0), (6, 5, 1, 5), (1, 5, 6, 5), (-1, 5, 1, 5), (NAN, 5, 1, 5))
    ),
    *(
        (f, (*counts, 0.1))
        for f in (s.noninferiority_p, s.equivalence_p)
        for counts in ((1, 0, 1, 5), (6, 5, 1, 5), (-1, 5, 1, 5), (NAN, 5, 1, 5))
    ),
    *((f, (1, 5, 1, 5, m)) for f in (s.noninferiority_p, s.equivalence_p) for m in (0, 1, -0.1, NAN)),
    *((f, (NAN, 1, 2, 1)) for f in (s.rate_ratio_exact, s.rate_ratio_midp)),
    *((f, (1, NAN, 2, 1)) for f in (s.rate_ratio_exact, s.rate_ratio_midp)),
    *((f, (NAN, 5, 1, 5, 1, 5, 1, 5)) for f in (s.difference_in_differences, s.ratio_of_ratios)),
]


@pytest.mark.parametrize(("function", "arguments"), REFUSED, ids=lambda x: getattr(x, "__name__", ""))
def test_what_is_not_defined_is_refused_by_name(function: Any, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(StatisticsError):
        function(*arguments)


@pytest.mark.parametrize("counts", [(0, 5, 0, 7), (5, 5, 7, 7), (0, 5, 7, 7), (5, 5, 0, 7), (1, 1, 0, 1), (0, 1, 1, 1)])
def test_the_edges_have_limits_that_are_real_numbers(counts: tuple[int, int, int, int]) -> None:
    ci = s.miettinen_nurminen_difference(*counts)
    assert -1 <= ci.lower <= ci.estimate <= ci.upper <= 1
    if counts[0] or counts[2]:
        ratio = s.risk_ratio(*counts)
        assert 0 <= ratio.lower <= ratio.estimate <= ratio.upper
    for p in (s.noninferiority_p(*counts, 0.1), s.equivalence_p(*counts, 0.1)):
        assert isinstance(p, float)
        assert 0 <= p <= 1
    did = s.difference_in_differences(*counts, *counts)
    assert did.lower <= 0 == did.estimate <= did.upper
    rrr = s.ratio_of_ratios(*counts, *counts)
    assert rrr.lower < 1 < rrr.upper
    none_or_all = 0 in (counts[0], counts[2]) or (counts[0] == counts[1] and counts[2] == counts[3])
    assert ("0.5" in rrr.method) == none_or_all


def test_every_public_name_has_the_signature_that_was_asked_for() -> None:
    import inspect

    asked = {
        "wilson": "x n confidence=0.95",
        "clopper_pearson": "x n confidence=0.95",
        "newcombe_difference": "x1 n1 x2 n2 confidence=0.95",
        "miettinen_nurminen_difference": "x1 n1 x2 n2 confidence=0.95",
        "noninferiority_p": "x1 n1 x2 n2 margin",
        "equivalence_p": "x1 n1 x2 n2 margin",
        "risk_ratio": "x1 n1 x2 n2 confidence=0.95",
        "rate_ratio_exact": "x1 t1 x2 t2 confidence=0.95",
        "byar": "x confidence=0.95",
        "directly_standardised_rate": "observed population weights confidence=0.95",
        "standardised_ratio": "observed expected confidence=0.95",
        "difference_in_differences": "m0 nm0 m1 nm1 d0 nd0 d1 nd1 confidence=0.95",
        "ratio_of_ratios": "m0 nm0 m1 nm1 d0 nd0 d1 nd1 confidence=0.95",
        "median_interval": "values confidence=0.95",
        "kitagawa": "rate1 weight1 rate2 weight2",
        "expected_share": "frame outcome covariates group reference_group confidence=0.95",
        "power_noninferiority": "n1 n2 p margin confidence=0.9",
        "power_equivalence": "n1 n2 p margin confidence=0.9",
    }
    for name, wanted in asked.items():
        given = inspect.signature(getattr(s, name)).parameters.values()
        found = " ".join(p.name if p.default is p.empty else f"{p.name}={p.default}" for p in given)
        assert (name, found) == (name, wanted)
        assert name in s.__all__
    assert [f.name for f in s.Interval.__dataclass_fields__.values()] == [
        "estimate",
        "lower",
        "upper",
        "method",
        "confidence",
    ]
    assert isinstance(s.power_equivalence(20, 30, 0.5, 0.3), float)


def test_the_power_is_exact_by_hand() -> None:
    # one person in each group: only 1 of 1 against 0 of 1 keeps the lower limit above -0.1
    outcomes = {(a, b): s.newcombe_difference(a, 1, b, 1, 0.90).lower for a in (0, 1) for b in (0, 1)}
    said_met = [k for k, lower in outcomes.items() if lower > -0.1]
    by_hand = sum(0.3 ** (a + b) * 0.7 ** (2 - a - b) for a, b in said_met)
    assert s.power_noninferiority(1, 1, 0.3, 0.1) == pytest.approx(by_hand, abs=1e-12)
    assert s.power_noninferiority(50, 80, 0.0, 0.1) in (0.0, 1.0)


shares = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60)
@given(shares, shares)
def test_swapping_the_groups_turns_the_interval_round(a: tuple[int, int], b: tuple[int, int]) -> None:
    for f in (s.newcombe_difference, s.miettinen_nurminen_difference):
        one, other = f(*a, *b), f(*b, *a)
        assert (one.lower, one.upper) == pytest.approx((-other.upper, -other.lower), abs=1e-9)
    if a[0] and b[0]:
        one, other = s.risk_ratio(*a, *b), s.risk_ratio(*b, *a)
        assert one.lower * other.upper == pytest.approx(1, rel=1e-6)


@settings(max_examples=60)
@given(shares, shares)
def test_more_confidence_is_wider(a: tuple[int, int], b: tuple[int, int]) -> None:
    for f in (s.newcombe_difference, s.miettinen_nurminen_difference):
        narrow, wide = f(*a, *b, confidence=0.90), f(*a, *b, confidence=0.95)
        assert wide.lower <= narrow.lower + 1e-9
        assert narrow.upper <= wide.upper + 1e-9


@settings(max_examples=60)
@given(shares, shares)
def test_the_limits_rise_with_the_count(a: tuple[int, int], b: tuple[int, int]) -> None:
    x, n = a
    if x < n:
        low, high = s.miettinen_nurminen_difference(x, n, *b), s.miettinen_nurminen_difference(x + 1, n, *b)
        assert low.lower <= high.lower + 1e-9
        assert low.upper <= high.upper + 1e-9


@settings(max_examples=40)
@given(st.integers(10, 500), st.integers(1000, 5000), st.integers(1, 100), st.floats(0.1, 0.9))
def test_splitting_a_stratum_leaves_the_standardised_rate(o: int, n: int, w: int, part: float) -> None:
    whole = s.directly_standardised_rate([o, 20], [n, 900], [w, 50])
    split = s.directly_standardised_rate(
        [o * part, o * (1 - part), 20], [n * part, n * (1 - part), 900], [w * part, w * (1 - part), 50]
    )
    assert (whole.estimate, whole.lower, whole.upper) == pytest.approx((split.estimate, split.lower, split.upper))


def test_arrays_go_in_and_arrays_come_out() -> None:
    ci = s.miettinen_nurminen_difference([1, 2], [10, 10], [3, 4], [20, 20])
    assert np.asarray(ci.lower).shape == (2,)
    single = s.miettinen_nurminen_difference(2, 10, 4, 20)
    assert np.asarray(ci.lower)[1] == pytest.approx(single.lower)
    assert np.asarray(s.byar([0, 5]).upper).shape == (2,)


def test_every_interval_of_counts_takes_arrays_element_by_element() -> None:
    four, two = [(3, 20, 5, 30), (0, 10, 4, 9), (7, 7, 2, 5)], [(0, 5), (12, 10), (3, 4)]
    eight = [a + b for a, b in zip(four, four[1:] + four[:1], strict=True)]
    cases: list[tuple[Any, list[tuple[int, ...]]]] = [
        (s.wilson, [(0, 5), (3, 4), (4, 4)]),
        (s.clopper_pearson, [(0, 5), (3, 4), (4, 4)]),
        (s.byar, [(0,), (3,), (40,)]),
        (s.newcombe_difference, four),
        (s.risk_ratio, four),
        (s.rate_ratio_exact, four),
        (s.standardised_ratio, two),
        (s.difference_in_differences, eight),
        (s.ratio_of_ratios, eight),
    ]
    for f, counts in cases:
        together = f(*(np.array(column) for column in zip(*counts, strict=True)))
        for k, single in enumerate(counts):
            alone = f(*single)
            found = [float(np.asarray(getattr(together, v))[k]) for v in ("estimate", "lower", "upper")]
            assert found == pytest.approx([alone.estimate, alone.lower, alone.upper], nan_ok=False), f.__name__
            assert all(isinstance(getattr(alone, v), float) for v in ("estimate", "lower", "upper"))


def test_importing_the_statistics_loads_no_library() -> None:
    import subprocess
    import sys

    heavy = "[m for m in ('statsmodels', 'scipy', 'pandas') if m in sys.modules]"
    code = f"import sys, handleplan_pipeline.statistics; print({heavy})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_slopes_by_hand_and_by_another_route() -> None:
    import statsmodels.api as sm

    x, n, t = np.array([30, 28, 25, 20, 18]), np.array([100, 110, 95, 105, 100]), np.arange(2010, 2015)
    found = s.share_slope(x, n, t)
    by_table = sm.stats.Table(np.column_stack([x, n - x])).test_ordinal_association(
        row_scores=t, col_scores=np.array([1, 0])
    )
    # the library's permutation variance is that of the table, (N-1)/N of the score's
    z = float(by_table.zscore) * math.sqrt(n.sum() / (n.sum() - 1))
    from scipy.stats import norm

    assert found.p == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)
    slope = np.polyfit(np.repeat(t, n), np.concatenate([[1] * a + [0] * (b - a) for a, b in zip(x, n, strict=True)]), 1)
    assert found.estimate == pytest.approx(slope[0], rel=1e-6)
    assert s.share_slope([0, 0, 0], [5, 5, 5], [1, 2, 3]).p == 1.0
    growing = s.rate_slope([100, 110, 121], [1000, 1000, 1000], [0, 1, 2])
    assert growing.estimate == pytest.approx(0.10, abs=1e-6)
    assert s.rate_slope([121, 110, 100], [1000, 1000, 1000], [0, 1, 2]).estimate == pytest.approx(1 / 1.1 - 1, abs=1e-3)
    three = [1, 2, 3]
    for f, arguments in [
        (s.share_slope, ([1, 2], [5, 5], [1, 2])),
        (s.share_slope, ([1] * 3, [5] * 3, [1] * 3)),
        (s.share_slope, ([6, 1, 1], [5] * 3, three)),
        (s.rate_slope, ([1, 2], [5, 5], [1, 2])),
        (s.rate_slope, ([0, 0, 3], [5] * 3, three)),
        (s.rate_slope, (three, 0, three)),
    ]:
        with pytest.raises(StatisticsError):
            f(*arguments)
