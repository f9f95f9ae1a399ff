"""The plan as data: complete, consistent, verbatim, with its oddities kept."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from handleplan_pipeline.catalogue import FOLDER, load_catalogue, read_catalogue
from handleplan_pipeline.catalogue.tables import TABLES, sources
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.statistics.rules import CONFIDENCE
from tests.catalogue.quotes import HASHES, hashes, not_in_plan, verbatim

C = load_catalogue()


def test_every_quoted_text_is_the_plans_own() -> None:
    assert hashes(verbatim(C)) == json.loads(HASHES.read_text(encoding="utf-8"))


def test_a_text_with_a_changed_letter_would_be_found() -> None:
    texts = verbatim(C) | {"goal_01_ninth_grade.sentence": C.goal(1).sentence.text.replace("9. klasse", "8. klasse")}
    assert hashes(texts) != json.loads(HASHES.read_text(encoding="utf-8"))
    assert not_in_plan({"a": "b c"}, "xb cx") == []
    assert not_in_plan({"a": "b d"}, "xb cx") == ["a"]


def test_eleven_goals_three_overall_indicators_two_baselines() -> None:
    assert [g.number for g in C.goals] == list(range(1, 12))
    assert [o.goal for o in C.plan.overall] == [1, 3, 5]
    assert [b.indicator for b in C.plan.baselines] == ["B1", "B2"]
    assert len(C.activities) == 26


@pytest.mark.parametrize(
    ("goal", "kind", "margin"),
    [
        (1, "parity", 0.10),
        (2, "not_above", 1.10),
        (3, "parity", 0.10),
        (4, "equal_reduction", 1.25),
        (5, "increase", None),
        (6, "decrease", None),
        (7, "increase", None),
        (8, "decrease", None),
        (9, "proportionality", None),
        (10, "decrease", None),
        (11, "no_increase", None),
    ],
)
def test_target_types_and_margins(goal: int, kind: str, margin: float | None) -> None:
    target = C.goal(goal).target
    assert (target.type, target.margin) == (kind, margin)
    assert target.decision_reference


def test_population_groups_are_those_the_plan_names() -> None:
    assert {g.number for g in C.goals if g.population_group == "non_western"} == {5, 6}
    assert {g.number for g in C.goals if g.population_group == "minority"} == {1, 2, 3, 4, 7, 8, 9}


def test_the_plans_oddities_are_carried_not_repaired() -> None:
    activity = {a.id: a for a in C.activities}
    assert "1012" in activity["screening_tool"].cost_text
    assert (C.goal(8).plan_indicator, C.goal(8).indicators) == (False, [])
    assert C.goal(9).draft_indicator
    assert (C.goal(9).baseline_label, C.goal(9).data_year) == ("2010", 2006)
    off = {
        a.id
        for a in C.activities
        if a.amount_dkk
        and a.yearly
        and sum(y.amount_dkk * (y.year_to - y.year_from + 1) for y in a.yearly) != a.amount_dkk
    }
    assert off == {"contact_persons", "skp_staff"}
    assert {r for a in off for r in activity[a].remarks} >= {"contact_person_sum", "skp_sum"}


def test_what_is_not_known_of_money_and_law_is_unknown() -> None:
    states = {p.id: p.state_in(2012).state for p in C.preconditions}
    assert set(states.values()) == {"unknown"}
    violence = C.precondition("money_partner_violence")
    assert violence.state_in(2010).state == "not_granted"


def test_figures_and_shares_quoted_in_the_plan() -> None:
    figure = {f.id: f.value for f in C.plan_figures}
    assert figure["homeless_immigrant_share"] + figure["homeless_descendant_share"] == figure["homeless_minority_share"]
    assert figure["areas_january_2010"] == 6
    assert figure["psychiatry_operations"] + figure["psychiatry_places_money"] == pytest.approx(33.1)


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("plan", lambda d: d["goals"][0].update(headline_indicators=["I99"]), ["plan.yaml", "goal_01", "I99"]),
        ("plan", lambda d: d["goals"][0]["target"].update(margin=None), ["plan.yaml", "goal_01", "margin"]),
        ("indicators", lambda d: d.append(d[0]), ["indicators.yaml", "I01"]),
        ("indicators", lambda d: d[0].pop("measure"), ["indicators.yaml", "measure"]),
        (
            "plan",
            lambda d: d["goals"][0]["target"].update(margin=0.12),
            ["goal_01", "parity-newcombe90", "new version"],
        ),
        ("plan", lambda d: d["goals"][0]["target"].update(margin_sensitivity=0.04), ["goal_01", "new version"]),
        ("plan", lambda d: d["goals"][0]["target"].update(rule_version="2"), ["goal_01", "version 2", "not listed"]),
        ("rules", lambda d: d[0].update(margin=0.12), ["goal_01", "parity-newcombe90", "new version"]),
        ("rules", lambda d: d.append(d[0]), ["rules.yaml", "twice"]),
        ("caveats", lambda d: d[0].update(surprise=1), ["caveats.yaml", "surprise"]),
        ("plausibility", lambda d: d["many_rows"].pop("reason"), ["plausibility.yaml", "many_rows", "reason"]),
        ("plausibility", lambda d: d["many_rows"].update(reason=" "), ["plausibility.yaml", "many_rows"]),
        ("plausibility", lambda d: d["many_rows"].update(value="100"), ["plausibility.yaml", "many_rows", "numbers"]),
    ],
)
def test_a_wrong_catalogue_names_file_and_entry(tmp_path: Path, file: str, change: object, words: list[str]) -> None:
    for path in FOLDER.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    data = yaml.safe_load((tmp_path / f"{file}.yaml").read_text(encoding="utf-8"))
    change(data)  # type: ignore[operator]
    (tmp_path / f"{file}.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_catalogue(tmp_path)
    assert all(w in str(caught.value) for w in words), str(caught.value)


LISTED_RULES = {
    ("parity-newcombe90", "1"): ("parity", 0.1, "share difference", 0.05),
    ("not-above-ratio90", "1"): ("not_above", 1.1, "ratio", None),
    ("equal-reduction-rrr90", "1"): ("equal_reduction", 1.25, "ratio", None),
    ("equal-reduction-rrr90", "3"): ("equal_reduction", 1.25, "ratio", None),
    ("increase-rate-ratio90", "1"): ("increase", None, None, None),
    ("increase-rate-ratio90", "2"): ("increase", None, None, None),
    ("decrease-rate-ratio90", "1"): ("decrease", None, None, None),
    ("decrease-difference90", "1"): ("decrease", None, None, None),
    ("proportionality-bootstrap90", "1"): ("proportionality", None, None, None),
    ("no-increase-deterministic", "1"): ("no_increase", None, None, None),
}
"""What each version of a rule was when it was listed. A new version is added here; none is ever changed."""


def test_no_listed_version_of_a_rule_was_changed() -> None:
    found = {(r.rule_id, r.version): (r.type, r.margin, r.margin_unit, r.margin_sensitivity) for r in C.rules}
    assert found == LISTED_RULES
    for r in C.rules:
        assert (r.confidence, bool(r.decision_reference), r.valid_from.year) == (CONFIDENCE, True, 2026)
    assert {(g.target.rule_id, g.target.type) for g in C.goals} == {(r.rule_id, r.type) for r in C.rules}
    assert all(r.text_da.startswith("Nået") for r in C.rules)


def test_goal_7_is_judged_on_the_rate_by_a_version_of_its_own_and_goal_5_on_the_number() -> None:
    versions = {n: (C.goal(n).target.rule_id, C.goal(n).target.rule_version) for n in (5, 7)}
    assert versions == {5: ("increase-rate-ratio90", "1"), 7: ("increase-rate-ratio90", "2")}
    by = {i.id: i for i in C.indicators}
    assert (by["I05"].judged_by, by["I08_women"].judged_by) == ("count_ratio", "rate_ratio")
    # what is judged by its rate is a rate, or has one beside it
    for i in C.indicators:
        if i.judged_by == "rate_ratio":
            assert (i if i.measure == "rate" else by[str(i.rate)]).measure == "rate"


def test_a_changed_margin_is_a_new_version_and_both_are_listed(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    plan, rules = (yaml.safe_load((tmp_path / f"{n}.yaml").read_text(encoding="utf-8")) for n in ("plan", "rules"))
    for g in plan["goals"]:
        if g["target"]["rule_id"] == "parity-newcombe90":
            g["target"].update(margin=0.08, rule_version="2")
    rules.append(rules[0] | {"margin": 0.08, "version": "2"})
    for name, data in (("plan", plan), ("rules", rules)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    changed = read_catalogue(tmp_path)
    listed = [(r["version"], r["margin"]) for r in TABLES["rule"](changed) if r["rule_id"] == "parity-newcombe90"]
    assert listed == [("1", 0.1), ("2", 0.08)]
    assert changed.goal(1).target.rule_version == "2"


def test_background_is_fixed_beforehand_and_nothing_the_service_did_is_in_it() -> None:
    measured_after = {"language", "years_of_residence", "length_of_stay", "outcome", "ancestry"}
    with_background = {i.id: i.covariates for i in C.indicators if i.covariates}
    assert set(with_background) == {"I01", "I02", "I03", "I04", "I07"}
    assert not measured_after & {c for covariates in with_background.values() for c in covariates}
    assert all(covariates[:2] == ["sex", "age"] for covariates in with_background.values())


@pytest.mark.parametrize(
    ("code", "da", "en"),
    [
        (None, "Københavns Kommune", "City of Copenhagen"),
        ("751", "Aarhus Kommune", "City of Aarhus"),
        ("183", "Ishøj Kommune", "Municipality of Ishøj"),
    ],
)
def test_the_registers_of_a_municipality_are_its_own_and_the_plan_is_copenhagens(
    code: str | None, da: str, en: str
) -> None:
    told = {r["id"]: (r["producer"], r["producer_en"]) for r in sources(load_catalogue().of(code))}
    assert told["special_team_log"] == told["housing_areas"] == (da, en)
    assert told["plan_figures"] == ("Københavns Kommune", "City of Copenhagen")
    assert told["dst_bef"] == ("Danmarks Statistik", "Statistics Denmark")
