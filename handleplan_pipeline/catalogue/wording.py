"""Words: codes, sentences, phrases, checks and corrections as they are told."""

from datetime import date
from typing import Literal

from pydantic import Field

from handleplan_pipeline.catalogue.entry import Entry, Text


class Words(Entry):
    """A sentence in both languages."""

    da: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Code(Entry):
    code: str
    label_da: str
    label_en: str


class Municipality(Entry):
    """A municipality by the code and name of Danmarks Statistik. `called`: what it calls itself, where irregular."""

    code: str
    name: str
    name_en: str | None = None
    called: str | None = None

    @property
    def place(self) -> Code:
        """Where figures are of."""
        return Code(code=self.code, label_da=self.name, label_en=self.name_en or self.name)

    @property
    def publisher(self) -> Code:
        """Who publishes them."""
        english = f"Municipality of {self.name_en or self.name}"
        return Code(code=self.code, label_da=self.called or f"{self.name} Kommune", label_en=english)


class Sentence(Words):
    """A sentence readers get, with named fields in braces, and the layer of statements it belongs to."""

    id: str
    layer: str


class Phrases(Entry):
    """What headline sentences call the things of a headline indicator, each in both languages."""

    id: str
    group: Words | None = None
    reference: Words | None = None
    short: Words | None = None
    topic: Words | None = None
    does: Words | None = None
    what: Words | None = None
    rose: Words | None = None
    fell: Words | None = None
    level: Words | None = None
    one: Words | None = None
    many: Words | None = None

    @property
    def said(self) -> dict[str, Words]:
        """Those that there are, by name."""
        found = {name: getattr(self, name) for name in type(self).model_fields if name != "id"}
        return {name: words for name, words in found.items() if words is not None}


class CheckRule(Entry):
    """What a rule of the tables is called and why it is asked; a broken one stops the release, or warns."""

    rule: str
    title_da: str
    title_en: str
    why_da: str
    why_en: str
    severity: Literal["error", "warning"]


class Correction(Entry):
    """An error of ours that was corrected: what was wrong, in which figures. Years empty: all."""

    id: str
    found_on: date
    indicators: list[str] = Field(min_length=1)
    year_from: int | None = None
    year_to: int | None = None
    text_da: Text
    text_en: Text
