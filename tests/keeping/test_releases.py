"""Releases and their ledger come back as they were; one that was published after the backup is added as what it is."""

from itertools import pairwise
from pathlib import Path

import pytest

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger, swap
from handleplan_pipeline.release.publish import find_latest
from tests.commands.made import write_release
from tests.keeping.made import Machine

FIRST, SECOND = "2026-06-01T06-00Z_r0001", "2026-06-08T06-00Z_r0002"


def public(lake: Lake, release_id: str, *way: str) -> Path:
    """A release in its place, with these states in the ledger; the one before it is superseded."""
    with lake.lock(0):
        lake.releases.mkdir(exist_ok=True)
        place = lake.releases / (".proposed" if way[-1] == "proposed" else ".") / release_id
        place.mkdir(parents=True)
        write_release(place, release_id)
        before, sums = ledger.current(ledger.read(lake)), swap.sums_sha256(place)
        lines = [swap.step(release_id, a, b, "Bo", "prøve", sums) for a, b in pairwise(way)]
        if before is not None and way[-1] == "published":
            lines.append(
                swap.step(before, "published", "superseded", "Bo", "", swap.sums_sha256(lake.releases / before))
            )
        ledger.append_all(lake, lines)
        swap.settle(lake)
    return place.resolve()


def restored(machine: Machine, *more: str) -> Lake:
    new = machine.root / "new"
    machine.done("restore", "--from", str(machine.backups), "--lake", str(new), "--no-run", *more)
    return Lake(new)


def test_latest_and_the_ledger_are_as_they_were(machine: Machine) -> None:
    public(machine.lake, FIRST, "draft", "published")
    public(machine.lake, SECOND, "draft", "published")
    machine.done("backup", "--to", str(machine.backups))
    new = restored(machine)
    assert find_latest(new).path == new.releases / SECOND
    assert (new.releases / "latest.json").read_bytes() == (machine.lake.releases / "latest.json").read_bytes()
    assert ledger.read(new) == ledger.read(machine.lake)
    with new.lock(0):
        swap.settle(new)
    assert ledger.read(new) == ledger.read(machine.lake)


@pytest.mark.parametrize("then", [None, "proposed"])
def test_what_was_published_after_the_backup_is_added(machine: Machine, then: str | None) -> None:
    """Nothing was known of it then, or it waited for approval."""
    public(machine.lake, FIRST, "draft", "published")
    if then:
        public(machine.lake, SECOND, "draft", "proposed")
    machine.done("backup", "--to", str(machine.backups))
    elsewhere = machine.root / "the web" / SECOND
    elsewhere.mkdir(parents=True)
    write_release(elsewhere, SECOND)
    new = restored(machine, "--release", str(elsewhere))
    assert find_latest(new).path == new.releases / SECOND
    entries = ledger.read(new)
    assert [ledger.state_of(entries, r) for r in (FIRST, SECOND)] == ["superseded", "published"]
    told = [e.note for e in entries if (e.release_id, e.to_state) == (SECOND, "published")]
    assert told == ["restored; the lines about it are younger than the backup"]


def test_a_folder_that_is_no_whole_release_is_not_added(machine: Machine, backed_up: Path) -> None:
    folder = machine.root / SECOND
    folder.mkdir()
    write_release(folder, SECOND)
    (folder / "manifest.json").unlink()
    arguments = ["restore", "--from", str(machine.backups), "--lake", str(machine.root / "new"), "--no-run"]
    result = machine.ask(*arguments, "--release", str(folder))
    assert "not the whole folder of a release" in str(result.exception)
    assert not (machine.root / "new").exists()
