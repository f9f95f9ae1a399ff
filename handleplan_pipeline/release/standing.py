"""Whether a release is what the ledger says of it: its sums, its signature, the chain, and what readers were told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from handleplan_pipeline.errors import HandleplanError, ReleaseError
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.releases import PROPOSED, WITHDRAWN
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger, swap
from handleplan_pipeline.release.ledger import Entry
from handleplan_pipeline.release.signature import MOST_BYTES, SETTING, require_approvers, wrong_signature
from handleplan_pipeline.release.verify import SIGNATURE, read_manifest


@dataclass
class Standing:
    """What is wrong, and what is to be known."""

    wrong: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def standing(lake: Lake, folder: Path, approvers: Path | None) -> Standing:
    """What the ledger, the signature and the withdrawals say of a release of this lake; of another folder nothing."""
    found = Standing()
    here = folder.resolve().parent
    if here not in (lake.releases.resolve(), (lake.releases / PROPOSED).resolve()):
        found.remarks.append("not in this lake: neither ledger nor signature was looked at")
        return found
    try:
        entries = ledger.read(lake)
    except ReleaseError as e:
        found.wrong.append(str(e))
        return found
    mine = [e for e in entries if e.release_id == folder.name]
    if not mine and entries:
        found.remarks.append("the ledger does not know it: it was never announced")
    elif mine and swap.sums_sha256(folder) != mine[0].sums_sha256:
        found.wrong.append("its list of sums is not the one that the ledger names")
    found.wrong += _wrong_history(folder, entries)
    _of_approval(lake, folder, mine, approvers, found)
    _of_withdrawal(lake, folder, entries, mine, found)
    return found


def _wrong_history(folder: Path, entries: Sequence[Entry]) -> list[str]:
    """Where the release tells other lines than the ledger holds now."""
    file = folder / "parquet" / "meta" / "release_event.parquet"
    if not file.is_file():
        return []
    told = parquet.read(file, "meta.release_event").sort("line")
    now = [ledger.digest(e) for e in entries]
    for line, sha256 in told.select("line", "sha256").iter_rows():
        if line > len(now) or now[line - 1] != sha256:
            return [f"meta.release_event: line {line} is not in the ledger as the release told it"]
    return []


def _of_approval(lake: Lake, folder: Path, mine: Sequence[Entry], approvers: Path | None, found: Standing) -> None:
    approved = next((e for e in mine if (e.from_state, e.to_state) == ("proposed", "approved")), None)
    file = folder / SIGNATURE
    if file.is_file() and file.stat().st_size > MOST_BYTES:
        found.wrong.append(f"{SIGNATURE}: too large to be a signature")
        return
    if approved is None:
        public = any(e.to_state == "published" for e in mine)
        if public and read_manifest(folder)[0].get("kind") == "official":
            found.wrong.append("says that it is official, and the ledger holds no approval of it")
        if public and file.is_file():
            found.wrong.append(f"{SIGNATURE}: there is a signature, and the ledger holds no approval")
        return
    if approvers is None:
        found.remarks.append(f"approved by {approved.who}; the signature was NOT checked, because {SETTING} is not set")
        return
    try:
        listed = require_approvers(lake, approvers)
        at = datetime.fromisoformat(approved.at.replace("Z", "+00:00"))
        wrong = wrong_signature(folder, approved.who, listed, at=at)
    except HandleplanError as e:
        wrong = str(e)
    if wrong:
        found.wrong.append(wrong)
    else:
        found.remarks.append(f"approved and signed by {approved.who} at {approved.at}")


def _of_withdrawal(lake: Lake, folder: Path, entries: Sequence[Entry], mine: Sequence[Entry], found: Standing) -> None:
    page = lake.releases / f"{folder.name}{WITHDRAWN}"
    told = next((w for w in swap.withdrawals(entries) if w["release_id"] == folder.name), None)
    if told is None:
        if page.exists():
            found.wrong.append(f"{page.name} says that it was withdrawn, and the ledger does not")
        led = ledger.current(entries) == folder.name
        if led and swap.told_now(lake).get("release_id") != folder.name:
            found.wrong.append("is the published release, and `latest.json` names another; the next step mends it")
        return
    instead = f"; read {told['replaced_by']} instead" if told["replaced_by"] else ""
    found.remarks.append(f"WITHDRAWN at {told['withdrawn_at']}: {told['reason']}{instead}")
    if not page.is_file():
        found.wrong.append(f"was withdrawn, and {page.name} is missing; the next step puts it back")
