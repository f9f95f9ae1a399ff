"""What a release tells together with the releases before it; all from what was printed. Part of the audit."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.protection.blocks import Block
from handleplan_pipeline.protection.counted import blocks_of, protected_indicators
from handleplan_pipeline.protection.earlier import Earlier, Printed, tables_of_release
from handleplan_pipeline.protection.giving_up import MOSTLY_HIDDEN
from handleplan_pipeline.protection.system import Counts, Known, RowKey, Table, values_of


class Place(NamedTuple):
    """A series in a year."""

    indicator: str
    year: int


def told_together(catalogue: Catalogue, now: Printed, earlier: Earlier) -> Iterator[str]:
    """What must not be printed beside the earlier releases, a sentence each."""
    printed = _Print(catalogue, now)
    yield from _shown_again(printed, earlier)
    yield from _new_beside_given_up(printed, earlier)
    yield from dict.fromkeys(p for r in earlier.prints for p in _revised_by_few(printed, r))


def revised_by_few(catalogue: Catalogue, now: Printed, earlier: Printed) -> Iterator[str]:
    """Counts, and what follows from counts by subtraction, that differ by 1 to T persons between two releases."""
    yield from _revised_by_few(_Print(catalogue, now), earlier)


class _Print:
    """A release, its tables, and what follows from them block by block, each looked at once."""

    def __init__(self, catalogue: Catalogue, now: Printed) -> None:
        self.catalogue, self.now = catalogue, now
        self.tables = tables_of_release(catalogue, now)
        self.systems = [
            ((block, base_year), frozenset(Place(s.indicator, base_year + s.offset) for s in block.series))
            for block, base_year in blocks_of(catalogue, self.tables)
        ]
        self._values: dict[tuple[str, int], dict[str, int]] = {}

    def values(self, block: Block, base_year: int) -> dict[str, int]:
        if (block.id, base_year) not in self._values:
            self._values[block.id, base_year] = values_of(Known(block, self.tables, base_year))
        return self._values[block.id, base_year]


def _revised_by_few(printed: _Print, earlier: Printed) -> Iterator[str]:
    # what follows from counts that are all as they were is as it was
    now = printed.now.counts
    changed = {Place(r.indicator, r.year) for r, c in earlier.counts.items() if now.get(r, c) != c}
    if not changed:
        return
    largest = int(printed.catalogue.disclosure.number("largest_sensitive"))
    before = tables_of_release(printed.catalogue, earlier)
    for (block, base_year), places in printed.systems:
        if changed.isdisjoint(places):
            continue
        known = values_of(Known(block, before, base_year))
        for key, value in printed.values(block, base_year).items():
            if 1 <= abs(value - known.get(key, value)) <= largest:
                yield f"{key}: changed by 1 to {largest} persons since an earlier release"


def _shown_again(printed: _Print, earlier: Earlier) -> Iterator[str]:
    """Rows that were hidden when they were last to be seen."""
    by_place: dict[Place, list[RowKey]] = {}
    for row in [*printed.now.counts, *printed.now.hidden]:
        by_place.setdefault(Place(row.indicator, row.year), []).append(row)
    for _, places in printed.systems if earlier.releases else ():
        rows = [row for place in places for row in by_place.get(place, ())]
        for row in sorted(earlier.hidden_among(rows, printed.catalogue.disclosure) & printed.now.counts.keys()):
            yield f"{_name(row)}: shown, and an earlier release hid it"


def _new_beside_given_up(printed: _Print, earlier: Earlier) -> Iterator[str]:
    """Where a row is given up that was printed and surely is as it was, rows that are not as they were."""
    mine = protected_indicators(printed.catalogue)
    gone = {
        Place(r.indicator, r.year)
        for r, (_, why) in printed.now.given_up.items()
        if why != MOSTLY_HIDDEN and r.indicator in mine and earlier.surely_known(r, mine[r.indicator])
    }
    for _, places in printed.systems if gone else ():
        for place in sorted(places) if not gone.isdisjoint(places) else ():
            for row, counts in _printed(printed.tables, place):
                if earlier.counts.get(row) != counts:
                    yield f"{_name(row)}: new beside rows that are given up now and were printed before"


def _printed(tables: Mapping[str, Table], place: Place) -> Iterator[tuple[RowKey, Counts]]:
    if (table := tables.get(place.indicator)) is not None:
        for slice_, counts in table.of_year.get(place.year, {}).items():
            if any(c is not None for c in counts):
                yield RowKey(*place, slice_), counts


def _name(row: RowKey) -> str:
    return f"{row.indicator}|{row.year}|{'|'.join(row.slice)}"
