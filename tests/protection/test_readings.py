"""A reading goes when one of its counts is hidden, and only then; no hidden count has a say in what is printed."""

from collections.abc import Mapping

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.disclosure import DisclosureError
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.protection.apply import hidden_wholes
from handleplan_pipeline.protection.readings import (
    draws_without_unknown,
    possible_cells,
    printed_readings,
    unknown_not_shown,
)
from schemas.adjustment.resampled import RESAMPLED
from schemas.outputs.judgement import JUDGEMENT
from tests.lib.told import evidence
from tests.protection.made import by_sex_and_age, cells_of, hidden_wholes_of, with_unknown

CATALOGUE = load_catalogue()
Row = Mapping[str, object]


def reading(**changes: object) -> pl.DataFrame:
    row = dict.fromkeys(JUDGEMENT.column_names) | {
        "goal": 4,
        "indicator_id": "I04",
        "year": 2012,
        "population_group": "minority",
        "reference_group": "danish",
        "quantity": "ratio_of_ratios",
        "estimate": 1.23456,
        "lower90": 1.01234,
        "upper90": 1.45678,
        "baseline_year": 2010,
        "baseline_value": 0.98765,
        "due": True,
        "literal_met": False,
        "result": "not_met",
        "result_adjusted": "not_assessed",
        "unknown_in_group": "not_met",
        "unknown_in_reference": "not_met",
        "noninferiority_p": 0.123456,
        "trend": "worse",
        "change": 2.34567,
        "slope": 0.1,
        "rule_id": "r",
        "rule_version": "1",
        "data_kind": "synthetic",
    }
    return JUDGEMENT.conform([row | changes])


def masked(cells: pl.DataFrame, **changes: object) -> Row:
    both = [reading(**changes)] * 2
    return printed_readings(CATALOGUE, both, cells, JUDGEMENT).row(0, named=True)


def judged(cells: pl.DataFrame) -> dict[int, Row]:
    """Readings of I04 by year, from these protected cells."""
    worlds = [judge(evidence(c), JUDGEMENT) for c in possible_cells(CATALOGUE, cells)]
    frame = printed_readings(CATALOGUE, worlds, cells, JUDGEMENT)
    return {r["year"]: r for r in frame.filter(pl.col("indicator_id") == "I04").to_dicts()}


def test_only_whole_rows_count() -> None:
    assert hidden_wholes(CATALOGUE, hidden_wholes_of((2012, "minority"))).rows() == [("I04", 2012, "minority")]
    assert not hidden_wholes(CATALOGUE, by_sex_and_age(("danish", "men"))).height


def test_a_reading_of_printed_counts_stands_rounded() -> None:
    r = masked(hidden_wholes_of())
    assert (r["estimate"], r["noninferiority_p"], r["result"], r["trend"]) == (1.23, 0.123, "not_met", "worse")
    assert r["unknown_in_group"] == "not_met"


@pytest.mark.parametrize("place", [(2012, "minority"), (2012, "danish"), (2010, "minority"), (2010, "danish")])
def test_a_reading_goes_with_any_of_its_four_counts(place: tuple[int, str]) -> None:
    r = masked(hidden_wholes_of(place))
    assert (r["result"], r["result_adjusted"], r["trend"]) == ("suppressed", "suppressed", "cannot_tell")
    gone = ("estimate", "lower90", "upper90", "literal_met", "change", "slope", "unknown_in_group")
    assert [r[k] for k in gone] == [None] * 7


def test_a_difference_of_one_year_stands_without_its_baseline() -> None:
    r = masked(hidden_wholes_of((2010, "danish")), quantity="difference")
    assert (r["estimate"], r["result"], r["change"], r["baseline_value"], r["trend"]) == (
        1.23,
        "not_met",
        None,
        None,
        "cannot_tell",
    )


def test_a_slope_rests_on_every_year_between() -> None:
    r = masked(hidden_wholes_of((2011, "danish")))
    assert (r["slope"], r["estimate"]) == (None, 1.23)


def test_what_was_not_printed_at_the_line_is_suppressed_as_a_whole() -> None:
    r = masked(hidden_wholes_of(), quantity="standardised_ratio", result="suppressed", estimate=None)
    assert (r["result"], r["result_adjusted"], r["trend"]) == ("suppressed", "suppressed", "cannot_tell")
    assert (r["baseline_year"], r["limit_value"], r["change"]) == (2010, None, None)


def test_bounds_of_a_hidden_unknown_are_not_told() -> None:
    r = masked(hidden_wholes_of((2012, "unknown")))
    assert (r["unknown_in_group"], r["unknown_in_reference"], r["estimate"]) == (None, None, 1.23)


@pytest.mark.parametrize(
    ("quantity", "remark"),
    [
        ("ratio_of_ratios", "unknown_to_threshold"),
        ("difference_of_medians", "unknown_hidden"),
        ("standardised_ratio", "unknown_hidden"),
    ],
)
@pytest.mark.parametrize("year", [2010, 2012])
def test_a_reading_says_how_far_it_was_tried_against_a_hidden_unknown(quantity: str, remark: str, year: int) -> None:
    more = {"quantity": quantity, "remarks": "no_interval"}
    assert masked(hidden_wholes_of((year, "unknown")), **more)["remarks"] == f"no_interval;{remark}"  # type: ignore[arg-type]
    assert masked(hidden_wholes_of(), **more)["remarks"] == "no_interval"  # type: ignore[arg-type]


def test_a_made_up_figure_is_never_printed() -> None:
    two = [reading(), reading(estimate=1.3, lower90=1.2)]
    with pytest.raises(DisclosureError, match="estimate, lower90"):
        printed_readings(CATALOGUE, two, hidden_wholes_of(), JUDGEMENT)
    # what rests on a hidden count is taken away before
    assert printed_readings(CATALOGUE, two, hidden_wholes_of((2012, "danish")), JUDGEMENT).height == 1


def test_two_ends_that_disagree_cannot_tell() -> None:
    both = [reading(), reading(result="met")]
    r = printed_readings(CATALOGUE, both, hidden_wholes_of((2012, "unknown")), JUDGEMENT).row(0, named=True)
    assert (r["result"], r["remarks"]) == ("cannot_tell", "unknown_to_threshold;bounds_disagree")


@pytest.mark.parametrize("unknown", [(1, 3), (4, 14), (0, 2), (3, 900)])
def test_no_verdict_tells_one_hidden_number_of_unknown_ancestry_from_another(unknown: tuple[int, int]) -> None:
    """Whatever the hidden number is, all that is printed of the reading is the same."""

    def printed(x: int, n: int) -> pl.DataFrame:
        return hidden_wholes_of(*((y, "unknown") for y in (2010, 2011, 2012)), leaves=with_unknown(x, n))

    assert judged(printed(*unknown)) == judged(printed(2, 7))
    assert judged(printed(*unknown))[2012]["result"] != "suppressed"


@pytest.mark.parametrize("place", [(2012, "minority"), (2010, "danish"), (2011, "minority"), (2012, "all")])
def test_readings_beside_a_hidden_cell_are_those_of_the_true_counts(place: tuple[int, str]) -> None:
    """The made-up figures change nothing of what stands."""
    shown, hidden = judged(hidden_wholes_of()), judged(hidden_wholes_of(place))
    for year, r in hidden.items():
        assert all(
            v is None or k in ("result", "result_adjusted", "trend") or v == shown[year][k] for k, v in r.items()
        )
        expected = {"suppressed"} if place[0] in (year, 2010) and place[1] != "all" else {shown[year]["result"]}
        assert {r["result"]} == expected


@pytest.mark.parametrize(
    ("indicator", "touched"),
    [
        ("I04", {"I04"}),
        ("I08_anonymous", {"I08_anonymous", "I08_women", "I08_women_rate"}),
        ("I10_s_unknown", {"I10_s_unknown", "I10"}),
    ],
)
def test_the_unknown_of_an_indicator_of_anonymous_contacts_and_of_a_ratio_s_counts(
    indicator: str, touched: set[str]
) -> None:
    i = CATALOGUE.indicator(indicator)
    leaves = {("unknown", i.sex, i.age_group): (3, 14)}
    cells = cells_of(indicator, 2012, leaves, (i.sex, i.age_group), splits=())
    hidden = cells.with_columns(cell_state=pl.lit("blanked"))
    assert touched <= {name for name, year in unknown_not_shown(CATALOGUE, hidden) if year == 2012}
    assert not unknown_not_shown(CATALOGUE, cells)


@pytest.mark.parametrize(("place", "kept"), [(None, 2), ((2012, "unknown"), 1), ((2010, "unknown"), 1)])
def test_what_is_drawn_with_a_hidden_unknown_judges_nothing(place: tuple[int, str] | None, kept: int) -> None:
    row = dict.fromkeys(RESAMPLED.column_names) | {
        "indicator_id": "I04",
        "year": 2012,
        "quantity": "difference_of_medians",
        "base_year": 2010,
        "estimate": -2.0,
        "persons": 500,
        "share_in_both": 0.2,
        "method": "person-bootstrap",
        "data_kind": "synthetic",
    }
    drawn = RESAMPLED.conform([row, row | {"quantity": "difference_of_medians_unknown_in_group"}])
    shown = hidden_wholes_of(*([place] if place else []))
    assert draws_without_unknown(CATALOGUE, drawn, shown).height == kept


def test_nothing_else_of_the_cells_is_touched() -> None:
    cells = hidden_wholes_of((2012, "minority"), (2011, "unknown"))
    kept = cells.filter(pl.col("cell_state") != "blanked")
    for world in possible_cells(CATALOGUE, cells):
        assert world.join(kept, on=kept.columns, how="semi", nulls_equal=True).height == kept.height
        assert not (world["cell_state"] == "blanked").any()
