"""The axes and the badge: truth tables with their boundary values."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.judgement.reading import REMARKS, Reading
from handleplan_pipeline.judgement.sentences import SAID_OF_THE_GOAL, danish, of_readings
from handleplan_pipeline.judgement.status import badge_of, precondition_of, status, verdict_of
from handleplan_pipeline.statistics import StatisticsError
from schemas.goals.goal_01_ninth_grade import CELL, GOAL
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from tests.lib.readings import FIRST, Row, cell, drawn, fitted, two, women
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


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(1234.5, 1, "1.234,5"), (33.14, 1, "33,1"), (1000000, 0, "1.000.000")]
)
def test_danish_numbers(value: float, decimals: int, text: str) -> None:
    assert danish(value, decimals) == text


def told(goal: int, counted: list[Row], resampled: list[Row] = [], adjusted: list[Row] = [], year: int = 2014) -> Row:  # noqa: B006
    """The status row of a goal from hand-made cells."""
    frame = CELL.conform(counted)
    seen = observe(C, goal, frame, GOAL)
    rows = status(C, seen, judge(evidence(frame, resampled, adjusted), JUDGEMENT), GOAL_STATUS, "101")
    return rows.filter((pl.col("goal") == goal) & (pl.col("year") == year)).to_dicts()[0]


STANDARDISED = fitted(
    "I02", 2014, "direct", ratio=1.31, ratio_lower90=1.02, ratio_upper90=1.68, ratio_lower95=0.97, ratio_upper95=1.76
)
GAP = fitted(
    "I01", 2014, "expected_share", gap_adjusted=-0.021, gap_lower90=-0.052, gap_upper90=0.013, overlap_share=0.97
)
SPOKEN: list[tuple[int, list[Row], list[Row], list[Row], str, list[str], list[str]]] = [
    (
        1,
        two("I01", 2014, (700, 1000), (800, 1000)),
        [],
        [GAP],
        "not_met",
        [
            "-10,0 procentpoint",
            "(90 pct.-interval -13,2 til -6,8)",
            "Ikke nået",
            "»Nået« i 100 pct.",
            "-2,1 procentpoint",
            "5,2 til 1,3",
            "ikke en forklaring",
        ],
        ["-10.0 percentage points", "-13.2 to -6.8", "Not met", "Met in 100 %", "an association"],
    ),
    (
        2,
        two("I02", 2014, (200, 4000), (400, 8000)),
        [],
        [STANDARDISED],
        "not_met",
        ["var 1,31 (90 pct.-interval 1,02-1,68), grænsen er 1,10: Ikke nået"],
        ["1.31", "the limit is 1.10: Not met"],
    ),
    (
        4,
        [*two("I04", 2010, (800, 2000), (1600, 4000)), *two("I04", 2014, (300, 2000), (800, 4000))],
        [],
        [],
        "met",
        ["var 0,75", "grænsen er 1,25: Nået", "var -5,0 procentpoint (95 pct.-interval"],
        ["0.75", "-5.0 percentage"],
    ),
    (
        5,
        [cell("I05", 2010, "non_western", 100), cell("I05", 2014, "non_western", 150)],
        [],
        [],
        "met",
        ["antallet var 1,50 gange antallet i 2010", "Ikke-vestlig: 150.", "Nået"],
        ["1.50 times that of 2010"],
    ),
    (
        5,
        [cell("I05", 2010, "non_western", 0), cell("I05", 2014, "non_western", 30)],
        [],
        [],
        "met",
        ["ingen i 2010", "nedre 90 pct.-grænse er"],
        ["none in 2010"],
    ),
    (
        6,
        [cell("I06_total", 2010, "all", 1000, 100000), cell("I06_total", 2014, "all", 800, 110000)],
        [],
        [],
        "cannot_tell",
        ["raten var 0,73 gange raten i 2010", "der mangler tal for: Hjemløs"],
        ["0.73", "no figures for"],
    ),
    (
        8,
        [cell("I09", 2011, "minority", None, 40, value=30.0), cell("I09", 2014, "minority", None, 30, value=20.0)],
        [drawn("I09", 2014, "difference_of_medians", -15.0, -1.0)],
        [],
        "met",
        ["-10,0 måneder", "-15,0 til -1,0", "20,0 måneder"],
        ["-10.0 months", "-15.0 to -1.0"],
    ),
    (
        9,
        [cell("I10", y, "minority", value=v) for y, v in ((2006, 0.5), (2014, 0.8))],
        [drawn("I10", 2014, "representation_change", 1.2, 2.1)],
        [],
        "met",
        ["1,60 gange forholdet i 2006", "1,20-2,10", "Baseline hedder 2010, men bygger på data fra 2006."],
        ["1.60 times that of 2006", "labelled 2010 but built on data of 2006"],
    ),
    (
        10,
        [cell(i, y, "all", x, 10000) for i in ("I12a", "I12b") for y, x in ((2010, 5000), (2014, 4000))],
        [drawn(i, 2014, "clustered_difference", -0.15, -0.02) for i in ("I12a", "I12b")],
        [],
        "met",
        ["-10,0 procentpoint (90 pct.-interval -15,0 til -2,0): Nået"],
        ["-10.0 percentage points"],
    ),
    (
        11,
        [
            *(cell("I13a", y, "all", value=1.0) for y in (2011, 2012, 2013, 2014)),
            cell("I13b", 2010, "all", value=21.0),
            cell("I13b", 2014, "all", value=17.0),
        ],
        [],
        [],
        "not_met",
        ["1 efter samme kriterier som listen fra januar 2010: Ikke nået", "17 i forhold til 21 i 2010: Nået"],
        ["1 by the criteria of the list", "17 compared with 21 in 2010: Met"],
    ),
]


@pytest.mark.parametrize(("goal", "counted", "resampled", "adjusted", "result", "da", "en"), SPOKEN)
def test_the_reason_states_the_numbers_in_both_languages(
    goal: int, counted: list[Row], resampled: list[Row], adjusted: list[Row], result: str, da: list[str], en: list[str]
) -> None:
    row = told(goal, counted, resampled, adjusted)
    assert row["result"] == row["badge"] == result
    assert [w for w in da if w not in row["reason_da"]] == [], row["reason_da"]
    assert [w for w in en if w not in row["reason_en"]] == [], row["reason_en"]
    for text in (row["reason_da"], row["reason_en"]):
        assert not {"{", "None", "nan", "  "} & {text[i : i + n] for n in (1, 2, 3, 4) for i in range(len(text))}


def test_a_team_in_its_first_full_year_is_not_due_and_says_so() -> None:
    counted = [c for y, x in ((2011, 60), (2012, 100), (2014, 160)) for c in women(y, x, 50000)]
    row = told(7, counted, [FIRST], year=2012)
    assert (row["result"], row["badge"], row["trend"]) == ("not_due", "not_due", "no_baseline")
    assert "2012 er det første hele år" in row["reason_da"]
    assert told(7, counted, [FIRST])["result"] == "met"


def test_goal_7_tells_the_rate_it_is_judged_on_and_the_number_beside_it() -> None:
    row = told(7, [*women(2012, 100, 50000), *women(2014, 160, 50000)], [FIRST])
    assert (row["result"], row["rule_version"]) == ("met", "2")
    assert "raten var 1,60 gange raten i 2012 (90 pct.-interval 1,2" in row["reason_da"]
    assert "Antallet var 1,60 gange antallet i 2012" in row["reason_da"]
    assert "the rate was 1.60 times that of 2012" in row["reason_en"]
    assert "The number was 1.60 times that of 2012" in row["reason_en"]
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
    assert "the population behind the rate was not delivered or is not shown" in row["reason_en"]


def test_the_baseline_of_goal_11_names_the_departments_where_they_are_known() -> None:
    lists = cell(
        "I13a_areas", 2010, "all", value=6.0, definition_version="kombineret_udlejning_2010", data_kind="official"
    )
    known = told(11, [lists, cell("I13b", 2010, "all", value=21.0)], year=2010)
    assert known["reason_da"].startswith("Baseline er 6 udsatte områder på listen fra januar 2010 og 21 højrisiko")
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
    assert row["reason_da"].startswith("Tal under 5 og de tal, der ellers ville afsløre dem, vises ikke")
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
    sentences = {r.id.removeprefix("remark_") for r in C.reasons if r.id.startswith("remark_")}
    assert sentences == set(REMARKS) - set(SAID_OF_THE_GOAL)
    with pytest.raises(StatisticsError, match="without a sentence"):
        Reading("difference", remarks=("unheard_of",))


@pytest.mark.parametrize(
    ("adjusted", "remarks", "said"),
    [
        ("not_met", None, "reading_adjusted_verdict"),
        ("suppressed", None, "reading_adjusted_hidden"),
        ("cannot_tell", "adjusted_overlap", "remark_adjusted_overlap"),
        ("not_assessed", None, None),
    ],
)
def test_a_verdict_given_background_without_its_figures_says_why(
    adjusted: str, remarks: str | None, said: str | None
) -> None:
    r = dict.fromkeys(JUDGEMENT.column_names) | {
        "goal": 1,
        "indicator_id": "I01",
        "year": 2014,
        "quantity": "difference",
        "estimate": -9.0,
        "lower90": -15.0,
        "upper90": -3.0,
        "limit_value": -10.0,
        "result": "not_met",
        "result_adjusted": adjusted,
        "remarks": remarks,
    }
    found = of_readings(C, [r])
    assert [name for name, _ in found if "adjusted" in name] == [said] * (said is not None)
    for name, fields in found:
        assert "{" not in C.reason(name).da.format(**{k: v[0] for k, v in fields.items()})
