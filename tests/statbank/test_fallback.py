"""When the live answer cannot be used, the last good one is: whole, one pull's, with its age said and a warning."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.outputs.meta_source import meta_source
from assets.sources.statbank_code import statbank_code
from assets.sources.statbank_context import statbank_context
from assets.sources.statbank_folk1e import statbank_folk1e
from assets.sources.statbank_folk1e_all import statbank_folk1e_all
from assets.sources.statbank_strafna6 import statbank_strafna6
from assets.sources.statbank_strafna7 import statbank_strafna7
from assets.sources.statbank_strafna9 import statbank_strafna9
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.graph.jobs import RANGE_END, RANGE_START
from handleplan_pipeline.graph.resources import LakeIOManager, SourcesResource
from handleplan_pipeline.graph.statbank import sentence
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.statbank.answers import Answers, Standing
from handleplan_pipeline.sources.statbank.extracts import FOLK1E, FOLK1E_CONTROL, STRAFNA9
from handleplan_pipeline.sources.statbank.source import StatBankTable
from schemas.meta.catalogue import SOURCE
from schemas.sources.statbank_folk1e import FOLK1E as TABLE
from tests.statbank.clients import NOW, SNAPSHOT, YEARS, last_good, live
from tests.statbank.server import HTML, Fault, Faults, body, cut_off, endless, gzipped, moved, reset, status

Server = tuple[str, Faults]
PINNED = date(2026, 9, 16)


def revise(faults: Faults, by: int) -> None:
    """StatBank revises one figure: men 15-29, descendants of non-western countries, 2010."""

    def change(lines: list[str]) -> list[str]:
        return [f"M;15-29;35;2010;{by}" if line.startswith("M;15-29;35;2010;") else line for line in lines]

    faults.lines = change


def figure(found: StatBankTable) -> int:
    where = (pl.col("koen") == "M") & (pl.col("alder") == "15-29") & (pl.col("herkomst") == "35")
    return int(found.frame.filter(where & (pl.col("year") == 2010))["value"].item())


def later(days: int) -> Callable[[], datetime]:
    return lambda: NOW + timedelta(days=days)


def fewer(lines: list[str]) -> list[str]:
    return lines[:-7]


FAILURES: dict[str, tuple[str, Fault, str]] = {
    "404": ("data", status(404), "HTTP 404"),
    "long wait": ("data", status(429, Retry_After="99999"), "asks to wait 99,999 seconds"),
    "500": ("tableinfo", status(500), "HTTP 500"),
    "redirect": ("tableinfo", moved(308, "https://elsewhere.example/v2"), "https://elsewhere.example/v2"),
    "page": ("data", body(b"<html>", HTML), "web page in place of data"),
    "reset": ("data", reset, "could not be reached"),
    "cut off": ("data", cut_off, "could not be reached"),
    "too large": ("data", endless, "larger than"),
    "no gzip": ("data", gzipped(keep=lambda packed: packed[4:]), "said to be gzip and is not"),
    "list": ("tableinfo", body(b"[1]"), "fields are missing or wrong"),
    "number": ("data", body(b"5\n"), "the columns are not those"),
}


@pytest.mark.parametrize(("endpoint", "fault", "words"), FAILURES.values(), ids=FAILURES.keys())
def test_the_pinned_snapshot_stands_in_for_any_failure(
    endpoint: str, fault: Fault, words: str, server: Server, tmp_path: Path
) -> None:
    url, faults = server
    faults.always(endpoint, fault)
    found = last_good(url, tmp_path).fetch(STRAFNA9, YEARS)
    assert found.frame.equals(SNAPSHOT.fetch(STRAFNA9, YEARS).frame)
    assert (found.standing.mode, found.standing.accessed, found.standing.age_days) == ("fallback", PINNED, 70)
    assert words in str(found.why)
    assert list(tmp_path.iterdir()) == []


def test_a_code_that_means_something_else_is_named_and_the_old_meaning_stays(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.info = lambda i: json.loads(json.dumps(i).replace("Persons of Danish origin", "Danish citizens"))
    found = last_good(url, tmp_path).fetch(STRAFNA9, YEARS)
    assert found.frame.equals(SNAPSHOT.fetch(STRAFNA9, YEARS).frame)
    assert "variable HERKOMST, code 1 meant 'Persons of Danish origin' and now means 'Danish citizens'" in str(
        found.why
    )
    assert {v.text for v in found.info.variable("HERKOMST").values} >= {"Persons of Danish origin"}
    described = last_good(url, tmp_path).description(STRAFNA9)
    assert (described.standing.mode, described.info.id) == ("fallback", "STRAFNA9")


def test_the_newest_good_answer_is_used_with_its_own_age(server: Server, tmp_path: Path) -> None:
    url, faults = server
    revise(faults, 7001)
    last_good(url, tmp_path).fetch(STRAFNA9, YEARS)
    revise(faults, 7002)
    kept = last_good(url, tmp_path, now=later(10)).fetch(STRAFNA9, YEARS)
    assert (kept.standing.mode, kept.standing.age_days, figure(kept)) == ("live", 0, 7002)
    faults.always("data", status(404))
    found = last_good(url, tmp_path, now=later(13)).fetch(STRAFNA9, YEARS)
    assert figure(found) == 7002
    assert found.standing == Standing(
        sha256=kept.standing.sha256, mode="fallback", accessed=date(2026, 12, 5), asked_on=date(2026, 12, 8)
    )
    assert found.standing.age_days == 3
    assert found.provenance["updated"] == "2026-04-08T08:00:00"


def test_an_answer_that_came_again_is_as_old_as_its_last_time(server: Server, tmp_path: Path) -> None:
    url, faults = server
    for days, value in ((0, 7001), (1, 7002), (2, 7001)):
        revise(faults, value)
        last_good(url, tmp_path, now=later(days)).fetch(STRAFNA9, YEARS)
    faults.always("tableinfo", status(404))
    found = last_good(url, tmp_path, now=later(5)).fetch(STRAFNA9, YEARS)
    assert (figure(found), found.standing.age_days) == (7001, 3)


def test_fewer_years_never_stand_in_for_more(server: Server, tmp_path: Path) -> None:
    url, faults = server
    revise(faults, 7001)
    last_good(url, tmp_path).fetch(STRAFNA9, [2010])
    faults.always("data", status(404))
    both = last_good(url, tmp_path).fetch(STRAFNA9, [2010, 2011])
    assert (figure(both), set(both.frame["year"]), both.standing.accessed) == (3322, {2010, 2011}, PINNED)
    one = last_good(url, tmp_path).fetch(STRAFNA9, [2010])
    assert (figure(one), one.standing.accessed) == (7001, NOW.date())


def test_an_answer_of_another_extract_of_the_same_table_is_no_answer(server: Server, tmp_path: Path) -> None:
    url, faults = server
    last_good(url, tmp_path).fetch(FOLK1E, YEARS)
    faults.always("data", status(404))
    found = last_good(url, tmp_path).fetch(FOLK1E_CONTROL, [2024])
    assert (found.frame.height, found.standing.accessed) == (65, PINNED)


@pytest.mark.parametrize("file", ["data.csv", "*.json", "receipt.json", "gone"])
def test_a_kept_answer_that_was_changed_is_passed_over(file: str, server: Server, tmp_path: Path) -> None:
    url, faults = server
    revise(faults, 7001)
    last_good(url, tmp_path).fetch(STRAFNA9, YEARS)
    revise(faults, 7002)
    kept = last_good(url, tmp_path, now=later(1)).fetch(STRAFNA9, YEARS)
    folder = tmp_path / kept.standing.sha256
    if file == "gone":
        (folder / "data.csv").unlink()
    else:
        path = next(p for p in folder.glob(file) if (p.name == "receipt.json") == (file == "receipt.json"))
        path.write_bytes(path.read_bytes().replace(b"2010", b"2011"))
    faults.always("data", status(404))
    found = last_good(url, tmp_path, now=later(2)).fetch(STRAFNA9, YEARS)
    assert (figure(found), found.standing.accessed) == (7001, NOW.date())


def test_a_kept_answer_is_held_against_the_question_of_today(server: Server, tmp_path: Path) -> None:
    """A receipt that claims more than its answer holds is not believed."""
    url, faults = server
    kept = last_good(url, tmp_path).fetch(STRAFNA9, [2010])
    receipt = tmp_path / kept.standing.sha256 / "receipt.json"
    receipt.write_text(receipt.read_text().replace("2010", "2011"))
    faults.always("data", status(404))
    assert last_good(url, tmp_path).fetch(STRAFNA9, [2011]).standing.accessed == PINNED


def test_what_is_kept_can_be_read_again_with_its_description(server: Server, tmp_path: Path) -> None:
    found = live(server[0], tmp_path).fetch(STRAFNA9, YEARS)
    assert [p.name for p in tmp_path.iterdir()] == [found.standing.sha256]
    receipt = Answers(tmp_path).receipts(STRAFNA9)[0]
    assert (receipt.years, receipt.fetched, receipt.extract) == ((2010, 2011), NOW, "strafna9")
    data, described = Answers(tmp_path).read(receipt)
    assert data.count(b"\r\n") == 129
    assert json.loads(described)["id"] == "STRAFNA9"
    assert sorted(p.name for p in (tmp_path / found.standing.sha256).iterdir()) == sorted(
        ["data.csv", f"{receipt.tableinfo_sha256}.json", "receipt.json"]
    )


def test_an_answer_that_cannot_be_kept_is_not_used(server: Server, tmp_path: Path) -> None:
    blocked = tmp_path / "raw"
    blocked.write_text("a file where the folder should be")
    found = last_good(server[0], blocked).fetch(STRAFNA9, YEARS)
    assert found.standing.mode == "fallback"
    assert "could not be kept" in str(found.why)


def test_without_the_pinned_answer_there_is_nothing_to_hold_an_answer_against(server: Server, tmp_path: Path) -> None:
    source = last_good(server[0], tmp_path)
    source.live.snapshot.folder, before = tmp_path / "nowhere", source.live.snapshot.folder
    try:
        with pytest.raises(SourceError, match="the pinned file is missing"):
            source.fetch(STRAFNA9, YEARS)
    finally:
        source.live.snapshot.folder = before


# -- what is said -----------------------------------------------------------------------------------------------------


def test_the_sentence_says_which_answer_how_old_and_why(server: Server, tmp_path: Path) -> None:
    url, faults = server
    today = NOW.date()
    assert sentence(SNAPSHOT.fetch(STRAFNA9, YEARS), today) == (
        "STRAFNA9: the pinned answer of 2026-09-16, 70 days old, as asked for."
    )
    assert sentence(live(url, tmp_path).fetch(STRAFNA9, YEARS), today) == (
        "STRAFNA9: StatBank's answer of 2026-11-25, 0 days old."
    )
    faults.always("data", status(404))
    assert sentence(last_good(url, tmp_path / "other").fetch(STRAFNA9, YEARS), today) == (
        "STRAFNA9: StatBank's live answer could not be used; the last good one is, of 2026-09-16, 70 days old. "
        "Reason: StatBank says UNKNOWN (HTTP 404, request req-4): no message"
    )


def test_the_oldest_answer_a_table_holds_gives_its_age(tmp_path: Path) -> None:
    answers = Answers(tmp_path)
    old = Standing(sha256="a" * 64, mode="fallback", accessed=date(2026, 9, 16), asked_on=date(2026, 11, 20))
    new = Standing(sha256="b" * 64, mode="live", accessed=date(2026, 11, 25), asked_on=date(2026, 11, 25))
    answers.note(STRAFNA9, old)
    answers.note(STRAFNA9, new)
    ids = {s.sha256[0]: f"STRAFNA9:{s.sha256}" for s in (old, new)}
    assert answers.oldest(STRAFNA9, [ids["b"]]) == new
    assert answers.oldest(STRAFNA9, [ids["b"], ids["a"], ids["b"]]) == old
    assert (old.age_days, new.age_days) == (65, 0)
    assert answers.oldest(STRAFNA9, []) is None
    assert answers.oldest(STRAFNA9, [ids["b"], "STRAFNA9:" + "c" * 64]) is None
    assert answers.oldest(FOLK1E, [ids["b"]]) is None
    (tmp_path / "standing" / "strafna9.json").write_text("{")
    assert answers.oldest(STRAFNA9, [ids["b"]]) is None


# -- through Dagster --------------------------------------------------------------------------------------------------


def resources(root: Path, mode: str, url: str) -> dict[str, object]:
    return {
        "io_manager": LakeIOManager(root=str(root)),
        "sources": SourcesResource(
            root=str(root),
            reference=str(get_settings().reference),
            landing=str(root / "landing"),
            raw=str(root / "raw"),
            statbank=mode,
            statbank_url=url,
        ),
    }


def run(root: Path, mode: str, url: str, assets: list[dg.AssetsDefinition]) -> dg.ExecuteInProcessResult:
    tags = {RANGE_START: "2010", RANGE_END: "2012"}
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(assets, instance=instance, resources=resources(root, mode, url), tags=tags)


def sources_of(root: Path) -> dict[str, tuple[object, ...]]:
    table = Lake(root).read(SOURCE).filter(pl.col("id").str.starts_with("statbank"))
    columns = ["statbank_mode", "accessed", "asked_on", "age_days"]
    return {r["id"]: tuple(r[c] for c in columns) for r in table.to_dicts()}


def test_a_run_goes_on_with_the_last_good_answer_and_warns(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.lines = fewer
    before = datetime.now(UTC).date()
    result = run(tmp_path, "live", url, [statbank_folk1e])
    ages = {(d - PINNED).days for d in (before, datetime.now(UTC).date())}
    assert result.success
    stored = Lake(tmp_path).read(TABLE)
    assert (stored.height, stored["delivery_id"].n_unique()) == (450, 1)
    assert stored["value"].sum() == SNAPSHOT.fetch(FOLK1E, range(2010, 2013)).frame["value"].sum()
    check = result.get_asset_check_evaluations()[0]
    assert (check.check_name, check.passed, check.severity) == ("as_fresh_as_asked", False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["age_days"].value in ages
    assert "443 cells came, the selection has 450" in str(check.description)
    assert any(f"of 2026-09-16, {age} days old" in str(check.description) for age in ages)
    made = result.asset_materializations_for_node("source__statbank_folk1e")[0].metadata
    assert (made["mode"].value, made["accessed"].value) == ("fallback", "2026-09-16")
    assert made["age_days"].value in ages
    assert made["years_missing"].value == []
    assert [p.name for p in (tmp_path / "raw" / "statbank").iterdir()] == ["standing"]


NOBODYS = ("not_pulled", None, None, None)
NOBODY_PULLED = [statbank_strafna6, statbank_strafna7, statbank_folk1e_all, statbank_context]
ALL = [statbank_folk1e, statbank_strafna9, statbank_code, *NOBODY_PULLED, meta_source]


def test_meta_source_tells_how_the_answers_in_use_were_read(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.plan("data", status(404), 1)
    before = datetime.now(UTC).date()
    result = run(tmp_path, "live", url, ALL)
    assert result.success
    checks = {c.asset_key.path[-1]: c.passed for c in result.get_asset_check_evaluations()}
    assert checks["statbank_code"]
    # of the tables of context not even a description is pinned: live, there is nothing to hold an answer to
    assert not checks.pop("statbank_context")
    (fell,) = (name for name, passed in checks.items() if not passed)
    found = sources_of(tmp_path)
    days = (before, datetime.now(UTC).date())  # two only at midnight
    stands = [("fallback", PINNED, d, (d - PINNED).days) for d in days]
    assert found.pop(fell) in (stands if fell in ("statbank_folk1e", "statbank_strafna9") else [NOBODYS])
    for other in checks.keys() - {fell, "statbank_code"}:
        assert found.pop(other) in [("live", d, d, 0) for d in days]
    assert set(found.values()) == {NOBODYS}


def test_a_snapshot_asked_for_has_a_date_and_no_age(tmp_path: Path) -> None:
    """Two runs on different days make the same table: nothing in it depends on the day of the run."""
    result = run(tmp_path, "snapshot", "https://unused.example", ALL)
    assert result.success
    assert all(c.passed for c in result.get_asset_check_evaluations())
    expected = ("snapshot", PINNED, None, None)
    found = sources_of(tmp_path)
    assert [found.pop(n) for n in ("statbank_folk1e", "statbank_strafna9")] == [expected, expected]
    assert len(found) == 13
    assert set(found.values()) == {NOBODYS}
    delivered = Lake(tmp_path).read(SOURCE).filter(~pl.col("id").str.starts_with("statbank"))
    assert delivered["accessed"].null_count() == delivered.height > 0


def test_nobody_at_the_address(tmp_path: Path) -> None:
    found = last_good("http://127.0.0.1:9/v1", tmp_path).fetch(FOLK1E, YEARS)
    assert (found.frame.height, found.standing.mode) == (300, "fallback")
    assert "could not be reached" in str(found.why)
