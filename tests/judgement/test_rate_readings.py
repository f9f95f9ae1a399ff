"""Goal 7 is judged on the rate of women in contact: first full year, bounds, missing population, and what is hidden."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.protection.readings import possible_cells, printed_readings
from handleplan_pipeline.statistics import rate_ratio_exact
from schemas.goals.goal_07_women_reach_services import CELL
from schemas.outputs.judgement import JUDGEMENT
from tests.lib.readings import FIRST, Row, cell, read, women
from tests.lib.told import evidence

C = load_catalogue()


def reading(*cells: list[Row], year: int = 2014) -> Row:
    return read([c for part in cells for c in part], [FIRST])["I08_women", year]


@pytest.mark.parametrize(
    ("now", "residents", "result", "literal"),
    [
        (160, 50000, "met", True),
        (100, 50000, "cannot_tell", False),
        (101, 50000, "cannot_tell", True),
        (60, 50000, "not_met", False),
        (160, 75000, "cannot_tell", True),
        (160, 120000, "not_met", False),
        (100, 30000, "met", True),
        (0, 50000, "not_met", False),
        # at the edge the lower limit is 0.994 and 1.003, and the upper one 0.998 and 1.011
        (125, 50000, "cannot_tell", True),
        (126, 50000, "met", True),
        (77, 50000, "not_met", False),
        (78, 50000, "cannot_tell", False),
    ],
)
def test_more_women_per_resident_than_in_the_first_full_year(
    now: int, residents: int, result: str, literal: bool
) -> None:
    r = reading(women(2012, 100, 50000), women(2014, now, residents))
    by90 = rate_ratio_exact(now, residents, 100, 50000, 0.90)
    assert (r["quantity"], r["population_group"], r["baseline_year"]) == ("rate_ratio", "minority", 2012)
    assert (r["result"], r["literal_met"]) == (result, literal)
    assert (r["estimate"], r["lower90"]) == (pytest.approx(by90.estimate), pytest.approx(by90.lower))
    assert (r["baseline_value"], r["limit_value"], r["rule_version"]) == (pytest.approx(20.0), 1.0, "2")


def test_the_number_stands_beside_the_rate_and_has_no_say() -> None:
    r = reading(women(2012, 100, 50000), women(2014, 160, 120000))
    assert (r["result"], r["trend"]) == ("not_met", "worse")
    assert (r["companion"], r["companion_value"], r["remarks"]) == ("count_ratio", 1.6, "count_disagrees")
    assert reading(women(2012, 100, 50000), women(2014, 160, 50000))["remarks"] is None


def test_a_team_that_did_not_exist_is_compared_with_its_first_full_year() -> None:
    cells = [c for y, x in ((2011, 5), (2012, 100), (2014, 160)) for c in women(y, x, 50000)]
    found = read(cells, [FIRST])
    assert [found["I08_women", y]["result"] for y in (2011, 2012)] == ["not_due", "not_due"]
    assert (found["I08_women", 2012]["remarks"], found["I08_women", 2012]["literal_met"]) == ("first_year", None)
    assert (found["I08_women", 2014]["baseline_year"], found["I08_women", 2014]["result"]) == (2012, "met")
    # without persons the first year may have been partial, and is no baseline
    assert read(cells)["I08_women", 2014]["baseline_year"] == 2012


@pytest.mark.parametrize(
    ("then", "now", "bound", "result"),
    [(200, 10, "not_met", "cannot_tell"), (20, 20, "met", "met"), (0, 60, "met", "met"), (0, 0, None, "met")],
)
def test_anonymous_contacts_bound_the_rate(then: int, now: int, bound: str | None, result: str) -> None:
    anonymous = [cell("I08_anonymous", y, "unknown", x) for y, x in ((2012, then), (2014, now))]
    r = reading(women(2012, 100, 50000), women(2014, 160, 50000), anonymous)
    assert (r["unknown_in_group"], r["result"]) == (bound, result)
    assert ("bounds_disagree" in (r["remarks"] or "")) == (bound not in (None, "met"))


def test_women_of_unknown_ancestry_come_with_their_residents() -> None:
    unknown = [cell("I08_women", y, "unknown", x, n) for y, x, n in ((2012, 0, 0), (2014, 1, 60000))]
    r = reading(women(2012, 100, 50000), women(2014, 160, 50000), unknown)
    assert (r["unknown_in_group"], r["result"]) == ("not_met", "cannot_tell")


@pytest.mark.parametrize("missing", [(2012,), (2014,), (2012, 2014)])
@pytest.mark.parametrize("how", ["not delivered", "hidden"])
def test_without_the_population_nobody_can_tell_and_the_number_never_takes_its_place(
    missing: tuple[int, ...], how: str
) -> None:
    cells = [*women(2012, 100, 50000), *women(2014, 160, 50000)]
    gone = [c for c in cells if c["indicator_id"] == "I08_women_rate" and c["year"] in missing]
    kept = [c for c in cells if c not in gone]
    if how == "hidden":
        kept += [c | {"numerator": None, "denominator": None, "cell_state": "blanked"} for c in gone]
    r = reading(kept)
    assert (r["result"], r["literal_met"], r["estimate"], r["lower90"]) == ("cannot_tell", None, None, None)
    assert (r["remarks"], r["trend"], r["quantity"]) == ("no_population", "cannot_tell", "rate_ratio")
    assert (r["companion"], r["companion_value"]) == ("count_ratio", 1.6)


def test_women_whose_number_is_hidden_are_not_read() -> None:
    hidden = [cell("I08_women", 2014, "minority", cell_state="blanked")]
    assert ("I08_women", 2014) not in read([*women(2012, 100, 50000), *hidden], [FIRST])


def test_the_slope_is_that_of_the_rate() -> None:
    cells = [women(y, 100 * 2 ** (y - 2012), 50000 * 2 ** (y - 2012)) for y in range(2012, 2015)]
    r = reading(*cells)
    assert (r["slope_method"], r["slope"]) == ("poisson", pytest.approx(0, abs=1e-9))


def printed(*hidden: tuple[str, int, str]) -> dict[int, Row]:
    """Readings of goal 7 as they may be printed when these cells are hidden: indicator, year, group."""
    cells = [c for y, x in ((2012, 100), (2013, 120), (2014, 160)) for c in women(y, x, 50000)]
    blanked = {"cell_state": "blanked", "numerator": None, "denominator": None}
    state = CELL.conform(
        [
            c | (blanked if (c["indicator_id"], c["year"], c["population_group"]) in hidden else {})
            for c in [*cells, *(c for y in (2012, 2014) for c in women(y, 9000, 200000, "all"))]
        ]
    )
    judged = [judge(evidence(c, [FIRST]), JUDGEMENT) for c in possible_cells(C, state)]
    frame = printed_readings(C, judged, state, JUDGEMENT)
    return {r["year"]: r for r in frame.filter(pl.col("goal") == 7).to_dicts()}


@pytest.mark.parametrize("indicator", ["I08_women", "I08_women_rate"])
def test_a_reading_that_rests_on_a_hidden_rate_is_hidden(indicator: str) -> None:
    now = printed((indicator, 2014, "minority"))
    assert (now[2014]["result"], now[2014]["estimate"], now[2014]["companion_value"]) == ("suppressed", None, None)
    assert (now[2013]["result"], now[2013]["estimate"]) == ("cannot_tell", 1.2)
    # nothing that is compared with the first full year stands without it
    before = printed((indicator, 2012, "minority"))
    assert {before[y]["result"] for y in (2013, 2014)} == {"suppressed"}
    # a year between hides the slope alone
    between = printed((indicator, 2013, "minority"))
    assert (between[2014]["result"], between[2014]["slope"]) == ("met", None)
    assert printed()[2014]["slope"] is not None


def test_what_is_hidden_of_everybody_hides_nothing_of_the_group() -> None:
    assert printed(("I08_women", 2014, "all"), ("I08_women_rate", 2014, "all")) == printed()
