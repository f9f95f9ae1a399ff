"""What has happened or stands: a kind, a key that names it for good, and plain facts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from handleplan_pipeline.sources.deliveries.names import holds_person_number

Fact = str | int | date
PLAIN = re.compile(r"^[A-Za-z0-9ÆØÅæøå§][A-Za-z0-9ÆØÅæøå§ .,:;/+()'_-]{0,199}$")
WITHHELD = "(not said)"
"""Stands for a fact that has no plain form: an alert leaves the house."""


@dataclass(frozen=True)
class Event:
    """`key` is the same for as long as the same thing stands, so that it is told once."""

    kind: str
    key: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def said(self) -> dict[str, str]:
        """The facts as they may be said."""
        return {name: _said(value) for name, value in self.facts.items()}


def _said(value: Fact) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, int | date):
        return str(value)
    return value if PLAIN.fullmatch(value) and not holds_person_number(value) else WITHHELD
