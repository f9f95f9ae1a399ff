"""A purge says first what it would delete, leaves a receipt, and follows rules that each have a reason."""

import json
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest

from handleplan_pipeline.keeping.retention import RETENTION
from handleplan_pipeline.keeping.retention import purge as purge_lake
from handleplan_pipeline.release import ledger
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from tests.keeping.made import A, Machine
from tests.lib.deliveries import real

SOURCE = "section_110_stays"


def everything(root: Path) -> dict[str, bytes]:
    return {
        p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file() and p.name != ".lock"
    }


def test_a_dry_run_tells_the_same_and_deletes_nothing(machine: Machine) -> None:
    machine.grant(b={"status": "withdrawn"})
    before = everything(machine.root)
    dry = machine.done("purge", "--dry-run")
    assert everything(machine.root) == before
    assert "would be deleted: section_110_stays 2011" in dry
    assert "2 files would be deleted" in dry  # the archived one, and the supplier's in landing
    done = machine.done("purge")
    assert "2 files deleted" in done
    assert [x.partition(": ")[2] for x in dry.splitlines()[:1]] == [x.partition(": ")[2] for x in done.splitlines()[:1]]


def test_a_receipt_says_what_who_and_by_which_rule(machine: Machine) -> None:
    machine.grant(b={"status": "withdrawn"})
    machine.done("purge")
    (receipt,) = (machine.lake.root / "purges").iterdir()
    said = json.loads(receipt.read_text())
    assert [(d["source"], d["period"], d["why"]) for d in said["deliveries"]] == [
        (SOURCE, 2011, "the permission is withdrawn")
    ]
    assert said["files"] == {"landing": 1, "raw": 1}
    assert said["who"]
    assert said["rules"]["deliveries"] == "the last day of their permission"
    assert stat.S_IMODE(receipt.stat().st_mode) == 0o600
    # a purge that had nothing to do leaves none
    machine.done("purge")
    assert len(list((machine.lake.root / "purges").iterdir())) == 1


def refused(machine: Machine) -> Path:
    """A refused file in quarantine, decided on today."""
    with machine.lake.lock(0):
        machine.place.land(real(39).replace(";101;", ";147;"), number=2, data_kind="delivered", permission=A)
        machine.place.take()
    (copy,) = [p for p in machine.place.store.quarantine(SOURCE).iterdir() if p.suffix == ".csv"]
    return copy


def test_refused_files_end_after_180_days_and_their_receipts_do_not(machine: Machine) -> None:
    copy = refused(machine)
    (receipt,) = [r for r in machine.place.store.receipts(SOURCE) if r.state == "refused"]
    decided = date.fromisoformat(receipt.decided_at[:10])
    with machine.lake.lock(0):
        assert purge_lake(machine.lake, decided + timedelta(days=180)).refused == 0
        assert copy.exists()
        assert purge_lake(machine.lake, decided + timedelta(days=181), dry=True).refused == 1
        assert copy.exists()
        assert purge_lake(machine.lake, decided + timedelta(days=181)).refused == 1
    assert not copy.exists()
    (receipt,) = [r for r in DeliveryStore(machine.lake.root).receipts(SOURCE) if r.state == "refused"]
    assert not receipt.kept
    with machine.lake.lock(0):
        assert purge_lake(machine.lake, decided + timedelta(days=999)).is_empty


REJECTED, WAITS = "2012-06-01T04-00Z_r0001", "2012-06-02T04-00Z_r0002"


def proposals(machine: Machine) -> Path:
    """A proposal that was rejected on 3 June 2012 in the evening, and one that waits; read-only, as they are made."""
    home = machine.lake.releases / ".proposed"
    for name in (REJECTED, WAITS):
        folder = home / name / "parquet"
        folder.mkdir(parents=True)
        (folder / "t.parquet").write_bytes(b"figures that nobody outside has read")
        for beside in ("diff.html", "check.txt"):
            (home / f"{name}.{beside}").write_text("about it")
        folder.chmod(0o555)
        line = ledger.Entry("2012-06-02T05:00:00Z", "Bo Bygger", name, "draft", "proposed", "", "a" * 64, "")
        ledger.append(machine.lake, line)
    # half past midnight of the 4th in Copenhagen
    gone = ledger.Entry("2012-06-03T22:30:00Z", "Lene", REJECTED, "proposed", "rejected", "no note", "a" * 64, "")
    ledger.append(machine.lake, gone)
    return home


def test_a_rejected_proposal_ends_after_180_days_and_its_lines_do_not(machine: Machine) -> None:
    home, last = proposals(machine), date(2012, 6, 4) + timedelta(days=180)
    with machine.lake.lock(0):
        assert purge_lake(machine.lake, last).is_empty
        assert purge_lake(machine.lake, last + timedelta(days=1), dry=True).rejected == (REJECTED,)
    assert (home / REJECTED).is_dir()
    # today is long after: the command takes it, and nothing of the one that waits
    assert f"would be deleted: {REJECTED}, rejected more than 180 days ago" in machine.done("purge", "--dry-run")
    machine.done("purge")
    assert sorted(p.name for p in home.iterdir()) == [WAITS, f"{WAITS}.check.txt", f"{WAITS}.diff.html"]
    (receipt,) = (machine.lake.root / "purges").iterdir()
    assert json.loads(receipt.read_text())["rejected_proposals"] == [REJECTED]
    assert ledger.state_of(ledger.read(machine.lake), REJECTED) == "rejected"
    asked = machine.ask("release", "check", "r0001")
    assert (asked.exit_code, "was rejected, and a purge has deleted it" in str(asked.exception)) == (1, True)


def test_a_broken_ledger_keeps_no_delivery_from_being_deleted(machine: Machine) -> None:
    home = proposals(machine)
    with ledger.path(machine.lake).open("ab") as f:
        f.write(b"{}\n")
    machine.grant(b={"status": "withdrawn"})
    assert "deleted: section_110_stays 2011" in machine.done("purge")
    assert (home / REJECTED).is_dir()


@pytest.mark.parametrize("name", RETENTION)
def test_every_rule_has_an_end_and_a_reason(name: str) -> None:
    rule = RETENTION[name]
    assert rule.until
    assert len(rule.reason) > 40
    assert rule.days is None or str(rule.days) in rule.until or name in ("history", "temporary")


def test_releases_are_for_ever_and_the_history_thirteen_months() -> None:
    assert RETENTION["releases"].until == "for ever"
    # 13 months are at most 397 days and at least 394
    assert RETENTION["history"].days == 396
