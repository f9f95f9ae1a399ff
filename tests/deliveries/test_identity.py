"""A delivery is source, period, number and bytes: field case 09, numbers that are taken, the same file twice."""

import hashlib
import json
from pathlib import Path

import pytest

from assets.outputs.delivery import history
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest, manifest_path, read_manifest
from handleplan_pipeline.sources.deliveries.outcome import at_a_glance, standing
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.meta.release import DELIVERY
from tests.lib.deliveries import NUMBERS, STAYS, Place, deliver, text, written

LOG = delivery_of("special_team_log")
LONG = {"start": "01-02-2009", "end": "02-06-2012"}
"""Stays that last over three years: the file of each year has the same bytes."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_same_bytes_are_the_deliveries_of_two_years(place: Place) -> None:
    for year in (2010, 2011):
        place.land(text(**LONG), period=year)
    assert [place.take(y)[0].height for y in (2010, 2011)] == [40, 40]
    assert sorted(place.store.current("section_110_stays")) == [2010, 2011]
    ids = {r.manifest.delivery_id for r in place.store.receipts("section_110_stays")}
    assert len(ids) == 2
    assert len(list(place.store.archive("section_110_stays").glob("*.csv"))) == 1, "the bytes are kept once"
    DELIVERY.conform(rows := history(Lake(place.store.root)))
    assert len({r["delivery_id"] for r in rows}) == 2
    # and a second run changes nothing
    assert [place.take(y)[0].height for y in (2010, 2011)] == [40, 40]
    assert len(place.store.receipts("section_110_stays")) == 2


def test_three_years_without_a_contact_are_three_years_of_zero(place: Place) -> None:
    head = ";".join(v.name for v in LOG.variables) + ";DATA_KIND\n"
    for year in (2010, 2011, 2013):
        place.land(head, period=year, delivery=LOG)
    for year in (2010, 2011, 2013):
        frame, intake = place.take(year, LOG)
        assert frame.height == 0
        assert [r.state for r in intake.decided] == ["accepted"]
    assert sorted(place.store.current("special_team_log")) == [2010, 2011, 2013]


def test_a_number_is_one_file_s(place: Place) -> None:
    place.land(text(40))
    place.take()
    place.land(text(39), name="another.csv")
    frame, intake = place.take()
    assert (frame.height, intake.decided[0].rule) == (40, "number_taken")
    assert "with the number 2" in str(intake.decided[0].message)


def test_two_new_files_of_one_number_are_neither_taken_and_both_are_named(place: Place) -> None:
    place.land(text(40), name="a.csv")
    wrong = place.land(text(39), name="b.csv")
    frame, intake = place.take()
    assert (frame.height, intake.decided) == (0, [])
    (told,) = intake.outcomes
    assert (told.state, told.rule) == ("refused", "number_claimed_twice")
    for said in ("a.csv", "b.csv", "delivery 1 of 2010", "higher number"):
        assert said in told.sentence
    assert not any(n in told.sentence for n in NUMBERS)
    # it stands, run after run, also at a glance
    assert place.take()[1].outcomes == [told]
    assert standing(place.store, place.landing, STAYS) == [told]
    assert at_a_glance(place.store, place.landing, STAYS) == [told]
    # until somebody says which one is meant
    wrong.unlink()
    manifest_path(wrong).unlink()
    assert place.take()[0].height == 40


def test_the_later_of_two_files_may_be_given_a_higher_number(place: Place) -> None:
    place.land(text(40), name="a.csv")
    place.land(text(39), name="b.csv")
    assert place.take()[0].height == 0
    place.land(text(39), name="b.csv", number=2)
    frame, intake = place.take()
    assert frame.height == 39
    assert [r.state for r in intake.decided] == ["accepted", "accepted"]


def test_two_files_of_one_number_are_in_no_other_file_s_way(place: Place) -> None:
    place.land(text(40), name="a.csv")
    place.land(text(39), name="b.csv")
    place.land(text(30, start="01-02-2011", end="01-03-2011"), period=2011)
    frame, intake = place.take(2011)
    assert frame.height == 30
    assert [o.state for o in intake.outcomes] == ["refused", "accepted"]


def test_the_same_bytes_under_two_names_are_one_delivery(place: Place) -> None:
    place.land(text(40), name="a.csv")
    place.land(text(40), name="b.csv")
    frame, intake = place.take()
    assert frame.height == 40
    assert [o.state for o in intake.outcomes] == ["accepted", "known"]


def test_a_correction_of_a_refused_file_may_keep_its_number(place: Place) -> None:
    place.land(text(40, here="147"), name="a.csv")
    assert [r.state for r in place.take()[1].decided] == ["refused"]
    place.land(text(39), name="b.csv")
    assert place.take()[0].height == 39


def test_a_file_can_be_taken_back_by_delivering_the_first_one_again(place: Place) -> None:
    for number, rows in ((1, 40), (2, 38), (3, 40)):
        place.land(text(rows), number=number)
        assert place.take()[0].height == rows
    assert [r["state"] for r in history(Lake(place.store.root))] == ["superseded", "superseded", "current"]


def test_a_file_changed_under_its_old_manifest_is_seen(place: Place) -> None:
    path = place.land(text())
    place.take()
    path.write_bytes(path.read_bytes().replace(b"B01", b"B99", 1))
    frame, intake = place.take()
    assert frame.height == 40
    assert [r.rule for r in intake.decided] == ["sha256"]


def test_an_old_lake_s_receipts_are_read(place: Place) -> None:
    """Form 1: named after the sha256 alone, with the manifest as the supplier wrote it."""
    content = text().encode("cp1252")
    sha256 = hashlib.sha256(content).hexdigest()
    raw, quarantine = place.store.archive("section_110_stays"), place.store.quarantine("section_110_stays")
    raw.mkdir(parents=True)
    quarantine.mkdir(parents=True)
    (raw / f"{sha256}.csv").write_bytes(content)
    manifest = {
        "file": "Ophold.csv",
        "source": "section_110_stays",
        "supplier": STAYS.supplier,
        "period": 2010,
        "rows": 40,
        "bytes": len(content),
        "sha256": sha256,
        "delivery_number": 1,
        "permission": "SYNTETISK",
        "data_kind": "synthetic",
        "encoding": "cp1252",
        "format": "csv",
    }
    receipt = {
        "manifest": manifest,
        "state": "accepted",
        "decided_at": "2026-01-02T03:04:05+00:00",
        "set_aside": {},
        "rule": None,
        "message": None,
    }
    (raw / f"{sha256}.json").write_text(json.dumps(receipt))
    bad = {
        "supplier": f"S {NUMBERS[0]}",
        "source": "../x",
        "format": "/../y",
        "sha256": "0" * 64,
        "file": "a b.csv",
        "permission": "x" * 300,
        "encoding": "zip",
    }
    refusal = {
        **receipt,
        "manifest": manifest | bad,
        "state": "refused",
        "rule": "supplier",
        "message": f"a {NUMBERS[0]}",
    }
    (quarantine / f"{'0' * 64}.json").write_text(json.dumps(refusal))
    frame, intake = place.take()
    assert (frame.height, intake.decided, intake.outcomes) == (40, [], [])
    states = {(r["state"], r["supplier"]) for r in history(Lake(place.store.root))}
    assert states == {("current", STAYS.supplier), ("refused", "other")}
    assert not any(NUMBERS[0] in r.sentence() for r in place.store.receipts("section_110_stays"))
    # the same file again is known
    place.land(text())
    assert [o.state for o in place.take()[1].outcomes] == ["known"]


def test_a_broken_receipt_ends_no_run_and_is_told(place: Place) -> None:
    path = place.land(text())
    place.take()
    (receipt,) = place.store.archive("section_110_stays").glob("*.json")
    path.rename(path.with_name("aside"))
    for content in ("", "{", '{"manifest": 1}'):
        receipt.write_text(content)
        frame, intake = place.take()
        assert frame.height == 0
        assert "receipt" in {o.rule for o in intake.outcomes}
    path.with_name("aside").rename(path)
    frame, intake = place.take()
    assert frame.height == 40, "taken in again from landing"
    assert [o.state for o in intake.outcomes] == ["accepted"]


def test_a_lost_archive_file_is_taken_in_again_from_landing(place: Place) -> None:
    place.land(text())
    _, first = place.take()
    kept = place.store.file(first.decided[0].manifest)
    kept.unlink()
    frame, intake = place.take()
    assert frame.height == 40
    assert kept.is_file()
    assert "missing or changed" in intake.decided[0].sentence()
    assert len(place.store.receipts("section_110_stays")) == 1


def test_deliver_twice_says_already_there_and_copies_nothing(lake: Path, tmp_path: Path) -> None:
    file = written(tmp_path, text())
    assert deliver(file).exit_code == 0
    landing = tmp_path / "landing/section_110_stays"
    before = {p.name: p.read_bytes() for p in [*landing.iterdir(), *(lake / "raw/section_110_stays").iterdir()]}
    for more in ((), ("--check",), ("--number", "2")):
        done = deliver(file, *more)
        assert done.exit_code == 0, done.output
        assert "already there" in done.output
    assert before == {p.name: p.read_bytes() for p in [*landing.iterdir(), *(lake / "raw/section_110_stays").iterdir()]}


@pytest.mark.parametrize("more", [(), ("--check",)])
def test_deliver_says_that_a_number_is_taken(lake: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert deliver(written(tmp_path, text())).exit_code == 0
    done = deliver(written(tmp_path, text(39), "other.csv"), *more)
    assert isinstance(done.exception, DeliveryRefused)
    assert done.exception.rule == "number_taken"
    assert "number 2" in str(done.exception)
    assert not (tmp_path / "landing/section_110_stays/other.csv").exists()


def test_deliver_takes_a_file_that_lies_in_landing_where_it_lies(lake: Path, tmp_path: Path) -> None:
    folder = tmp_path / "landing" / "section_110_stays"
    folder.mkdir(parents=True)
    assert deliver(written(folder, text())).exit_code == 0
    assert sorted(p.name for p in folder.iterdir()) == ["ophold.csv", "ophold.csv.manifest.json"]


def test_two_files_of_one_name_do_not_overwrite_each_other(lake: Path, tmp_path: Path) -> None:
    assert deliver(written(tmp_path, text())).exit_code == 0
    assert deliver(written(tmp_path, text(39)), "--number", "2").exit_code == 0
    folder = tmp_path / "landing" / "section_110_stays"
    files = {p.name for p in folder.iterdir() if p.suffix == ".csv"}
    assert files == {"ophold.csv", "2010_2_ophold.csv"}
    for f in files:
        found: Manifest = read_manifest(manifest_path(folder / f))
        assert found.sha256 == hashlib.sha256((folder / f).read_bytes()).hexdigest()
    assert DeliveryStore(lake).current("section_110_stays")[2010].manifest.rows == 39


def test_deliver_declares_another_encoding(lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "utf16.csv"
    file.write_bytes(text().encode("utf-16"))
    assert deliver(file).exit_code != 0
    done = deliver(file, "--encoding", "utf-16")
    assert done.exit_code == 0, done.output
    (receipt,) = DeliveryStore(lake).receipts("section_110_stays")
    assert receipt.manifest.encoding == "utf-16"
    wrong = deliver(written(tmp_path, text()), "--encoding", "rot13")
    assert "--encoding" in str(wrong.exception)
