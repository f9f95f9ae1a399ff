"""Published and independently computed values of every function, to their printed decimals."""

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline import statistics as s
from handleplan_pipeline.statistics import StatisticsError

ORACLES = Path(__file__).parent / "oracles"


def rows(name: str) -> list[dict[str, str]]:
    with (ORACLES / f"{name}.csv").open(encoding="utf-8") as f:
        return list(csv.DictReader(f))


def num(row: dict[str, str], *names: str) -> list[int]:
    return [int(row[n]) for n in names]


def without_the_correction(n: int, confidence: float) -> float:
    """The confidence at which a Miettinen-Nurminen limit is the limit without its N/(N-1) (Mee, Koopman)."""
    from scipy.stats import norm

    return float(2 * norm.cdf(norm.ppf((1 + confidence) / 2) * math.sqrt((n - 1) / n)) - 1)


@pytest.mark.parametrize("row", rows("score_difference"), ids=lambda r: r["example"] + r["method"] + r["status"])
def test_score_interval_of_a_difference(row: dict[str, str]) -> None:
    counts = num(row, "x1", "n1", "x2", "n2")
    level = 0.95 if row["method"] == "miettinen-nurminen" else without_the_correction(counts[1] + counts[3], 0.95)
    ci = s.miettinen_nurminen_difference(*counts, confidence=level)
    tolerance = max(0.51 * 10 ** -int(row["decimals"]), 1e-7)
    assert ci.lower == pytest.approx(float(row["lower95"]), abs=tolerance)
    assert ci.upper == pytest.approx(float(row["upper95"]), abs=tolerance)


@pytest.mark.parametrize("row", rows("margin_tests"), ids=lambda r: r["id"])
def test_tests_at_a_margin(row: dict[str, str]) -> None:
    counts, margin = num(row, "x1", "n1", "x2", "n2"), float(row["m"])
    assert s.noninferiority_p(*counts, margin) == pytest.approx(float(row["p_lower"]), abs=2e-7)
    # not better by the margin is not worse by it with the groups swapped
    swapped = [*counts[2:], *counts[:2]]
    assert s.noninferiority_p(*swapped, margin) == pytest.approx(float(row["p_upper"]), abs=2e-7)
    assert s.equivalence_p(*counts, margin) == pytest.approx(float(row["p_tost"]), abs=2e-7)
    assert s.newcombe_difference(*counts).estimate == pytest.approx(float(row["diff"]), abs=1e-9)
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
    counts = num(row, "x1", "n1_or_time1", "x2", "n2_or_time2")
    level = 0.95 if row["method"] == "miettinen-nurminen" else without_the_correction(counts[1] + counts[3], 0.95)
    ci = s.risk_ratio(*counts, confidence=level)
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


@pytest.mark.parametrize("row", rows("phe_rates"), ids=lambda r: f"{r['method']}-{r['numerator']}")
def test_rates_with_poisson_limits(row: dict[str, str]) -> None:
    """A rate is a count over its exposure: exact limits below 10 events, Byar's from 10."""
    x, t = int(row["numerator"]), int(row["denominator"])
    by95, by998 = (s.standardised_ratio(x, t, c) for c in (0.95, 0.998))
    assert by95.method == row["method"].lower().rstrip("s")
    found = [float(v) * 100 for v in (by95.estimate, by95.lower, by95.upper, by998.lower, by998.upper)]
    printed = [float(row[k]) for k in ("value", "lower95", "upper95", "lower998", "upper998")]
    assert found == pytest.approx(printed, rel=1e-9)


def test_kidney_stones_change_sign_when_the_size_is_held_still() -> None:
    strata, printed = rows("kidney_input"), {(r["case"], r["quantity"]): r for r in rows("kidney_results")}
    x, n = ({g: [float(r[k]) for r in strata if r["group"] == g] for g in "AB"} for k in ("x", "n"))
    weights = [a + b for a, b in zip(n["A"], n["B"], strict=True)]
    for g in "AB":
        assert sum(x[g]) / sum(n[g]) == pytest.approx(float(printed[f"kidney_stone_{g}", "crude"]["value"]), abs=1e-10)
        rate = s.directly_standardised_rate(x[g], n[g], weights)
        value = float(printed[f"kidney_stone_{g}", "direct_std_pooled"]["value"])
        assert rate.estimate == pytest.approx(value, abs=1e-10)
    row = printed["kidney_stone_A-B", "direct_std_diff"]
    found = s.standardised_difference(x["A"], n["A"], x["B"], n["B"], weights)
    assert found.estimate == pytest.approx(float(row["value"]), abs=1e-10)
    assert (float(found.upper) - float(found.estimate)) / 1.959963984540054 == pytest.approx(
        float(row["se"]), abs=1e-10
    )
    rates = [[a / b for a, b in zip(x[g], n[g], strict=True)] for g in "AB"]
    split = s.kitagawa(rates[0], n["A"], rates[1], n["B"])
    assert split.rate_effect > 0 > split.total
    assert split.rate_effect + split.composition_effect == pytest.approx(split.total)


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
    printed = {r["quantity"]: float(r["value"]) for r in rows("smr_results")}
    assert observed == printed["observed"]
    assert expected == pytest.approx(printed["expected"], abs=1e-5)
    assert s.standardised_ratio(observed, expected).estimate == pytest.approx(printed["smr"], abs=1e-9)


def household(component: str, example: str = "5.1") -> dict[str, str]:
    return next(r for r in rows("households_results") if (r["example"], r["component"]) == (example, component))


def test_kitagawa_splits_household_rates_as_published() -> None:
    strata = rows("households_input")
    a, b = ([r for r in strata if r["age_group"] and r["pop"] == y] for y in ("1985", "1970"))
    found = s.kitagawa(
        [float(r["rate"]) for r in a],
        [float(r["size"]) for r in a],
        [float(r["rate"]) for r in b],
        [float(r["size"]) for r in b],
    )
    assert found.total == pytest.approx(float(household("crude")["effect"]), abs=1e-4)
    assert found.rate_effect == pytest.approx(float(household("rate")["effect"]), abs=1e-4)
    assert found.composition_effect == pytest.approx(float(household("age_structure")["effect"]), abs=1e-4)


def test_kitagawa_splits_a_product_of_two_factors_as_published() -> None:
    """Mean earnings times the share with earnings: those without are a stratum whose rate is 0.

    The inputs are solved from the printed standardised values; the first mean, 10,930, is Das Gupta's.
    """
    earnings, share, crude = (household(k, "2.1") for k in ("avg_earnings", "earner_prop", "crude"))
    rate1 = 10930.0
    rate2 = rate1 * float(earnings["std2"]) / float(earnings["std1"])
    w1 = float(crude["std1"]) / rate1
    w2 = w1 * float(share["std2"]) / float(share["std1"])
    found = s.kitagawa([rate2, 0], [w2, 1 - w2], [rate1, 0], [w1, 1 - w1])
    assert found.total == pytest.approx(float(crude["effect"]), abs=1e-3)
    assert found.rate_effect == pytest.approx(float(earnings["effect"]), abs=1e-3)
    assert found.composition_effect == pytest.approx(float(share["effect"]), abs=1e-3)


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


def test_g_computation_over_everybody_and_over_the_group() -> None:
    printed = {r["quantity"]: r["value"] for r in rows("birthweight_results")}
    covariates, z = ["age", "lwt", "race", "ht", "ui"], 1.959963984540054
    for over, name in (("everybody", "ATE"), ("group", "ATT")):
        found = s.pooled_gap(birthweight(), "low", covariates, "who", "not", over=over, least_per_parameter=5)
        assert found.estimate == pytest.approx(float(printed[f"{name}_rd"]), abs=1e-9)
        # R takes the weights of the last but one step for its covariances
        se = (float(found.upper) - float(found.estimate)) / z
        assert se == pytest.approx(float(printed[f"{name}_rd_se_delta"]), abs=1e-6)
    observed = float(birthweight().filter(pl.col("who") == "smoke")["low"].mean())  # type: ignore[arg-type]
    assert observed == pytest.approx(float(printed["ATT_observed"]), abs=1e-12)
    expected = observed - float(found.estimate)
    assert expected == pytest.approx(float(printed["ATT_expected_full_model"]), abs=1e-9)
    with pytest.raises(StatisticsError, match="per parameter"):
        s.pooled_gap(birthweight(), "low", covariates, "who", "not")


def test_the_interval_of_the_adjusted_gap_is_that_of_a_person_bootstrap() -> None:
    rng = np.random.default_rng(8)
    poor = rng.random(900) < np.where(np.arange(900) < 600, 0.3, 0.6)
    y = rng.random(900) < np.where(poor, 0.4, 0.7)
    frame = pl.DataFrame({"y": y.astype(int), "poor": poor, "g": ["dk"] * 600 + ["min"] * 300})
    found = s.expected_share(frame, "y", ["poor"], "g", "dk", 0.90)
    # a saturated model is a table, so the bootstrap needs no refitting: both levels drawn in each group
    x = {(g, b): ((frame["g"] == g) & (frame["poor"] == b)).to_numpy() for g in ("dk", "min") for b in (True, False)}
    size = {k: int(v.sum()) for k, v in x.items()}
    share = {k: float(y[v].mean()) for k, v in x.items()}
    draws = 4000
    part = rng.binomial(300, size["min", True] / 300, draws)
    hits = rng.binomial(part, share["min", True]) + rng.binomial(300 - part, share["min", False])
    level = {b: rng.binomial(size["dk", b], share["dk", b], draws) / size["dk", b] for b in (True, False)}
    gaps = (hits - part * level[True] - (300 - part) * level[False]) / 300
    assert (found.lower, found.upper) == pytest.approx(tuple(np.quantile(gaps, [0.05, 0.95])), abs=0.006)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"poor": [True] * 30 + [False] * 70}, "separates"),
        ({"poor": [None] + [1.0, 2.0, 3.0] * 33}, "bands"),
        ({"g": ["dk"] * 100}, "two groups"),
        ({"y": [2] * 100}, "0 or 1"),
        ({"same": ["x", "y"] * 50}, "collapse"),
    ],
)
def test_a_background_no_model_can_carry_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    base = {
        "y": [1] * 30 + [0] * 50 + [1, 0] * 10,
        "g": ["dk"] * 80 + ["min"] * 20,
        "poor": [True, False] * 50,
        "same": ["a"] * 100,
    }
    frame = pl.DataFrame(base | change)
    covariates = ["poor", "same"] if "same" in change else ["poor"]
    with pytest.raises(StatisticsError, match=message):
        s.expected_share(frame, "y", covariates, "g", "dk")


def test_the_hash_names_the_rows_the_model_was_fitted_on_in_any_order() -> None:
    frame = birthweight()
    one = s.expected_share(frame, "low", ["ui"], "who", "not").data_hash
    assert len(one) == 64
    assert one.isalpha()
    assert s.expected_share(frame.reverse(), "low", ["ui"], "who", "not").data_hash == one
    other = frame.with_columns(low=pl.when(pl.col("who") == "smoke").then(1 - pl.col("low")).otherwise(pl.col("low")))
    assert s.expected_share(other, "low", ["ui"], "who", "not").data_hash == one
    changed = frame.with_columns(low=pl.when(pl.int_range(pl.len()) == 0).then(1).otherwise(pl.col("low")))
    assert s.expected_share(changed, "low", ["ui"], "who", "not").data_hash != one


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
    [
        (40, 100, 0.50, 0.05, 0, 0.14),
        (40, 100, 0.50, 0.10, 0, 0.29),
        (165, 335, 0.35, 0.05, 0, 0.30),
        (165, 335, 0.35, 0.10, 0.44, 0.73),
        (165, 335, 0.80, 0.05, 0, 0.35),
        (165, 335, 0.80, 0.10, 0.68, 0.81),
        (500, 1000, 0.35, 0.05, 0.22, 0.61),
        (500, 1000, 0.35, 0.10, 0.97, 0.99),
        (400, 2000, 0.75, 0.05, 0.36, 0.66),
        (400, 2000, 0.75, 0.10, 0.99, 0.99),
        (1000, 4000, 0.75, 0.05, 0.90, 0.94),
        (1000, 4000, 0.75, 0.10, 1, 1),
    ],
)
def test_exact_power_of_the_rule(
    n1: int, n2: int, p: float, margin: float, equivalence: float, noninferiority: float
) -> None:
    assert s.power_equivalence(n1, n2, p, margin) == pytest.approx(equivalence, abs=0.0051)
    assert s.power_noninferiority(n1, n2, p, margin) == pytest.approx(noninferiority, abs=0.0051)
