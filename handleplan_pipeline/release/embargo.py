"""The time of publication as a person says it, in Copenhagen, and as the ledger keeps it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from handleplan_pipeline.clock import COPENHAGEN
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.release.ledger import Entry, written

NOTED = re.compile(r"^publish at (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z) ")


def moment(text: str) -> datetime:
    """A time such as 2026-06-01T08:00, in Europe/Copenhagen unless it says its own zone; in UTC.

    Of an hour that comes twice in October the second is meant: nothing is public before the time has surely come.
    Raises ReleaseError for what is no time, and for the hour that summer time skips.
    """
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ReleaseError(f"--at {text}: is no time. Write it as 2026-06-01T08:00. Nothing was changed.") from None
    if "T" not in text and " " not in text.strip():
        raise ReleaseError(f"--at {text}: says no hour. Write it as 2026-06-01T08:00. Nothing was changed.")
    if said.tzinfo is not None:
        return said.astimezone(UTC)
    local = said.replace(tzinfo=COPENHAGEN, fold=1)
    utc = local.astimezone(UTC)
    if utc.astimezone(COPENHAGEN).replace(tzinfo=None) != said:
        after = said.replace(tzinfo=COPENHAGEN).astimezone(UTC).astimezone(COPENHAGEN).replace(minute=0)
        raise ReleaseError(
            f"--at {text}: there is no such time in Copenhagen; the clock goes forward in that hour. Take "
            f"{after:%Y-%m-%dT%H:%M} or another. Nothing was changed."
        )
    return utc


def note(at: datetime) -> str:
    """The line's note that sets the time."""
    return f"publish at {written(at)} ({local(at)} in Copenhagen)"


def local(at: datetime) -> str:
    """A moment as the clock in Copenhagen shows it, with its distance from UTC."""
    return at.astimezone(COPENHAGEN).strftime("%Y-%m-%d %H:%M %z")


def stored(entries: Sequence[Entry], release_id: str) -> datetime | None:
    """The time that was set last for an approved release; None when there is none."""
    mine = [e for e in entries if e.release_id == release_id]
    last = mine[-1] if mine else None
    if last is None or (last.from_state, last.to_state) != ("approved", "approved"):
        return None
    found = NOTED.match(last.note)
    return datetime.strptime(found[1], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if found else None
