"""Closed lists of suppliers' codes: what each means, for which days, by which source, and how far it is trusted.

A code that is on no list refuses its file. Short lists stand in `delivered_codes.yaml`, long ones in a pinned file that
it names.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from handleplan_pipeline.catalogue.entry import Entry, Mark, Text
from handleplan_pipeline.errors import ConfigurationError

FILE = "delivered_codes.yaml"
SHARED = ("source", "mark", "valid_from")
"""What a list says for all its codes, unless a code says it for itself."""
OWN = ("code", "label_da", "label_en", "valid_from", "valid_until", "source", "mark", "reason")
"""Columns of a pinned file that every list has; the others say what the code means to the count."""


class ListedCode(Entry):
    """One code with the days it is valid on, both included. `means` is what the count makes of it."""

    code: Text
    label_da: Text
    label_en: str | None = None
    valid_from: date
    valid_until: date | None = None
    source: Text
    mark: Mark
    means: dict[str, str] = {}
    reason: str | None = None

    def overlaps(self, other: "ListedCode") -> bool:
        first, second = sorted((self, other), key=lambda c: c.valid_from)
        return first.valid_until is None or first.valid_until >= second.valid_from

    def in_year(self, year: int, ended_too: bool = False) -> bool:
        """Whether it is valid on a day of the year. `ended_too`: records run on with codes that are no longer given."""
        ended = self.valid_until is not None and self.valid_until < date(year, 1, 1)
        return self.valid_from <= date(year, 12, 31) and (ended_too or not ended)


class ClosedList(Entry):
    """The codes of one or several variables of deliveries.

    `digits`: a listed code that is shorter stands for every code of so many digits that begins with it.
    `reasons` says that each code must say why it means what it means.
    """

    id: Text
    title_da: Text
    title_en: Text
    variables: list[str] = Field(min_length=1)
    file: str | None = None
    digits: int | None = None
    reasons: bool = False
    unlisted: Literal["refused", "unknown"] = "refused"
    unlisted_reason: str | None = None
    codes: list[ListedCode] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _shared(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        shared = {n: data[n] for n in SHARED if n in data}
        codes = [{**shared, **c} if isinstance(c, Mapping) else c for c in data.get("codes") or []]
        return {k: v for k, v in data.items() if k not in SHARED} | {"codes": codes}

    def in_year(self, year: int, ended_too: bool = False) -> list[ListedCode]:
        return [c for c in self.codes if c.in_year(year, ended_too)]

    @property
    def home(self) -> str:
        """Where a code is added."""
        return f"data_lake/reference/codes/{self.file}.csv" if self.file else f"handleplan_pipeline/catalogue/{FILE}"


def from_file(path: Path) -> list[dict[str, Any]]:
    """The codes of a pinned file as a list would write them. Raises ConfigurationError when there is none."""
    if not path.is_file():
        raise ConfigurationError(f"catalogue/{FILE}: the file {path.name} is missing from {path.parent.name}/.")
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    return [
        {k: v for k, v in r.items() if k in OWN and v}
        | {"means": {k: v for k, v in r.items() if k not in OWN and k is not None and v}}
        for r in rows
    ]


def _twice(codes: Iterable[tuple[str, ListedCode]]) -> Iterator[tuple[str, str, ListedCode]]:
    """(where, where else, code) of codes that are listed twice for the same day."""
    seen: dict[str, list[tuple[str, ListedCode]]] = {}
    for where, code in codes:
        for other, earlier in seen.get(code.code, []):
            if code.overlaps(earlier):
                yield other, where, code
        seen.setdefault(code.code, []).append((where, code))


def check(lists: Iterable[ClosedList]) -> None:
    """Raise ConfigurationError, naming list and code, where a code has two meanings, no reason or no days."""
    of_variable: dict[str, list[tuple[str, ListedCode]]] = {}
    ids: set[str] = set()
    for found in lists:
        entry = f"catalogue/{FILE}: list {found.id}"
        if found.id in ids:
            raise ConfigurationError(f"{entry}: there are two lists of this name.")
        ids.add(found.id)
        for _, _, code in _twice((found.id, c) for c in found.codes):
            raise ConfigurationError(f"{entry}: code {code.code} is listed twice for the same day: dates overlap.")
        for code in found.codes:
            if code.valid_until is not None and code.valid_until < code.valid_from:
                raise ConfigurationError(f"{entry}: code {code.code} ends before it begins.")
            if found.reasons and not (code.reason or "").strip():
                raise ConfigurationError(f"{entry}: code {code.code} has no reason.")
        if (found.unlisted == "unknown") != bool((found.unlisted_reason or "").strip()):
            raise ConfigurationError(f"{entry}: what is not listed is unknown only with `unlisted_reason`.")
        for v in found.variables:
            of_variable.setdefault(v, []).extend((found.id, c) for c in found.codes)
    for variable, codes in of_variable.items():
        for a, b, code in _twice(codes):
            raise ConfigurationError(
                f"catalogue/{FILE}: lists {a} and {b} both hold code {code.code} of {variable} on the same day."
            )
