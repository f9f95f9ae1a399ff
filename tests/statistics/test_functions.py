"""Every function against values somebody else published or computed, its edges, and what must hold for every input."""

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleplan_pipeline import statistics as s
from handleplan_pipeline.statistics import StatisticsError

ORACLES = Path(__file__).parent / "oracles"


def rows(name: str) -> list[dict[str, str]]:
    with (ORACLES / f"{name}.csv").open(encoding="utf-8") as f:
        return list(csv.DictReader(f))


def num(row: dict[str, str], *names: str) -> list[int]:
    return [int(row[n]) for n in names]


@pytest.mark.parametrize("row", rows("score_difference"), ids=lambda r: r["example"])
def test_score_interval_of_a_difference(row: dict[str, str]) -> None:
    ci = s.miettinen_nurminen_difference(*num(row, "x1", "n1", "x2", "n2"))
    tolerance = max(0.51 * 10 ** -int(row["decimals"]), 1e-7)
    assert ci.lower == pytest.approx(float(row["lower95"]), abs=tolerance)
    assert ci.upper == pytest.approx(float(row["upper95"]), abs=tolerance)


@pytest.mark.parametrize("row", rows("margin_tests"), ids=lambda r: r["id"])
def test_tests_at_a_margin(row: dict[str, str]) -> None:
    counts, margin = num(row, "x1", "n1", "x2", "n2"), float(row["m"])
    assert s.noninferiority_p(*counts, margin) == pytest.approx(float(row["p_lower"]), abs=2e-7)
    assert s.equivalence_p(*counts, margin) == pytest.approx(float(row["p_tost"]), abs=2e-7)
    for level, low, high in ((0.90, "mn90_lo", "mn90_hi"), (0.95, "mn95_lo", "mn95_hi")):
        ci = s.miettinen_nurminen_difference(*counts, confidence=level)
        assert (ci.lower, ci.upper) == pytest.approx((float(row[low]), float(row[high])), abs=1e-6)
    ci = s.newcombe_difference(*counts, confidence=0.90)
    assert (ci.lower, ci.upper) == pytest.approx((float(row["nc90_lo"]), float(row["nc90_hi"])), abs=1e-6)


@pytest.mark.parametrize("row", rows("changes"), ids=lambda r: f"{r['id']}-{r['level']}")
def test_changes_of_two_groups(row: dict[str, str]) -> None:
    counts = num(row, "m0", "nm0", "m1", "nm1", "d0", "nd0", "d1", "nd1")
    did = s.difference_in_differences(*counts, confidence=float(row["level"]))
    assert (did.estimate, did.lower, did.upper) == pytest.approx(
        tuple(float(row[k]) for k in ("did", "mover_lo", "mover_hi")), abs=1e-8
    )
    rrr = s.ratio_of_ratios(*counts, confidence=float(row["level"]))
    assert (rrr.estimate, rrr.lower, rrr.upper) == pytest.approx(
        tuple(float(row[k]) for k in ("rrr", "rrr_lo", "rrr_hi")), rel=1e-7
    )


@pytest.mark.parametrize("row", rows("score_ratio"))
def test_score_interval_of_a_ratio(row: dict[str, str]) -> None:
    ci = s.risk_ratio(*num(row, "x1", "n1_or_time1", "x2", "n2_or_time2"))
    tolerance = 0.51 * 10 ** -(int(row["decimals"]) if row["lower"] != "0.28" else 2)
    assert (ci.lower, ci.upper) == pytest.approx((float(row["lower"]), float(row["upper"])), abs=tolerance)


def test_the_ratio_that_a_library_returns_as_complex_numbers() -> None:
    ci = s.risk_ratio(29, 55, 11, 11)
    assert isinstance(ci.lower, float)
    assert 0 < ci.lower < ci.estimate < ci.upper < 1


@pytest.mark.parametrize("row", rows("byar"), ids=lambda r: f"{r['x']}-{r['confidence']}")
def test_byar(row: dict[str, str]) -> None:
    ci = s.byar(float(row["x"]), float(row["confidence"].rstrip("%")) / 100)
    # where the formula has no real lower limit the printed one is empty and ours is 0
    assert ci.upper == pytest.approx(float(row["upper"]), rel=1e-9)
    assert ci.lower == pytest.approx(float(row["lower"] or 0), rel=1e-9, abs=1e-4)


@pytest.mark.parametrize("row", rows("phe_results"), ids=lambda r: f"{r['kind']}-{r['area']}-{r['statistic']}")
def test_standardised_rates_and_ratios(row: dict[str, str]) -> None:
    strata = [r for r in rows("phe_input") if r["area"] == row["area"] and r["count"] and r["pop"]]
    observed, population = ([float(r[k]) for r in strata] for k in ("count", "pop"))
    reference = np.array([float(r["ref_count"]) / float(r["ref_pop"]) for r in strata])
    if row["kind"] == "DSR":
        weights = [float(r["esp2013"]) for r in strata]
        if not row["value"]:
            with pytest.raises(StatisticsError, match="fewer than 10"):
                s.directly_standardised_rate(observed, population, weights)
            return
        scale = 100_000 if "100000" in row["statistic"] else 10_000
        found = [s.directly_standardised_rate(observed, population, weights, c) for c in (0.95, 0.998)]
    else:
        whole = [r for r in rows("phe_input") if r["area"] == "testdata_big"]
        base = sum(float(r["ref_count"]) for r in whole) / sum(float(r["ref_pop"]) for r in whole)
        words = row["statistic"].split()
        scale = base * float(words[-1]) if words[0] == "isr" else float(words[-1])
        found = [s.standardised_ratio(sum(observed), float(reference @ population), c) for c in (0.95, 0.998)]
    printed = [float(row[k]) for k in ("value", "lower95", "upper95", "lower998", "upper998")]
    values = [found[0].estimate, found[0].lower, found[0].upper, found[1].lower, found[1].upper]
    assert [float(v) * scale for v in values] == pytest.approx(printed, rel=1e-6)


@pytest.mark.parametrize("row", rows("births_results"), ids=lambda r: r["birth_order"])
def test_directly_standardised_births(row: dict[str, str]) -> None:
    everything = rows("births_input")
    mine = [r for r in everything if r["birth_order"] == row["birth_order"]]
    weights = [sum(float(r["births"]) for r in everything if r["maternal_age"] == m["maternal_age"]) for m in mine]
    found = s.directly_standardised_rate([float(r["count"]) for r in mine], [float(r["births"]) for r in mine], weights)
    assert float(found.estimate) * 1e5 == pytest.approx(float(row["dsr_per_1e5"]), abs=5e-5)


def test_standardised_mortality_ratio() -> None:
    strata = rows("smr_input")
    expected = sum(float(r["ref_count"]) / float(r["ref_pop"]) * float(r["pop"]) for r in strata)
    observed = sum(float(r["observed"]) for r in strata)
    assert observed == 71058
    assert expected == pytest.approx(85556.88884, abs=1e-4)
    assert s.standardised_ratio(observed, expected).estimate == pytest.approx(0.830535109, abs=1e-9)


def test_kitagawa_splits_household_rates_as_published() -> None:
    strata = rows("households_input")
    a, b = ([r for r in strata if r["age_group"] and r["pop"] == y] for y in ("1985", "1970"))
    found = s.kitagawa(
        [float(r["rate"]) for r in a], [float(r["size"]) for r in a], [float(r["rate"]) for r in b],
        [float(r["size"]) for r in b],
    )  # fmt: skip
    assert found.total == pytest.approx(2.9672, abs=1e-4)
    assert found.rate_effect == pytest.approx(1.7403, abs=1e-4)
    assert found.composition_effect == pytest.approx(1.2269, abs=1e-4)


def birthweight() -> pl.DataFrame:
    frame = pl.read_csv(ORACLES / "birthweight.csv")
    return frame.with_columns(
        pl.col("race").cast(pl.String), who=pl.when(pl.col("smoke") == 1).then(pl.lit("smoke")).otherwise(pl.lit("not"))
    )


def test_expected_share_is_the_reference_groups_model_averaged_over_the_group() -> None:
    import statsmodels.formula.api as smf

    frame = birthweight()
    found = s.expected_share(frame, "low", ["age", "ui"], "who", "not")
    assert found.observed == pytest.approx(0.405405405405, abs=1e-12)
    model = smf.logit("low ~ age + ui", frame.filter(pl.col("who") == "not").to_pandas()).fit(disp=False)
    expected = float(model.predict(frame.filter(pl.col("who") == "smoke").to_pandas()).mean())
    assert found.expected == pytest.approx(expected, abs=1e-9)
    assert found.gap_crude == pytest.approx(found.gap_explained + found.gap_adjusted, abs=1e-12)
    assert found.oe_index == pytest.approx(100 * found.observed / expected)
    assert found.lower < found.gap_adjusted < found.upper
    assert found.calibration_slope == pytest.approx(1, abs=1e-6)
    assert (found.n, found.n_ref, found.params) == (74, 115, 3)
    assert 0.9 < found.overlap_share <= 1


def test_background_that_explains_everything_leaves_no_gap_and_overlap_is_told() -> None:
    rng = np.random.default_rng(3)
    poor = rng.random(6000) < np.where(np.arange(6000) < 4000, 0.3, 0.7)
    y = rng.random(6000) < np.where(poor, 0.3, 0.8)
    frame = pl.DataFrame({"y": y.astype(int), "poor": poor, "g": ["dk"] * 4000 + ["min"] * 2000})
    found = s.expected_share(frame, "y", ["poor"], "g", "dk", 0.90)
    assert found.gap_crude < -0.1
    assert found.lower < 0 < found.upper
    assert found.overlap_share == 1
    alone = frame.with_columns(
        poor=pl.when(pl.col("g") == "min").then(pl.lit("other")).otherwise(pl.col("poor").cast(str))
    )
    assert s.expected_share(alone, "y", ["poor"], "g", "dk").overlap_share == 0


def test_too_few_events_for_a_model_is_said() -> None:
    with pytest.raises(StatisticsError, match="per parameter"):
        s.expected_share(birthweight(), "low", ["age", "lwt", "race", "ht", "ui"], "who", "not")


@pytest.mark.parametrize(
    ("n1", "n2", "p", "margin", "equivalence", "noninferiority"),
    [(40, 100, 0.50, 0.05, 0, 0.14), (40, 100, 0.50, 0.10, 0, 0.29), (165, 335, 0.35, 0.05, 0, 0.30),
     (165, 335, 0.35, 0.10, 0.44, 0.73), (165, 335, 0.80, 0.05, 0, 0.35), (165, 335, 0.80, 0.10, 0.68, 0.81),
     (500, 1000, 0.35, 0.05, 0.22, 0.61), (500, 1000, 0.35, 0.10, 0.97, 0.99), (400, 2000, 0.75, 0.05, 0.36, 0.66),
     (1000, 4000, 0.75, 0.05, 0.90, 0.94)],
)  # fmt: skip
def test_exact_power_of_the_rule(
    n1: int, n2: int, p: float, margin: float, equivalence: float, noninferiority: float
) -> None:
    assert s.power_equivalence(n1, n2, p, margin) == pytest.approx(equivalence, abs=0.0051)
    assert s.power_noninferiority(n1, n2, p, margin) == pytest.approx(noninferiority, abs=0.0051)


def test_the_median_interval_has_the_exact_ranks() -> None:
    # n = 20 at 95 %: ranks 6 and 15 (binomial(20, 1/2) has 2.07 % below 6)
    ci = s.median_interval(list(range(1, 21)))
    assert (ci.estimate, ci.lower, ci.upper) == (10.5, 6, 15)
    with pytest.raises(StatisticsError, match="too few"):
        s.median_interval([1, 2, 3, 4, 5])
    assert s.median_interval([1, 2, 3, 4, 5, 6]).lower == 1


REFUSED: list[tuple[Any, tuple[Any, ...]]] = [
    (s.risk_ratio, (0, 5, 0, 5)), (s.risk_ratio, (1, 0, 1, 5)), (s.byar, (-1,)), (s.byar, (float("nan"),)),
    (s.standardised_ratio, (3, 0)), (s.noninferiority_p, (1, 5, 1, 5, 0)), (s.median_interval, ([],)),
    (s.kitagawa, ([0.1], [0], [0.1], [1])), (s.directly_standardised_rate, ([1, 2], [1], [1, 1])),
    (s.power_noninferiority, (0, 5, 0.5, 0.1)), (s.difference_in_differences, (1, 0, 1, 5, 1, 5, 1, 5)),
    (s.miettinen_nurminen_difference, (6, 5, 1, 5)), (s.minimum_detectable_difference, (0, 1, 0.5)),
]  # fmt: skip


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
    rrr = s.ratio_of_ratios(*counts, *counts)
    assert rrr.lower < 1 < rrr.upper
    none_or_all = 0 in (counts[0], counts[2]) or (counts[0] == counts[1] and counts[2] == counts[3])
    assert ("0.5" in rrr.method) == none_or_all


shares = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None)
@given(shares, shares)
def test_swapping_the_groups_turns_the_interval_round(a: tuple[int, int], b: tuple[int, int]) -> None:
    for f in (s.newcombe_difference, s.miettinen_nurminen_difference):
        one, other = f(*a, *b), f(*b, *a)
        assert (one.lower, one.upper) == pytest.approx((-other.upper, -other.lower), abs=1e-9)
    if a[0] and b[0]:
        one, other = s.risk_ratio(*a, *b), s.risk_ratio(*b, *a)
        assert one.lower * other.upper == pytest.approx(1, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(shares, shares)
def test_more_confidence_is_wider(a: tuple[int, int], b: tuple[int, int]) -> None:
    for f in (s.newcombe_difference, s.miettinen_nurminen_difference):
        narrow, wide = f(*a, *b, confidence=0.90), f(*a, *b, confidence=0.95)
        assert wide.lower <= narrow.lower + 1e-9
        assert narrow.upper <= wide.upper + 1e-9


@settings(max_examples=60, deadline=None)
@given(shares, shares)
def test_the_limits_rise_with_the_count(a: tuple[int, int], b: tuple[int, int]) -> None:
    x, n = a
    if x < n:
        low, high = s.miettinen_nurminen_difference(x, n, *b), s.miettinen_nurminen_difference(x + 1, n, *b)
        assert low.lower <= high.lower + 1e-9
        assert low.upper <= high.upper + 1e-9


@settings(max_examples=40, deadline=None)
@given(st.integers(10, 500), st.integers(1000, 5000), st.integers(1, 100), st.floats(0.1, 0.9))
def test_splitting_a_stratum_leaves_the_standardised_rate(o: int, n: int, w: int, part: float) -> None:
    whole = s.directly_standardised_rate([o, 20], [n, 900], [w, 50])
    split = s.directly_standardised_rate([o * part, o * (1 - part), 20], [n * part, n * (1 - part), 900],
                                         [w * part, w * (1 - part), 50])  # fmt: skip
    assert (whole.estimate, whole.lower, whole.upper) == pytest.approx((split.estimate, split.lower, split.upper))


def test_arrays_go_in_and_arrays_come_out() -> None:
    ci = s.miettinen_nurminen_difference([1, 2], [10, 10], [3, 4], [20, 20])
    assert np.asarray(ci.lower).shape == (2,)
    single = s.miettinen_nurminen_difference(2, 10, 4, 20)
    assert np.asarray(ci.lower)[1] == pytest.approx(single.lower)
    assert np.asarray(s.byar([0, 5]).upper).shape == (2,)


def test_importing_the_statistics_loads_no_library() -> None:
    import subprocess
    import sys

    heavy = "[m for m in ('statsmodels', 'scipy', 'pandas') if m in sys.modules]"
    code = f"import sys, handleplan_pipeline.statistics; print({heavy})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize(("n1", "n2", "p1", "p2"), [(165, 335, 0.35, 0.40), (40, 120, 0.1, 0.2), (500, 1000, 0.8, 0.8)])
def test_coverage_of_the_difference_intervals(n1: int, n2: int, p1: float, p2: float) -> None:
    rng = np.random.default_rng(1)
    x1, x2 = rng.binomial(n1, p1, 4000), rng.binomial(n2, p2, 4000)
    for f in (s.newcombe_difference, s.miettinen_nurminen_difference):
        ci = f(x1, np.full(4000, n1), x2, np.full(4000, n2), confidence=0.90)
        inside = (np.asarray(ci.lower) <= p1 - p2) & (p1 - p2 <= np.asarray(ci.upper))
        assert 0.88 <= inside.mean() <= 0.94


@pytest.mark.slow
def test_coverage_of_difference_in_differences_errs_on_the_safe_side() -> None:
    rng = np.random.default_rng(2)
    p, n = (0.3, 0.25, 0.4, 0.35), (165, 160, 335, 330)
    x = [rng.binomial(b, a, 4000) for a, b in zip(p, n, strict=True)]
    counts = [part for a, b in zip(x, n, strict=True) for part in (a, np.full(4000, b))]
    ci = s.difference_in_differences(*counts)
    true = (p[1] - p[0]) - (p[3] - p[2])
    inside = (np.asarray(ci.lower) <= true) & (true <= np.asarray(ci.upper))
    assert 0.94 <= inside.mean() <= 0.99
    assert not math.isnan(float(inside.mean()))
