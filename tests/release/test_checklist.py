"""The checklist: a good release has no errors, and every error and warning is provoked alone."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from handleplan_pipeline.exports import edition
from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.release import ledger
from handleplan_pipeline.release.checklist import ERRORS, WARNINGS, Case, findings, spoken_of
from handleplan_pipeline.release.ledger import Entry
from handleplan_pipeline.release.parts import make
from tests.lib.lakes import once, run_without_deliveries, shared_root
from tests.release.pairs import FIRST, SECOND, Rows, indicator, labels, observation, release, status, table

QUESTIONS = ERRORS | WARNINGS


def expected(arrival: str) -> dict[str, Any]:
    """A line of the calendar of deliveries."""
    return {"source": "dst_bua", "period": 2014, "arrival": arrival}


FIGURES = [
    observation(y, g, v, numerator=n, denominator=200)
    for y, g, n, v in (
        (2013, "minority", 100, 50.0),
        (2013, "danish", 120, 60.0),
        (2013, "descendant", 110, 55.0),
        (2013, "immigrant", 90, 45.0),
        (2014, "minority", 104, 52.0),
        (2014, "danish", 122, 61.0),
        (2014, "descendant", 112, 56.0),
        (2014, "immigrant", 92, 46.0),
    )
]


def number(value: float | None, row_id: str, column: str = "value") -> dict[str, Any]:
    said = {"goal": 1, "year": 2014, "part": 1, "slot": "v1", "table_schema": "output", "table_name": "observation"}
    return said | {"row_id": row_id, "column_name": column, "value": value}


def statement(goal: int, year: int, **more: Any) -> dict[str, Any]:
    said = {"text_da": "Andelen er 52 pct.", "text_en": "The share is 52%.", "layer": "headline"}
    return {"goal": goal, "year": year, "part": 1, "statement_id": "s"} | said | more


def planned(state: str, day: date, version: int = 1) -> dict[str, Any]:
    return {"id": "next", "date_version": version, "planned_on": day, "planned_at": "08:00", "state": state}


def lineage(year: int = 2014) -> dict[str, Any]:
    rests = {"table_schema": "goal", "table_name": "goal_01_ninth_grade", "indicator_id": "I01", "year": year}
    return rests | {"source": "dst_bua", "period": year, "delivery_id": "d"}


GOOD: dict[str, Rows] = {
    "output.observation": FIGURES,
    "output.goal_status": [status(1, 2014, "not_met"), status(3, 2014, "met")],
    "output.statement": [statement(1, 2014), statement(3, 2014)],
    "output.statement_number": [],
    "goal.goal_01_ninth_grade": [observation(2014, "minority", 52.0)],
    "meta.lineage": [lineage()],
    "meta.indicator": [indicator(caveats="small")],
    "meta.goal": [{"goal": n, "headline_indicators": "I01", "rule_id": "r", "rule_version": "1"} for n in (1, 3)],
    "meta.rule": [{"rule_id": "r", "version": "1", "margin": 0.1}],
    "meta.caveat": [{"id": "small", "text_da": "Små.", "text_en": "Small."}],
    "meta.release_calendar": [planned("planned", date(2027, 6, 15))],
    "meta.revision": [],
}
BUILT = {"built_at": "2026-06-01T06:00:00+00:00"}


def entry(release_id: str, from_state: str, to_state: str, who: str = "Anna", note: str = "") -> Entry:
    return Entry("2026-06-02T06:00:00Z", who, release_id, from_state, to_state, note, "0" * 64, "")


def chain(*entries: Entry) -> list[Entry]:
    """The entries as the ledger holds them, each with the hash of the one before."""
    found: list[Entry] = []
    for e in entries:
        found.append(replace(e, previous=ledger.digest(found[-1]) if found else ledger.BEGINNING))
    return found


def said(
    root: Path,
    question: str,
    after: dict[str, Rows] | None = None,
    before: dict[str, Rows] | None = None,
    calendar: Rows | None = None,
    entries: list[Entry] | None = None,
    **about: Any,
) -> list[str]:
    """What one question says of a good release in which these tables are others."""
    old = release(root, FIRST, GOOD | (before or {}), **BUILT)
    new = release(root, SECOND, GOOD | (after or {}), **(BUILT | about))
    rows = [expected("received")] if calendar is None else calendar
    pl.DataFrame(rows).write_parquet(new / "parquet" / "output" / "delivery_calendar.parquet")
    return list(QUESTIONS[question](Case(new, old, entries or [], ())))


OF_THE_WHOLE = ("audit_failed", "verify_failed", "report_check_failed", "code_without_label")
OF_TABLES = [q for q in QUESTIONS if q not in OF_THE_WHOLE]


@pytest.mark.parametrize("question", OF_TABLES)
def test_a_good_release_gives_no_cause(tmp_path: Path, question: str) -> None:
    assert said(tmp_path, question) == []


@pytest.mark.parametrize(
    ("note", "goals"),
    [
        ("", set()),
        ("Årlig udgivelse 2026", set()),
        ("Mål 3: en rettet levering", {3}),
        ("goal 3 and goal 11", {3, 11}),
        ("Målene 1, 4 og 11 har ny regel fra 2026", {1, 4, 11}),
        ("goals: 2; 5 & 6", {2, 5, 6}),
    ],
)
def test_which_goals_a_note_speaks_of(note: str, goals: set[int]) -> None:
    assert spoken_of(note) == goals


def proposal(note: str) -> list[Entry]:
    return chain(entry(SECOND, "draft", "proposed", note=note))


def test_a_changed_verdict_needs_a_note_about_its_goal(tmp_path: Path) -> None:
    changed = {"output.goal_status": [status(1, 2014, "met"), status(3, 2014, "met")]}
    ask = "verdict_without_note"
    (text,) = said(tmp_path, ask, changed)
    assert "goals 1," in text
    assert "--note" in text
    assert len(said(tmp_path, ask, changed, entries=proposal("Mål 3 er ændret"))) == 1
    assert said(tmp_path, ask, changed, entries=proposal("Mål 1: en levering blev rettet")) == []
    # a year that is new is no change; one that is gone is
    new_year = {"output.goal_status": [*GOOD["output.goal_status"], status(1, 2015, "met")]}
    assert said(tmp_path, ask, new_year) == []
    assert len(said(tmp_path, ask, before=new_year)) == 1
    # the first verdict of a year that had no figures is none either; that figures went away is
    not_yet = {"output.goal_status": [status(1, 2014, "not_measurable"), status(3, 2014, "met")]}
    assert said(tmp_path, ask, before=not_yet) == []
    assert len(said(tmp_path, ask, not_yet)) == 1


@pytest.mark.parametrize("text", ["", "   "])
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_headline_is_there_in_both_languages(tmp_path: Path, language: str, text: str) -> None:
    bad = {"output.statement": [statement(1, 2014, **{f"text_{language}": text}), statement(3, 2014)]}
    (found,) = said(tmp_path, "no_headline", bad)
    assert "goal 1, 2014" in found
    other = {"output.statement": [statement(1, 2014), statement(3, 2014, layer="why")]}
    assert "goal 3, 2014" in said(tmp_path, "no_headline", other)[0]


def test_a_goal_without_any_status_is_named(tmp_path: Path) -> None:
    gone = {"output.goal_status": [status(1, 2014, "not_met")]}
    assert said(tmp_path, "no_headline", gone) == ["goals 3 have no status at all"]


def test_every_number_of_a_sentence_is_in_its_row(tmp_path: Path) -> None:
    (row,) = table("output.observation", [FIGURES[4]], SECOND).frame["row_id"].to_list()
    ask = "number_not_traceable"
    assert said(tmp_path, ask, {"output.statement_number": [number(52.0, row)]}) == []
    for wrong in (number(52.1, row), number(52.0, "0" * 10), number(52.0, row, "no_such_column"), number(None, row)):
        assert said(tmp_path, ask, {"output.statement_number": [wrong]}) == [
            "numbers of sentences are not in the rows they name: goal 1, 2014"
        ]


def test_something_stands_behind_every_figure(tmp_path: Path) -> None:
    (found,) = said(tmp_path, "number_not_traceable", {"meta.lineage": [lineage(2013)]})
    assert found.startswith("goal.goal_01_ninth_grade: nothing stands behind the figures of I01 2014")


def test_synthetic_figures_are_an_error(tmp_path: Path) -> None:
    assert len(said(tmp_path, "holds_synthetic", holds_synthetic=True)) == 1


def approved(who: str, note: str = "") -> list[Entry]:
    return chain(entry(SECOND, "draft", "proposed"), entry(SECOND, "proposed", "approved", who, note))


def test_who_proposed_does_not_approve(tmp_path: Path) -> None:
    ask = "proposer_approved"
    assert said(tmp_path, ask, entries=approved("Bo")) == []
    assert len(said(tmp_path, ask, entries=approved(" ANNA "))) == 1
    assert said(tmp_path, ask, entries=approved("Anna", "override: alone in July")) == []
    others = chain(entry(FIRST, "draft", "proposed"), entry(FIRST, "proposed", "approved"))
    assert said(tmp_path, ask, entries=others) == []


def test_a_broken_ledger_is_named_with_its_line(tmp_path: Path) -> None:
    whole = approved("Bo")
    edited = [replace(whole[0], note="other"), whole[1]]
    (text,) = said(tmp_path, "ledger_broken", entries=edited)
    assert text.startswith("line 2 of the ledger does not follow")
    leap = chain(entry(SECOND, "draft", "approved"))
    (text,) = said(tmp_path, "ledger_broken", entries=leap)
    assert text.startswith("line 1 of the ledger leads from draft to approved")


def test_more_than_a_twentieth_of_the_headline_figures(tmp_path: Path) -> None:
    ask, years = "many_revised", range(1990, 2010)
    before = {"output.observation": [observation(y, "danish", 50.0) for y in years]}
    one, two = (
        {"output.observation": [observation(y, "danish", 51.0 if y < 1990 + n else 50.0) for y in years]}
        for n in (1, 2)
    )
    # 1 of 20 is a twentieth, and not more than that
    assert said(tmp_path, ask, one, before) == []
    assert said(tmp_path, ask, two, before) == ["2 of 20 headline figures are revised, more than 5%"]


def test_a_late_delivery_and_no_calendar_at_all(tmp_path: Path) -> None:
    ask = "delivery_late"
    assert said(tmp_path, ask, calendar=[expected("late")]) == ["1 deliveries are late: dst_bua 2014"]
    assert said(tmp_path, ask, calendar=[expected("received_late"), expected("awaited")]) == []
    folder = release(tmp_path / "without", SECOND, GOOD, **BUILT)
    (text,) = WARNINGS[ask](Case(folder, None, [], ()))
    assert "cannot be told" in text


def test_a_tenth_more_hidden_cells(tmp_path: Path) -> None:
    def hiding(n: int) -> dict[str, Rows]:
        rows = [observation(y, "danish", None if y < 1990 + n else 50.0) for y in range(1990, 2030)]
        return {"output.observation": rows}

    assert said(tmp_path, "more_hidden", hiding(11), hiding(10)) == []
    assert len(said(tmp_path, "more_hidden", hiding(12), hiding(10))) == 1
    assert len(said(tmp_path, "more_hidden", hiding(1), hiding(0))) == 1


@pytest.mark.parametrize(
    ("after", "named"),
    [
        ({"meta.indicator": [indicator(caveats="small", definition_version="2")]}, "meta.indicator I01"),
        ({"meta.rule": [*GOOD["meta.rule"], {"rule_id": "r", "version": "2"}]}, "meta.rule r, 2"),
        ({"meta.goal": [GOOD["meta.goal"][0] | {"rule_version": "2"}, GOOD["meta.goal"][1]]}, "meta.goal 1"),
    ],
)
def test_another_version_of_a_rule_or_a_definition(tmp_path: Path, after: dict[str, Rows], named: str) -> None:
    assert said(tmp_path, "version_changed", after) == [f"versions of rules or definitions changed: {named}"]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [planned("planned", date(2026, 6, 1))],
        [planned("cancelled", date(2027, 6, 1))],
        [planned("moved", date(2027, 6, 1)), planned("cancelled", date(2027, 7, 1), 2)],
    ],
)
def test_no_next_date(tmp_path: Path, rows: Rows) -> None:
    assert len(said(tmp_path, "no_next_date", {"meta.release_calendar": rows})) == 1


def test_a_caveat_that_nothing_has(tmp_path: Path) -> None:
    more = [*GOOD["meta.caveat"], {"id": "lonely", "text_da": "x", "text_en": "x"}]
    assert said(tmp_path, "caveat_unused", {"meta.caveat": more}) == ["1 caveats are used by nothing: lonely"]


def test_a_year_like_the_one_before(tmp_path: Path) -> None:
    twice = FIGURES[:4] + [r | {"year": 2014} for r in FIGURES[:4]]
    (text,) = said(tmp_path, "year_unchanged", {"output.observation": twice})
    assert "I01 2014" in text
    # one figure of four is another, or all are published ones, or there are too few to tell
    other = [*twice[:-1], twice[-1] | {"value": 44.9}]
    official = [r | {"data_kind": "official"} for r in twice]
    few = [r for r in twice if r["population_group"] in ("minority", "danish", "descendant")]
    for rows in (other, official, few):
        assert said(tmp_path, "year_unchanged", {"output.observation": rows}) == []


def test_changes_that_nobody_explains(tmp_path: Path) -> None:
    def change(reason: str, shown_in: str = SECOND) -> dict[str, Any]:
        said = {"table_name": "observation", "goal": 1, "key": f"{reason}{shown_in}", "what_changed": "revised"}
        return said | {"reason": reason, "first_shown_in": shown_in}

    ask = "revision_unexplained"
    assert said(tmp_path, ask, {"meta.revision": [change("delivery_corrected"), change("unexplained", FIRST)]}) == []
    assert len(said(tmp_path, ask, {"meta.revision": [change("unexplained")]})) == 1


def test_a_code_without_words_is_an_error(tmp_path: Path) -> None:
    texts = said(tmp_path, "code_without_label", {"meta.code_list": labels(("sex", "women", "", "women"))})
    assert "output.goal_status.badge: no words for not_met in list badge" not in texts
    assert "labels are empty in one language: sex/women" in texts
    texts = said(tmp_path, "code_without_label", {"meta.code_list": [r for r in labels() if r["list"] != "badge"]})
    assert "output.goal_status.badge: no words for met, not_met in list badge" in texts


# ---- on a finished release


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in which nothing was delivered, with its report: never written into."""
    lake, _ = run_without_deliveries(tmp_path_factory)
    folder = (lake / "releases" / "latest").resolve()
    root = once(shared_root(tmp_path_factory), "a release with its report", lambda made: with_report(folder, made))
    return root / folder.name


def with_report(source: Path, root: Path) -> None:
    """A copy of a release to which the parts `csv` and `report` were added, as if it had been made with them."""
    folder = copied(source, root)
    for part in ("csv", "report"):
        shutil.rmtree(folder / part, ignore_errors=True)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"parts": make(folder, ("csv", "report")), "exports_edition": edition()}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    sums = [f"{sha256_of(p)}  {p.relative_to(folder).as_posix()}" for p in files]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")


def asked(question: str, folder: Path, audited: tuple[str, ...] = ()) -> list[str]:
    """What one question says of a finished release that is the first."""
    return list(QUESTIONS[question](Case(folder, None, [], audited)))


@pytest.mark.slow
def test_a_finished_release_has_no_errors(bare: Path) -> None:
    found = findings(bare, bare, [])
    assert [f"{f.id}: {f.text}" for f in found if f.severity == "error"] == []
    assert {f.id for f in found} <= set(WARNINGS)


def copied(bare: Path, root: Path) -> Path:
    target = root / bare.name
    shutil.copytree(bare, target)
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return target


def test_a_file_that_was_changed_is_an_error(bare: Path, tmp_path: Path) -> None:
    folder = copied(bare, tmp_path)
    (folder / "csv" / "meta.goal.csv").write_text("other")
    assert asked("verify_failed", folder) == ["csv/meta.goal.csv: changed"]


def _one(sql: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with duckdb.connect(str(folder / "handleplan.duckdb")) as con:
            con.execute(sql)

    return change


def test_the_audit_is_asked_of_the_folder_and_told(bare: Path, tmp_path: Path) -> None:
    folder = copied(bare, tmp_path)
    # its texts are read by tests of their own
    for part in ("csv", "report"):
        shutil.rmtree(folder / part)
    # 3 persons, which no release may print
    _one(
        "UPDATE output.observation SET value = 3, unit = 'persons', missing_reason = 'none', obs_status = 'A', "
        "data_kind = 'delivered' WHERE row_id = (SELECT min(row_id) FROM output.observation "
        "WHERE indicator_id = 'I01' AND year = 2014 AND measure = 'share')"
    )(folder)
    texts = asked("audit_failed", folder, audited=("a certificate is missing",))
    assert any("output.observation: 1 rows print a count of 1 to" in t for t in texts)
    assert "a certificate is missing" in texts


def test_a_release_without_disclosure_control_fails_the_audit(tmp_path: Path) -> None:
    folder = release(tmp_path, SECOND, GOOD, disclosure_control="off", **BUILT)
    first = next(ERRORS["audit_failed"](Case(folder, None, [], ())))
    assert "disclosure control was off" in first


PAGE = "report/da/goal_01_ninth_grade.html"
REPORTS: dict[str, tuple[Callable[[str], str], str]] = {
    "a link": (lambda t: t.replace('href="money.html"', 'href="monei.html"', 1), "1 links lead nowhere"),
    "a fragment": (lambda t: t.replace('href="#main"', 'href="#mian"', 1), "1 links lead nowhere"),
    "a row": (
        lambda t: t.replace("</h1>", '</h1><data value="1" data-ref="output.observation/0123456789/value">1</data>', 1),
        "1 pages have a number that is not in the row it names: da/goal_01_ninth_grade.html",
    ),
    "no row": (
        lambda t: t.replace("</h1>", '</h1><data value="1">1</data>', 1),
        "1 pages have a number that is not in the row it names",
    ),
}


@pytest.mark.parametrize("what", list(REPORTS))
def test_a_report_that_says_something_else(bare: Path, tmp_path: Path, what: str) -> None:
    folder = copied(bare, tmp_path)
    change, words = REPORTS[what]
    text = (folder / PAGE).read_text(encoding="utf-8")
    assert change(text) != text
    (folder / PAGE).write_text(change(text), encoding="utf-8")
    (told,) = ERRORS["report_check_failed"](Case(folder, None, [], ()))
    assert told.startswith(words)


def test_a_report_in_one_language_or_none(bare: Path, tmp_path: Path) -> None:
    folder = copied(bare, tmp_path)
    (folder / "report" / "en" / "money.html").unlink()
    texts = list(ERRORS["report_check_failed"](Case(folder, None, [], ())))
    assert "1 pages are there in one language alone: money.html" in texts
    shutil.rmtree(folder / "report")
    (told,) = ERRORS["report_check_failed"](Case(folder, None, [], ()))
    assert "the report was not made in both languages" in told


def test_what_cannot_be_asked_is_an_error_and_tells_no_value(tmp_path: Path) -> None:
    folder = release(tmp_path, SECOND, GOOD, **BUILT)
    file = folder / "parquet" / "meta" / "caveat.parquet"
    file.write_bytes(b"37.123457")
    found = findings(folder, None, [])
    (mine,) = [f for f in found if f.id == "caveat_unused"]
    assert mine.severity == "error"
    assert mine.text.startswith("could not be asked (")
    assert all("37.123457" not in f.text for f in found)
    assert [f.severity for f in found] == sorted(f.severity for f in found)
