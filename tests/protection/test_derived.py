"""A derived value goes when one of its counts is hidden, and only then."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.derived import (
    agreed,
    draws_without_unknown,
    hidden_wholes,
    printed_background,
    printed_cards,
    printed_draws,
    printed_judgement,
    unknown_as_range,
    without_unknown,
)
from schemas.judgement.background import BACKGROUND
from schemas.judgement.resampled import RESAMPLED
from schemas.outputs.judgement import JUDGEMENT
from tests.protection.made import cells_of, large

CATALOGUE = load_catalogue()
UNKNOWN = {("unknown", "men", "25-39"): (3, 14)}


def counted(year: int = 2012) -> pl.DataFrame:
    return cells_of("I04", year, large() | UNKNOWN)


def printed(*hidden: tuple[int, str]) -> pl.DataFrame:
    """Cells of 2010 and 2012 in which these years and groups are hidden as a whole."""
    frame = pl.concat([counted(2010), counted(2011), counted(2012)])
    gone = pl.lit(False)
    for year, group in hidden:
        gone = gone | ((pl.col("year") == year) & (pl.col("population_group") == group))
    gone = gone & (pl.col("sex") == "total") & (pl.col("age_group") == "total")
    return frame.with_columns(
        numerator=pl.when(~gone).then("numerator"), denominator=pl.when(~gone).then("denominator"),
        cell_state=pl.when(gone).then(pl.lit("blanked")).otherwise("cell_state"),
    )  # fmt: skip


def reading(**changes: object) -> pl.DataFrame:
    row = dict.fromkeys(JUDGEMENT.column_names) | {
        "goal": 4, "indicator_id": "I04", "year": 2012, "group": "minority", "reference_group": "danish",
        "quantity": "ratio_of_ratios", "estimate": 1.23456, "lower90": 1.01234, "upper90": 1.45678,
        "baseline_year": 2010, "baseline_value": 0.98765, "due": True, "literal_met": False, "result": "not_met",
        "result_adjusted": "not_assessed", "unknown_in_group": "not_met", "unknown_in_reference": "not_met",
        "noninferiority_p": 0.123456, "trend": "worse", "change": 2.34567, "slope": 0.1, "rule_id": "r",
        "rule_version": "1", "data_kind": "synthetic",
    }  # fmt: skip
    return JUDGEMENT.conform([row | changes])


def of(frame: pl.DataFrame) -> dict[str, object]:
    return frame.row(0, named=True)


def test_only_whole_rows_count() -> None:
    cells = printed((2012, "minority"))
    assert hidden_wholes(CATALOGUE, cells).rows() == [("I04", 2012, "minority")]
    broken = counted().with_columns(
        cell_state=pl.when(pl.col("sex") == "men").then(pl.lit("blanked")).otherwise("cell_state")
    )
    assert not hidden_wholes(CATALOGUE, broken).height


def test_a_reading_of_printed_counts_stands_rounded() -> None:
    r = of(printed_judgement(CATALOGUE, reading(), printed(), JUDGEMENT))
    assert (r["estimate"], r["noninferiority_p"], r["result"], r["trend"]) == (1.23, 0.123, "not_met", "worse")
    assert r["unknown_in_group"] == "not_met"


@pytest.mark.parametrize("place", [(2012, "minority"), (2012, "danish"), (2010, "minority"), (2010, "danish")])
def test_a_reading_goes_with_any_of_its_four_counts(place: tuple[int, str]) -> None:
    r = of(printed_judgement(CATALOGUE, reading(), printed(place), JUDGEMENT))
    assert (r["result"], r["result_adjusted"], r["trend"]) == ("suppressed", "suppressed", "cannot_tell")
    gone = ("estimate", "lower90", "upper90", "literal_met", "change", "slope", "unknown_in_group")
    assert [r[k] for k in gone] == [None] * 7


def test_a_difference_of_one_year_stands_without_its_baseline() -> None:
    shown = printed_judgement(CATALOGUE, reading(quantity="difference"), printed((2010, "danish")), JUDGEMENT)
    r = of(shown)
    assert (r["estimate"], r["result"], r["change"], r["baseline_value"], r["trend"]) == (
        1.23, "not_met", None, None, "cannot_tell",
    )  # fmt: skip


def test_a_slope_rests_on_every_year_between() -> None:
    r = of(printed_judgement(CATALOGUE, reading(), printed((2011, "danish")), JUDGEMENT))
    assert (r["slope"], r["estimate"]) == (None, 1.23)


def test_bounds_of_a_hidden_unknown_are_not_told() -> None:
    r = of(printed_judgement(CATALOGUE, reading(), printed((2012, "unknown")), JUDGEMENT))
    assert (r["unknown_in_group"], r["unknown_in_reference"], r["estimate"]) == (None, None, 1.23)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(0, 3, (0, 5), (5, 5)), (1, 14, (0, 15), (5, 15)), (4, 14, (0, 15), (5, 15)), (7, 31, (5, 35), (10, 35))],
)
def test_a_hidden_unknown_enters_as_a_whole_range(x: int, n: int, low: tuple[int, int], high: tuple[int, int]) -> None:
    """Every count of 1 to 4 gives the same two ends, so that no verdict tells one from another."""
    true = cells_of("I04", 2012, large() | {("unknown", "men", "25-39"): (x, n)})
    shown = printed((2012, "unknown"))
    ends = []
    for top in (False, True):
        row = unknown_as_range(CATALOGUE, true, shown, top).filter(
            (pl.col("population_group") == "unknown") & (pl.col("sex") == "total") & (pl.col("age_group") == "total")
        )
        ends.append(row.select("numerator", "denominator").row(0))
    assert ends == [low, high]
    assert unknown_as_range(CATALOGUE, true, printed(), False).equals(true)


def test_two_ends_that_disagree_cannot_tell() -> None:
    same = agreed(reading(), reading())
    assert of(same)["result"] == "not_met"
    other = of(agreed(reading(), reading(result="met", literal_met=True)))
    assert (other["result"], other["remarks"]) == ("cannot_tell", "bounds_disagree")


def background(**changes: object) -> pl.DataFrame:
    row = dict.fromkeys(BACKGROUND.column_names) | {
        "indicator_id": "I04", "year": 2012, "population_group": "minority", "reference_group": "danish",
        "method": "expected_share", "state": "fitted", "observed": 0.3456789, "expected": 0.30123456,
        "reference_share": 0.2789123, "gap_crude": 0.0667666, "gap_explained": 0.02232226, "gap_adjusted": 0.04444434,
        "n": 240, "model_id": "m1", "unknown_in_group_lower90": 0.1, "data_kind": "synthetic",
    }  # fmt: skip
    return BACKGROUND.conform([row | changes])


def test_background_stands_rounded_and_its_parts_add_up() -> None:
    r = of(printed_background(CATALOGUE, background(), printed(), BACKGROUND))
    assert (r["observed"], r["expected"], r["gap_adjusted"]) == (0.346, 0.301, pytest.approx(0.045))
    assert r["gap_explained"] + r["gap_adjusted"] == pytest.approx(r["gap_crude"])  # type: ignore[operator]


@pytest.mark.parametrize("group", ["minority", "danish"])
def test_background_goes_with_either_group(group: str) -> None:
    shown = printed_background(CATALOGUE, background(), printed((2012, group)), BACKGROUND)
    r = of(shown)
    assert r["state"] == "suppressed"
    assert [r[k] for k in ("observed", "expected", "gap_crude", "n", "model_id")] == [None] * 5
    cards = pl.DataFrame({"model_id": ["m1"], "coefficient": [0.123456], "data_hash": ["a"]})
    assert printed_cards(shown, cards).height == 0
    assert printed_cards(background(), cards).columns == ["model_id"]


def test_bounds_of_background_go_with_the_unknown() -> None:
    assert of(without_unknown(CATALOGUE, background(), printed((2012, "unknown"))))["unknown_in_group_lower90"] is None
    assert of(without_unknown(CATALOGUE, background(), printed()))["unknown_in_group_lower90"] == 0.1


@pytest.mark.parametrize(("place", "kept"), [(None, 1), ((2012, "minority"), 0), ((2010, "danish"), 0)])
def test_a_bootstrap_goes_with_either_year(place: tuple[int, str] | None, kept: int) -> None:
    row = dict.fromkeys(RESAMPLED.column_names) | {
        "indicator_id": "I04", "year": 2012, "quantity": "ratio_of_ratios", "base_year": 2010, "estimate": 1.23456,
        "persons": 500, "share_in_both": 0.2, "method": "person-bootstrap", "data_kind": "synthetic",
    }  # fmt: skip
    drawn = printed_draws(CATALOGUE, RESAMPLED.conform([row]), printed(*([place] if place else [])))
    assert drawn.height == kept
    assert drawn["estimate"].to_list() == [1.23][:kept]


@pytest.mark.parametrize(("place", "kept"), [(None, 2), ((2012, "unknown"), 1), ((2010, "unknown"), 1)])
def test_what_is_drawn_with_a_hidden_unknown_judges_nothing_and_the_reading_says_so(
    place: tuple[int, str] | None, kept: int
) -> None:
    row = dict.fromkeys(RESAMPLED.column_names) | {
        "indicator_id": "I04", "year": 2012, "quantity": "difference_of_medians", "base_year": 2010, "estimate": -2.0,
        "persons": 500, "share_in_both": 0.2, "method": "person-bootstrap", "data_kind": "synthetic",
    }  # fmt: skip
    drawn = RESAMPLED.conform([row, row | {"quantity": "difference_of_medians_unknown_in_group"}])
    shown = printed(*([place] if place else []))
    assert draws_without_unknown(CATALOGUE, drawn, shown).height == kept
    judged = reading(quantity="difference_of_medians", remarks="no_interval")
    remarks = of(printed_judgement(CATALOGUE, judged, shown, JUDGEMENT))["remarks"]
    assert remarks == ("no_interval" if place is None else "no_interval;unknown_hidden")


def by_sex(hidden: str | None, splits: tuple[str, ...] = ("sex",)) -> pl.DataFrame:
    """Cells of 2012, in which Danish men or minority women may be hidden."""
    frame = cells_of("I04", 2012, large(), splits=splits)
    place = {"danish": "men", "minority": "women"}
    gone = (pl.col("population_group") == (hidden or "")) & (pl.col("sex") == place.get(hidden or "", ""))
    return frame.with_columns(cell_state=pl.when(gone).then(pl.lit("blanked")).otherwise("cell_state"))


@pytest.mark.parametrize(
    ("covariates", "hidden", "state"),
    [("sex", None, "fitted"), ("sex", "danish", "suppressed"), ("sex", "minority", "suppressed"),
     ("sex;parents_education", "danish", "fitted"), (None, "danish", "fitted")],
)  # fmt: skip
def test_a_model_of_sex_alone_goes_with_the_rows_it_could_be_solved_for(
    covariates: str | None, hidden: str | None, state: str
) -> None:
    """Two coefficients, the persons and the events give the counts of men and women exactly."""
    cells, fitted = by_sex(hidden), background(covariates=covariates)
    assert of(printed_background(CATALOGUE, fitted, cells, BACKGROUND))["state"] == state
    judged = reading(adjusted_value=1.5, adjusted_lower90=1.1, result_adjusted="not_met")
    r = of(printed_judgement(CATALOGUE, judged, cells, JUDGEMENT, fitted))
    assert (r["adjusted_value"], r["result_adjusted"]) == (
        (1.5, "not_met") if state == "fitted" else (None, "suppressed")
    )


def test_a_model_of_sex_is_not_printed_where_sexes_are_not() -> None:
    cells, fitted = by_sex(None, splits=()), background(covariates="sex")
    assert of(printed_background(CATALOGUE, fitted, cells, BACKGROUND))["state"] == "suppressed"


@pytest.mark.parametrize(
    ("method", "hidden", "shown"),
    [("direct", None, True), ("direct", "danish", False), ("direct", "minority", False), ("indirect", None, False)],
)
def test_a_standardised_ratio_is_an_equation_in_the_counts_it_rests_on(
    method: str, hidden: str | None, shown: bool
) -> None:
    cells = by_sex(hidden)
    ratio = background(method=method, ratio=1.456, gap_crude=None, gap_explained=None, gap_adjusted=None)
    r = of(printed_background(CATALOGUE, ratio, cells, BACKGROUND))
    assert (r["state"], r["ratio"]) == (("fitted", 1.46) if shown else ("suppressed", None))
    judged = of(printed_judgement(CATALOGUE, reading(quantity="standardised_ratio"), cells, JUDGEMENT, ratio))
    assert judged["result"] == ("not_met" if shown else "suppressed")


def test_what_is_made_of_strata_is_never_printed() -> None:
    """Five such numbers with three decimals left one table of whole persons."""
    strata = {"direct_gap": 0.01, "direct_lower95": -0.1, "rate_effect": 0.02, "composition_effect": -0.01,
              "pooled_gap": 0.03, "se_expected": 0.02}  # fmt: skip
    for state in ("fitted", "too_few_events"):
        r = of(printed_background(CATALOGUE, background(state=state, **strata), printed(), BACKGROUND))
        assert [r[k] for k in strata] == [None] * len(strata)
