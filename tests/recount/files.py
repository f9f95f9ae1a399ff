"""Reads a folder of deliveries: the standing file of every source and year, and which rows of it stand."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq

from tests.recount.codes import lists
from tests.recount.layouts import LAYOUTS, NUMBERS, Layout, Row, UnlistedCode, number_of_nobody
from tests.recount.placements import of_events
from tests.recount.records import Record, settled

COPENHAGEN = "101"
REFUSED_ABOVE = 0.05
"""A file with a larger share of broken rows is refused."""
FEW_BROKEN = 5
"""A small file is refused by more broken rows than these, or by more than half."""
OTHER_YEARS_ABOVE = 0.2
"""However small a file is, so many of its rows may lie outside its year and no more: it is another year's."""


class Circular(Exception):
    """Numbers that were changed into each other: nobody knows who is who."""


@dataclass
class Deliveries:
    """Standing rows by source and year, the files that were refused, and who each population file names, and where."""

    rows: dict[str, dict[int, list[Row]]] = field(default_factory=lambda: defaultdict(dict))
    refused: list[str] = field(default_factory=list)
    named: dict[int, dict[str, set[str | None]]] = field(default_factory=lambda: defaultdict(dict))
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
        key = LAYOUTS[source].name or LAYOUTS[source].key
        gone = [row[c] for c in key]
        fewer = {year: [r for r in rows if [r[c] for c in key] != gone] for year, rows in self.rows[source].items()}
        gone_number = {row["PNR"]} if source == "dst_bef" else set()
        named = {year: {k: v for k, v in n.items() if k not in gone_number} for year, n in self.named.items()}
        return Deliveries(defaultdict(dict, self.rows | {source: fewer}), named=defaultdict(dict, named))

    def latest(self, source: str) -> list[Row]:
        """Each record as the last delivery that holds it says, but for those a later delivery corrected.

        `_last` is the year of that delivery, `_known_until` the last day of the record that is known, and
        `_open` whether the end is yet to come: no later file exists that could have said more.
        """
        if source not in self._latest:
            layout, files = LAYOUTS[source], self.rows[source]
            if layout.end is None or layout.period[0] != "overlaps":
                found = {(y, *(r[c] for c in layout.key)): r | {"_last": y} for y in files for r in files[y]}
                self._latest[source] = list(found.values())
            else:
                self._latest[source] = [_with_life(one, layout.end, max(files)) for one in settled(layout, files)]
        return self._latest[source]


def _with_life(record: Record, end: str, last_file: int) -> Row:
    known = record.row[end] or date(record.last, 12, 31)
    unseen = record.row[end] is None and record.last == last_file
    return record.row | {"_last": record.last, "_known_until": known, "_open": unseen}


def read(folder: Path) -> Deliveries:
    """All deliveries below a folder; of several numbers of a source and year the highest that is accepted stands."""
    found = Deliveries()
    for source, layout in LAYOUTS.items():
        manifests = [json.loads(m.read_text("utf-8")) for m in (folder / source).glob("*.manifest.json")]
        for manifest in sorted(manifests, key=lambda m: (m["period"], m["delivery_number"])):
            year = manifest["period"]
            raw = of_events(list(raw_rows(folder / source / manifest["file"], manifest["encoding"])), year)
            standing = accepted(source, layout, year, raw)
            if standing is None:
                found.refused.append(manifest["file"])
                continue
            found.rows[source][year] = standing
            if source == "dst_bef":
                for number, place in numbers_named(layout, raw, year):
                    found.named[year].setdefault(number, set()).add(place)
            for memory in (_value, _listed):
                memory.cache_clear()
    link_numbers(found)
    return found


def link_numbers(found: Deliveries) -> None:
    """Every number of a person is the one in force; what a file says under two of them is what it says under that."""
    now = numbers_in_force(sorted(found.every("person_number_changes"), key=lambda row: row["AENDRET"]))
    for year, numbers in found.named.items():
        linked_now: dict[str, set[str | None]] = {}
        for number, places in numbers.items():
            linked_now.setdefault(now.get(number, number), set()).update(places)
        found.named[year] = linked_now
    for source, files in found.rows.items() if now else ():
        if source == "person_number_changes":
            continue
        for year, rows in files.items():
            files[year] = _under_one_number(LAYOUTS[source], rows, now)


def _under_one_number(layout: Layout, rows: list[Row], now: dict[str, str]) -> list[Row]:
    """The rows of a file under the numbers in force; a record that runs is one under two numbers, whatever its end."""
    linked: dict[tuple[Any, ...], Row] = {}
    in_force: set[tuple[Any, ...]] = set()
    for row in sorted(rows, key=lambda row: any(row[name] in now for name in NUMBERS & set(row))):
        is_old = any(row[name] in now for name in NUMBERS & set(row))
        row |= {name: now.get(row[name], row[name]) for name in NUMBERS & set(row)}
        record = tuple(row[c] for c in layout.name or layout.key)
        if not is_old:
            in_force.add(record)
        elif layout.end and record in in_force:
            continue
        linked.setdefault(tuple(row[c] for c in layout.key), row)
    return list(linked.values())


def numbers_named(layout: Layout, raw: list[dict[str, str]], year: int) -> Iterator[tuple[str, str | None]]:
    """The numbers a population file names as of its day and where, whatever else is wrong with their rows."""
    for texts in map(layout.named, raw):
        try:
            of_the_day = layout.must["REFERENCEDATO"](texts["REFERENCEDATO"]) in (
                date(year, 1, 1),
                date(year - 1, 12, 31),
            )
        except ValueError:
            of_the_day = True
        try:
            place = layout.must["KOM"](texts["KOM"])
        except ValueError:
            place = None
        try:
            if of_the_day:
                yield layout.must["PNR"](texts["PNR"]), place
        except ValueError:
            continue


def numbers_in_force(changes: list[Row]) -> dict[str, str]:
    """Of each number that was given up, the one that came after it, and after that one; changes come in order."""
    after = {row["CPR_GAMMELT"]: row["CPR_NYT"] for row in changes}
    now = {}
    for old in after:
        seen, number = {old}, after[old]
        while number in after:
            if number in seen:
                raise Circular
            seen.add(number)
            number = after[number]
        now[old] = number
    return now


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


def accepted(source: str, layout: Layout, year: int, raw: list[dict[str, str]]) -> list[Row] | None:
    """The standing rows, or nothing where the file as a whole is refused."""
    raw = [layout.named(texts) for texts in raw]
    if any(layout.refuses(set(texts)) for texts in raw[:1]):
        return None
    if layout.acting and raw and all(texts[layout.acting].zfill(3) != COPENHAGEN for texts in raw):
        return None
    of_somebody = [texts for texts in raw if not _of_nobody(layout, texts)]
    if len(raw) - len(of_somebody) > layout.without_person * len(raw):
        return None
    try:
        standing, broken, of_other_years = standing_rows(source, layout, year, of_somebody)
    except UnlistedCode:
        return None
    if of_other_years > OTHER_YEARS_ABOVE * len(raw):
        return None
    too_many = max(FEW_BROKEN, REFUSED_ABOVE * len(raw))
    return None if broken > too_many or 2 * broken > len(raw) else standing


def _of_nobody(layout: Layout, texts: dict[str, str]) -> bool:
    """Where it is usual that a row has no number, such a row is no fault and nobody's."""
    return bool(layout.without_person) and number_of_nobody(next(texts[n] for n in layout.must if n in NUMBERS))


def standing_rows(source: str, layout: Layout, year: int, raw: Iterable[dict[str, str]]) -> tuple[list[Row], int, int]:
    """The rows that break no rule, how many do, and how many of those are good rows of other years.

    Identical rows are one, rows that differ under one key are none.
    """
    by_key: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    broken = of_other_years = 0
    for texts in raw:
        row = converted(source, layout, texts, year)
        of_the_year = row is not None and in_period(layout, row, year)
        if row is None or not all(rule(row) for rule in layout.rules):
            broken += 1
            continue
        if not of_the_year or not has_happened(layout, row, year) or not layout.happens_in_life(row):
            broken, of_other_years = broken + 1, of_other_years + (not of_the_year)
            continue
        by_key[layout.one_record(row)].append(row)
    standing = []
    for same in by_key.values():
        if all(row == same[0] for row in same):
            standing.append(same[0])
            broken += len(same) - 1
        else:
            broken += len(same)
    return standing, broken, of_other_years


def converted(source: str, layout: Layout, texts: dict[str, str], year: int) -> Row | None:
    """A row of values, or nothing where one cannot be read or is lacking."""
    row: Row = {}
    try:
        for name in (*layout.must, *layout.may):
            text = texts.get(name, "")
            if not text and name in layout.must:
                return None
            row[name] = _value(source, name, text, year) if text else None
        for name in texts.keys() - row.keys():
            row[name] = _value(source, name, texts[name], year)
    except (ValueError, KeyError):
        return None
    return {name: _listed(source, name, value, year) for name, value in row.items()}


@cache
def _value(source: str, name: str, text: str, year: int) -> Any:
    """The value of a text of a variable; most texts of a file stand in many of its rows."""
    layout = LAYOUTS[source]
    if convert := layout.must.get(name) or layout.may.get(name):
        return convert(text)
    return layout.week(text) if layout.is_week_of(name, year) else text


@cache
def _listed(source: str, name: str, value: Any, year: int) -> Any:
    """The value, where it is a code as a code of the list: lost zeros may be missing. Unlisted: no file."""
    layout = LAYOUTS[source]
    variable = "Y_*" if layout.is_week_of(name, year) else name
    known = lists().get(f"{source}.{variable}", [])
    if not known or not value:
        return value
    runs_on = layout.period[0] == "overlaps"
    for text in (value, value.zfill(layout.digits.get(name, 0))):
        if any(one.holds(text, year, runs_on) for one in known):
            return text
    if any(one.refuses for one in known):
        raise UnlistedCode
    return value.zfill(layout.digits.get(name, 0))


def in_period(layout: Layout, row: Row, year: int) -> bool:
    """Whether the row belongs to the file's year; an end after the year has not come yet and is taken out."""
    first_day, last_day = date(year, 1, 1), date(year, 12, 31)
    if layout.end and row[layout.end] and row[layout.end] > last_day:
        row[layout.end] = None
    how, *names = layout.period
    if how == "year":
        return bool(row[names[0]] == year)
    if how == "is":
        if row[names[0]] == date(year - 1, 12, 31):
            row[names[0]] = first_day
        return bool(row[names[0]] == first_day)
    if how == "in":
        return bool(first_day <= row[names[0]] <= last_day)
    return bool(row[names[0]] <= last_day and (row[names[1]] is None or row[names[1]] >= first_day))


def has_happened(layout: Layout, row: Row, year: int) -> bool:
    """Whether no day of the row is yet to come when its year ends; some may lie in the year after."""
    latest = {name: date(year + 1, 12, 31) for name in layout.later}
    return all(value <= latest.get(name, date(year, 12, 31)) for name, value in row.items() if isinstance(value, date))
