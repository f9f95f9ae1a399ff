"""Reads a folder of deliveries: the standing file of every source and year, and the latest word on a record."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq

from tests.recount.layouts import LAYOUTS, Layout, Row, UnlistedCode

COPENHAGEN = "101"
REFUSED_ABOVE = 0.05
"""A file with a larger share of broken rows is refused."""
FEW_BROKEN = 5
"""Ours, by trial: so few broken rows do not refuse a file, however small it is; the specifications do not say so."""


@dataclass
class Deliveries:
    """Standing rows by source and year, and the files that were refused."""

    rows: dict[str, dict[int, list[Row]]] = field(default_factory=lambda: defaultdict(dict))
    refused: list[str] = field(default_factory=list)
    _latest: dict[str, list[Row]] = field(default_factory=dict)

    def years(self, source: str) -> set[int]:
        return set(self.rows[source])

    def of(self, source: str, year: int) -> list[Row]:
        return self.rows[source].get(year, [])

    def every(self, source: str) -> Iterator[Row]:
        for year in sorted(self.rows[source]):
            yield from self.rows[source][year]

    def without(self, source: str, row: Row) -> "Deliveries":
        """The same deliveries without one record, in whichever years' files it stands."""
        key = LAYOUTS[source].key
        gone = [row[c] for c in key]
        fewer = {year: [r for r in rows if [r[c] for c in key] != gone] for year, rows in self.rows[source].items()}
        return Deliveries(defaultdict(dict, self.rows | {source: fewer}))

    def latest(self, source: str) -> list[Row]:
        """Each record as the last delivery that holds it says; `_last` is the year of that delivery."""
        if source not in self._latest:
            found: dict[tuple[Any, ...], Row] = {}
            for year in sorted(self.rows[source]):
                for row in self.rows[source][year]:
                    found[tuple(row[c] for c in LAYOUTS[source].key)] = row | {"_last": year}
            self._latest[source] = list(found.values())
        return self._latest[source]


def read(folder: Path) -> Deliveries:
    """All deliveries below a folder; of several numbers of a source and year the highest that is accepted stands."""
    found = Deliveries()
    for source, layout in LAYOUTS.items():
        manifests = [json.loads(m.read_text("utf-8")) for m in (folder / source).glob("*.manifest.json")]
        for manifest in sorted(manifests, key=lambda m: (m["period"], m["delivery_number"])):
            year = manifest["period"]
            raw = list(raw_rows(folder / source / manifest["file"], manifest["encoding"]))
            standing = accepted(layout, year, raw)
            if standing is None:
                found.refused.append(manifest["file"])
                continue
            found.rows[source][year] = standing
    return found


def raw_rows(file: Path, encoding: str) -> Iterator[dict[str, str]]:
    """Rows as texts, by whichever form the file has; nothing is an empty text, never missing."""
    if file.suffix == ".parquet":
        rows: Iterable[dict[str, Any]] = pq.read_table(file).to_pylist()
    elif file.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets[0]
        header, *lines = sheet.iter_rows(values_only=True)
        rows = [dict(zip(map(str, header), line, strict=True)) for line in lines]
    else:
        with file.open(encoding=encoding, newline="") as text:
            lines_read = csv.DictReader(text, delimiter=";")
            rows = [{k.lstrip("\ufeff"): v for k, v in row.items()} for row in lines_read]
    for row in rows:
        yield {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def accepted(layout: Layout, year: int, raw: list[dict[str, str]]) -> list[Row] | None:
    """The standing rows, or nothing where the file as a whole is refused."""
    if any(layout.refuses(set(texts)) for texts in raw[:1]):
        return None
    if layout.acting and raw and all(texts[layout.acting].zfill(3) != COPENHAGEN for texts in raw):
        return None
    try:
        standing = standing_rows(layout, year, raw)
    except UnlistedCode:
        return None
    broken = len(raw) - len(standing)
    return None if broken > max(FEW_BROKEN, REFUSED_ABOVE * len(raw)) else standing


def standing_rows(layout: Layout, year: int, raw: Iterable[dict[str, str]]) -> list[Row]:
    """The rows that break no rule; of rows with the same key the first stands."""
    found: dict[tuple[Any, ...], Row] = {}
    for texts in raw:
        row = converted(layout, texts)
        if row is None or not in_period(layout, row, year) or not all(rule(row) for rule in layout.rules):
            continue
        found.setdefault(tuple(row[c] for c in layout.key), row)
    return list(found.values())


def converted(layout: Layout, texts: dict[str, str]) -> Row | None:
    """A row of values, or nothing where one cannot be read or is lacking; variables without a converter are kept."""
    row: Row = {name: text for name, text in texts.items() if name not in layout.must and name not in layout.may}
    try:
        for name, convert in (layout.must | layout.may).items():
            text = texts.get(name, "")
            if not text and name in layout.must:
                return None
            row[name] = convert(text) if text else None
    except (ValueError, KeyError):
        return None
    return row


def in_period(layout: Layout, row: Row, year: int) -> bool:
    """Whether the row belongs to the file's year; an end after the year has not come yet and is taken out."""
    first_day, last_day = date(year, 1, 1), date(year, 12, 31)
    if layout.end and row[layout.end] and row[layout.end] > last_day:
        row[layout.end] = None
    for name, value in row.items():
        if isinstance(value, date) and value > (date(year + 1, 12, 31) if name in layout.later else last_day):
            return False
    how, *names = layout.period
    if how == "year":
        return bool(row[names[0]] == year)
    if how == "is":
        return bool(row[names[0]] == first_day)
    if how == "in":
        return bool(first_day <= row[names[0]] <= last_day)
    return bool(row[names[1]] is None or row[names[1]] >= first_day)
