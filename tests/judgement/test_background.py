"""Observed against expected: planted confounding is found, what is missing is named, ratios are standardised."""

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.background import adjusted_rows, standardised_rates

I01 = load_catalogue().indicator("I01")


def cohort(n: int, seed: int = 3) -> pl.DataFrame:
    """Minority persons have poorer backgrounds and nothing else: the whole gap is background."""
    rng = np.random.default_rng(seed)
    parts = []
    for group, size, poor in (("danish", 4 * n, 0.3), ("minority", n, 0.7)):
        low = rng.random(size) < poor
        parts.append(pl.DataFrame({
            "population_group": [group] * size, "sex": rng.choice(["men", "women"], size), "age": [15] * size,
            "parents_education": np.where(low, "basic", "higher"), "year": [2014] * size,
            "family_income_decile": ["missing"] * size, "parents_labour_status": ["employed"] * size,
            "outcome": rng.random(size) < np.where(low, 0.5, 0.8),
        }))  # fmt: skip
    return pl.concat(parts)


def test_a_gap_that_is_all_background_is_explained() -> None:
    row = adjusted_rows(I01, cohort(3000), "minority", "danish")[0]
    assert row["state"] == "fitted"
    assert row["gap_crude"] == pytest.approx(-0.12, abs=0.02)
    assert row["gap_adjusted"] == pytest.approx(0, abs=0.02)
    assert row["gap_lower90"] < 0 < row["gap_upper90"]
    assert row["covariates"] == "sex;parents_education"
    assert set(row["covariates_missing"].split(";")) == {"family_type", "placements_before_14"}
    assert row["overlap_share"] == 1.0


def test_direct_standardisation_and_kitagawa_stand_beside_it() -> None:
    row = adjusted_rows(I01, cohort(3000), "minority", "danish")[0]
    # sex and age explain nothing here, so the directly standardised gap is the crude one
    assert row["direct_gap"] == pytest.approx(row["gap_crude"], abs=0.01)
    assert row["rate_effect"] + row["composition_effect"] == pytest.approx(row["gap_crude"])


def test_too_few_events_fit_fewer_covariates_and_then_none() -> None:
    small = adjusted_rows(I01, cohort(12, seed=1), "minority", "danish")[0]
    assert small["state"] == "fitted"
    assert small["covariates"] == "sex"
    tiny = adjusted_rows(I01, cohort(3, seed=1), "minority", "danish")[0]
    assert tiny["state"] == "too_few_events"
    assert "gap_adjusted" not in tiny


def strata(counts: dict[str, dict[int, int]]) -> pl.DataFrame:
    rows = [(2014, g, "men", age, m) for g, ages in counts.items() for age, m in ages.items()]
    return pl.DataFrame(rows, schema=["year", "population_group", "sex", "age", "members"], orient="row")


def test_rates_are_standardised_to_all_residents_by_hand() -> None:
    people = strata({"minority": {15: 100, 16: 300}, "danish": {15: 600, 16: 200}, "all": {15: 700, 16: 500}})
    hits = strata({"minority": {15: 10, 16: 60}, "danish": {15: 30, 16: 20}, "all": {15: 40, 16: 80}})
    row = standardised_rates(hits, people, "minority", "danish", [2014])[0]
    minority, danish = 700 * 0.1 + 500 * 0.2, 700 * 0.05 + 500 * 0.1
    assert (row["method"], row["ratio"]) == ("direct", pytest.approx(minority / danish))
    assert row["ratio_lower95"] < row["ratio_lower90"] < row["ratio"] < row["ratio_upper90"]


@pytest.mark.parametrize(("persons", "hits"), [(9, 5), (100, 4)])
def test_a_small_stratum_or_few_events_bring_the_indirect_ratio(persons: int, hits: int) -> None:
    people = strata({"minority": {15: persons, 16: 300}, "danish": {15: 600, 16: 200}, "all": {15: 700, 16: 500}})
    counted = strata({"minority": {15: hits, 16: 5}, "danish": {15: 30, 16: 20}, "all": {15: 40, 16: 30}})
    row = standardised_rates(counted, people, "minority", "danish", [2014])[0]
    assert (row["method"], row["ratio"]) == ("indirect", pytest.approx((hits + 5) / (persons * 0.05 + 300 * 0.1)))


def test_nobody_to_compare_with_is_not_a_ratio() -> None:
    people = strata({"minority": {15: 100}, "danish": {15: 100}, "all": {15: 200}})
    counted = strata({"minority": {15: 10}, "all": {15: 10}})
    assert standardised_rates(counted, people, "minority", "danish", [2014])[0]["state"] == "too_few_events"
