"""What people do with releases: propose, approve, reject, publish now or at a time. Each writes the ledger first.

Every function here is for whoever holds the lake's lock. Each refuses in a sentence, with nothing changed, what is not
allowed; what it began and could not finish is finished by whatever is done next (`swap.settle`).
"""

import getpass
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from handleplan_pipeline import clock
from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.errors import HandleplanError, ReleaseError
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.files import write_atomically
from handleplan_pipeline.lake.releases import NAME, PROPOSED, existing, proposed
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import checklist, diff, embargo, ledger, swap
from handleplan_pipeline.release.ledger import Entry, state_of
from handleplan_pipeline.release.publish import Published, entering, publish, require_earlier
from handleplan_pipeline.release.signature import require_approvers, same_person, wrong_signature
from handleplan_pipeline.release.verify import SIGNATURE, broken_files, read_manifest
from handleplan_pipeline.settings import PART_NAMES, get_settings
from schemas.registry import all_contracts

AWAY = "Propose a new release; this one can only be rejected."


@dataclass(frozen=True)
class Done:
    """What became of a release whose time had come: published, or the sentence that says why not."""

    release_id: str
    published: bool
    said: str


def login() -> str:
    """The name of who runs this process, where nobody gave one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.geteuid()}"


def named(lake: Lake, release: str) -> str:
    """The id of a release that is named by its id or its number (r0007). Raises ReleaseError when there is none."""
    entries = ledger.read(lake)
    known = [p.name for p in (*existing(lake), *proposed(lake))]
    known += [r for r in ledger.releases_in(entries) if r not in known]
    for release_id in known:
        if release in (release_id, release_id.partition("_")[2]):
            return release_id
    last = ", ".join(known[-5:]) or "none"
    raise ReleaseError(f"{release}: there is no such release. The last ones: {last}.")


def waiting_one(lake: Lake, release: str | None) -> str:
    """The named release, or the one that was proposed last and still waits. Raises ReleaseError when none does."""
    if release:
        return named(lake, release)
    entries = ledger.read(lake)
    waits = [r for r in ledger.releases_in(entries) if state_of(entries, r) in ("proposed", "approved")]
    if not waits:
        raise ReleaseError("No release waits. Name one, or propose one with `handleplan release propose`.")
    return waits[-1]


def folder_of(lake: Lake, release_id: str) -> Path:
    """Where a release lies, public or not. Raises ReleaseError when it is not there."""
    for folder in (lake.releases / release_id, lake.releases / PROPOSED / release_id):
        if NAME.match(release_id) and folder.is_dir():
            return folder
    if state_of(ledger.read(lake), release_id) == "rejected":
        raise ReleaseError(f"{release_id}: it was rejected, and a purge has deleted it since.")
    raise ReleaseError(f"{release_id}: its folder is not there. Restore it from the backup.")


def _holds_synthetic(lake: Lake) -> bool:
    """Whether any table that a release is made of holds a synthetic figure."""
    for contract in all_contracts().values():
        files = lake.files(contract)
        if not (contract.public and files and "data_kind" in contract.column_names):
            continue
        kinds = pl.concat([parquet.read(f, contract.full_name).select("data_kind") for f in files])
        if (kinds["data_kind"] == "synthetic").any():
            return True
    return False


def propose(
    lake: Lake,
    catalogue: Catalogue,
    approvers: Path | None,
    who: str,
    note: str = "",
    disclosure: bool = True,
    parts: Sequence[str] = PART_NAMES,
) -> Published:
    """Build, verify and audit the next release of the lake's tables and put it before people, with diff and checklist.

    Raises ReleaseError where nobody could approve it, and for synthetic figures: a demonstration is one step.
    """
    require_approvers(lake, approvers)
    if not disclosure or _holds_synthetic(lake):
        raise ReleaseError(
            "The tables hold synthetic figures, or disclosure control is off: that makes a demonstration, which is "
            "published in one step (`handleplan run --job publish`) and can never be approved. Nothing was proposed."
        )
    done = publish(lake, catalogue, disclosure, parts, approvers, who, note)
    beside(lake, done.release_id)
    return done


def beside(lake: Lake, release_id: str) -> tuple[Path, diff.Differences, list[checklist.Finding]]:
    """Write the differences and the checklist of a proposed release beside it, for whoever is to approve it.

    Returns the page of the differences, they themselves, and what the checklist found.
    """
    folder, before = folder_of(lake, release_id), before_of(lake)
    home = lake.releases / PROPOSED
    home.mkdir(mode=0o700, exist_ok=True)
    page, changed = home / f"{release_id}.diff.html", diff.differences(before, folder)
    write_atomically(page, changed.html().encode(), 0o600)
    found = checklist.findings(folder, before, ledger.read(lake))
    text = "\n".join(f"{f.severity} {f.id}: {f.text}" for f in found) or "nothing was found"
    write_atomically(home / f"{release_id}.check.txt", f"{text}\n".encode(), 0o600)
    return page, changed, found


def before_of(lake: Lake) -> Path | None:
    """The release that readers are led to now."""
    now = ledger.current(ledger.read(lake))
    return lake.releases / now if now is not None and (lake.releases / now).is_dir() else None


def require_state(entries: Sequence[Entry], release_id: str, wanted: str) -> str:
    state = state_of(entries, release_id)
    if wanted not in ledger.ALLOWED[state]:
        raise ReleaseError(ledger.not_allowed(release_id, state, wanted))
    return state


def _require_approved(entries: Sequence[Entry], release_id: str) -> None:
    """Only what is approved can be published here: one step is a run's, and a rollback leads back."""
    state = state_of(entries, release_id)
    if state == "superseded":
        raise ReleaseError(f"{release_id} is superseded: `handleplan release rollback` leads back to it.")
    if state == "draft":
        raise ReleaseError(f"{release_id} was never proposed and cannot become published. Nothing was changed.")
    if state != "approved":
        raise ReleaseError(ledger.not_allowed(release_id, state, "published"))


def given_reason(text: str, what: str) -> str:
    """A reason that was given. Raises ReleaseError for an empty one."""
    if not text.strip():
        raise ReleaseError(f"{what}: say why; it stands in the ledger and is published. Nothing was changed.")
    return " ".join(text.split())


def approve(
    lake: Lake,
    release_id: str,
    by: str,
    signature: bytes,
    approvers: Path | None,
    note: str = "",
    override: str | None = None,
    acknowledged: Sequence[str] = (),
) -> Entry:
    """Approve a proposed release: whole, its checklist without errors and its warnings acknowledged, and signed.

    Raises ReleaseError when it is not; and when who approves has proposed it, unless `override` says why that must be.
    """
    listed = require_approvers(lake, approvers)
    swap.settle(lake)
    entries = ledger.read(lake)
    require_state(entries, release_id, "approved")
    if state_of(entries, release_id) != "proposed":
        raise ReleaseError(f"{release_id} is approved already. Nothing was changed.")
    folder = folder_of(lake, release_id)
    _require_as_proposed(folder, entries, broken=broken_files(folder))
    proposer = next(e.who for e in entries if e.release_id == release_id and e.to_state == "proposed")
    own = same_person(proposer, by)
    if own and not (override or "").strip():
        raise ReleaseError(
            f"{by} proposed {release_id} and cannot approve it: two people look at every release. Let another one "
            "approve it, or give the reason with --override, which stands in the ledger and is published."
        )
    _require_findings(checklist.findings(folder, before_of(lake), entries), acknowledged)
    if wrong := wrong_signature(folder, by, listed, signature):
        raise ReleaseError(f"{release_id} was not approved: {wrong}. Nothing was changed.")
    parts = [" ".join(note.split())] if note.strip() else []
    parts += [f"acknowledged: {', '.join(sorted(set(acknowledged)))}"] if acknowledged else []
    parts += [f"override: {' '.join((override or '').split())}"] if own else []
    line = swap.step(release_id, "proposed", "approved", by, "; ".join(parts), ledger.sums_of(entries, release_id))
    if wrong := ledger.wrong_in(line):
        raise ReleaseError(f"The line for the ledger {wrong}. Nothing was written; say it again without that.")
    write_atomically(folder / SIGNATURE, signature, 0o444)
    return ledger.append(lake, line)


def _require_as_proposed(folder: Path, entries: Sequence[Entry], broken: Sequence[str]) -> None:
    """Raise ReleaseError unless the folder is what the ledger's first line of it says."""
    if broken:
        raise ReleaseError(f"{folder.name} is not as it was made: {'; '.join(broken[:5])}. {AWAY}")
    if swap.sums_sha256(folder) != ledger.sums_of(entries, folder.name):
        raise ReleaseError(f"{folder.name}: its list of sums is not the one that was proposed. {AWAY}")
    if read_manifest(folder)[0].get("kind") != "official":
        raise ReleaseError(f"{folder.name} is a demonstration and can never be approved.")


def _require_findings(found: Sequence[checklist.Finding], acknowledged: Sequence[str]) -> None:
    errors = [f for f in found if f.severity == "error"]
    if errors:
        told = "; ".join(f"{f.id}: {f.text}" for f in errors)
        raise ReleaseError(f"Not approved, the checklist has errors: {told} {AWAY}")
    warnings = [f for f in found if f.severity == "warning"]
    if unknown := sorted(set(acknowledged) - {f.id for f in warnings}):
        raise ReleaseError(
            f"--acknowledge {', '.join(unknown)}: the checklist has no such warning. Nothing was changed."
        )
    if left := [f for f in warnings if f.id not in acknowledged]:
        told = "; ".join(f"{f.id}: {f.text}" for f in left)
        raise ReleaseError(f"Not approved; acknowledge each warning by name (--acknowledge {left[0].id} ...): {told}")


def reject(lake: Lake, release_id: str, who: str, reason: str) -> Entry:
    """End a proposal. Its folder stays where only the house can read it, until retention takes it."""
    why = given_reason(reason, "--reason")
    swap.settle(lake)
    entries = ledger.read(lake)
    before = require_state(entries, release_id, "rejected")
    sums = ledger.sums_of(entries, release_id)
    return ledger.append(lake, swap.step(release_id, before, "rejected", who, why, sums))


def require_publishable(lake: Lake, release_id: str, listed: Path) -> None:
    """Raise ReleaseError unless an approved release is whole, signed, and knows every release that is public."""
    entries = ledger.read(lake)
    folder = folder_of(lake, release_id)
    _require_as_proposed(folder, entries, broken_files(folder))
    by = next(e.who for e in reversed(entries) if e.release_id == release_id and e.from_state == "proposed")
    if wrong := wrong_signature(folder, by, listed):
        raise ReleaseError(f"{release_id} was not published: {wrong}. {AWAY}")
    require_earlier(lake)
    known = read_manifest(folder)[0].get("audited_with")
    aware = set(known) if isinstance(known, list) else set()
    if unknown := [p.name for p in existing(lake) if p.name not in aware and p.name != release_id]:
        raise ReleaseError(
            f"{release_id} was not published: {', '.join(unknown)} came out since it was proposed, and its audit did "
            f"not hold it against that; the two together could give away what each hides. {AWAY}"
        )


def publish_approved(lake: Lake, release_id: str, approvers: Path | None, who: str, note: str = "") -> Published:
    """Publish an approved release now. Raises ReleaseError when another one came out since, or its time is not yet."""
    listed = require_approvers(lake, approvers)
    swap.settle(lake)
    entries = ledger.read(lake)
    _require_approved(entries, release_id)
    at = embargo.stored(entries, release_id)
    if at is not None and at > clock.now():
        raise ReleaseError(
            f"{release_id} is to be published at {embargo.local(at)} (Copenhagen) and not before. Another time can be "
            "set with --at. Nothing was changed."
        )
    return _publish(lake, release_id, listed, who, note)


def _publish(lake: Lake, release_id: str, listed: Path, who: str, note: str) -> Published:
    require_publishable(lake, release_id, listed)
    sums = ledger.sums_of(ledger.read(lake), release_id)
    tables = len(read_manifest(folder_of(lake, release_id))[0].get("tables", {}))
    ledger.append_all(lake, entering(lake, release_id, "approved", who, note, sums))
    swap.settle(lake)
    return Published(release_id, lake.releases / release_id, tables)


def publish_at(lake: Lake, release_id: str, at: datetime, approvers: Path | None, who: str) -> Entry:
    """Only write down when an approved release is to be published; `due` does it then."""
    listed = require_approvers(lake, approvers)
    swap.settle(lake)
    entries = ledger.read(lake)
    _require_approved(entries, release_id)
    if at <= clock.now():
        raise ReleaseError(f"--at: {embargo.local(at)} (Copenhagen) is past. Leave --at out to publish now.")
    require_publishable(lake, release_id, listed)
    sums = ledger.sums_of(entries, release_id)
    return ledger.append(lake, swap.step(release_id, "approved", "approved", who, embargo.note(at), sums))


def waiting(lake: Lake) -> list[tuple[str, datetime]]:
    """Approved releases with the time they are to be published, earliest first."""
    entries = ledger.read(lake)
    approved = [r for r in ledger.releases_in(entries) if state_of(entries, r) == "approved"]
    timed = [(r, at) for r in approved if (at := embargo.stored(entries, r)) is not None]
    return sorted(timed, key=lambda pair: pair[1])


def due(lake: Lake, now: datetime, approvers: Path | None = None) -> list[Done]:
    """Publish every approved release whose time has come; for whoever holds the lake.

    One that cannot be published is told and stops no other. `approvers`: default the setting. Raises ReleaseError when
    the ledger is broken.
    """
    swap.settle(lake)
    found: list[Done] = []
    for release_id, at in waiting(lake):
        if at > now.astimezone(UTC):
            continue
        try:
            listed = require_approvers(lake, approvers or get_settings().approvers)
            _publish(lake, release_id, listed, swap.PROGRAM, f"its time came: {embargo.local(at)}")
        except HandleplanError as e:
            found.append(Done(release_id, False, str(e)))
        else:
            found.append(Done(release_id, True, f"{release_id} was published; its time was {embargo.local(at)}."))
    return found
