"""What a release tells together with the releases before it; all from what was printed. Part of the audit."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.protection.counted import blocks_of, protected_indicators
from handleplan_pipeline.protection.earlier import Earlier, Printed, tables_of_release
from handleplan_pipeline.protection.giving_up import MOSTLY_HIDDEN
from handleplan_pipeline.protection.system import BlockSystem, Counts, RowKey, Slice, Table, values_of


class Place(NamedTuple):
    """A series in a year."""

    indicator: str
    year: int


def told_together(catalogue: Catalogue, now: Printed, earlier: Earlier) -> Iterator[str]:
    """What must not be printed beside the earlier releases, a sentence each."""
    tables = tables_of_release(catalogue, now)
    yield from _shown_again(catalogue, now, earlier)
    yield from _new_beside_given_up(catalogue, tables, now, earlier)
    yield from dict.fromkeys(p for r in earlier.releases for p in _revised_by_few(catalogue, tables, now, r))


def revised_by_few(catalogue: Catalogue, now: Printed, earlier: Printed) -> Iterator[str]:
    """Counts, and what follows from counts by subtraction, that differ by 1 to T persons between two releases."""
    yield from _revised_by_few(catalogue, tables_of_release(catalogue, now), now, earlier)


def _revised_by_few(catalogue: Catalogue, tables: Mapping[str, Table], now: Printed, earlier: Printed) -> Iterator[str]:
    # what follows from counts that are all as they were is as it was
    changed = {Place(r.indicator, r.year) for r, c in earlier.counts.items() if now.counts.get(r, c) != c}
    if not changed:
        return
    largest = int(catalogue.disclosure.number("largest_sensitive"))
    before = tables_of_release(catalogue, earlier)
    for block, base_year in blocks_of(catalogue, tables):
        if changed.isdisjoint(Place(s.indicator, base_year + s.offset) for s in block.series):
            continue
        known = values_of(BlockSystem(block, before, base_year))
        for key, value in values_of(BlockSystem(block, tables, base_year)).items():
            if 1 <= abs(value - known.get(key, value)) <= largest:
                yield f"{key}: changed by 1 to {largest} persons since an earlier release"


def _shown_again(catalogue: Catalogue, now: Printed, earlier: Earlier) -> Iterator[str]:
    """Rows that were hidden when they were last to be seen."""
    mine = protected_indicators(catalogue).keys()
    shown_with = catalogue.disclosure.shown_with
    for row in sorted(earlier.hidden_beside(shown_with) & now.counts.keys()):
        if row.indicator in mine:
            yield f"{_name(row)}: shown, and an earlier release hid it"


def _new_beside_given_up(
    catalogue: Catalogue, tables: Mapping[str, Table], now: Printed, earlier: Earlier
) -> Iterator[str]:
    """Where a row that was printed is given up, rows that are not as they were."""
    gone: dict[Place, list[RowKey]] = defaultdict(list)
    for row, (_, why) in now.given_up.items():
        if row in earlier.counts and why != MOSTLY_HIDDEN:
            gone[Place(row.indicator, row.year)].append(row)
    if not gone:
        return
    for block, base_year in blocks_of(catalogue, tables):
        places = [Place(s.indicator, base_year + s.offset) for s in block.series]
        if gone.keys().isdisjoint(places):
            continue
        for place in places:
            for row, counts in _printed(tables, place):
                if earlier.counts.get(row) != counts:
                    yield f"{_name(row)}: new beside rows that are given up now and were printed before"


def _printed(tables: Mapping[str, Table], place: Place) -> Iterator[tuple[RowKey, Counts]]:
    table = tables.get(place.indicator)
    for (year, at), counts in () if table is None else table.rows.items():
        if year == place.year and any(c is not None for c in counts):
            yield RowKey(place.indicator, year, Slice(*at)), counts


def _name(row: RowKey) -> str:
    return f"{row.indicator}|{row.year}|{'|'.join(row.slice)}"
