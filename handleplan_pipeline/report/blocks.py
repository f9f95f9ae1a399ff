"""What a page is made of: sections of paragraphs, lists, tables and figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from handleplan_pipeline.report.figures import Figure
from handleplan_pipeline.report.tables import Table


@dataclass(frozen=True)
class Text:
    """A paragraph; `look` is a class of the stylesheet."""

    words: Markup | str
    look: str = ""


@dataclass(frozen=True)
class Quote:
    """The plan's own words, always Danish; our translation after it where there is one."""

    words: str
    source: str
    translation: str = ""


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[Markup | str]
    look: str = ""


@dataclass(frozen=True)
class Sub:
    """A heading within a section."""

    title: str
    anchor: str = ""


Block = Text | Quote | Items | Sub | Table | Figure


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading and a stable, language-free fragment."""

    anchor: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Verdict:
    """The box that a goal's page begins with."""

    kicker: str
    badge: Markup
    headline: Sequence[Markup]
    why: Sequence[Markup]
    beside: Sequence[Markup]
    small: Sequence[Markup | str]
    later: Sequence[Markup]


@dataclass(frozen=True)
class Goals:
    """A row of the overview."""

    link: str
    number: int
    title: Markup
    headline: Markup | str
    small: Sequence[Markup | str]
    badge: Markup
    strips: Sequence[Markup]


@dataclass(frozen=True)
class Page:
    """A page in one language. `name` is its file, the same in both languages; `template` says how it is laid out."""

    name: str
    title: Markup | str
    sections: Sequence[Section]
    description: str
    kicker: str = ""
    lead: Markup | str = ""
    preview: str = ""
    verdict: Verdict | None = None
    tally: Sequence[tuple[Markup, int]] = ()
    goals: Sequence[Goals] = ()
    figures: Sequence[Figure] = field(default=())
    dataset: bool = False


def kind_of(block: Block) -> str:
    """The macro that renders a block."""
    return type(block).__name__.lower()
