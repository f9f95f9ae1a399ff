"""What stops a report, by name; nothing a table holds becomes markup; the same release gives the same bytes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.report import site
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.headline import goals
from handleplan_pipeline.report.release import Release
from handleplan_pipeline.report.tables import Column, Table
from schemas.languages import LANGUAGES
from tests.lib.aside import program
from tests.report.made import folder_with, planted, reported

ROOT = Path(__file__).resolve().parents[2]


def stopped(source: Path, target: Path, *statements: str) -> str:
    with pytest.raises(ReleaseError) as caught:
        reported(folder_with(source, target, [*planted(), *statements]))
    return str(caught.value)


def test_a_number_without_a_row(bare_release: Path, tmp_path: Path) -> None:
    wrong = "UPDATE output.statement_number SET row_id = 'ffffffffff' WHERE goal = 1 AND year = 2014 AND slot = 'v1'"
    said = stopped(bare_release, tmp_path, wrong)
    assert "the number v1 has no row (goal.goal_01_ninth_grade/ffffffffff/value)" in said


def test_a_number_that_its_sentence_does_not_say(bare_release: Path, tmp_path: Path) -> None:
    wrong = "UPDATE output.statement_number SET text_da = '99,9' WHERE goal = 1 AND year = 2014 AND slot = 'v1'"
    assert "the number 99,9 is not in the sentence" in stopped(bare_release, tmp_path, wrong)


def test_a_goal_without_a_headline(bare_release: Path, tmp_path: Path) -> None:
    wrong = "DELETE FROM output.statement WHERE goal = 3 AND layer = 'headline'"
    assert "goal 3, 2014 has 0 headlines" in stopped(bare_release, tmp_path, wrong)


def test_a_code_without_a_label(bare_release: Path, tmp_path: Path) -> None:
    wrong = "DELETE FROM meta.code_list WHERE list = 'badge' AND code = 'not_met'"
    assert "'not_met' of the list badge has no label in da" in stopped(bare_release, tmp_path, wrong)


def test_a_rule_that_no_direction_is_known_of(bare_release: Path, tmp_path: Path) -> None:
    wrong = "UPDATE meta.goal SET target_type = 'sideways' WHERE goal = 1"
    assert "'sideways' of goal 1" in stopped(bare_release, tmp_path, wrong)


def test_a_page_that_is_too_large(bare_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "MOST_BYTES", 10_000)
    said = stopped(bare_release, tmp_path)
    assert ".html has " in said
    assert "at most 10000" in said


def test_a_goal_page_that_is_too_long_has_a_second_one(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sections leave for a page of their own, in both languages alike, and a link stays where they were."""
    release = Release(full)
    editions = [Edition(release, language, full) for language in LANGUAGES]
    goal = goals(release)[1]
    whole = {page.name for _, page, _ in site.goal_pages(editions, goal)}
    assert whole == {"goal_02_youth_crime.html"}
    monkeypatch.setattr(site, "MOST_BYTES", 40_000)
    made = [(e.language, p.name, text) for e, p, text in site.goal_pages(editions, goal)]
    assert [(language, name) for language, name, _ in made] == [
        (language, name)
        for language in LANGUAGES
        for name in ("goal_02_youth_crime.html", "goal_02_youth_crime_more.html")
    ]
    for (_, _, first), (_, _, second) in (made[0:2], made[2:4]):
        assert 'href="goal_02_youth_crime_more.html#context"' in first
        assert '<h2 id="context">' in first
        assert "<figure" in second


def test_a_table_with_an_empty_cell() -> None:
    with pytest.raises(ReleaseError, match="'Tal' has an empty cell"):
        Table("Tal", [Column("År"), Column("pct.")], [["2014", " "]])


def test_a_table_with_a_row_that_is_too_short() -> None:
    with pytest.raises(ReleaseError, match="'Tal' has a row of 1 cells"):
        Table("Tal", [Column("År"), Column("pct.")], [["2014"]])


def test_nothing_in_a_table_becomes_markup(bare_release: Path, tmp_path: Path) -> None:
    planted_text = "<script>alert(1)</script>\"''&{{ 7 * 7 }}"
    text = planted_text.replace("'", "''")
    wanted = [
        f"UPDATE meta.goal SET title_da = '{text}', title_en = '{text}', sentence_da = '{text}' WHERE goal = 3",
        f"UPDATE meta.caveat SET text_da = '{text}', text_en = '{text}'",
        f"UPDATE meta.source SET title_da = '{text}', producer = '{text}'",
        f"UPDATE meta.release SET attribution = '{text}', licence = '</script>{text}'",
        f"UPDATE meta.code_list SET label_da = label_da || '{text}' WHERE list = 'population_group'",
    ]
    folder = reported(folder_with(bare_release, tmp_path, [*planted(), *wanted]))
    for path in (folder / "report").rglob("*.*"):
        if path.suffix in (".html", ".svg"):
            text = path.read_text(encoding="utf-8")
            assert "<script>" not in text, path.name
            assert text.count("</script>") == text.count("<script type="), path.name
            assert "49" not in text.split("{{")[0][-3:]


def digests(folder: Path) -> dict[str, str]:
    report = folder / "report"
    return {
        p.relative_to(report).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(report.rglob("*"))
        if p.is_file()
    }


WRITES = """
import locale, pathlib, sys, time
from handleplan_pipeline import report
locale.setlocale(locale.LC_ALL, "")
report.write(pathlib.Path(sys.argv[1]))
print(locale.localeconv()["decimal_point"], time.tzname[0])
"""
"""Writes a report where the locale of the process is truly in force, and says how it writes numbers and its zone."""


def danish_locale(place: Path) -> dict[str, str]:
    """The locale da_DK of the system's own sources, in a folder of its own."""
    made = [program("localedef"), "--inputfile=da_DK", "--charmap=UTF-8", str(place / "da_DK.UTF-8")]
    if subprocess.run(made, capture_output=True).returncode:
        pytest.skip("the sources of the locale da_DK are not installed; .ci/run installs them")
    return {"LOCPATH": str(place), "LC_ALL": "da_DK.UTF-8"}


@pytest.mark.parametrize(
    ("zone", "danish", "said"),
    [("Pacific/Kiritimati", False, ". +14"), pytest.param("Europe/Copenhagen", True, ", CET", marks=pytest.mark.slow)],
)
def test_the_same_release_gives_the_same_bytes_wherever_it_is_written(
    bare_release: Path, full: Path, tmp_path: Path, zone: str, danish: bool, said: str
) -> None:
    """AC-15: both languages whole, in another time zone, locale and order of hashes."""
    folder = folder_with(bare_release, tmp_path / "release", planted())
    locale = danish_locale(tmp_path) if danish else {"LC_ALL": "C"}
    elsewhere = {"TZ": zone, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)} | locale
    command = [sys.executable, "-c", WRITES, str(folder)]
    done = subprocess.run(
        command, check=True, env=os.environ | elsewhere, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.strip() == said
    made = digests(folder)
    assert made == digests(full)
    assert all(sum(name.startswith(f"{language}/") for name in made) > 30 for language in LANGUAGES)
