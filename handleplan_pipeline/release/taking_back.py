"""Taking a public release back: withdraw it, or lead readers back to an earlier one. Nothing in a release is changed.

For whoever holds the lake's lock, like `states.py`.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.releases import number_of
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger, swap
from handleplan_pipeline.release.ledger import Entry, state_of
from handleplan_pipeline.release.publish import entering
from handleplan_pipeline.release.signature import require_approvers
from handleplan_pipeline.release.states import folder_of, given_reason, require_publishable, require_state
from handleplan_pipeline.release.verify import broken_files

WAYS = {"draft": ("draft",), "proposed": ("proposed", "approved"), "approved": ("approved",)}
"""The states a release went through before it was published, by the one it had when the backup was made."""


def _before(entries: Sequence[Entry], release_id: str | None) -> str | None:
    """The newest good release older than this one: where readers are led when it goes.

    Not the one that readers came from: who was led back from a release is not led to it again unasked.
    """
    older = [r for r in ledger.releases_in(entries) if release_id is not None and number_of(r) < number_of(release_id)]
    good = [r for r in older if state_of(entries, r) == "superseded"]
    return max(good, key=number_of, default=None)


def withdraw(
    lake: Lake, release_id: str, who: str, reason: str, replaced_by: str | None, approvers: Path | None
) -> str | None:
    """Withdraw a public release: its folder stays, a page beside it and latest.json say it, readers are led elsewhere.

    They are led to `replaced_by`, which may be an approved one that is published by this, or to the one before. Returns
    the id of where they are led now; None when nothing is left.
    """
    why = given_reason(reason, "--reason")
    swap.settle(lake)
    entries = ledger.read(lake)
    before = require_state(entries, release_id, "withdrawn")
    at, now = ledger.now(), ledger.current(entries)
    note = f"{why} (replaced by {replaced_by})" if replaced_by else why
    gone = swap.step(release_id, before, "withdrawn", who, note, ledger.sums_of(entries, release_id), at)
    lines = [gone]
    successor = replaced_by if replaced_by is not None else _before(entries, release_id)
    if replaced_by is not None:
        state = state_of(entries, replaced_by)
        if replaced_by == release_id or state not in ("approved", "published", "superseded"):
            raise ReleaseError(
                f"--replaced-by {replaced_by}: it is {state}; name another release that is approved, published or "
                "superseded. Nothing was changed."
            )
        if state == "approved":
            require_publishable(lake, replaced_by, require_approvers(lake, approvers))
    moves = now == release_id or (successor is not None and state_of(entries, successor) == "approved")
    if moves and successor is not None and successor != now:
        _require_whole(lake, successor)
        lines = _led_to(entries, successor, who, f"in place of {release_id}", at, but=release_id) + lines
    ledger.append_all(lake, lines)
    swap.settle(lake)
    return ledger.current(ledger.read(lake))


def _require_whole(lake: Lake, release_id: str) -> None:
    if wrong := broken_files(folder_of(lake, release_id)):
        raise ReleaseError(f"{release_id} is not whole, so readers cannot be led to it: {'; '.join(wrong[:5])}.")


def _led_to(entries: Sequence[Entry], release_id: str, who: str, note: str, at: str, but: str = "") -> list[Entry]:
    """The lines by which readers are led to a release; the one they were led to is superseded, unless it is `but`."""
    state, sums = state_of(entries, release_id), ledger.sums_of(entries, release_id)
    lines = [swap.step(release_id, state, "published", who, note, sums, at)]
    now = ledger.current(entries)
    if now is not None and now not in (release_id, but):
        followed = f"followed by {release_id}"
        lines.append(swap.step(now, "published", "superseded", who, followed, ledger.sums_of(entries, now), at))
    return lines


def rollback(lake: Lake, who: str, reason: str, to: str | None = None) -> str:
    """Lead readers back to an earlier public release, the one before unless another is named. Returns its id."""
    why = given_reason(reason, "--reason")
    swap.settle(lake)
    entries = ledger.read(lake)
    target = to or _before(entries, ledger.current(entries))
    if target is None:
        raise ReleaseError("There is no earlier release to lead readers back to. Nothing was changed.")
    if state_of(entries, target) != "superseded":
        state = state_of(entries, target)
        raise ReleaseError(
            f"{target} is {state}; only a release that was public and was followed by another can be rolled back to. "
            "Nothing was changed."
        )
    _require_whole(lake, target)
    ledger.append_all(lake, _led_to(entries, target, who, f"rollback: {why}", ledger.now()))
    swap.settle(lake)
    return target


def take_in(lake: Lake, release_id: str) -> None:
    """Write down a public release that a restored ledger does not know yet, because the backup is older than it.

    Who approved it is not known any more; `release verify` says so.
    """
    swap.settle(lake)
    entries = ledger.read(lake)
    state = state_of(entries, release_id)
    if state not in WAYS:
        return
    sums, now = swap.sums_sha256(folder_of(lake, release_id)), ledger.current(entries)
    note = "restored; the lines about it are younger than the backup"
    *before, last = WAYS[state]
    lines = [swap.step(release_id, a, b, swap.PROGRAM, note, sums) for a, b in pairwise((*before, last))]
    public = entering(lake, release_id, last, swap.PROGRAM, note, sums)
    if now is not None and number_of(now) > number_of(release_id):
        followed = swap.step(release_id, "published", "superseded", swap.PROGRAM, f"followed by {now}", sums)
        public = [public[0], followed]
    ledger.append_all(lake, lines + public)
    swap.settle(lake)
