"""A backup holds all that cannot be made again, as confidentially as the lake, and nothing half-made."""

import json
import os
import sqlite3
import stat
import subprocess
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from handleplan_pipeline.errors import DiskFullError
from handleplan_pipeline.keeping import backup as making
from handleplan_pipeline.keeping.inventory import kept
from handleplan_pipeline.lake.tables import Lake
from tests.keeping.made import Machine
from tests.lib.searching import holding

KEY = sha256(b"a key for tests only").hexdigest()


def files(folder: Path) -> dict[str, Path]:
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


def test_it_holds_archive_receipts_secret_permissions_and_releases(machine: Machine) -> None:
    lake = machine.lake.root
    (lake / "releases" / "2020-01-01T00-00Z_r0001").mkdir(parents=True)
    (lake / "releases" / "2020-01-01T00-00Z_r0001" / "manifest.json").write_text("{}")
    (lake / "releases" / "latest").symlink_to("2020-01-01T00-00Z_r0001")
    (lake / "releases" / "ledger.jsonl").write_text("a line\n")
    (lake / "releases" / ".proposed" / "next").mkdir(parents=True)
    (lake / "releases" / ".proposed" / "next" / "x").write_text("waits")
    machine.done("backup", "--to", str(machine.backups))
    (backup,) = machine.backups.glob("*_*/")
    there = files(backup / "content")
    raw = [p for p in files(lake) if p.startswith("raw/")]
    assert len(raw) == 6  # two files, two receipts, two markers
    assert {f"lake/{p}" for p in raw} <= set(there)
    assert there["lake/.secret"].read_bytes() == (lake / ".secret").read_bytes()
    assert there["settings/permissions"].read_bytes() == (machine.root / "permissions.yaml").read_bytes()
    assert {"lake/releases/ledger.jsonl", "lake/releases/.proposed/next/x"} <= set(there)
    manifest = json.loads(there["manifest.json"].read_text())
    assert manifest["links"] == {"releases/latest": "2020-01-01T00-00Z_r0001"}
    for file in manifest["files"]:
        assert sha256(there[file["path"]].read_bytes()).hexdigest() == file["sha256"]
    assert {f["path"] for f in manifest["files"]} == set(there) - {"manifest.json"}


def test_what_can_be_made_again_and_what_is_half_written_stays_out(machine: Machine) -> None:
    lake = machine.lake.root
    for name in ("tables/source/x.parquet", "landing/y.csv", ".spill/1/z", "raw/section_110_stays/.half.tmp"):
        (lake / name).parent.mkdir(parents=True, exist_ok=True)
        (lake / name).write_text("no")
    (lake / "releases" / ".building-r1").mkdir(parents=True)
    (lake / "releases" / ".building-r1" / "a").write_text("no")
    (lake / "of-somebody").write_text("kept, though nobody thought of it")
    found = {e.path for e in kept(lake)}
    assert "of-somebody" in found
    assert not [
        p for p in found if p.startswith(("tables", "landing", ".spill", ".lock")) or "building" in p or ".half" in p
    ]


def test_nobody_else_can_read_it_and_no_secret_is_in_its_manifest(machine: Machine, backed_up: Path) -> None:
    for path in (backed_up, *backed_up.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), (path, oct(mode))
    secret = (machine.lake.root / ".secret").read_bytes()
    said = [(backed_up / n).read_bytes() for n in ("backup.json", "SHA256SUMS", "content/manifest.json")]
    log = next(machine.backups.glob("deletions_*")).read_bytes()
    for text in (*said, log):
        assert secret not in text
        assert secret.hex().encode() not in text
        assert KEY.encode() not in text
    # whoever has the data does not get the key with them
    assert holding(backed_up, [KEY]) == {}


def test_sums_are_those_that_sha256sum_checks(backed_up: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=backed_up, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_it_holds_the_lake_meanwhile(machine: Machine) -> None:
    with machine.lake.lock(0):
        result = machine.ask("backup", "--to", str(machine.backups))
    assert "Another run" in str(result.exception)
    assert not list(machine.backups.glob("*_*/"))


@pytest.mark.parametrize("where", ["lake/backups", "."])
def test_not_into_the_lake_nor_around_it(machine: Machine, where: str) -> None:
    result = machine.ask("backup", "--to", str(machine.root / where))
    assert "would be lost with it" in str(result.exception)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making.shutil, "disk_usage", lambda place: SimpleNamespace(free=1))
    result = machine.ask("backup", "--to", str(machine.backups))
    assert isinstance(result.exception, DiskFullError)
    assert "Make room" in str(result.exception)
    assert list(machine.backups.iterdir()) == []


def test_a_killed_one_leaves_no_backup_and_the_next_one_sweeps(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut between copying and naming: what lies there is hidden, and gone after the next backup."""
    with monkeypatch.context() as m:
        m.setattr(making.shutil, "rmtree", lambda *a, **k: None)
        m.setattr(making, "_require_closed", lambda folder: (_ for _ in ()).throw(KeyboardInterrupt))
        machine.ask("backup", "--to", str(machine.backups))
    assert [p.name for p in machine.backups.iterdir() if not p.name.startswith(".making-")] == []
    assert list(machine.backups.glob(".making-*"))
    machine.done("backup", "--to", str(machine.backups))
    assert not list(machine.backups.glob(".making-*"))


def test_a_pipe_in_the_lake_is_named_and_nothing_is_made(machine: Machine) -> None:
    os.mkfifo(machine.lake.root / "raw" / "pipe")
    result = machine.ask("backup", "--to", str(machine.backups))
    assert "raw/pipe: neither a file nor a link that stays in the lake" in str(result.exception)
    assert not list(machine.backups.glob("*_*/"))


def test_a_link_that_leads_out_is_not_followed(machine: Machine) -> None:
    (machine.lake.root / "raw" / "link").symlink_to("/etc/hostname")
    result = machine.ask("backup", "--to", str(machine.backups))
    assert "raw/link" in str(result.exception)


def test_the_history_is_whole_while_somebody_writes_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that is open during the copy is not in it; what was committed before is."""
    home = machine.root / "dagster"
    (home / "history").mkdir(parents=True)
    con = sqlite3.connect(home / "history" / "runs.db")
    con.execute("PRAGMA journal_mode=WAL")
    con.execute("CREATE TABLE runs(id)")
    con.execute("INSERT INTO runs VALUES ('before')")
    con.commit()
    con.execute("INSERT INTO runs VALUES ('not yet')")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    machine.done("backup", "--to", str(machine.backups))
    con.close()
    (copy,) = machine.backups.glob("*_*/content/history/history/runs.db")
    with sqlite3.connect(copy) as read:
        assert read.execute("SELECT id FROM runs").fetchall() == [("before",)]


def test_without_a_place_it_says_which_setting(machine: Machine) -> None:
    assert "HANDLEPLAN_BACKUPS" in str(machine.ask("backup").exception)


def test_old_backups_end_the_newest_never(machine: Machine, backed_up: Path) -> None:
    outer = json.loads((backed_up / "backup.json").read_text())
    outer["made_at"] = "2020-01-01T00:00:00+00:00"
    (backed_up / "backup.json").write_text(json.dumps(outer))
    other = machine.backups / "2019-01-01T00-00-00Z_anotherlake"
    backed_up.rename(backed_up.with_name(f"2020-01-01T00-00-00Z_{outer['lake']}"))
    other.mkdir()
    (other / "backup.json").write_text(json.dumps(outer | {"lake": "anotherlake"}))
    said = machine.done("backup", "--to", str(machine.backups), "--prune")
    assert "deleted, beyond its time: 2020-01-01T00-00-00Z" in said
    left = sorted(p.name for p in machine.backups.glob("*_*/"))
    assert len(left) == 2
    assert other.name in left


def test_a_lake_keeps_its_name(machine: Machine, backed_up: Path) -> None:
    named = (machine.lake.root / ".lake-id").read_text().strip()
    assert backed_up.name.endswith(f"_{named}")
    assert Lake(machine.lake.root).secret()
