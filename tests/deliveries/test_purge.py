"""Where a permission ends, is withdrawn or taken off the file, nothing of the delivery is left but hash and receipt."""

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from assets.registers.row_account import bearing
from handleplan_pipeline import clock
from handleplan_pipeline.cli import app
from handleplan_pipeline.errors import ConfigurationError, LockedError
from handleplan_pipeline.lake.tables import Lake, LakeTable, checked
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.manifest import manifest_path
from handleplan_pipeline.sources.deliveries.outcome import standing
from handleplan_pipeline.sources.deliveries.permissions import Permission, load_permissions, verdict
from handleplan_pipeline.sources.deliveries.purge import derived_tables, purge_lake
from schemas.registry import all_contracts, contract
from tests.lib.deliveries import STAYS, Place, deliver, permission, real, text, use, written

TODAY = date(2020, 1, 1)
GRANTED = {"delete_by": date(2999, 1, 1)}
REAL = {"data_kind": "delivered", "permission": "2010-41-0001"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("HANDLEPLAN_LANDING", str(tmp_path / "landing"))
    use(monkeypatch, tmp_path)
    yield Place(tmp_path)
    get_settings.cache_clear()


def on_file(tmp_path: Path, *entries: dict[str, Any]) -> None:
    found = [permission(**GRANTED | e).model_dump(mode="json") for e in entries]
    (tmp_path / "permissions.yaml").write_text(yaml.safe_dump(found))


def holding(tmp_path: Path, content: str) -> list[str]:
    """Files, the settings excepted, that hold these bytes or half of them."""
    half = content.encode("cp1252")[: len(content) // 2]
    return [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file() and half in p.read_bytes()]


ENDS = {
    "ended": [{"delete_by": date(2016, 12, 31)}],
    "withdrawn": [{"status": "withdrawn"}],
    "taken out": [],
    "another source": [{"sources": ["dst_bef"]}],
    "another purpose": [{"purpose": "case work"}],
}


@pytest.mark.parametrize("how", ENDS)
def test_every_copy_goes_wherever_it_lies(place: Place, tmp_path: Path, how: str) -> None:
    content = real()
    path = place.land(content, **REAL)
    frame, _ = place.take()
    folder = path.parent
    # under another name, as deliver names it, in another folder, and half copies of a crash
    (folder / "copy.csv").write_bytes(path.read_bytes())
    (tmp_path / "landing" / "dst_bef" / "deep").mkdir(parents=True)
    (tmp_path / "landing" / "dst_bef" / "deep" / "x").write_bytes(path.read_bytes())
    place.land(content, name="2010_1_again.csv", **REAL)
    half = path.read_bytes()[:1000]
    for stale in (folder / ".again.csv.tmp", place.store.archive("section_110_stays") / ".zzz.csv.tmp"):
        stale.write_bytes(half)
    # a refused one in quarantine
    place.land(real(39).replace(";101;", ";147;"), number=2, **REAL)
    place.take()
    assert len(holding(tmp_path, content)) >= 5
    lake = Lake(place.store.root)
    lake.write(checked(STAYS.table, frame))
    on_file(tmp_path, *ENDS[how])
    done = purge_lake(lake, clock.today())
    assert holding(tmp_path, content) == []
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert not [p for p in left if p.endswith((".csv", ".tmp", ".manifest.json"))]
    assert not lake.files(STAYS.table)
    assert {(s, p) for s, p, _, _ in done.deliveries} == {("section_110_stays", 2010)}
    receipts = place.store.receipts("section_110_stays")
    assert {r.state for r in receipts} == {"deleted"}
    assert {r.manifest.sha256 for r in receipts} == {sha for _, _, sha, _ in done.deliveries}
    # once more finds nothing, and the goal goes on saying why
    assert purge_lake(lake, clock.today()).files == []
    assert place.store.refused_for_permission("section_110_stays") == {2010}


def test_what_may_still_be_held_stays(place: Place, tmp_path: Path) -> None:
    """The same bytes under two permissions: the year that may be held keeps them."""
    on_file(tmp_path, {}, {"journal_number": "B-2"})
    content = "\n".join(x.replace("01-02-2010;01-03-2010", "01-02-2009;01-06-2012") for x in real().split("\n"))
    place.land(content, period=2010, **REAL)
    kept = place.land(content, period=2011, data_kind="delivered", permission="B-2")
    for year in (2010, 2011):
        assert place.take(year)[0].height == 40
    on_file(tmp_path, {"status": "withdrawn"}, {"journal_number": "B-2"})
    purge_lake(Lake(place.store.root), clock.today())
    assert kept.is_file()
    assert [p.name for p in (tmp_path / "landing" / "section_110_stays").glob("*.csv")] == [kept.name]
    assert place.take(2011)[0].height == 40
    assert place.take(2010)[0].height == 0
    assert sorted(place.store.permitted("section_110_stays")) == [2011]


def test_generated_deliveries_and_published_tables_are_never_purged(tmp_path: Path, place: Place) -> None:
    place.land(text())
    place.take()
    on_file(tmp_path)
    done = purge_lake(Lake(place.store.root), clock.today())
    assert (done.files, done.deliveries, done.tables) == ([], [], 0)
    assert place.take()[0].height == 40


def test_a_permission_that_has_not_begun_deletes_nothing(place: Place, tmp_path: Path) -> None:
    on_file(tmp_path, {"start": date(2998, 1, 1)})
    path = place.land(real(), **REAL)
    place.take()
    assert purge_lake(Lake(place.store.root), clock.today()).files == []
    assert path.is_file()


def test_without_a_file_of_permissions_nothing_is_deleted_by_mistake(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place.land(real(), **REAL)
    place.take()
    monkeypatch.delenv("HANDLEPLAN_PERMISSIONS")
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="HANDLEPLAN_PERMISSIONS"):
        purge_lake(Lake(place.store.root), clock.today())
    assert path.is_file()


def test_a_file_refused_for_want_of_a_permission_is_not_kept(place: Place, tmp_path: Path) -> None:
    on_file(tmp_path)
    place.land(real(), **REAL)
    assert place.take()[1].decided[0].rule == "permission"
    assert [p.suffix for p in place.store.root.rglob("*") if p.is_file()] == [".json"]
    # nor one that is refused for something else before anybody asks for its permission
    place.land(real(39), number=2, source="dst_bef", **REAL)
    assert [r.rule for r in place.take()[1].decided] == ["source"]
    assert not list(place.store.root.rglob("*.csv"))


def test_the_run_goes_on_without_it_and_the_goal_says_so(place: Place, tmp_path: Path) -> None:
    place.land(real(), **REAL)
    frame, _ = place.take()
    lake = Lake(place.store.root)
    lake.write(checked(STAYS.table, frame))
    table = LakeTable("source", STAYS.source, lake.files(STAYS.table))
    assert sorted(bearing(place.store, STAYS.source, table)) == [2010]
    on_file(tmp_path, {"status": "withdrawn"})
    frame, intake = place.take()
    assert frame.height == 0
    (told,) = [o for o in intake.outcomes if o.state == "refused"]
    assert (told.rule, "withdrawn" in told.sentence) == ("permission", True)
    assert told in standing(place.store, place.landing, STAYS)
    assert bearing(place.store, STAYS.source, table) == {}
    assert place.store.refused_for_permission(STAYS.source) == {2010}


def test_every_table_that_could_be_made_of_a_delivery_goes(place: Place, tmp_path: Path) -> None:
    """By hand: the layers of the graph that come after a delivered source, and no published source."""
    layers = {"register", "cell", "protected", "goal", "baseline", "overall", "output"}
    goes = {(c.layer, c.name) for c in derived_tables()}
    for c in all_contracts().values():
        delivered = c.layer == "source" and not c.public
        assert ((c.layer, c.name) in goes) == (c.layer in layers or delivered), c.full_name
    assert ("cell", "certificate") in goes
    assert ("output", "judgement") in goes


def test_purge_finishes_what_a_crash_left(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.land(real(), **REAL)
    frame, _ = place.take()
    lake = Lake(place.store.root)
    lake.write(checked(STAYS.table, frame))
    on_file(tmp_path)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr("handleplan_pipeline.sources.deliveries.purge._delete_stored", dies)
        with pytest.raises(KeyboardInterrupt):
            purge_lake(lake, clock.today())
    assert not lake.files(STAYS.table), "tables go first"
    purge_lake(lake, clock.today())
    assert holding(tmp_path, real()) == []
    assert {r.state for r in place.store.receipts(STAYS.source)} == {"deleted"}


def test_a_purged_file_comes_back_with_a_new_permission(place: Place, tmp_path: Path) -> None:
    place.land(real(), **REAL)
    place.take()
    on_file(tmp_path)
    purge_lake(Lake(place.store.root), clock.today())
    on_file(tmp_path, {})
    place.land(real(), **REAL)
    assert place.take()[0].height == 40
    assert [r.state for r in place.store.receipts(STAYS.source)] == ["accepted"]


def test_the_command_says_what_it_did(place: Place, tmp_path: Path) -> None:
    path = place.land(real(), **REAL)
    place.take()
    on_file(tmp_path, {"status": "withdrawn"})
    done = CliRunner().invoke(app, ["purge"])
    assert done.exit_code == 0, done.output
    assert "the permission is withdrawn" in done.output
    assert "2 files deleted" in done.output
    assert not path.exists()
    assert not manifest_path(path).exists()


def test_the_command_looks_where_the_run_was_told_to_look(place: Place, tmp_path: Path) -> None:
    """`run --landing DIR` leaves the delivered file in DIR, so `purge` must be able to go there."""
    elsewhere = Place(tmp_path / "elsewhere")
    elsewhere.store = place.store
    path = elsewhere.land(real(), **REAL)
    elsewhere.take()
    on_file(tmp_path, {"status": "withdrawn"})
    done = CliRunner().invoke(app, ["purge", "--landing", str(elsewhere.landing)])
    assert done.exit_code == 0, done.output
    assert not path.exists()
    assert holding(tmp_path, real()) == []


def held(root: str, ready: Any, end: Any) -> None:
    with Lake(Path(root)).lock(0):
        ready.set()
        end.wait(60)


@pytest.mark.parametrize("command", ["purge", "deliver"])
def test_purge_and_deliver_wait_for_the_lake(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("HANDLEPLAN_LOCK_WAIT_SECONDS", "0")
    get_settings.cache_clear()
    ctx = multiprocessing.get_context("spawn")
    ready, end = ctx.Event(), ctx.Event()
    other = ctx.Process(target=held, args=(str(tmp_path / "lake"), ready, end))
    other.start()
    try:
        assert ready.wait(60)
        file = written(tmp_path, text())
        done = CliRunner().invoke(app, ["purge"]) if command == "purge" else deliver(file)
        assert isinstance(done.exception, LockedError)
        assert deliver(file, "--check").exit_code == 0, "a look waits for nobody"
    finally:
        end.set()
        other.join()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2016, 12, 31, 22, 59, tzinfo=UTC), date(2016, 12, 31)),
        (datetime(2016, 12, 31, 23, 0, tzinfo=UTC), date(2017, 1, 1)),
        (datetime(2016, 6, 30, 22, 0, tzinfo=UTC), date(2016, 7, 1)),
    ],
)
def test_days_are_days_in_copenhagen(place: Place, instant: datetime, day: date) -> None:
    """A permission to 31 December has ended at midnight in Copenhagen, one or two hours before UTC's."""
    assert clock.danish_day(instant) == day
    known: dict[str, Permission] = {"2010-41-0001": permission(delete_by=date(2016, 12, 31))}
    path = place.land(real(), **REAL)
    from handleplan_pipeline.sources.deliveries.manifest import read_manifest

    wrong = verdict(read_manifest(manifest_path(path)), STAYS.source, known, clock.danish_day(instant))
    assert wrong == ("ended" if day > date(2016, 12, 31) else None)


@pytest.mark.parametrize(("mode", "good"), [(0o600, True), (0o644, True), (0o664, False), (0o646, False)])
def test_others_may_not_write_permissions(tmp_path: Path, mode: int, good: bool) -> None:
    path = tmp_path / "permissions.yaml"
    path.write_text("[]")
    path.chmod(mode)
    if good:
        assert load_permissions(path) == {}
        return
    with pytest.raises(ConfigurationError, match="chmod go-w"):
        load_permissions(path)


def test_a_journal_number_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "permissions.yaml").write_text(
        yaml.safe_dump([permission(status=s).model_dump(mode="json") for s in ("withdrawn", "granted")])
    )
    with pytest.raises(ConfigurationError, match="twice"):
        load_permissions(tmp_path / "permissions.yaml")


def test_the_archive_and_its_table_are_of_one_contract() -> None:
    assert contract("source", STAYS.source) == STAYS.table
