"""Killed at any step, as a user without root: the next run completes, and a receipt never stands without its bytes."""

import errno
import os
from pathlib import Path

import pytest

from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.sources.deliveries import archive
from handleplan_pipeline.sources.deliveries.archive import put
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest
from tests.deliveries.nobody import as_nobody, give, nobodys, process
from tests.lib.deliveries import Place, text

__all__ = ["nobodys"]
KILLED = 9
DYING = """
import os, sys
from pathlib import Path
from tests.lib.deliveries import Place
at, calls = int(sys.argv[2]), 0

def dying(real):
    def call(*a, **k):
        global calls
        calls += 1
        if calls == at:
            os._exit(9)
        return real(*a, **k)
    return call

import pathlib
for name in ("replace", "fsync", "unlink", "mkdir", "chmod"):
    setattr(os, name, dying(getattr(os, name)))
for name in ("chmod", "unlink", "mkdir"):
    setattr(pathlib.Path, name, dying(getattr(pathlib.Path, name)))
Place(Path(sys.argv[1])).take()
print(calls)
"""
AGAIN = """
import sys
from pathlib import Path
from tests.lib.deliveries import Place
frame, intake = Place(Path(sys.argv[1])).take()
print(frame.height)
"""


def whole(place: Place, accepted: int, refused: int) -> None:
    """Every receipt has its bytes, every decision one receipt, and nothing half written is left."""
    receipts = place.store.receipts("section_110_stays")
    assert sorted(r.state for r in receipts) == ["accepted"] * accepted + ["refused"] * refused
    for r in receipts:
        folder = place.store.archive if r.state == "accepted" else place.store.quarantine
        (kept,) = folder("section_110_stays").glob(f"{r.manifest.sha256}.*")
        assert sha256_of(kept) == r.manifest.sha256
        assert kept.stat().st_mode & 0o777 == 0o440
    assert not [p for p in place.store.root.rglob("*") if p.name.endswith(".tmp")]


def step(root: Path, kind: str, at: int) -> bool:
    """Whether the process was killed before its `at`-th step on the file system; then again, to the end."""
    place = Place(root / f"{kind}{at}")
    place.land(text() if kind == "accept" else text(here="147"))
    give(place.store.root.parent)
    done = process(DYING, str(place.store.root.parent), str(at))
    assert done.returncode in (0, KILLED), done.stderr[-2000:]
    receipts = [r for r in place.store.receipts("section_110_stays") if r.state == "accepted"]
    assert all(place.store.is_whole(r.manifest) for r in receipts), "no receipt before its bytes"
    for _ in range(2):
        assert as_nobody(AGAIN, str(place.store.root.parent)) == ("40\n" if kind == "accept" else "0\n")
    whole(place, *((1, 0) if kind == "accept" else (0, 1)))
    return done.returncode == KILLED


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["accept", "refuse"])
def test_killed_at_every_step_the_next_run_completes(nobodys: Path, kind: str) -> None:
    at = 1
    while step(nobodys, kind, at):
        at += 1
    assert at > 5, "the process must have died at some steps, or this proves nothing"


@pytest.mark.parametrize("at", [2, 5])
def test_killed_in_the_middle_the_next_run_completes(nobodys: Path, at: int) -> None:
    assert step(nobodys, "accept", at)


def test_a_misfiled_file_is_refused_twice_by_a_user_without_root(nobodys: Path) -> None:
    place = Place(nobodys)
    place.land(text(), source="dst_bef")
    give(nobodys)
    for _ in range(3):
        assert as_nobody(AGAIN, str(nobodys)) == "0\n"
    whole(place, 0, 1)


def test_what_a_crash_of_the_version_before_left_is_in_nobody_s_way(nobodys: Path) -> None:
    """A read-only temporary file of a fixed name: it could not be opened again."""
    place = Place(nobodys)
    path = place.land(text())
    folder = place.store.archive("section_110_stays")
    folder.mkdir(parents=True)
    stale = folder / f".{sha256_of(path)}.csv.tmp"
    stale.write_bytes(b"half")
    stale.chmod(0o440)
    give(nobodys)
    assert as_nobody(AGAIN, str(nobodys)) == "40\n"
    assert not stale.exists()


def test_bytes_are_synced_before_their_receipt_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, steps = Place(tmp_path), []
    place.land(text())

    def noted(name: str, real):  # type: ignore[no-untyped-def]
        def call(*arguments, **more):  # type: ignore[no-untyped-def]
            what = arguments[0]
            target = os.readlink(f"/proc/self/fd/{what}") if isinstance(what, int) else str(arguments[-1])
            steps.append((name, "receipt" if ".json" in target else "bytes" if ".csv" in target else "other"))
            return real(*arguments, **more)

        return call

    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, noted(name, getattr(os, name)))
    place.take()
    wanted = [("fsync", "bytes"), ("replace", "bytes"), ("fsync", "receipt"), ("replace", "receipt")]
    assert [s for s in steps if s[1] != "other"] == wanted


def test_a_file_that_changes_between_check_and_copy_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place.land(text())
    real = place.store.require_place

    def changed(*arguments):  # type: ignore[no-untyped-def]
        path.write_bytes(path.read_bytes().replace(b"B01", b"B99", 1))
        return real(*arguments)

    monkeypatch.setattr(place.store, "require_place", changed)
    frame, intake = place.take()
    assert frame.height == 0
    assert [(r.state, r.rule) for r in intake.decided] == [("refused", "sha256")]
    assert not list(place.store.archive("section_110_stays").glob("*"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_copy_of_other_bytes_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(DeliveryRefused, match="changed while"):
        put(tmp_path / "a", tmp_path / "to" / "b", "0" * 64)
    assert list((tmp_path / "to").iterdir()) == []


def test_a_full_disk_leaves_nothing_half_and_the_next_run_completes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place.land(text())

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        place.take()
    monkeypatch.undo()
    assert not [p for p in place.store.root.rglob("*") if p.suffix in (".tmp", ".csv")]
    assert place.take()[0].height == 40
    assert read_manifest(manifest_path(path)).rows == 40
