"""A foreign or odd thing in a landing folder is told by itself and stands in no other file's way."""

import json
import os
import socket
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from handleplan_pipeline.commands.deliveries import outcomes_now
from handleplan_pipeline.sources.deliveries.files import landed
from handleplan_pipeline.sources.deliveries.manifest import manifest_path
from handleplan_pipeline.sources.deliveries.names import holds_person_number, shown
from handleplan_pipeline.sources.deliveries.outcome import standing
from tests.deliveries.nobody import as_nobody, give, nobodys
from tests.lib.deliveries import NUMBERS, STAYS, Place, text

__all__ = ["nobodys"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def a_socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as s:
        here = os.getcwd()
        os.chdir(folder)
        s.bind("s.csv")
        os.chdir(here)


ODD: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a space": (lambda f: (f / "Ophold 2012.csv").write_text("x"), "foreign", "file_name"),
    "Excel's lock": (lambda f: (f / "~$x.xlsx").write_text("x"), "foreign", "file_name"),
    "decomposed": (lambda f: (f / unicodedata.normalize("NFD", "ærø_å.csv")).write_text("x"), "foreign", "file_name"),
    "newline": (lambda f: (f / "a\nb.csv").write_text("x"), "foreign", "file_name"),
    "not UTF-8": (lambda f: (f / os.fsdecode(b"\xff.csv")).write_text("x"), "foreign", "file_name"),
    "hidden": (lambda f: (f / ".DS_Store").write_text("x"), "foreign", "file_name"),
    "being copied": (lambda f: (f / "x.csv.part").write_text("x"), "foreign", "file_name"),
    "person number": (lambda f: (f / f"ophold_{NUMBERS[0]}.csv").write_text("x"), "foreign", "file_name"),
    "folder": (lambda f: (f / "2012").mkdir(), "foreign", "regular_file"),
    "link": (lambda f: (f / "link.csv").symlink_to("/etc/hostname"), "foreign", "regular_file"),
    "dangling link": (lambda f: (f / "link.csv").symlink_to("/nowhere"), "foreign", "regular_file"),
    "link to a folder": (lambda f: (f / "all").symlink_to("/"), "foreign", "regular_file"),
    "FIFO": (lambda f: os.mkfifo(f / "pipe.csv"), "foreign", "regular_file"),
    "socket": (a_socket, "foreign", "regular_file"),
    "no manifest": (lambda f: (f / "no_manifest.csv").write_text("x"), "waiting", "no_manifest"),
    "letter": (lambda f: (f / "Foelgebrev.txt").write_text("x"), "waiting", "no_manifest"),
    "no file": (lambda f: (f / "later.csv.manifest.json").write_text("{}"), "waiting", "no_file"),
}


@pytest.mark.parametrize("what", ODD)
def test_one_odd_thing_is_told_and_blocks_nothing(place: Place, what: str) -> None:
    make, state, rule = ODD[what]
    place.land(text())
    make(place.landing / "section_110_stays")
    frame, intake = place.take()
    assert frame.height == 40
    assert [r.state for r in intake.decided] == ["accepted"]
    (told,) = [o for o in intake.outcomes if o.state != "accepted"]
    assert (told.state, told.rule, told.source) == (state, rule, "section_110_stays")
    assert NUMBERS[0] not in told.sentence
    # and it stands, run after run
    assert [(o.state, o.rule) for o in standing(place.store, place.landing, STAYS)] == [(state, rule)]


def test_the_manifest_of_an_odd_file_may_be_a_pipe_or_a_link(place: Place) -> None:
    path = place.land(text())
    other = place.land(text(30), period=2011, name="other.csv")
    manifest_path(other).unlink()
    os.mkfifo(manifest_path(other))
    assert place.take()[0].height == 40
    assert {(o.state, o.rule) for o in place.take()[1].outcomes} == {
        ("known", None),
        ("foreign", "regular_file"),
        ("waiting", "no_manifest"),
    }
    assert path.is_file()


def test_many_names_of_one_kind_are_one_line(place: Place) -> None:
    folder = place.landing / "section_110_stays"
    folder.mkdir(parents=True)
    for k in range(30):
        (folder / f"a {k}.csv").write_text("x")
    (told,) = place.take()[1].outcomes
    assert "(30 files)" in told.sentence


def test_names_that_differ_by_case_are_both_refused_and_a_stray_twin_is_not_in_the_way(place: Place) -> None:
    place.land(text(), name="real.csv")
    (place.landing / "section_110_stays" / "REAL.csv").write_text("x")
    assert place.take()[0].height == 40
    place.land(text(38), name="TWIN.csv", number=2)
    place.land(text(39), name="twin.csv", number=3)
    _, intake = place.take()
    assert not intake.decided
    told = [(o.state, o.rule) for o in intake.outcomes if o.state == "foreign"]
    assert told == [("foreign", "file_name")] * 2


def test_a_landing_folder_that_is_a_link_or_a_file_is_told(place: Place, tmp_path: Path) -> None:
    place.landing.mkdir()
    (place.landing / "section_110_stays").symlink_to(tmp_path)
    assert [o.rule for o in place.take()[1].outcomes] == ["regular_file"]
    (place.landing / "section_110_stays").unlink()
    (place.landing / "section_110_stays").write_text("x")
    assert [o.rule for o in place.take()[1].outcomes] == ["regular_file"]


def test_without_a_landing_folder_there_is_nothing_to_tell(place: Place) -> None:
    assert place.take()[1].outcomes == []


TAKE = """
import sys
from pathlib import Path
from tests.lib.deliveries import Place
frame, intake = Place(Path(sys.argv[1])).take()
print(frame.height, sorted((o.state, str(o.rule)) for o in intake.outcomes))
"""


def test_what_may_not_be_read_is_a_sentence(nobodys: Path) -> None:
    place = Place(nobodys)
    place.land(text())
    shut = place.land(text(39), number=2)
    give(nobodys)
    shut.chmod(0)
    assert as_nobody(TAKE, str(nobodys)) == "40 [('accepted', 'None'), ('waiting', 'not_complete')]\n"
    shut.chmod(0o600)
    manifest_path(shut).chmod(0)
    assert as_nobody(TAKE, str(nobodys)) == "40 [('known', 'None'), ('waiting', 'unreadable')]\n"
    (place.landing / "section_110_stays").chmod(0)
    assert as_nobody(TAKE, str(nobodys)) == "40 [('waiting', 'unreadable')]\n"


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        (f"ophold_{NUMBERS[0]}.csv", True),
        ("020165-0000.csv", True),
        ("x020165_0000y.csv", True),
        ("02-01-65-0000.csv", True),
        ("02011965-0000.csv", True),
        ("201650000.csv", True),
        ("x.201650000.x", True),
        ("section_110_stays_2012.csv", False),
        ("ophold_20121231.csv", False),
        ("2010-41-0001.csv", False),
        ("run_201212311230.csv", False),
        ("320165-0000.csv", False),
    ],
)
def test_a_person_number_in_a_name_is_found_in_every_spelling(name: str, holds: bool) -> None:
    assert holds_person_number(name) is holds
    assert shown(name) == ("a file" if holds else name)


def test_our_own_half_written_files_are_passed_over(place: Place) -> None:
    folder = place.landing / "section_110_stays"
    folder.mkdir(parents=True)
    (folder / ".handleplan.1.abcd.tmp").write_text("x")
    assert landed(folder).odd == ()


def test_what_lies_beside_the_folders_of_sources_is_told(place: Place) -> None:
    """A file there was taken in by nobody and named nowhere. What the generator leaves for tests is no delivery."""
    place.landing.mkdir(parents=True, exist_ok=True)
    for name in ("dst_income_2013.csv", f"{NUMBERS[0]}.csv", "Ophold 2012.csv", "truth.parquet", ".hidden"):
        (place.landing / name).write_text("x")
    (place.landing / "dst_incom").mkdir()
    told = {o.source: o.sentence for o in outcomes_now(place.store, place.landing)}
    assert told.keys() == {"dst_income_2013.csv", "(a file)", "dst_incom"}
    assert "lies in the landing folder itself and is not taken in" in str(told["dst_income_2013.csv"])
    assert "no source has this name" in str(told["dst_incom"])


def test_a_digest_in_capitals_is_the_same_digest(place: Place) -> None:
    path = place.land(text())
    manifest = manifest_path(path)
    said = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(said | {"sha256": said["sha256"].upper()}), encoding="utf-8")
    _, intake = place.take()
    assert [r.state for r in intake.decided] == ["accepted"]
