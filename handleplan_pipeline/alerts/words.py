"""An alert as people read it: Danish first, then English; what happened, what still holds, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from handleplan_pipeline.alerts.events import Event

FILE = Path(__file__).parent / "words.yaml"
Language = Literal["da", "en"]
LABELS = {"da": ("Det gælder stadig", "Gør nu", "og {n} mere"), "en": ("What still holds", "Do now", "and {n} more")}
MOST_LINES = 40
"""A message longer than this is not read. Ours, version 1."""


class Text(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    da: str
    en: str


class Words(BaseModel):
    """What an alert of one kind says; `line` of each event, `joined` names the fact that is said in one line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text
    what: Text
    holds: Text
    do: Text
    line: Text | None = None
    joined: str | None = None


@dataclass(frozen=True)
class Message:
    title: str
    body: str


@lru_cache(maxsize=1)
def words() -> dict[str, Words]:
    """The templates by kind of event."""
    return TypeAdapter(dict[str, Words]).validate_python(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def message(kind: str, events: Sequence[Event]) -> Message:
    """One message of all events of a kind."""
    said = words()[kind]
    parts = [_in(language, said, events) for language in ("da", "en")]
    return Message(f"handleplan: {parts[0][0]} / {parts[1][0]}", "\n\n".join(body for _, body in parts) + "\n")


def _in(language: Language, said: Words, events: Sequence[Event]) -> tuple[str, str]:
    lines = _lines(language, said, events)
    first = events[0].said() if events else {}
    title = getattr(said.title, language).format(**{**first, "n": len(lines)})
    holds, do, more = LABELS[language]
    shown = [f"- {x}" for x in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"- {more.format(n=len(lines) - MOST_LINES)}")
    rest = [f"{holds}: {getattr(said.holds, language)}", f"{do}: {getattr(said.do, language)}"]
    return title, "\n".join([getattr(said.what, language), *shown, *rest])


def _lines(language: Language, said: Words, events: Sequence[Event]) -> list[str]:
    """A line per event; events alike but for one fact share a line, with all its values."""
    if said.line is None:
        return []
    facts = [e.said() for e in events]
    if said.joined is not None:
        grouped: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for f in facts:
            rest = tuple(sorted((k, v) for k, v in f.items() if k != said.joined))
            grouped.setdefault(rest, []).append(f[said.joined])
        facts = [dict(rest) | {said.joined: ", ".join(sorted(values))} for rest, values in grouped.items()]
    return list(dict.fromkeys(getattr(said.line, language).format(**f) for f in facts))
