"""When releases are planned: entries with their versions, in Danish time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from handleplan_pipeline.catalogue.entry import Entry, Text
from handleplan_pipeline.clock import COPENHAGEN

WRITTEN = "%Y-%m-%dT%H:%M"


def danish(value: Any) -> datetime:
    """A moment as the calendar writes it. Raises ValueError for another form, and for an hour that does not exist."""
    try:
        at = datetime.strptime(str(value), WRITTEN)
    except ValueError:
        raise ValueError(f"{value}: write the day and the Danish time as 2027-06-15T08:00") from None
    if at.replace(tzinfo=COPENHAGEN).astimezone(UTC).astimezone(COPENHAGEN).replace(tzinfo=None) != at:
        raise ValueError(
            f"{at:%H:%M} on {at:%Y-%m-%d} does not exist: summer time begins and clocks go from 02:00 to 03:00. "
            "Choose another time"
        )
    return at


class Version(Entry):
    """What was decided of an entry at one time. `planned_on` is Danish time without a zone.

    An hour that winter time brings twice means the first of the two, as RFC 5545 says.
    """

    version: int = Field(ge=1)
    planned_on: Annotated[datetime, BeforeValidator(danish)]
    state: Literal["planned", "held", "moved", "cancelled"]
    decided_on: date
    reason_da: Text
    reason_en: Text


class Planned(Entry):
    """Something that is to be published; the last version holds."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    what_da: Text
    what_en: Text
    versions: list[Version] = Field(min_length=1)

    @model_validator(mode="after")
    def follow_one_another(self) -> "Planned":
        if [v.version for v in self.versions] != list(range(1, len(self.versions) + 1)):
            raise ValueError("the versions are numbered 1, 2, 3 and so on, in order")
        days = [v.decided_on for v in self.versions]
        if days != sorted(days):
            raise ValueError("a version was decided before the one it follows")
        if wrong := [v.version for v in self.versions[:-1] if v.state != "moved"]:
            raise ValueError(f"version {wrong[0]} has one after it, so its state is moved")
        if self.versions[-1].state == "moved":
            raise ValueError("the last version is moved: add the one that says where to, or cancel it")
        return self


def rows(planned: list[Planned]) -> Iterator[dict[str, Any]]:
    """Rows of `meta.release_calendar`: one per version."""
    for p in planned:
        for v in p.versions:
            yield {
                "id": p.id,
                "date_version": v.version,
                "planned_on": v.planned_on.date(),
                "planned_at": f"{v.planned_on:%H:%M}",
                "what_da": p.what_da,
                "what_en": p.what_en,
                "state": v.state,
                "decided_on": v.decided_on,
                "reason_da": v.reason_da,
                "reason_en": v.reason_en,
            }
