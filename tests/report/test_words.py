"""AC-23 and the report's own words: Danish order, true minus, no-break spaces, every word in both languages."""

import re
import string
from importlib import resources

import pytest
import yaml

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.report import words
from handleplan_pipeline.report.index_of_words import danish_order, letter_of
from handleplan_pipeline.report.numbers import day, decimals_for, exact, size, text_with_numbers
from handleplan_pipeline.report.quality import BOUNDS
from schemas.languages import shown

WORDS = yaml.safe_load(resources.files("handleplan_pipeline.report").joinpath("words.yaml").read_text(encoding="utf-8"))


def test_danish_letters_come_last_in_their_order() -> None:
    mixed = ["Å", "Østerbro", "zebra", "Ærø", "Aarhus", "abe", "Zulu", "Årsag", "ørn", "§ 110", "9. klasse"]
    assert sorted(mixed, key=danish_order) == [
        # signs are passed over
        "§ 110",
        "9. klasse",
        "abe",
        "zebra",
        "Zulu",
        "Ærø",
        "ørn",
        "Østerbro",
        "Å",
        "Aarhus",
        "Årsag",
    ]


def test_aa_is_an_aa_and_signs_have_a_letter_of_their_own() -> None:
    assert [letter_of(w) for w in ("Aarhus", "åben", "Ældre", "éclair", "§ 110")] == ["Å", "Å", "Æ", "E", "#"]


@pytest.mark.parametrize(
    ("value", "decimals", "da", "en"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (-9.04, 1, "\u22129,0", "\u22129.0"),
        (-0.04, 1, "0,0", "0.0"),
        (2014, 0, "2.014", "2,014"),
    ],
)
def test_numbers(value: float, decimals: int, da: str, en: str) -> None:
    assert (shown(value, decimals, "da"), shown(value, decimals, "en")) == (da, en)


def test_what_is_stored_is_told_exactly() -> None:
    assert exact(64.34359805510535) == "64.34359805510535"
    assert exact(284) == "284"
    assert [decimals_for(v) for v in (10.0, 1.5, 1.25, 1 / 3)] == [0, 1, 2, 2]


def test_dates_and_sizes() -> None:
    assert day("2014-03-01", "da") == "1.\u00a0marts 2014"
    assert day("2014-03-01", "en") == "1\u00a0March 2014"
    assert size(15_300, "da") == "15\u00a0kB"
    assert size(1_886_656, "da") == "1.887\u00a0kB"
    assert size(18_886_656, "da") == "19\u00a0MB"


def test_numbers_of_a_sentence_are_found_where_they_stand() -> None:
    text = "§ 110: 9. klasse, 9 af 19 (1,9 til 9,0)."
    numbers = [("9", "9", "a", ""), ("19", "19", "b", ""), ("1,9", "1.9", "c", ""), ("9,0", "9.0", "d", "abs")]
    made = str(text_with_numbers(text, numbers))
    assert re.sub(r"<[^>]+>", "", made) == text
    assert re.findall(r'data-ref="(\w)"', made) == ["a", "b", "c", "d"]
    assert made.startswith("§ 110: 9. klasse, <data")
    assert 'data-transform="abs">9,0</data>' in made


def test_a_number_that_is_not_in_the_sentence_is_an_error() -> None:
    with pytest.raises(ValueError, match="7,5"):
        text_with_numbers("Der er 17,5 pct.", [("7,5", "7.5", "a", "")])


def test_a_sentence_is_escaped() -> None:
    assert "<b>" not in text_with_numbers("<b>5</b> & 6", [("6", "6", "a", "")])


def test_every_word_is_there_in_both_languages_with_the_same_fields() -> None:
    for key, said in WORDS.items():
        assert set(said) == {"da", "en"}, key
        fields = [{name for _, name, _, _ in string.Formatter().parse(said[x]) if name} for x in ("da", "en")]
        assert fields[0] == fields[1], key
        assert all(said[x].strip() == said[x] != "" for x in said), key


def test_every_word_is_used() -> None:
    package = resources.files("handleplan_pipeline.report")
    files = [p for p in package.iterdir() if p.name.endswith(".py")]
    files += list(package.joinpath("templates").iterdir())
    code = " ".join(p.read_text(encoding="utf-8") for p in files)
    built = ("gap_", "quantity_", "count_", "h_", "tested_", "untested_", "intervals_", "nav_", "title_", "needed_")
    # what differs between releases is told by the release, whose tests look at its words
    built += ("diff_",)
    named = (*built, *BOUNDS)
    unused = [key for key in WORDS if not key.startswith(named) and not re.search(rf"[\"']{key}[\"']", code)]
    assert unused == []


def test_a_word_that_is_not_there_stops() -> None:
    with pytest.raises(ReleaseError, match="no_such_word"):
        words.say("no_such_word", "da")
    with pytest.raises(ReleaseError, match="goals"):
        words.say("kicker", "da", goal=1)
