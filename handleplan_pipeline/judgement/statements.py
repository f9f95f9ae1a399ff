"""A statement: a sentence of the catalogue in which every number is a slot that names the published row it stands in.

The text is built from its slots in both languages, so that a number without a row cannot be printed.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.errors import ContractError
from schemas.contract import TableContract
from schemas.languages import LANGUAGES, NO_BREAK, shown
from schemas.outputs.statement import LAYERS
from schemas.rows import known

Text = tuple[str, str]
RANGE = "\u2013"
TO = {"da": " til ", "en": " to "}
"""Stands in a range that holds a negative number, where a dash would read as one more minus."""
TRANSFORMS: dict[str, Callable[[float], float]] = {
    "none": lambda v: v,
    "year": lambda v: v,
    "abs": abs,
    "times_100": lambda v: 100 * v,
    "difference_from_1": lambda v: v - 1,
}
"""From the value of the row to the number that is shown; a year is shown without a mark of thousands."""
UNITS = r"pct\.|pr\.|procentpoint|per cent|percentage points|per|måneder|months"
_BEFORE_A_UNIT = re.compile(rf"(?<=\d) (?={UNITS})")
_AFTER_PER = re.compile(r"(\b(?:pr\.|per)|§) (?=\d)")


class StatementError(ContractError):
    """A sentence cannot be written. The message names goal, year and statement."""


@dataclass(frozen=True)
class Row:
    """A row of a published table, `schema`.`table`; `contract` knows its key."""

    schema: str
    table: str
    contract: TableContract
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The row's id in every release."""
        return self.contract.row_id(self.values)


@dataclass(frozen=True)
class Number:
    """A number of a row as a sentence prints it; the unit stands after it where the sentence has none of its own."""

    row: Row
    column: str
    decimals: int
    transform: str = "none"
    unit: Text | None = None

    @property
    def value(self) -> float | None:
        """As it stands in the row."""
        found = self.row.values.get(self.column)
        return None if found is None else float(found)

    @property
    def number(self) -> float:
        """What is printed, before it is rounded."""
        return TRANSFORMS[self.transform](known(self.value))

    def text(self, language: str) -> str:
        if self.transform == "year":
            return f"{self.number:.0f}"
        return shown(self.number, self.decimals, language)


@dataclass(frozen=True)
class Interval:
    """Two limits, the lower one first as they are printed."""

    low: Number
    high: Number


@dataclass(frozen=True)
class Words:
    """Words of the catalogue in both languages; several are listed. Digits in them are checked against it."""

    parts: tuple[Text, ...]

    @classmethod
    def of(cls, *parts: Text) -> "Words":
        return cls(parts)

    def text(self, language: str) -> str:
        return ", ".join(p[LANGUAGES.index(language)] for p in self.parts)


Field = Number | Interval | Words
Fields = Mapping[str, Field]


@dataclass(frozen=True)
class Said:
    """A sentence of the catalogue with its fields; `more` are clauses that follow it in the same statement.

    `title` opens the sentence where a goal has several indicators. `layer` is the sentence's own unless it is given.
    """

    sentence: str
    fields: Fields = field(default_factory=dict)
    indicator_id: str | None = None
    more: tuple["Said", ...] = ()
    joined: str = "; "
    title: Text | None = None
    layer: str | None = None


@dataclass
class Written:
    """A statement as a row of `output.statement`, and its slots as rows of `output.statement_number`."""

    row: dict[str, Any]
    numbers: list[dict[str, Any]]


@dataclass
class Writer:
    """Writes what is said of a goal in a year."""

    catalogue: Catalogue
    digits: frozenset[str] = field(init=False)
    """Texts of the catalogue that hold a digit and may stand in a sentence."""

    def __post_init__(self) -> None:
        c = self.catalogue
        titles = [(i.title_da, i.title_en) for i in c.indicators]
        titles += [(s.title_da, s.title_en) for s in c.sources] + [(p.title_da, p.title_en) for p in c.preconditions]
        texts = [t for both in titles for t in both]
        texts += [t for codes in c.code_lists.values() for e in codes for t in (e.label_da, e.label_en)]
        texts += [t for p in c.phrases for w in p.said.values() for t in (w.da, w.en)]
        texts += [t for r in c.rules for w in r.outcomes.said.values() for t in (w.da, w.en)]
        texts += [str(int(c.disclosure.number("threshold"))), *(g.baseline_label for g in c.goals)]
        self.digits = frozenset(t for t in texts if any(x.isdigit() for x in t))

    def write(self, goal: int, year: int, said: Sequence[Said], data_kind: str | None) -> list[Written]:
        """The statements in the order of their layers. `data_kind` is of the figures the goal's verdict rests on."""
        of_layer = [(LAYERS.index(s.layer or self.catalogue.sentence(s.sentence).layer), s) for s in said]
        ordered = sorted(of_layer, key=lambda x: x[0])
        return [
            self._written({"goal": goal, "year": year, "part": n, "layer": LAYERS[layer]}, s, data_kind)
            for n, (layer, s) in enumerate(ordered, 1)
        ]

    def _written(self, at: dict[str, Any], said: Said, data_kind: str | None) -> Written:
        where = f"goal {at['goal']}, {at['year']}, {said.sentence}"
        texts, slots = zip(*(self._in(x, said, where) for x in LANGUAGES), strict=True)
        if list(slots[0]) != list(slots[1]):
            raise StatementError(f"{where}: Danish and English do not have the same numbers in the same order.")
        rows = [n.row for n in slots[0].values()]
        kinds = {r.values["data_kind"] for r in rows if r.values.get("data_kind")}
        if not kinds and at["layer"] in ("headline", "why", "certainty", "background", "unknowns") and data_kind:
            kinds = {data_kind}
        caveats = {c for r in rows for c in (r.values.get("caveats") or "").split(";") if c}
        row = at | {
            "statement_id": said.sentence,
            "indicator_id": said.indicator_id,
            "text_da": texts[0],
            "text_en": texts[1],
            "data_kind": "synthetic" if "synthetic" in kinds else min(kinds, default=None),
            "caveats": ";".join(sorted(caveats)) or None,
        }
        numbers = [
            {k: at[k] for k in ("goal", "year", "part")}
            | {
                "slot": slot,
                "position": position,
                "table_schema": n.row.schema,
                "table_name": n.row.table,
                "row_id": n.row.id,
            }
            | {"column_name": n.column, "value": n.value, "transform": n.transform, "decimals": n.decimals}
            | {f"text_{x}": n.text(x) for x in LANGUAGES}
            for position, (slot, n) in enumerate(slots[0].items(), 1)
        ]
        return Written(row, numbers)

    def _in(self, language: str, said: Said, where: str) -> tuple[str, dict[str, Number]]:
        """The text in one language and its slots in the order they stand in."""
        slots: dict[str, Number] = {}
        names: Counter[str] = Counter()
        clauses = ["".join(self._pieces(language, s, where, slots, names)) for s in (said, *said.more)]
        text = said.joined.join(clauses)
        if said.title is not None:
            text = f"{said.title[LANGUAGES.index(language)]}: {text}"
        return typeset(text), slots

    def _pieces(
        self, language: str, said: Said, where: str, slots: dict[str, Number], names: Counter[str]
    ) -> Iterator[str]:
        template = getattr(self.catalogue.sentence(said.sentence), language)
        yield from self._filled(language, template, said.fields, where, slots, names)

    def _filled(
        self, language: str, template: str, fields: Fields, where: str, slots: dict[str, Number], names: Counter[str]
    ) -> Iterator[str]:
        for literal, name, _, _ in Formatter().parse(template):
            yield literal
            if name is None:
                continue
            if name not in fields:
                raise StatementError(f"{where}: nothing fills {{{name}}}.")
            found = fields[name]
            if isinstance(found, Words):
                self._known(found, f"{where}: {name}")
                # an outcome's words may have fields of their own
                yield from self._filled(language, found.text(language), fields, where, slots, names)
                continue
            limits = (found.low, found.high) if isinstance(found, Interval) else (found,)
            for n in limits:
                if n.value is None or not math.isfinite(n.value):
                    raise StatementError(f"{where}: {name} has no number in {n.row.schema}.{n.row.table}.{n.column}.")
            if len(limits) == 2:
                low, high = limits
                slots[_slot(f"{name}_low", names)], slots[_slot(f"{name}_high", names)] = low, high
                between = RANGE if round(min(low.number, high.number), low.decimals) >= 0 else TO[language]
                yield low.text(language) + between + high.text(language)
            else:
                (n,) = limits
                slots[_slot(name, names)] = n
                unit = "" if n.unit is None else NO_BREAK + n.unit[LANGUAGES.index(language)]
                yield n.text(language) + unit

    def _known(self, words: Words, where: str) -> None:
        """A number among words must be the catalogue's own: every other one is a slot."""
        for text in (t for part in words.parts for t in part):
            if any(x.isdigit() for x in text) and text not in self.digits:
                raise StatementError(f"{where} holds a number that names no row.")


def _slot(name: str, names: Counter[str]) -> str:
    """A name of its own for each slot of a statement."""
    names[name] += 1
    return name if names[name] == 1 else f"{name}_{names[name]}"


def typeset(text: str) -> str:
    """A large first letter, one stop at the end, and no line break between a number and its unit."""
    text = _AFTER_PER.sub(rf"\g<1>{NO_BREAK}", _BEFORE_A_UNIT.sub(NO_BREAK, text.strip()))
    text = re.sub(r"\.{2,}", ".", text)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def untraced(written: Sequence[Written], rows: Iterable[Row]) -> list[str]:
    """Numbers that are not in the row of `rows` they name."""
    values = {(r.schema, r.table, r.id): r.values for r in rows}
    wrong = []
    for w in written:
        for n in w.numbers:
            row = values.get((n["table_schema"], n["table_name"], n["row_id"]), {})
            if row.get(n["column_name"]) is None or float(row[n["column_name"]]) != n["value"]:
                wrong.append(f"goal {n['goal']}, {n['year']}, {w.row['statement_id']}: {n['slot']}")
    return wrong
