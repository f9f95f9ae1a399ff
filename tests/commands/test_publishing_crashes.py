"""kill -9 at every step of publishing: the old or the new release is whole, and the next publication completes."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handleplan_pipeline.errors import DiskFullError
from handleplan_pipeline.lake.releases import announced_ids, existing, never_announced
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger
from handleplan_pipeline.release import publish as module
from handleplan_pipeline.release.publish import find_latest, publish
from handleplan_pipeline.release.verify import broken_files
from tests.commands.made import handleplan, lake_with, release_id, write_release

STEPS = ("mkdir", "symlink", "replace", "fsync", "chmod")
"""Calls to the system that publishing is made of; the process is killed before or after each of them."""


def small_build(lake: Lake, catalogue: Any, folder: Path, release_id: str, *rest: Any) -> int:
    """Stands for a build that takes minutes: three files with their sums."""
    (folder / "manifest.json").write_text(json.dumps({"release_id": release_id, "tables": {}}))
    (folder / "handleplan.duckdb").write_bytes(b"database of " + release_id.encode())
    import hashlib

    lines = [
        f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n"
        for n in ("handleplan.duckdb", "manifest.json")
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))
    return 0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "build", small_build)
    monkeypatch.setattr(module, "verify_in_fresh_process", lambda *_: None)
    monkeypatch.setattr(module, "audit_in_fresh_process", lambda *_: None)


def publish_small(lake: Lake) -> Path:
    return publish(lake, None).path  # type: ignore[arg-type]


def in_a_child(work: Callable[[], object]) -> int:
    """How a forked process ended: -9 when it was killed, 0 when it came to the end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(3)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def kill_at(step: int, after: bool, lake: Lake) -> None:
    """Publish, and be killed at this call of the system."""
    calls = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            mine = calls == step
            if mine and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return call(*arguments, **named)
            finally:
                if mine:
                    os.kill(os.getpid(), signal.SIGKILL)

        return wrapper

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))
    publish_small(lake)


def assert_whole(lake: Lake, allowed: set[str]) -> str:
    """Readers by link and by latest.json see the same whole release, one of those allowed."""
    found = find_latest(lake)
    assert found.path is not None
    assert found.remark is None
    assert broken_files(found.path) == []
    assert found.path.name in allowed
    told = json.loads((lake.releases / "latest.json").read_text())["release_id"]
    assert told == (lake.releases / "latest").resolve().name == found.path.name
    return found.path.name


@pytest.mark.slow
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("after", [False, True])
def test_kill_9_at_every_step_leaves_a_whole_release_and_the_next_one_completes(tmp_path: Path, after: bool) -> None:
    first = Lake(tmp_path / "first")
    publish_small(first)
    killed = announced_late = completed = 0
    for step in range(1, 200):
        lake = Lake(tmp_path / "lake")
        shutil.copytree(first.root, lake.root, symlinks=True)
        old = existing(lake)[0].name
        end = in_a_child(lambda lake=lake, step=step: kill_at(step, after, lake))  # type: ignore[misc]
        there = {p.name for p in existing(lake)}
        seen = assert_whole(lake, there)
        unannounced = {p.name for p in never_announced(lake)}
        assert unannounced == there - {old, seen}
        if end == 0:
            assert seen != old
            break
        assert end == -9
        killed += 1
        # one whose line was written is completed by the next step; one without a line was never announced
        told = {e.release_id for e in ledger.read(lake)}
        announced_late += bool(unannounced - told)
        completed += bool(unannounced & told)
        new = publish_small(lake)
        assert assert_whole(lake, {new.name}) == new.name
        assert new.name == max(p.name for p in existing(lake))
        assert {p.name for p in never_announced(lake)} == unannounced - told
        assert announced_ids(lake) == [n for n in sorted(there | {new.name}) if n not in unannounced - told]
        left = {p.name for p in lake.releases.iterdir()} - {p.name for p in existing(lake)}
        assert left == {"latest", "latest.json", "announced.json", "ledger.jsonl", ".pointer", ".pointers"}
        shutil.rmtree(lake.root)
    assert killed > 15
    assert announced_late >= 1
    assert completed >= 1


@pytest.mark.usefixtures("small")
def test_a_failed_publication_leaves_nothing_and_the_old_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    old = publish_small(lake)
    before = sorted(p.name for p in lake.releases.iterdir())
    monkeypatch.setattr(module, "_sync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DiskFullError, match="the last release stays"):
        publish_small(lake)
    assert find_latest(lake).path == old
    assert sorted(p.name for p in lake.releases.iterdir()) == before


@pytest.mark.usefixtures("small")
def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    publish_small(lake)
    before = sorted(p.name for p in lake.releases.iterdir())
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10 * 1024**2))
    with pytest.raises(DiskFullError, match=r"needs about 64 MB in .*, and 10 MB are free"):
        publish_small(lake)
    assert sorted(p.name for p in lake.releases.iterdir()) == before


@pytest.mark.parametrize("lost", ["gone", "dangling", "elsewhere"])
def test_a_lost_link_gives_the_highest_whole_release_and_says_so(tmp_path: Path, lost: str) -> None:
    lake = lake_with(tmp_path / "lake", 1, 2, 3)
    link = lake.releases / "latest"
    link.unlink()
    if lost != "gone":
        link.symlink_to("nowhere" if lost == "dangling" else tmp_path)
    (lake.releases / release_id(3) / "manifest.json").write_text("{}")
    found = find_latest(lake)
    assert found.path is not None
    assert found.path.name == release_id(2)
    assert f"Passed over because their files are not whole: {release_id(3)}" in str(found.remark)
    done = handleplan("status", "--year", "2012", lake=lake.root)
    assert done.returncode == 0
    assert release_id(2) in done.stdout
    assert "`latest` is lost or leads nowhere" in done.stderr


@pytest.mark.usefixtures("small")
def test_after_a_lost_link_history_goes_on_from_the_last_announced_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    publish_small(lake)
    second = publish_small(lake)
    # a third one was renamed into place and never announced
    third = lake.releases / f"{second.name[:-5]}r0003".replace("__", "_")
    small_build_into(third)
    (lake.releases / "latest").unlink()
    (lake.releases / "latest.json").unlink()
    previous: list[Any] = []
    monkeypatch.setattr(module, "build", lambda *a: previous.append(a[4]) or small_build(*a))
    fourth = publish_small(lake)
    assert previous == [second]
    assert fourth.name.endswith("r0004")
    assert never_announced(lake) == [third]
    # disclosure control still counts it as told
    assert third in existing(lake)


def small_build_into(folder: Path) -> None:
    folder.mkdir()
    small_build(None, None, folder, folder.name)  # type: ignore[arg-type]


@pytest.mark.usefixtures("small")
def test_a_lake_of_before_the_list_counts_all_its_releases_as_announced(tmp_path: Path) -> None:
    lake = lake_with(tmp_path / "lake", 1, 2)
    (lake.releases / "latest.json").write_text('{"release_id": "old"}')
    assert never_announced(lake) == []
    new = publish_small(lake)
    assert announced_ids(lake) == [release_id(1), release_id(2), new.name]
    assert json.loads((lake.releases / "latest.json").read_text())["release_id"] == new.name


def test_doctor_names_releases_that_were_never_announced(tmp_path: Path) -> None:
    lake = lake_with(tmp_path / "lake", 1)
    (lake.releases / "announced.json").write_text(json.dumps([release_id(1)]))
    write_release(lake.releases / release_id(2), release_id(2))
    lake.new_secret()
    done = handleplan("doctor", lake=lake.root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"release {release_id(2)}: whole but never announced" in done.stdout
