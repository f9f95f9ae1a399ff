"""Every rule has words for every outcome it can have, and every outcome is reached by figures drawn for it."""

import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.models import RuleVersion
from handleplan_pipeline.catalogue.tables import TABLES
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.judgement.status import status
from handleplan_pipeline.statistics import rules
from schemas.goals.goal_01_ninth_grade import CELL, GOAL
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from tests.lib.readings import FIRST, Row, cell, drawn, fitted, long_stays, read, two, women
from tests.lib.told import evidence

C = load_catalogue()
RATIO = fitted("I02", 2014, "direct", ratio=1.05)


def over(low: float, high: float) -> list[Row]:
    return [RATIO | {f"ratio_{k}{c}": v for c in (90, 95) for k, v in (("lower", low), ("upper", high))}]


def i02() -> list[Row]:
    return two("I02", 2014, (200, 4000), (400, 8000))


def i05(then: int, now: int) -> list[Row]:
    return [cell("I05", 2010, "non_western", then), cell("I05", 2014, "non_western", now)]


def i06(then: int, now: int) -> list[Row]:
    return [cell("I06_total", y, "all", x, 100000) for y, x in ((2010, then), (2014, now))]


def i09() -> list[Row]:
    return [cell("I09", y, "minority", None, 40, value=v) for y, v in ((2011, 30.0), (2014, 25.0))]


def i10() -> list[Row]:
    return [cell("I10", y, "minority", value=v) for y, v in ((2006, 0.5), (2014, 0.6))]


def i13(*by_year: tuple[int, float]) -> list[Row]:
    return [cell("I13a", y, "all", value=v) for y, v in by_year]


REACHED: dict[tuple[str, str], dict[str, tuple[str, list[Row], list[Row], list[Row]]]] = {
    # of 1,000 each: 70 against 80 per cent with limits of -13.2 to -6.8; 60 against 80; 30 of 40 against 75 of 100
    ("parity-newcombe90", "1"): {
        "met": ("I01", two("I01", 2014, (760, 1000), (760, 1000)), [], []),
        "not_met": ("I01", two("I01", 2014, (700, 1000), (800, 1000)), [], []),
        "clearly_not_met": ("I01", two("I01", 2014, (600, 1000), (800, 1000)), [], []),
        "cannot_tell": ("I01", two("I01", 2014, (30, 40), (75, 100)), [], []),
    },
    ("not-above-ratio90", "1"): {
        "met": ("I02", i02(), [], over(0.9, 1.10)),
        "not_met": ("I02", i02(), [], over(1.02, 1.2)),
        "clearly_not_met": ("I02", i02(), [], over(1.11, 1.2)),
        "cannot_tell": ("I02", i02(), [], over(0.9, 1.2)),
    },
    # from 40 per cent to 20 in both; to 24 against 20 (1.2, limits of 1.08 to 1.33); to 32 against 20; both rise
    ("equal-reduction-rrr90", "3"): {
        "met": ("I04", long_stays((800, 400), (800, 400)), [], []),
        "not_met": ("I04", long_stays((800, 480), (800, 400)), [], []),
        "clearly_not_met": ("I04", long_stays((800, 640), (800, 400)), [], []),
        "cannot_tell": ("I04", long_stays((800, 800), (800, 800)), [], []),
    },
    ("increase-rate-ratio90", "1"): {
        "met": ("I05", i05(100, 150), [], []),
        "not_met": ("I05", i05(150, 100), [], []),
        "cannot_tell": ("I05", i05(100, 102), [], []),
    },
    ("increase-rate-ratio90", "2"): {
        "met": ("I08_women", [*women(2012, 100, 9000), *women(2014, 180, 9000)], [FIRST], []),
        "not_met": ("I08_women", [*women(2012, 180, 9000), *women(2014, 100, 9000)], [FIRST], []),
        "cannot_tell": ("I08_women", [*women(2012, 100, 9000), *women(2014, 102, 9000)], [FIRST], []),
    },
    ("decrease-rate-ratio90", "1"): {
        "met": ("I06_total", i06(1000, 800), [], []),
        "not_met": ("I06_total", i06(800, 1000), [], []),
        "cannot_tell": ("I06_total", i06(1000, 990), [], []),
    },
    ("decrease-difference90", "1"): {
        "met": ("I09", i09(), [drawn("I09", 2014, "difference_of_medians", -9.0, -1.0)], []),
        "not_met": ("I09", i09(), [drawn("I09", 2014, "difference_of_medians", 1.0, 9.0)], []),
        "cannot_tell": ("I09", i09(), [drawn("I09", 2014, "difference_of_medians", -9.0, 1.0)], []),
    },
    ("proportionality-bootstrap90", "1"): {
        "met": ("I10", i10(), [drawn("I10", 2014, "representation_change", 1.1, 2.0)], []),
        "not_met": ("I10", i10(), [drawn("I10", 2014, "representation_change", 0.5, 0.9)], []),
        "cannot_tell": ("I10", i10(), [drawn("I10", 2014, "representation_change", 0.9, 2.0)], []),
    },
    ("no-increase-deterministic", "1"): {
        "met": ("I13a", i13((2011, 0.0), (2012, 0.0), (2013, 0.0), (2014, 0.0)), [], []),
        "not_met": ("I13a", i13((2011, 0.0), (2012, 1.0), (2013, 0.0), (2014, 0.0)), [], []),
        "cannot_tell": ("I13a", i13((2011, 0.0), (2014, 0.0)), [], []),
    },
}
PLACES = [(rule, outcome) for rule, outcomes in REACHED.items() for outcome in outcomes]


def test_every_rule_in_force_is_drawn_with_every_outcome_it_can_have() -> None:
    in_force = {(g.target.rule_id, g.target.rule_version): g.target.type for g in C.goals}
    assert {rule: set(outcomes) for rule, outcomes in REACHED.items()} == {
        rule: set(rules.OUTCOMES[target]) for rule, target in in_force.items()
    }
    assert set(rules.OUTCOMES) == set(rules.RULES)


@pytest.mark.parametrize(("rule", "outcome"), PLACES)
def test_every_outcome_is_reached(rule: tuple[str, str], outcome: str) -> None:
    indicator, cells, draws, ratios = REACHED[rule][outcome]
    r = read(cells, draws, ratios)[indicator, 2014]
    assert (r["rule_id"], r["rule_version"], r["result"]) == (*rule, outcome)


@pytest.mark.parametrize("rule", C.rules, ids=lambda r: f"{r.rule_id}-{r.version}")
def test_every_listed_rule_has_its_own_words_for_every_outcome_in_both_languages(rule: RuleVersion) -> None:
    said = rule.outcomes.said
    assert set(said) == {*rules.OUTCOMES[rule.type], "not_assessed"}
    for language in ("da", "en"):
        words = [getattr(w, language) for w in said.values()]
        assert len(set(words)) == len(words)
        assert all(w.endswith(".") and len(w) > 20 for w in words)


@pytest.mark.parametrize("goal", [g.number for g in C.goals])
def test_without_figures_no_goal_is_judged_and_says_that_this_is_not_missing_it(goal: int) -> None:
    seen = observe(C, goal, CELL.empty(), GOAL)
    rows = status(C, seen, JUDGEMENT.empty(), GOAL_STATUS, "101").to_dicts()
    (row,) = [r for r in rows if (r["goal"], r["year"]) == (goal, 2014)]
    words = C.rule(C.goal(goal).target).outcomes.not_assessed
    assert row["result"] == "not_assessed"
    assert words.da in row["reason_da"]
    assert words.en in row["reason_en"]


@pytest.mark.parametrize("outcome", ["met", "not_met", "clearly_not_met", "cannot_tell"])
def test_the_reason_of_goal_4_names_the_groups_own_change_and_what_the_outcome_means(outcome: str) -> None:
    _, cells, _, _ = REACHED["equal-reduction-rrr90", "3"][outcome]
    frame = CELL.conform(cells)
    rows = status(C, observe(C, 4, frame, GOAL), judge(evidence(frame), JUDGEMENT), GOAL_STATUS, "101").to_dicts()
    (row,) = [r for r in rows if (r["goal"], r["year"]) == (4, 2014)]
    words = C.rule(C.goal(4).target).outcomes.said[outcome]
    assert words.da in row["reason_da"]
    assert words.en in row["reason_en"]
    # from 40 per cent to 20, 24, 32 and 40
    own = {"met": "−20,0", "not_met": "−16,0", "clearly_not_met": "−8,0", "cannot_tell": "0,0"}[outcome]
    assert f"Gruppens egen ændring siden 2010 er {own}\u00a0procentpoint (" in row["reason_da"]


def test_the_table_of_outcomes_says_the_threshold_in_words_and_what_is_said_without_a_verdict() -> None:
    found = {(r["rule_id"], r["version"], r["outcome"]): r for r in TABLES["rule_outcome"](C)}
    parity = found["parity-newcombe90", "1", "not_met"]
    assert "større end de 10 procentpoint, reglen tillader." in parity["text_da"]
    assert "larger than the 10 percentage points the rule allows." in parity["text_en"]
    above = found["not-above-ratio90", "1", "clearly_not_met"]
    assert above["text_da"] == "Hele intervallet ligger over de 1,10, reglen tillader."
    assert above["text_en"] == "The whole interval lies above the 1.10 the rule allows."
    for rule in C.rules:
        outcomes = {o for r, v, o in found if (r, v) == (rule.rule_id, rule.version)}
        assert outcomes == {*rules.OUTCOMES[rule.type], "not_assessed", "suppressed", "not_due"}
    assert not any("{" in r["text_da"] + r["text_en"] for r in found.values())
