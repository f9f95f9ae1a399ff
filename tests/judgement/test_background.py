"""Observed against expected: planted confounding is found, what is missing is named."""

import numpy as np
import polars as pl
import pytest
import sqlglot
from sqlglot import exp

from assets.adjustment import person_level
from assets.protection import kind as counting
from handleplan_pipeline.adjustment import background
from handleplan_pipeline.adjustment.background import adjusted_rows, age_bands
from handleplan_pipeline.catalogue import load_catalogue

I01 = load_catalogue().indicator("I01")


def cohort(n: int, seed: int = 3) -> pl.DataFrame:
    """Minority persons have poorer backgrounds and nothing else: the whole gap is background."""
    rng = np.random.default_rng(seed)
    parts = []
    for group, size, poor in (("danish", 4 * n, 0.3), ("minority", n, 0.7)):
        low = rng.random(size) < poor
        parts.append(
            pl.DataFrame(
                {
                    "population_group": [group] * size,
                    "sex": rng.choice(["men", "women"], size),
                    "age": [15] * size,
                    "parents_education": np.where(low, "basic", "higher"),
                    "year": [2014] * size,
                    "family_income_decile": ["missing"] * size,
                    "parents_labour_status": ["employed"] * size,
                    "outcome": rng.random(size) < np.where(low, 0.5, 0.8),
                }
            )
        )
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


def test_direct_standardisation_kitagawa_and_the_pooled_model_stand_beside_it() -> None:
    row = adjusted_rows(I01, cohort(3000), "minority", "danish")[0]
    # over the same background, so they say the same as the model: nothing is left
    assert row["direct_strata"] == row["covariates"]
    assert row["direct_gap"] == pytest.approx(row["gap_adjusted"], abs=0.015)
    assert row["direct_lower95"] < 0 < row["direct_upper95"]
    assert row["pooled_gap"] == pytest.approx(row["gap_adjusted"], abs=0.015)
    assert row["rate_effect"] + row["composition_effect"] == pytest.approx(row["gap_crude"])
    assert row["composition_effect"] == pytest.approx(row["gap_explained"], abs=0.015)


def test_persons_drawn_again_give_the_interval_of_the_model() -> None:
    row = adjusted_rows(I01, cohort(300), "minority", "danish")[0]
    assert row["drawn_lower90"] == pytest.approx(row["gap_lower90"], abs=0.01)
    assert row["drawn_upper90"] == pytest.approx(row["gap_upper90"], abs=0.01)
    again = adjusted_rows(I01, cohort(300).sample(fraction=1, shuffle=True, seed=2), "minority", "danish")[0]
    assert (again["drawn_lower90"], again["card"].data_hash) == (row["drawn_lower90"], row["card"].data_hash)


def test_few_events_collapse_levels_before_a_covariate_is_dropped() -> None:
    frame = cohort(30).with_columns(
        parents_education=pl.when(pl.int_range(pl.len()) % 5 == 0)
        .then(pl.lit("missing"))
        .when(pl.int_range(pl.len()) % 5 == 1)
        .then(pl.lit("upper_secondary"))
        .otherwise(pl.col("parents_education"))
    )
    # 120 persons, about 35 non-events: sex and education in four levels want 40, in two levels 20
    row = adjusted_rows(I01, frame, "minority", "danish")[0]
    assert (row["covariates"], row["collapsed"], row["params"]) == ("sex;parents_education", "parents_education", 3)
    assert any("=other" in t or "=higher" in t or "=basic" in t for t in row["card"].coefficients)


def test_missing_background_is_a_category_and_an_unknown_age_stops_nothing() -> None:
    frame = cohort(3000).with_columns(
        parents_education=pl.when(pl.int_range(pl.len()) % 4 > 0).then(pl.col("parents_education")),
        age=pl.when(pl.int_range(pl.len()) % 7 > 0).then(pl.lit(15)),
    )
    row = adjusted_rows(I01, frame, "minority", "danish")[0]
    assert "parents_education=missing" in row["card"].coefficients
    assert "age=missing" in row["card"].coefficients
    assert row["n"] == 3000


def test_ages_are_single_years_in_a_cohort_and_bands_among_adults() -> None:
    assert age_bands(pl.Series("age", [15, 17, None])).to_list() == ["15", "17", "missing"]
    adults = age_bands(pl.Series("age", [18, 29, 30, 39, 59, 60, 91, None])).to_list()
    assert adults == ["under_30", "under_30", "30-39", "30-39", "50-59", "60+", "60+", "missing"]


def test_a_background_nobody_of_the_reference_group_has_is_told_as_missing_overlap() -> None:
    frame = cohort(300).with_columns(
        parents_education=pl.when((pl.col("population_group") == "minority") & (pl.int_range(pl.len()) % 5 == 0))
        .then(pl.lit("missing"))
        .otherwise(pl.col("parents_education"))
    )
    row = adjusted_rows(I01, frame, "minority", "danish")[0]
    assert row["overlap_share"] == pytest.approx(0.8, abs=0.01)


def test_one_group_alone_is_no_comparison() -> None:
    alone = adjusted_rows(I01, cohort(300).filter(pl.col("population_group") == "danish"), "minority", "danish")[0]
    assert (alone["state"], alone["n_ref"]) == ("too_few_events", 1200)


def test_too_few_events_fit_fewer_covariates_and_then_none() -> None:
    small = adjusted_rows(I01, cohort(12, seed=1), "minority", "danish")[0]
    assert small["state"] == "fitted"
    assert small["covariates"] == "sex"
    tiny = adjusted_rows(I01, cohort(3, seed=1), "minority", "danish")[0]
    assert tiny["state"] == "too_few_events"
    assert "gap_adjusted" not in tiny


def read_by(sql: str) -> set[str]:
    """Tables that a query names and does not make itself."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    return {t.name for t in tree.find_all(exp.Table)} - {c.alias for c in tree.find_all(exp.CTE)}


def test_everything_that_background_and_counted_persons_read_is_handed_to_them() -> None:
    """A register that an asset is not given is found missing by a whole run alone."""
    own = read_by(background.BACKGROUND.format(back=background.YEARS_BACK))
    assert own == {"people", *background.SOURCES, *background.REGISTERS}
    made_here = {"calendar", "offence"}
    for module in counting.MODULES:
        assert read_by(module.COUNTED) - made_here <= set(counting.REGISTERS), module.__name__
    for goal, module in person_level.MODULES.items():
        assert read_by(module.COUNTED) - made_here <= set(person_level.REGISTERS), goal
