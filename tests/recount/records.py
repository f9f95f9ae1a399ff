"""A record over all its deliveries: which rows of different years are one, and what a later delivery corrected."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.recount.layouts import Layout, Row


@dataclass
class Record:
    """`row` is what the last file that holds it says; `files` are the years of all that do."""

    name: tuple[Any, ...]
    row: Row
    files: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    corrected: bool = False

    @property
    def last(self) -> int:
        return self.files[-1]


def settled(layout: Layout, files: dict[int, list[Row]]) -> list[Record]:
    """All records without those that a later delivery replaced, whose rows are marked `_corrected`."""
    records: dict[tuple[Any, ...], Record] = {}
    for year in sorted(files):
        for name, row in _named(layout, files[year]):
            one = records.setdefault(name, Record(name, row))
            one.row = row
            one.files.append(year)
            one.rows.append(row)
    for unit in layout.units:
        _correct(layout, unit, list(records.values()))
    for one in records.values():
        for row in one.rows:
            row["_corrected"] = one.corrected
    return [one for one in records.values() if not one.corrected]


def _named(layout: Layout, rows: list[Row]) -> Iterator[tuple[tuple[Any, ...], Row]]:
    """The rows of a file with their records' names; of several of one start the one that lasts longest goes on."""
    alike: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        alike[tuple(row[c] for c in layout.name or layout.key)].append(row)
    assert layout.end
    for name, same in alike.items():
        by_id = sorted(same, key=lambda r: [r[c] for c in layout.own_ids])
        for place, row in enumerate(sorted(by_id, key=lambda r: r[layout.end] or date.max, reverse=True)):
            yield (*name, place), row


def _correct(layout: Layout, unit: tuple[str, ...], records: list[Record]) -> None:
    """A record that is new in a file replaces those of its unit that overlap it, are gone and never stood beside it."""
    of_unit: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for one in records:
        of_unit[tuple(one.row[c] for c in unit)].append(one)
    for alike in of_unit.values():
        for old in alike:
            old.corrected |= any(
                new.last > old.last
                and not set(new.files) & set(old.files)
                and (_overlap(layout, old, new) or _moved_on(layout, unit, old, new))
                and _missed(layout, old, new)
                for new in alike
            )


def _moved_on(layout: Layout, unit: tuple[str, ...], old: Record, new: Record) -> bool:
    """By its id an open record is corrected also to days after those that are known of it."""
    assert layout.end
    is_by_id = bool(set(unit) & set(layout.own_ids))
    start = layout.period[1]
    return is_by_id and old.row[layout.end] is None and bool(new.row[start] > old.row[start])


def _missed(layout: Layout, old: Record, new: Record) -> bool:
    """Whether the old one should be in a file that holds the new one; who had ended is missed by nobody."""
    assert layout.end
    end = old.row[layout.end]
    return any(year > old.last and (end is None or end.year >= year) for year in new.files)


def _overlap(layout: Layout, a: Record, b: Record) -> bool:
    start = layout.period[1]
    (a_first, a_last), (b_first, b_last) = ((one.row[start], _last_day(layout, one)) for one in (a, b))
    return bool(a_first <= b_last and b_first <= a_last)


def _last_day(layout: Layout, one: Record) -> date:
    """The last day of the record, as far as it is known; a day of leaving is none, unless it is the only one."""
    assert layout.end
    end = one.row[layout.end]
    if end is None:
        return date(one.last, 12, 31)
    if layout.end_is_a_day or end == one.row[layout.period[1]]:
        return date(end.year, end.month, end.day)
    return date.fromordinal(end.toordinal() - 1)
