"""A lake comes back whole or not at all, in another place, and what was deleted since does not come back."""

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from tests.keeping.made import B, Break, Machine, year
from tests.lib.deliveries import real

SOURCE = "section_110_stays"


def restore(machine: Machine, *more: str, place: Path | None = None) -> Path:
    """The restored lake; the run afterwards is another test's."""
    new = machine.root / "another machine" / "data"
    machine.done("restore", "--from", str(place or machine.backups), "--lake", str(new), "--no-run", *more)
    return new


def refusal(machine: Machine, *more: str) -> str:
    new = machine.root / "new"
    result = machine.ask("restore", "--from", str(machine.backups), "--lake", str(new), "--no-run", *more)
    assert result.exit_code != 0
    assert not new.exists()
    # nothing that looks like a lake, and nothing confidential, is left beside its place
    assert [p.name for p in machine.root.iterdir() if "restoring" in p.name] == []
    return str(result.exception)


def test_everything_is_as_it_was_in_another_place(machine: Machine, backed_up: Path) -> None:
    before = {p.relative_to(machine.lake.root): p for p in (machine.lake.root / "raw").rglob("*") if p.is_file()}
    shutil.copytree(machine.lake.root, machine.root / "kept", symlinks=True)
    new = restore(machine)
    for path, old in before.items():
        assert (new / path).read_bytes() == old.read_bytes()
        assert stat.S_IMODE((new / path).stat().st_mode) == stat.S_IMODE(old.stat().st_mode) & 0o770
    assert (new / ".secret").read_bytes() == (machine.lake.root / ".secret").read_bytes()
    assert stat.S_IMODE((new / ".secret").stat().st_mode) == 0o600
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    # its marks are those of before
    assert Lake(new).sealed("x") == machine.lake.sealed("x")
    machine.use_lake(new)
    assert sorted(DeliveryStore(new).permitted(SOURCE)) == [2010, 2011]
    assert not (new / "tables" / "source").exists()


def one_file(backup: Path) -> Path:
    return next(p for p in sorted(backup.glob(f"content/lake/raw/{SOURCE}/*.csv")))


def other_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


BROKEN: dict[str, tuple[Break, str]] = {
    "a file is missing": (lambda b: one_file(b).unlink(), "1 file is missing (lake/raw/"),
    "another byte": (lambda b: other_byte(one_file(b)), "1 file is not as they were written (lake/raw/"),
    "a byte of the secret": (
        lambda b: other_byte(b / "content/lake/.secret"),
        "not as they were written (lake/.secret)",
    ),
    "one byte less": (lambda b: one_file(b).write_bytes(one_file(b).read_bytes()[:-1]), "not as they were written"),
    "one file more": (lambda b: (b / "content/lake/raw/more").write_text("x"), "1 file is too many (lake/raw/more)"),
    "a link for a file": (
        lambda b: (one_file(b).rename(b / "away"), one_file_gone(b).symlink_to(b / "away")),
        "not as they were written",
    ),
    "the manifest changed": (lambda b: other_byte(b / "content/manifest.json"), "content/manifest.json: not the bytes"),
    "the manifest is gone": (lambda b: (b / "content/manifest.json").unlink(), "content/manifest.json: is missing"),
    "the sums changed": (lambda b: other_byte(b / "SHA256SUMS"), "Take another backup"),
    "the sums are gone": (lambda b: (b / "SHA256SUMS").unlink(), "SHA256SUMS: cannot be read"),
    "the outer one changed": (lambda b: other_byte(b / "backup.json"), "backup.json: not the bytes"),
}


def one_file_gone(backup: Path) -> Path:
    """Where the file lay that was moved away."""
    listed = json.loads((backup / "content/manifest.json").read_text())["files"]
    return next(p for f in listed if not (p := backup / "content" / f["path"]).exists())


@pytest.mark.parametrize("how", BROKEN)
def test_a_backup_that_is_not_whole_is_refused_with_a_sentence(machine: Machine, backed_up: Path, how: str) -> None:
    breaks, said = BROKEN[how]
    breaks(backed_up)
    assert said in refusal(machine)


def test_a_manifest_cannot_lead_out_of_the_lake(machine: Machine, backed_up: Path) -> None:
    """Somebody rewrote manifest and sums alike: still nothing is written outside the new lake."""
    file = backed_up / "content/manifest.json"
    about = json.loads(file.read_text())
    about["links"] = {"raw/out": "../../../elsewhere"}
    file.write_text(json.dumps(about))
    sums = subprocess.run(["sha256sum", "backup.json", "content/manifest.json"], cwd=backed_up, capture_output=True)
    (backed_up / "SHA256SUMS").write_bytes(sums.stdout)
    assert "manifest.json: not a manifest" in refusal(machine)


def test_it_never_overwrites(machine: Machine, backed_up: Path) -> None:
    there = machine.root / "there"
    there.mkdir()
    (there / "mine").write_text("x")
    result = machine.ask("restore", "--from", str(machine.backups), "--lake", str(there), "--no-run")
    assert "never overwrites" in str(result.exception)
    assert [p.name for p in there.iterdir()] == ["mine"]


def test_what_was_purged_since_does_not_come_back(machine: Machine, backed_up: Path) -> None:
    """The permission of 2011 is withdrawn and purged; on the new machine it is on file again by mistake."""
    machine.grant(b={"status": "withdrawn"})
    machine.done("purge")
    assert sorted(DeliveryStore(machine.lake.root).permitted(SOURCE)) == [2010]
    shutil.rmtree(machine.lake.root)
    machine.grant()
    new = restore(machine)
    machine.use_lake(new)
    store = DeliveryStore(new)
    assert sorted(store.permitted(SOURCE)) == [2010]
    (gone,) = [r for r in store.receipts(SOURCE) if r.manifest.permission == B]
    assert gone.state == "deleted"
    assert not store.file(gone.manifest).exists()
    half = year(real(), 2011).encode("cp1252")[:500]
    assert not [p for p in new.rglob("*") if p.is_file() and half in p.read_bytes()]


def test_what_ended_since_does_not_come_back_though_nobody_purged(machine: Machine, backed_up: Path) -> None:
    machine.grant(b={"delete_by": "2020-01-01"})
    new = restore(machine)
    machine.use_lake(new)
    assert {r.state for r in DeliveryStore(new).receipts(SOURCE) if r.manifest.permission == B} == {"deleted"}


def test_what_was_delivered_again_before_the_backup_comes_back(machine: Machine, backed_up: Path) -> None:
    """Purged, permitted anew, delivered anew, backed up: the old line of the log is not about it any more."""
    machine.grant(b={"status": "withdrawn"})
    machine.done("purge")
    machine.grant()
    with machine.lake.lock(0):
        machine.place.land(year(real(), 2011), 2011, data_kind="delivered", permission=B)
        assert machine.place.take(2011)[0].height == 40
    machine.done("backup", "--to", str(machine.backups))
    newest = sorted(machine.backups.glob("*_*/"))[-1]
    assert newest != backed_up
    new = restore(machine, place=newest)
    machine.use_lake(new)
    assert sorted(DeliveryStore(new).permitted(SOURCE)) == [2010, 2011]
    shutil.rmtree(new)
    # the older backup leaves it out: it was deleted after that
    machine.use_lake(machine.lake.root)
    new = restore(machine, place=backed_up)
    assert sorted(DeliveryStore(new).permitted(SOURCE)) == [2010]


def test_without_the_log_nobody_knows_and_nothing_comes_back(machine: Machine, backed_up: Path) -> None:
    (log,) = machine.backups.glob("deletions_*")
    moved = log.rename(machine.root / "log.jsonl")
    assert "--deletions FILE" in refusal(machine)
    restore(machine, "--deletions", str(moved))


def test_a_log_that_is_lost_for_good_has_to_be_said(machine: Machine, backed_up: Path) -> None:
    next(machine.backups.glob("deletions_*")).unlink()
    said = machine.done(
        "restore", "--from", str(machine.backups), "--lake", str(machine.root / "n"), "--no-run", "--no-deletions-known"
    )
    assert "lake:" in said


def test_an_older_log_and_a_changed_one_are_refused(machine: Machine, backed_up: Path) -> None:
    (log,) = machine.backups.glob("deletions_*")
    older = log.read_bytes()
    machine.grant(b={"status": "withdrawn"})
    machine.done("purge")
    whole = log.read_text()
    assert whole.count("\n") == 1
    backed_up.rename(machine.root / "first")
    machine.done("backup", "--to", str(machine.backups))
    log.write_bytes(older)
    assert "older than the backup" in refusal(machine)
    log.write_text(whole.replace("withdrawn", "unknown"))
    assert "older than the backup, or of another lake" in refusal(machine)
    log.write_text("no line\n" + whole)
    assert "line 1 is no deletion" in refusal(machine)


def test_the_log_tells_nothing_of_what_was_deleted(machine: Machine, backed_up: Path) -> None:
    sums = [r.manifest.sha256 for r in DeliveryStore(machine.lake.root).receipts(SOURCE)]
    machine.grant(b={"status": "withdrawn"})
    machine.done("purge")
    (log,) = machine.backups.glob("deletions_*")
    (line,) = [json.loads(x) for x in log.read_text().splitlines()]
    assert (line["source"], line["period"], line["number"], line["why"]) == (SOURCE, 2011, 1, "withdrawn")
    assert not any(s in log.read_text() for s in sums)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_with_another_secret_its_slot_is_compared(machine: Machine, backed_up: Path) -> None:
    (machine.lake.root / ".secret").unlink()
    machine.lake.new_secret()
    machine.grant(b={"status": "withdrawn"})
    machine.done("purge")
    machine.grant()
    new = restore(machine)
    assert sorted(DeliveryStore(new).permitted(SOURCE)) == [2010]


def test_a_purge_that_cannot_reach_a_backup_says_so_until_it_can(machine: Machine, backed_up: Path) -> None:
    away = machine.backups.rename(machine.root / "unmounted")
    machine.grant(b={"status": "withdrawn"})
    result = machine.ask("purge")
    assert "the folder of backups is not there" in str(result.exception)
    assert sorted(DeliveryStore(machine.lake.root).permitted(SOURCE)) == [2010]
    assert "does not know every deletion" in machine.ask("doctor").output
    away.rename(machine.backups)
    machine.done("purge")
    (log,) = machine.backups.glob("deletions_*")
    assert log.read_text().count("\n") == 1
    assert "does not know every deletion" not in machine.ask("doctor").output


def test_a_restored_lake_tells_the_place_it_came_from(machine: Machine, backed_up: Path) -> None:
    """The backups were carried to another machine: later deletions are written beside them there."""
    carried = machine.root / "carried"
    shutil.copytree(machine.backups, carried)
    new = restore(machine, place=carried)
    machine.use_lake(new)
    machine.grant(a={"status": "withdrawn"})
    machine.done("purge")
    (log,) = carried.glob("deletions_*")
    assert [json.loads(x)["period"] for x in log.read_text().splitlines()] == [2010]


@pytest.fixture
def age_key(tmp_path: Path) -> tuple[str, Path]:
    if shutil.which("age") is None:
        pytest.skip("age is not installed (Debian: apt install age)")
    file = tmp_path / "age.key"
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    public = next(x for x in file.read_text().splitlines() if "public key" in x)
    return public.rpartition(" ")[2], file


def test_sealed_with_age_and_opened_with_its_key_alone(machine: Machine, age_key: tuple[str, Path]) -> None:
    public, private = age_key
    machine.done("backup", "--to", str(machine.backups), "--recipient", public)
    (backup,) = machine.backups.glob("*_*/")
    assert sorted(p.name for p in backup.iterdir()) == ["SHA256SUMS", "backup.json", "content.tar.age"]
    plain = real().encode("cp1252")[:200]
    assert plain not in (backup / "content.tar.age").read_bytes()
    # names and sums of files stay inside
    assert SOURCE not in (backup / "backup.json").read_text() + (backup / "SHA256SUMS").read_text()
    assert "Name the file of the private key" in refusal(machine)
    other = machine.root / "other.key"
    subprocess.run(["age-keygen", "-o", str(other)], check=True, capture_output=True)
    assert "age did not open it" in refusal(machine, "--identity", str(other))
    new = restore(machine, "--identity", str(private))
    assert (new / ".secret").read_bytes() == (machine.lake.root / ".secret").read_bytes()
    assert not list((machine.root / "another machine").glob("*opened*"))


def test_a_sealed_one_with_another_byte_is_refused(machine: Machine, age_key: tuple[str, Path]) -> None:
    machine.done("backup", "--to", str(machine.backups), "--recipient", age_key[0])
    (sealed,) = machine.backups.glob("*/content.tar.age")
    other_byte(sealed)
    assert "content.tar.age: not the bytes" in refusal(machine, "--identity", str(age_key[1]))


def test_a_recipient_that_is_none_makes_no_backup(machine: Machine, age_key: tuple[str, Path]) -> None:
    result = machine.ask("backup", "--to", str(machine.backups), "--recipient", "age1nobody")
    assert "age did not encrypt" in str(result.exception)
    assert not list(machine.backups.glob("*_*/"))


def test_sealed_with_gnupg(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    made = [
        "gpg",
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--pinentry-mode",
        "loopback",
        "--quick-gen-key",
        "backup@example.org",
        "default",
        "default",
    ]
    subprocess.run(made, check=True, capture_output=True)
    try:
        machine.done("backup", "--to", str(machine.backups), "--recipient", "backup@example.org")
        new = restore(machine)
    finally:
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], capture_output=True)
    assert (new / ".secret").read_bytes() == (machine.lake.root / ".secret").read_bytes()
