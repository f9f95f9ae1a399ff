"""Which codes a delivery may hold: those of the catalogue's closed lists that are valid in its period.

A code that is not listed refuses the file. The sentence names it when it has the form of a code of the list and is no
word: codes are not personal, but a column that has moved may hold anything, a name in small letters too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from handleplan_pipeline.catalogue.closed_lists import ClosedList
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.sources.codes import closed_lists
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.values import FLOAT_OF_CODE, text_of
from schemas.sources.delivery_shape import Delivery, Variable

RULE = "codes_known"
SHOWN = 5
"""So many codes are named in a sentence; of the others it says how many there are."""
WEEKS = "Y_*"
"""The name under which lists close the weeks of a register of weeks."""


@dataclass(frozen=True)
class Listed:
    """The codes of one variable in one period: whole ones, and patterns of those that begin with a listed one."""

    variable: str
    period: int
    lists: tuple[ClosedList, ...]
    whole: tuple[str, ...]
    begins: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether what is not listed is read as unknown."""
        return any(x.unlisted == "unknown" for x in self.lists)

    def known(self, text: pl.Expr) -> pl.Expr:
        exact = text.is_in(list(self.whole))
        return exact | text.str.contains(f"^(?:{'|'.join(self.begins)})$") if self.begins else exact

    def refusal(self, file: str, column: str, found: Mapping[str, int], what: str = "rows") -> DeliveryRefused:
        """What is said of `found`: in how many rows (or weeks) each text that is not listed stands."""
        ever = {c.code for x in self.lists for c in x.codes} | set(self.whole)
        shapes = {f for c in ever if (f := _shape(c))} | {re.escape(c) for c in ever} | set(self.begins)
        shape = re.compile("|".join(sorted(shapes)) or "$^")
        first = sorted((x for x in found.items() if shape.fullmatch(x[0])), key=lambda x: (-x[1], x[0]))[:SHOWN]
        named = ", ".join(f"`{c}` ({n}{', listed for other years' * (c in ever)})" for c, n in first)
        named = named or "none has the form of a code"
        more = f" and {len(found) - len(first)} more" if first and len(found) > len(first) else ""
        names, homes = (", ".join(dict.fromkeys(getattr(x, n) for x in self.lists)) for n in ("id", "home"))
        names, homes = names or "of the specification", homes or "the specification"
        return DeliveryRefused(
            RULE,
            f"{file}: {column} codes that are not on the list {names} of {self.period}: {named}{more}, in "
            f"{sum(found.values())} {what}. Ask the supplier what they mean; a new code is added on purpose, "
            f"in {homes}, with its dates, source, trust mark and what it counts as.",
        )


def _shape(code: str) -> str:
    """The form of a code as a pattern; nothing for a word or a phrase, whose form a person's name has too."""
    if not re.fullmatch("[-.0-9A-Z]+", code) or re.fullmatch("[A-Z]{3,}", code):
        return ""
    return re.sub("[A-Z]", "[A-Z]", re.sub("[0-9]", "[0-9]", code.replace(".", r"\.")))


def listed(delivery: Delivery, variable: str, period: int) -> Listed:
    """The codes of a coded variable. Raises ConfigurationError when no list closes it."""
    lists = closed_lists(delivery.source, variable)
    if not lists:
        raise ConfigurationError(f"catalogue: no list in delivered_codes.yaml closes {delivery.source}.{variable}.")
    # records that run on carry codes that are no longer given
    ended_too = delivery.period.rule == "overlaps"
    valid = [(x, c.code) for x in lists for c in x.in_year(period, ended_too)]
    short = [(x.digits, c) for x, c in valid if x.digits is not None and len(c) < x.digits]
    whole = [c for x, c in valid if x.digits is None or len(c) == x.digits]
    begins = tuple(f"{c}[0-9]{{{digits - len(c)}}}" for digits, c in short)
    return Listed(variable, period, tuple(lists), tuple(dict.fromkeys(whole)), begins)


def with_codes(delivery: Delivery, period: int) -> Delivery:
    """The declaration with the codes of the period where a variable is closed by a list and has no form of its own."""
    variables = [
        replace(v, codes=listed(delivery, v.name, period).whole) if v.listed and v.pattern is None else v
        for v in delivery.variables
    ]
    return replace(delivery, variables=tuple(variables))


def coded(delivery: Delivery) -> Iterator[Variable]:
    return (v for v in delivery.variables if v.listed or v.codes is not None)


def require_listed(
    typed: pl.DataFrame, texts: pl.DataFrame, delivery: Delivery, period: int, file: str
) -> dict[str, int]:
    """How many values are of no listed country or the like, by name. Raises DeliveryRefused for any other code.

    `typed` has the values as read beside `_empty_<column>`; `texts` has them as they were written.
    """
    asked = {v.name: (v, listed(delivery, v.name, period) if v.listed else None) for v in coded(delivery)}
    tests = {name: _unlisted(v, found) for name, (v, found) in asked.items()}
    counts = typed.select(e.sum().alias(n) for n, e in tests.items()).row(0) if tests else ()
    noted: dict[str, int] = {}
    for (name, (v, found)), n in zip(asked.items(), counts, strict=True):
        if n and found is not None and found.open:
            noted["code_unlisted"] = noted.get("code_unlisted", 0) + n
        elif n:
            rows = texts.filter(typed.select(tests[name]).to_series())
            text = text_of(name, rows.schema[name]).str.replace(FLOAT_OF_CODE, "${1}")
            by_code = dict(rows.select(text)[name].value_counts().iter_rows())
            raise (found or _own(v, delivery, period)).refusal(file, f"column {name} has", by_code)
    return noted


def _unlisted(v: Variable, found: Listed | None) -> pl.Expr:
    """Rows whose value is on no list. One that has a form of its own and does not meet it is unreadable instead."""
    value = pl.col(v.column)
    if found is None or v.pattern is None:
        return ~pl.col(f"_empty_{v.column}") & value.is_null()
    return value.is_not_null() & ~found.known(value)


def _own(v: Variable, delivery: Delivery, period: int) -> Listed:
    """The codes that a declaration has of its own: the words of this project, which no supplier makes."""
    return Listed(v.name, period, (), tuple(v.codes or ()), ())


def listed_names(delivery: Delivery) -> list[str]:
    """What lists close in a delivery: its variables, those of its events, and the weeks of a register of weeks."""
    events = delivery.events.variables if delivery.events else ()
    return [v.name for v in (*delivery.variables, *events) if v.listed] + [WEEKS] * delivery.weekly


def rules_of(delivery: Delivery) -> str:
    """All that the lists of a delivery say, as text: when it changes, a refused file is tried again."""
    return repr([closed_lists(delivery.source, n) for n in listed_names(delivery)])
