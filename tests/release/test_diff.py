"""What differs between two releases: each kind of difference drawn by hand, and nothing that the new one hides."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

import html5lib
import pytest
import yaml

from handleplan_pipeline.release.diff import MOST_LINES, Differences, differences
from tests.release.pairs import (
    FIRST,
    MINORITY_AND_DANISH,
    SECOND,
    Rows,
    indicator,
    judgement,
    labels,
    observation,
    release,
    status,
)

BASE = MINORITY_AND_DANISH | {"output.goal_status": [status(1, 2014, "not_met"), status(3, 2014, "met")]}


def compared(root: Path, before: dict[str, Rows], after: dict[str, Rows], **about: Any) -> Differences:
    one = release(root, FIRST, BASE | before, **about)
    return differences(one, release(root, SECOND, BASE | after))


def rows_of(found: Differences, part: str) -> list[list[str]]:
    """The rows of a part, in English."""
    (mine,) = [p for p in found.parts if p.name == part]
    return [[cell["en"] for cell in row] for row in mine.rows]


def told(found: Differences) -> str:
    """Everything that anybody can read of it."""
    return "\n".join(found.lines()) + found.html()


def test_the_first_release_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    found = differences(None, release(tmp_path, FIRST, BASE))
    assert found.lines() == ["First release: nothing to compare with."]
    assert "Første udgivelse" in found.html()


def test_two_releases_that_say_the_same_differ_in_nothing(tmp_path: Path) -> None:
    found = compared(tmp_path, {}, {})
    assert found.lines() == [f"Nothing differs between {FIRST} and {SECOND}."]


def test_verdicts_come_first_and_gone_or_new_ones_are_verdicts_too(tmp_path: Path) -> None:
    before = [status(1, 2014, "not_met"), status(3, 2014, "met"), status(4, 2014, "met")]
    after = [status(1, 2014, "met"), status(3, 2014, "met"), status(5, 2014, "suppressed")]
    found = compared(
        tmp_path,
        {"output.goal_status": before},
        {
            "output.goal_status": after,
            "output.observation": [observation(2014, "minority", 52.0), observation(2014, "danish", 64.03)],
        },
    )
    assert rows_of(found, "verdicts") == [
        ["1", "2014", "Not met", "Met"],
        ["4", "2014", "Met", "not there"],
        ["5", "2014", "not there", "Not shown"],
    ]
    assert found.lines()[:3] == [
        f"Differences between {FIRST} and {SECOND}.",
        "Verdicts that changed: 3",
        "  goal 1, 2014: Not met -> Met",
    ]


def test_a_figure_is_told_when_its_printed_decimal_changes(tmp_path: Path) -> None:
    # I01 has one decimal: 51.76 and 51.84 are both printed 51.8; 64.03 and 64.06 as 64.0 and 64.1
    after = [observation(2014, "minority", 51.84), observation(2014, "danish", 64.06)]
    found = compared(tmp_path, {}, {"output.observation": after})
    assert rows_of(found, "figures") == [["I01", "2014", "Danish origin", "the figure", "64.0", "64.1"]]
    assert "64,0" in found.html()


def test_a_row_by_another_version_of_its_definition_is_the_same_row(tmp_path: Path) -> None:
    second = {"definition_version": "2"}
    after = [observation(2014, "minority", 53.0, **second), observation(2014, "danish", None, **second)]
    found = compared(tmp_path, {}, {"output.observation": after})
    assert rows_of(found, "figures") == [["I01", "2014", "Ethnic minority", "the figure", "51.8", "53.0"]]
    assert rows_of(found, "hidden") == [["I01", "2014", "Danish origin"]]
    assert "64.0" not in told(found)


def test_only_headline_rows_are_headline_figures(tmp_path: Path) -> None:
    by_sex = {"sex": "men"}
    before = [*BASE["output.observation"], observation(2014, "minority", 40.0, **by_sex)]
    after = [*BASE["output.observation"], observation(2014, "minority", 45.0, **by_sex)]
    found = compared(tmp_path, {"output.observation": before}, {"output.observation": after})
    assert rows_of(found, "figures") == []


def test_the_estimate_that_is_judged_is_a_headline_figure(tmp_path: Path) -> None:
    found = compared(tmp_path, {}, {"output.judgement": [judgement(-12.3)]})
    line = ["I01", "2014", "Ethnic minority / Danish origin", "difference", "\u221212.27", "\u221212.30"]
    assert rows_of(found, "figures") == [line]


def test_statuses_of_goals_and_of_rows(tmp_path: Path) -> None:
    late = observation(2013, "danish", None, obs_status="O", conf_status="F", missing_reason="not_delivered")
    came = observation(2013, "danish", 60.0)
    found = compared(
        tmp_path,
        {"output.observation": [late], "output.goal_status": [status(1, 2014, "not_met", trend="worse")]},
        {"output.observation": [came], "output.goal_status": [status(1, 2014, "not_met", trend="better")]},
    )
    assert rows_of(found, "statuses") == [
        ["Goal 1, 2014", "trend", "worse", "better"],
        ["1 rows of output.observation", "obs_status", "Missing", "Normal"],
    ]
    # a row that was not hidden before is not newly shown
    assert rows_of(found, "shown") == []


def test_rows_that_came_and_went(tmp_path: Path) -> None:
    after = [
        observation(2014, "minority", 51.76),
        observation(2015, "minority", 52.0),
        observation(2015, "danish", 6.0),
    ]
    found = compared(tmp_path, {}, {"output.observation": after})
    assert rows_of(found, "rows") == [["output.observation", "2", "1"]]


def test_cells_that_are_hidden_or_shown_now(tmp_path: Path) -> None:
    before = [observation(2014, "minority", 51.76), observation(2014, "danish", None)]
    after = [observation(2014, "minority", None), observation(2014, "danish", 64.03)]
    found = compared(tmp_path, {"output.observation": before}, {"output.observation": after})
    assert rows_of(found, "hidden") == [["I01", "2014", "Ethnic minority"]]
    assert rows_of(found, "shown") == [["I01", "2014", "Danish origin"]]
    assert rows_of(found, "statuses") == []


def test_definitions_rules_labels_and_columns(tmp_path: Path) -> None:
    rule = {"rule_id": "parity-newcombe90", "version": "1", "margin": 0.1, "text_en": "Within the margin."}
    found = compared(
        tmp_path,
        {"meta.rule": [rule], "meta.code_list": labels(("sex", "women", "kvinder", "women"))},
        {
            "meta.rule": [rule | {"margin": 0.05}, rule | {"version": "2"}],
            "meta.indicator": [indicator(definition_version="2", definition_en="Share with a 9th grade exam.")],
            "meta.code_list": labels(("sex", "women", "kvinder", "female")),
            "meta.caveat": [{"id": "late", "text_da": "Sent.", "text_en": "Late."}],
        },
    )
    assert rows_of(found, "definitions") == [
        ["meta.indicator", "I01", "definition_en", "Share with 9th grade.", "Share with a 9th grade exam."],
        ["meta.indicator", "I01", "definition_version", "1", "2"],
    ]
    assert rows_of(found, "rules") == [
        ["meta.rule", "parity-newcombe90, 1", "margin", "0.1", "0.05"],
        ["meta.rule", "parity-newcombe90, 2", "the whole row", "not there", "there"],
    ]
    assert rows_of(found, "labels") == [["meta.code_list", "sex, women", "label_en", "women", "female"]]
    assert rows_of(found, "columns") == [["meta.caveat", "the whole table", "new table"]]


SECRETS = (37.123457, 37.1, 41.987651, 42.0, 19.555553, 19.56, 88.0, 4321)
"""Figures that stand nowhere but where the test plants them; what is told holds none, however it is rounded."""


@pytest.mark.parametrize("gone", ["hidden", "not_delivered", "vanished"])
def test_no_figure_that_the_new_release_hides_is_told(tmp_path: Path, gone: str) -> None:
    minority, men = observation(2014, "minority", 37.123457), observation(2014, "minority", 41.987651, sex="men")
    danish = observation(2014, "danish", 64.03)
    counts = {"numerator": 4321, "denominator": 8642, "ci_low": 19.555553, "ci_high": 88.0}
    said = "Andelen er 37,1 og 37.123457; antallet er 4321."
    before = {
        "output.observation": [minority | counts, men | counts, danish],
        "output.judgement": [judgement(19.555553)],
        "output.goal_status": [status(1, 2014, "not_met", reason_da=said, reason_en=said)],
    }
    missing: dict[str, Any] = {"hidden": {}, "not_delivered": {"obs_status": "O", "missing_reason": "not_delivered"}}
    left = [] if gone == "vanished" else [r | {"value": None} | missing[gone] for r in _hidden(minority, men)]
    after = {
        "output.observation": [*left, observation(2014, "danish", 65.0)],
        "output.judgement": [] if gone == "vanished" else [judgement(None)],
        "output.goal_status": [status(1, 2014, "suppressed")],
    }
    found = compared(tmp_path, before, after)
    text = told(found)
    for secret in SECRETS:
        for written in (str(secret), f"{secret:.1f}", f"{secret:.2f}", str(secret).replace(".", ",")):
            assert written not in text, written
    # the attack is no empty one: what both releases show is told, and what is gone is named
    assert "64.0 -> 65.0" in text
    assert ("Ethnic minority" in text) == (gone == "hidden")


def _hidden(*rows: dict[str, Any]) -> Rows:
    state = {"obs_status": "Q", "conf_status": "C", "missing_reason": "suppressed"}
    return [r | state for r in rows]


def test_nothing_of_a_release_without_disclosure_control_is_told(tmp_path: Path) -> None:
    after = {"output.observation": [observation(2014, "minority", 52.0), observation(2014, "danish", 64.03)]}
    found = compared(tmp_path, {}, after, disclosure_control="off")
    assert found.parts == ()
    assert "without disclosure control" in found.lines()[0]
    assert "51.8" not in told(found)


@pytest.mark.parametrize("before", [True, False])
def test_made_up_figures_are_no_earlier_figures_of_a_city(tmp_path: Path, before: bool) -> None:
    one = release(tmp_path, FIRST, BASE, holds_synthetic=before)
    after = BASE | {"output.observation": [observation(2014, "minority", 52.0)]}
    found = differences(one, release(tmp_path, SECOND, after, holds_synthetic=not before))
    assert found.parts == ()
    assert "made-up figures" in found.lines()[0]
    assert "51.8" not in told(found)


def test_a_terminal_shows_forty_lines_and_every_part(tmp_path: Path) -> None:
    years = range(1990, 2090)
    before = {
        "output.goal_status": [status(1, y, "met") for y in years],
        "output.observation": [observation(y, "danish", 50.0) for y in years],
    }
    after = {
        "output.goal_status": [status(1, y, "not_met") for y in years],
        "output.observation": [observation(y, "danish", 60.0) for y in years],
        "meta.indicator": [indicator(definition_version="2")],
    }
    found = compared(tmp_path, before, after)
    lines = found.lines()
    assert len(lines) == MOST_LINES == 40
    assert "Verdicts that changed: 100" in lines
    assert "Headline figures that are printed otherwise: 100" in lines
    assert "Definitions and caveats: 1" in lines
    shown = [x for x in lines if x.startswith("  goal 1, ")]
    assert f"  and {100 - len(shown)} more: see the page" in lines
    # the page holds them all, in both languages
    assert found.html().count("Ikke nået") == 100
    assert found.html().count("Not met") == 100


def test_every_word_of_it_is_used() -> None:
    package = resources.files("handleplan_pipeline")
    words = yaml.safe_load(package.joinpath("report", "words.yaml").read_text(encoding="utf-8"))
    code = package.joinpath("release", "diff.py").read_text(encoding="utf-8")
    code += package.joinpath("report", "templates", "diff.html.j2").read_text(encoding="utf-8")
    what = ("table_new", "table_gone", "column_new", "column_gone", "type_changed", "key_changed", "codes_changed")
    parts = re.findall(r"(?:Part|wording)\(\"(\w+)\"", code)
    assert len(parts) == 10
    built = {f"diff_{name}{end}" for name in parts for end in ("", "_line")} | {f"diff_{w}" for w in what}
    built.add("diff_made_up")
    built.add("diff_uncontrolled")
    mine = {key for key in words if key.startswith("diff_")}
    assert {key for key in mine - built if f'"{key}"' not in code} == set()
    assert built <= mine


def test_the_page_is_well_formed_and_safe(tmp_path: Path) -> None:
    evil = '<script>alert("x")</script>'
    found = compared(
        tmp_path,
        {"meta.code_list": labels(("sex", "women", "kvinder", evil))},
        {"meta.code_list": labels(("sex", "women", "kvinder", "women"))},
    )
    html = found.html()
    assert evil not in html
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert len(document.findall(".//h1")) == 1
    ids = [e.get("id") for e in document.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert {e.get("lang") for e in document.findall(".//section")} == {"da", "en"}
    assert all(t.find("caption") is not None for t in document.findall(".//table"))
    assert "http" not in html.replace("http-equiv", "")
