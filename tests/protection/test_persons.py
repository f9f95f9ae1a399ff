"""At the line: a verdict on persons is given on exact figures and passes rounded, or goes with the rows it rests on."""

from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.adjustment.person_verdicts import person_verdicts
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.models import Suppressed
from handleplan_pipeline.protection.persons import drawn_without_hidden, printed_person_level
from schemas.adjustment.background import ADJUSTED
from schemas.adjustment.resampled import RESAMPLED
from schemas.protection.protected import PERSON_LEVEL
from tests.protection.made import cells_of, hidden_wholes_of, with_unknown

C = load_catalogue()
PLACE, BASE = ("I04", 2012), ("I04", 2010)
Row = dict[str, Any]


def passed(row: Row, cells: pl.DataFrame, gone: Suppressed = Suppressed()) -> Row | None:  # noqa: B008
    """What passes of one row."""
    frame = printed_person_level(C, [{"data_kind": "synthetic"} | row], cells, gone, PERSON_LEVEL)
    return frame.row(0, named=True) if frame.height else None


def model(**more: object) -> Row:
    return {
        "indicator_id": "I04",
        "year": 2012,
        "quantity": "adjusted",
        "estimate": 1.5123,
        "lower90": 1.1234,
        "upper90": 2.0567,
        "result": "not_met",
        "baseline_year": 2010,
    } | more


def draw(**more: object) -> Row:
    return {
        "indicator_id": "I04",
        "year": 2012,
        "quantity": "ratio_of_ratios",
        "estimate": 1.0123,
        "lower90": 0.9951,
        "upper90": 1.1449,
        "lower95": 0.9,
        "upper95": 1.2,
        "result": "met",
        "trend": "cannot_tell",
        "baseline_year": 2010,
    } | more


def test_figures_pass_rounded_and_a_verdict_as_it_was_given() -> None:
    adjusted, drawn = passed(model(), hidden_wholes_of()), passed(draw(), hidden_wholes_of())
    assert adjusted is not None
    assert drawn is not None
    assert (adjusted["estimate"], adjusted["lower90"], adjusted["upper90"]) == (1.5, 1.1, 2.1)
    assert (drawn["lower90"], drawn["upper90"], drawn["result"]) == (1.0, 1.14, "met")


@pytest.mark.parametrize(
    ("gone", "value", "verdict"),
    [
        (Suppressed(), 1.5, "not_met"),
        (Suppressed(figures=frozenset({PLACE})), None, "not_met"),
        (Suppressed(figures=frozenset({BASE})), None, "not_met"),
        (Suppressed(figures=frozenset({PLACE}), verdicts=frozenset({PLACE})), None, "suppressed"),
        (Suppressed(figures=frozenset({("I04", 2011)}), verdicts=frozenset({("I04", 2011)})), 1.5, "not_met"),
    ],
)
def test_figures_of_a_model_go_and_its_verdict_only_where_it_could_tell(
    gone: Suppressed, value: float | None, verdict: str
) -> None:
    r = passed(model(), hidden_wholes_of(), gone)
    assert r is not None
    assert (r["estimate"], r["result"]) == (value, verdict)
    # that there is no model, and why, is a function of the same persons
    without = model(estimate=None, lower90=None, upper90=None, result="cannot_tell", remarks="adjusted_few_events")
    none = passed(without, hidden_wholes_of(), gone)
    assert none is not None
    assert none["result"] == ("suppressed" if verdict == "suppressed" else "cannot_tell")
    assert none.get("remarks") == ("adjusted_few_events" if value else None)


def test_a_remark_of_a_model_goes_with_its_figures() -> None:
    """That the standardised difference has the other sign is one bit about persons whose figures are not shown."""
    otherwise = model(remarks="standardised_otherwise")
    shown = passed(otherwise, hidden_wholes_of())
    gone = passed(otherwise, hidden_wholes_of(), Suppressed(figures=frozenset({PLACE})))
    assert shown is not None
    assert gone is not None
    assert (shown["remarks"], gone["remarks"]) == ("standardised_otherwise", None)


@pytest.mark.parametrize("place", [(2012, "minority"), (2012, "danish"), (2010, "minority"), (2010, "danish")])
def test_what_compares_with_the_baseline_goes_with_any_of_its_four_counts(place: tuple[int, str]) -> None:
    cells = hidden_wholes_of(place)
    bound = {
        "indicator_id": "I04",
        "year": 2012,
        "quantity": "ratio_of_ratios_unknown_in_group",
        "result": "met",
        "baseline_year": 2010,
    }
    assert [passed(r, cells) for r in (model(), draw(), bound)] == [None, None, None]
    for other in (hidden_wholes_of((2011, place[1])), hidden_wholes_of((2012, "all"))):
        assert None not in [passed(r, other) for r in (model(), draw(), bound)]


def test_a_figure_within_the_year_stands_without_its_baseline() -> None:
    """I01 is judged within the year: as large as."""
    cells = pl.concat(cells_of("I01", y, with_unknown()) for y in (2010, 2012))
    hidden = pl.when((pl.col("year") == 2010) & (pl.col("population_group") == "danish")).then(pl.lit("blanked"))
    r = passed(model(indicator_id="I01"), cells.with_columns(cell_state=hidden.otherwise("cell_state")))
    assert r is not None
    assert r["estimate"] == 1.5


def youths(*hidden: tuple[int, str]) -> pl.DataFrame:
    leaves = {(a, "men", "15"): (20, 400) for a in ("danish", "immigrant_western")}
    cells = pl.concat(cells_of("I02", y, leaves, ("total", "15-17"), "rate") for y in (2010, 2012))
    gone = pl.lit(False)
    for year, group in hidden:
        gone = gone | ((pl.col("year") == year) & (pl.col("population_group") == group))
    return cells.with_columns(cell_state=pl.when(gone).then(pl.lit("blanked")).otherwise("cell_state"))


RATIO = {
    "indicator_id": "I02",
    "year": 2012,
    "quantity": "standardised_ratio",
    "estimate": 1.234,
    "lower90": 1.111,
    "upper90": 1.357,
    "method": "direct",
    "literal_met": False,
    "result": "not_met",
    "trend": "worse",
    "baseline_year": 2010,
    "baseline_value": 1.0,
    "change": 1.234,
    "minimum_detectable": 1.2,
}


@pytest.mark.parametrize("year", [None, 2010, 2012])
@pytest.mark.parametrize("how", ["strata", "whole"])
def test_a_standardised_ratio_goes_where_its_counts_are_not_shown(year: int | None, how: str) -> None:
    cells = youths((year, "minority")) if how == "whole" and year else youths()
    gone = Suppressed(ratios=frozenset({("I02", year)})) if how == "strata" and year else Suppressed()
    r = passed(RATIO, cells, gone)
    assert r is not None
    said = (r["result"], r["estimate"], r["method"], r["change"], r["trend"], r["baseline_year"])
    assert (
        said
        == {
            None: ("not_met", 1.23, "direct", 1.23, "worse", 2010),
            2010: ("not_met", 1.23, "direct", None, "cannot_tell", 2010),
            2012: ("suppressed", None, None, None, None, 2010),
        }[year]
    )
    model_of_it = model(indicator_id="I02")
    assert (passed(model_of_it, cells, gone) is None) == (year == 2012)


def test_the_verdict_is_that_of_the_exact_limit_even_where_the_rounded_one_would_say_another() -> None:
    """1.004 is an increase and 0.996 is none; both round to 1.00, from which nobody could tell."""
    drawn = {
        "indicator_id": "I10",
        "year": 2012,
        "quantity": "representation_change",
        "base_year": 2006,
        "estimate": 1.2,
        "lower95": 0.9,
        "upper95": 1.5,
        "persons": 900,
        "share_in_both": 0.2,
        "method": "person-bootstrap",
        "data_kind": "synthetic",
    }
    for low, result, trend in ((1.004, "met", "better"), (0.996, "cannot_tell", "cannot_tell")):
        rows = RESAMPLED.conform([drawn | {"lower90": low, "upper90": 1.4}])
        frame = printed_person_level(
            C, person_verdicts(C, ADJUSTED.empty(), rows), hidden_wholes_of(), Suppressed(), PERSON_LEVEL
        )
        (r,) = frame.to_dicts()
        assert (r["lower90"], r["result"], r["trend"]) == (1.0, result, trend)


@pytest.mark.parametrize(("share", "there"), [(0.10, False), (0.101, True)])
def test_a_bootstrap_passes_only_where_it_takes_the_place_of_the_interval(share: float, there: bool) -> None:
    drawn = {
        "indicator_id": "I04",
        "year": 2012,
        "quantity": "ratio_of_ratios",
        "base_year": 2010,
        "estimate": 1.0,
        "lower90": 0.9,
        "upper90": 1.2,
        "lower95": 0.8,
        "upper95": 1.3,
        "persons": 900,
        "share_in_both": share,
        "method": "person-bootstrap",
        "data_kind": "synthetic",
    }
    assert bool(person_verdicts(C, ADJUSTED.empty(), RESAMPLED.conform([drawn]))) == there


def test_what_the_line_keeps_of_persons_has_no_column_for_numbers_no_table_prints() -> None:
    internal = {"persons", "share_in_both", "clusters", "overlap_share", "se_expected", "direct_gap", "least_stratum"}
    assert not internal & set(PERSON_LEVEL.column_names)


@pytest.mark.parametrize(
    ("place", "kept"), [(None, 1), ((2012, "minority"), 0), ((2010, "danish"), 0), ((2012, "unknown"), 0)]
)
def test_a_contrast_shows_no_draw_beside_a_hidden_row(place: tuple[int, str] | None, kept: int) -> None:
    rows = PERSON_LEVEL.conform([{"data_kind": "synthetic"} | draw(), {"data_kind": "synthetic"} | model()])
    assert drawn_without_hidden(C, rows, hidden_wholes_of(*([place] if place else []))).height == kept
