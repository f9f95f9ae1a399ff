"""The axes and the badge: truth tables with their boundary values."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.case import badge_of
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.judgement.reading import REMARKS, Reading
from handleplan_pipeline.judgement.sentences import SAID_IN_THE_HEADLINE
from handleplan_pipeline.judgement.status import precondition_of, status, verdict_of
from handleplan_pipeline.statistics import StatisticsError
from schemas.goals.goal_01_ninth_grade import CELL, GOAL
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from tests.lib.readings import FIRST, Row, cell, two, women
from tests.lib.told import evidence

C = load_catalogue()


@pytest.mark.parametrize("result", ["met", "not_met", "cannot_tell", "not_due", "not_assessed"])
def test_what_cannot_be_measured_is_never_called_met_or_missed(result: str) -> None:
    assert badge_of("not_measurable", result) == "not_measurable"
    assert badge_of("measurable", result) == result


def test_the_weakest_precondition_stands() -> None:
    assert precondition_of(C, C.goal(7), 2010) == "not_granted"
    assert precondition_of(C, C.goal(7), 2012) == "unknown"
    assert precondition_of(C, C.goal(3), 2012) == "none"
    assert precondition_of(C, C.goal(10), 2010) == "granted"


def cells(minority: tuple[int, int], dane: tuple[int, int]) -> pl.DataFrame:
    common = {
        "indicator_id": "I01",
        "year": 2014,
        "geography": "101",
        "ancestry": "total",
        "sex": "total",
        "age_group": "total",
        "measure": "share",
        "value": None,
        "cell_state": "value",
        "data_kind": "synthetic",
        "definition_version": "1",
        "caveats": None,
        "delivery_id": None,
    }
    rows = [
        common | {"population_group": g, "numerator": n, "denominator": d}
        for g, (n, d) in {"minority": minority, "danish": dane}.items()
    ]
    return CELL.conform(rows)


@pytest.mark.parametrize(
    ("minority", "dane", "badge", "literal"),
    [
        ((750, 1000), (750, 1000), "met", True),
        ((30, 40), (75, 100), "cannot_tell", True),
        ((600, 1000), (800, 1000), "clearly_not_met", False),
        ((700, 1000), (800, 1000), "not_met", False),
        ((760, 1000), (800, 1000), "met", False),
    ],
)
def test_a_measured_parity_goal(minority: tuple[int, int], dane: tuple[int, int], badge: str, literal: bool) -> None:
    counted = cells(minority, dane)
    judged = judge(evidence(counted), JUDGEMENT)
    row = (
        status(C, observe(C, 1, counted, GOAL), judged, GOAL_STATUS, "101")
        .filter((pl.col("goal") == 1) & (pl.col("year") == 2014))
        .to_dicts()[0]
    )
    assert (row["measurability"], row["badge"], row["literal_met"]) == ("measurable", badge, literal)
    assert row["data_kind"] == "synthetic"


def test_every_goal_and_year_has_a_reason_in_both_languages_even_with_no_data_at_all() -> None:
    frames = [observe(C, g.number, CELL.empty(), GOAL) for g in C.goals]
    rows = status(C, pl.concat(frames), JUDGEMENT.empty(), GOAL_STATUS, "101")
    assert rows.height == 11 * 5
    assert set(rows["badge"]) == {"not_measurable"}
    assert "{" not in "".join(rows["reason_da"]) + "".join(rows["reason_en"])
    assert set(rows.filter(pl.col("goal") == 8)["missing_reason"]) == {"no_indicator"}


def told(goal: int, counted: list[Row], resampled: list[Row] = [], adjusted: list[Row] = [], year: int = 2014) -> Row:  # noqa: B006
    """The status row of a goal from hand-made cells."""
    frame = CELL.conform(counted)
    seen = observe(C, goal, frame, GOAL)
    rows = status(C, seen, judge(evidence(frame, resampled, adjusted), JUDGEMENT), GOAL_STATUS, "101")
    return rows.filter((pl.col("goal") == goal) & (pl.col("year") == year)).to_dicts()[0]


def test_a_team_in_its_first_full_year_is_not_due_and_says_so() -> None:
    counted = [c for y, x in ((2011, 60), (2012, 100), (2014, 160)) for c in women(y, x, 50000)]
    row = told(7, counted, [FIRST], year=2012)
    assert (row["result"], row["badge"], row["trend"]) == ("not_due", "not_due", "no_baseline")
    assert "2012 er det første hele år" in row["reason_da"]
    assert told(7, counted, [FIRST])["result"] == "met"


def test_goal_7_tells_the_rate_it_is_judged_on_and_the_number_beside_it() -> None:
    row = told(7, [*women(2012, 100, 50000), *women(2014, 160, 50000)], [FIRST])
    assert (row["result"], row["rule_version"]) == ("met", "2")
    assert "Raten er 1,60 gange raten i 2012; intervallet er 1,2" in row["reason_da"]
    assert "Antallet er 1,60 gange antallet i 2012" in row["reason_da"]
    assert "The rate is 1.60 times that of 2012" in row["reason_en"]
    assert "The number is 1.60 times that of 2012" in row["reason_en"]
    grown = told(7, [*women(2012, 100, 50000), *women(2014, 160, 75000)], [FIRST])
    assert (grown["result"], grown["literal_met"]) == ("cannot_tell", True)
    assert "Raten pr. indbygger bærer målet; antallet giver en anden dom." in grown["reason_da"]
    assert "The rate per resident bears the goal; the number gives another verdict." in grown["reason_en"]


def test_without_the_population_goal_7_cannot_be_told_and_says_why() -> None:
    row = told(7, [cell("I08_women", y, "minority", x) for y, x in ((2012, 100), (2014, 160))], [FIRST])
    assert (row["result"], row["badge"], row["trend"], row["literal_met"]) == (
        "cannot_tell",
        "cannot_tell",
        "cannot_tell",
        None,
    )
    assert "Befolkningstallet bag raten er ikke leveret eller vises ikke" in row["reason_da"]
    assert "The population behind the rate was not delivered or is not shown" in row["reason_en"]


def test_the_baseline_of_goal_11_names_the_departments_where_they_are_known() -> None:
    lists = cell(
        "I13a_areas", 2010, "all", value=6.0, definition_version="kombineret_udlejning_2010", data_kind="official"
    )
    known = told(11, [lists, cell("I13b", 2010, "all", value=21.0)], year=2010)
    assert "Baseline er 6 udsatte områder på listen fra januar 2010 og 21 højrisiko" in known["reason_da"]
    assert "er ikke oplyst" in told(11, [lists], year=2010)["reason_da"]


@pytest.mark.parametrize(
    ("results", "together"),
    [
        (["met", "met"], "met"),
        (["met", "cannot_tell"], "cannot_tell"),
        (["met", "not_met"], "not_met"),
        (["cannot_tell", "not_met"], "not_met"),
        (["not_met", "clearly_not_met"], "clearly_not_met"),
        (["met"], "cannot_tell"),
        (["not_met"], "not_met"),
        ([], "cannot_tell"),
        (["met", "not_assessed"], "cannot_tell"),
        (["not_due", "not_due"], "not_due"),
        (["met", "not_due"], "cannot_tell"),
    ],
)
def test_several_indicators_are_never_averaged(results: list[str], together: str) -> None:
    goal = C.goal(6)
    readings = [
        {"indicator_id": i, "result": r, "result_adjusted": r, "literal_met": r == "met", "trend": "better"}
        for i, r in zip(goal.headline_indicators, results, strict=False)
    ]
    assert verdict_of(goal, "measurable", 2014, readings).result == together
    assert verdict_of(goal, "not_measurable", 2014, readings).result == "not_assessed"
    assert verdict_of(goal, "measurable", 2010, readings).result == "not_due"


def test_a_figure_that_is_not_shown_is_neither_missing_nor_undecided() -> None:
    hidden = [cell("I01", 2014, "minority", cell_state="blanked"), cell("I01", 2014, "danish", 1500, 2000)]
    row = told(1, hidden)
    assert (row["measurability"], row["result"], row["badge"]) == ("measurable", "suppressed", "suppressed")
    assert row["literal_met"] is None
    assert row["reason_da"].startswith(
        "Dommen vises ikke, fordi den ville afsløre tal om få personer. Tal under 5 og de "
    )
    # a baseline that is not shown hides a change as well
    before = [cell("I04", 2010, "minority", cell_state="blanked"), cell("I04", 2010, "danish", 1600, 4000)]
    assert told(4, [*before, *two("I04", 2014, (300, 2000), (800, 4000))])["result"] == "suppressed"
    assert told(1, [])["result"] == "not_assessed"


def test_a_reading_that_was_hidden_is_told_as_hidden_and_a_hidden_breakdown_hides_nothing() -> None:
    counted = CELL.conform(two("I01", 2014, (300, 400), (1500, 2000)))
    seen = observe(C, 1, counted, GOAL)
    judged = judge(evidence(counted), JUDGEMENT)
    masked = judged.with_columns(
        result=pl.lit("suppressed"), estimate=None, lower90=None, power=None, minimum_detectable=None, literal_met=None
    )
    (row,) = (
        status(C, seen, masked, GOAL_STATUS, "101").filter((pl.col("goal") == 1) & (pl.col("year") == 2014)).to_dicts()
    )
    assert (row["result"], row["badge"]) == ("suppressed", "suppressed")
    assert "vises ikke" in row["reason_da"]
    men = cell("I01", 2014, "minority", cell_state="blanked", sex="men")
    shown = told(1, [*two("I01", 2014, (300, 400), (1500, 2000)), men])
    assert (shown["result"], shown["missing_reason"]) == ("met", "none")


def test_every_remark_has_a_sentence_and_every_sentence_of_a_remark_is_used() -> None:
    sentences = {s.id.removeprefix("remark_") for s in C.sentences if s.id.startswith("remark_")}
    assert sentences == set(REMARKS) - set(SAID_IN_THE_HEADLINE)
    with pytest.raises(StatisticsError, match="without a sentence"):
        Reading("difference", remarks=("unheard_of",))
