"""Figures made of persons go with the rows that are their inputs; what could be solved for counts stays inside."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.models import (
    Suppressed,
    printed_background,
    printed_cards,
    suppressed_places,
    without_unknown,
)
from schemas.adjustment.background import ADJUSTED, FITTED_MODEL
from schemas.protection.protected import PROTECTED_BACKGROUND, PROTECTED_CARD
from tests.protection.made import by_sex_and_age, hidden_wholes_of

CATALOGUE = load_catalogue()
PLACE = frozenset({("I04", 2012)})
RATIO = {
    "method": "direct",
    "ratio": 1.456,
    "least_stratum": 12,
    "gap_crude": None,
    "gap_explained": None,
    "gap_adjusted": None,
}


def adjusted(**changes: object) -> pl.DataFrame:
    row = dict.fromkeys(ADJUSTED.column_names) | {
        "indicator_id": "I04",
        "year": 2012,
        "population_group": "minority",
        "reference_group": "danish",
        "method": "expected_share",
        "state": "fitted",
        "observed": 0.3456789,
        "expected": 0.30123456,
        "reference_share": 0.2789123,
        "gap_crude": 0.0667666,
        "gap_explained": 0.02232226,
        "gap_adjusted": 0.04444434,
        "n": 240,
        "model_id": "m1",
        "unknown_in_group_lower90": 0.1,
        "data_kind": "synthetic",
    }
    return ADJUSTED.conform([row | changes])


def background(cells: pl.DataFrame, **changes: object) -> dict[str, object]:
    return printed_background(CATALOGUE, adjusted(**changes), cells, PROTECTED_BACKGROUND).row(0, named=True)


def test_background_stands_rounded_and_its_parts_add_up() -> None:
    r = background(hidden_wholes_of())
    assert (r["observed"], r["expected"], r["gap_adjusted"]) == (0.346, 0.301, pytest.approx(0.045))
    assert r["gap_explained"] + r["gap_adjusted"] == pytest.approx(r["gap_crude"])  # type: ignore[operator]


@pytest.mark.parametrize("group", ["minority", "danish"])
def test_background_goes_with_either_group(group: str) -> None:
    r = background(hidden_wholes_of((2012, group)))
    assert r["state"] == "suppressed"
    assert [r[k] for k in ("observed", "expected", "gap_crude", "n", "model_id")] == [None] * 5


def test_a_card_names_terms_of_what_is_printed_and_no_coefficient() -> None:
    card = dict.fromkeys(FITTED_MODEL.column_names) | {
        "model_id": "m1",
        "term": "sex=men",
        "coefficient": 0.12,
        "formula": "y ~ sex",
        "data_hash": "a" * 64,
        "seed": 1,
        "data_kind": "synthetic",
    }
    cards = FITTED_MODEL.conform([card])
    for hidden, kept in (((), 1), (((2012, "danish"),), 0)):
        shown = printed_background(CATALOGUE, adjusted(), hidden_wholes_of(*hidden), PROTECTED_BACKGROUND)
        assert printed_cards(shown, cards, PROTECTED_CARD).height == kept
    assert not {"coefficient", "data_hash"} & set(PROTECTED_CARD.column_names)


def test_bounds_of_background_go_with_the_unknown() -> None:
    for hidden, kept in (((), 0.1), (((2012, "unknown"),), None)):
        frame = without_unknown(CATALOGUE, adjusted(), hidden_wholes_of(*hidden))
        assert frame["unknown_in_group_lower90"].to_list() == [kept]


@pytest.mark.parametrize(
    ("covariates", "hidden", "gone"),
    [
        ("sex", None, ()),
        ("sex", ("danish", "men"), ("figures", "verdicts")),
        ("sex", ("minority", "women"), ("figures", "verdicts")),
        # a model of sex alone tells that none of sex and age could be fitted; its verdict rests on sexes alone
        ("sex", ("danish", "25-39"), ("figures",)),
        # rows of a third group are no input
        ("sex", ("all", "men"), ()),
        ("age", ("danish", "25-39"), ("figures", "verdicts")),
        # what no table prints keeps the verdict from telling
        ("sex;parents_education", ("danish", "men"), ("figures",)),
        ("sex;parents_education", None, ()),
        ("sex;age;earlier_shelter", ("minority", "40-64"), ("figures",)),
        ("parents_education", ("danish", "men"), ("figures",)),
        # that no model could be fitted is told of the hidden rows too
        (None, ("danish", "men"), ("figures", "verdicts")),
        (None, ("minority", "25-39"), ("figures", "verdicts")),
        (None, ("all", "men"), ()),
        (None, None, ()),
    ],
)
def test_a_model_goes_with_the_rows_by_its_covariates(
    covariates: str | None, hidden: tuple[str, str] | None, gone: tuple[str, ...]
) -> None:
    cells, fitted = by_sex_and_age(hidden), adjusted(covariates=covariates)
    assert suppressed_places(CATALOGUE, fitted, cells) == Suppressed(**dict.fromkeys(gone, PLACE))
    r = background(cells, covariates=covariates)
    assert (r["state"], r["expected"]) == (("suppressed", None) if gone else ("fitted", 0.301))


def test_a_model_of_sex_is_not_printed_where_sexes_are_not() -> None:
    cells = by_sex_and_age(None, splits=())
    assert background(cells, covariates="sex;parents_education")["state"] == "suppressed"


@pytest.mark.parametrize(
    ("method", "hidden", "shown"),
    [
        ("none", None, True),
        ("none", ("danish", "men"), False),
        ("direct", None, True),
        ("direct", ("danish", "men"), False),
        ("direct", ("minority", "25-39"), False),
        ("indirect", None, False),
    ],
)
def test_a_standardised_ratio_is_an_equation_in_the_counts_it_rests_on(
    method: str, hidden: tuple[str, str] | None, shown: bool
) -> None:
    r = background(by_sex_and_age(hidden), **RATIO | {"method": method})
    # which of the two it would be says whether the group has ten events
    assert (r["state"], r["ratio"], r["method"]) == (
        ("fitted", 1.46, method) if shown else ("suppressed", None, "none")
    )


@pytest.mark.parametrize(("least", "shown"), [(6, True), (5, False), (1, False), (None, False)])
def test_a_standardised_ratio_has_no_small_stratum(least: int | None, shown: bool) -> None:
    """A ratio and four limits leave few tables of whole persons by sex and single year of age."""
    r = background(by_sex_and_age(None), **RATIO | {"least_stratum": least})
    assert r["state"] == ("fitted" if shown else "suppressed")


def test_an_index_is_too_coarse_to_give_the_expected_share_with_more_decimals() -> None:
    assert background(hidden_wholes_of(), oe_index=114.753)["oe_index"] == 115.0


def test_what_can_be_solved_for_counts_by_stratum_has_no_column() -> None:
    """Five such numbers with three decimals left one table of whole persons; an overlap of 0.987 of 157 is two."""
    strata = {
        "direct_gap",
        "direct_lower95",
        "rate_effect",
        "composition_effect",
        "pooled_gap",
        "se_expected",
        "overlap_share",
        "drawn_lower90",
        "calibration_slope",
        "least_stratum",
    }
    assert strata <= set(ADJUSTED.column_names)
    assert not strata & set(PROTECTED_BACKGROUND.column_names)
    assert set(background(hidden_wholes_of())) == set(PROTECTED_BACKGROUND.column_names)
