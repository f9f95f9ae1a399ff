"""What the joint plan must not give away of a block: sensitive counts, what is known already, what hiding costs."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.protection.counted import protected_indicators
from handleplan_pipeline.protection.earlier import Earlier, known_from
from handleplan_pipeline.protection.fill import possible_counts
from handleplan_pipeline.protection.primary import Primaries, Thresholds, near, primaries, rows_of
from handleplan_pipeline.protection.system import BlockSystem, Cell, Counts, Known, RowKey, Slice, Table, values_of

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """One block's system with its true counts, what is sensitive, what is known already, and the cost of each cell.

    `sure`: what was printed and rests on nothing that has changed since: it is known whatever is printed now.
    """

    system: BlockSystem
    values: npt.NDArray[np.int64]
    found: Primaries
    known: Mask
    sure: Mask
    weights: npt.NDArray[np.float64]
    together: npt.NDArray[np.int64]
    thresholds: Thresholds
    columns: npt.NDArray[np.int64]
    """The leaves that certificates may use: fewer are quicker, and as safe."""

    def among(self, columns: npt.NDArray[np.int64]) -> "Asked":
        """The same with certificates of these leaves alone."""
        return replace(self, columns=columns)

    @cached_property
    def as_before(self) -> frozenset[RowKey]:
        """Rows of which every count is known already."""
        rows = rows_of(self.system.cells)
        return frozenset(row for row, positions in rows.items() if self.known[positions].all())

    def without(self, rows: Collection[RowKey], forgetting: bool = False) -> "Asked":
        """The same where these rows are not printed, whatever was printed of them before.

        Where one of them was, nothing is printed that is not as it was before: who remembers the row could add it to
        what is new. `forgetting`: what surely is as it was may be given up too. It is known all the same, but a print
        that is part of an earlier one adds nothing to it.
        """
        found, known = self.found.copy(), self.known.copy()
        for row in rows:
            found.hide(row, "given_up")
        gone, there = set(rows), rows_of(self.system.cells)
        remembered = known | self.sure
        if forgetting or any(remembered[there[row]].any() for row in gone):
            for row in there.keys() - self.as_before:
                found.hide(row, "secondary")
        for pair in pairs(self.system, there):
            if found.forced & set(pair):
                gone |= set(pair)
                for row in pair:
                    found.hide(row, "secondary")
        left = np.array([c.row not in gone for c in self.system.cells], dtype=bool)
        known &= left if forgetting else left | self.sure
        return replace(self, found=found, known=known)


class Asker:
    """Puts the question for every block of a release."""

    def __init__(self, catalogue: Catalogue, tables: Mapping[str, Table], earlier: Earlier) -> None:
        self.catalogue, self.tables, self.earlier = catalogue, tables, earlier
        self._printed: dict[str, list[dict[str, int]]] = {}

    @cached_property
    def thresholds(self) -> Thresholds:
        d = self.catalogue.disclosure
        return Thresholds(*(int(d.number(n)) for n in ("threshold", "largest_sensitive", "least_denominator")))

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        return protected_indicators(self.catalogue)

    @cached_property
    def earlier_tables(self) -> list[dict[str, Table]]:
        """The tables of each earlier release; the same ones where a release printed what the one before it did."""
        of_print = {id(r.counts): known_from(self.catalogue, r) for r in self.earlier.prints}
        return [of_print[id(r.counts)] for r in self.earlier.releases]

    def of(self, system: BlockSystem) -> Asked:
        """The question of one block. Raises ContradictionError where the known counts do not add up."""
        cells = system.cells
        values = possible_counts(system, cells, self.thresholds.threshold)
        blanked = {i for i, c in enumerate(cells) if c.value is None and c.row is not None}
        found = primaries(cells, values, blanked, self.thresholds)
        known, sure = self._known(system, cells, values, found)
        rows = rows_of(cells)
        numbers = {row: n for n, row in enumerate(rows)}
        for row, other in pairs(system, rows):
            numbers[row] = numbers[other]
        together = np.array([len(rows) + i if c.row is None else numbers[c.row] for i, c in enumerate(cells)])
        weights = self._weights(cells, values, rows)
        every = np.arange(system.width)
        return Asked(system, values, found, known, sure, weights, together, self.thresholds, every)

    def pattern_before(self, asked: Asked) -> Mask | None:
        """The cells the last release hid, where everything it printed of the block stands as it was; else None.

        None too where it printed nothing of it.
        """
        if not self.earlier.releases or not self._before(asked.system)[-1]:
            return None
        last, values = self.earlier.releases[-1], self._before(asked.system)[-1]
        hidden = np.zeros(len(asked.system.cells), dtype=bool)
        for i, c in enumerate(asked.system.cells):
            if c.row is None:
                continue
            if c.row in last.hidden:
                hidden[i] = True
            elif values.get(c.key) != asked.values[i] and c.residents is None:
                return None
        return hidden

    def _before(self, system: BlockSystem) -> list[dict[str, int]]:
        """What each earlier release printed of the counts of a block, and what follows by subtraction, by key."""
        if system.name not in self._printed:
            block, base_year = system.block, system.base_year
            places = [(s.indicator, base_year + s.offset) for s in block.series]
            told: dict[Hashable, dict[str, int]] = {}
            found: list[dict[str, int]] = []
            last = None
            for tables in self.earlier_tables:
                if tables is last:
                    found.append(found[-1])
                    continue
                last = tables
                # most releases print of most blocks and years what the one before printed
                rows = frozenset(
                    (i, at, counts) for i, year in places for at, counts in _rows_of_year(tables.get(i), year).items()
                )
                if rows not in told:
                    told[rows] = values_of(Known(block, tables, base_year))
                found.append(told[rows])
            self._printed[system.name] = found
        return self._printed[system.name]

    def _known(
        self, system: BlockSystem, cells: Sequence[Cell], values: npt.NDArray[np.int64], found: Primaries
    ) -> tuple[Mask, Mask]:
        """Counts that are public or were printed before, and of those the ones that surely still are what they were.

        Revisions and variants add their requirements. What was hidden stays hidden: the print of another count, beside
        the old one, could tell. A count by another version of the definition is taken for the same: who knows both
        versions may know that nobody is counted otherwise.
        """
        known, rows = np.zeros(len(cells), dtype=bool), rows_of(cells)
        sure = known.copy()
        public = self.catalogue.disclosure.is_public
        before = self._before(system)
        for i, c in enumerate(cells):
            printed = [n for n, b in enumerate(before) if c.key in b]
            others = {before[n][c.key] for n in printed}
            for other in others:
                near(found, i, int(values[i]), other, self.thresholds, c.row, "revision")
            if c.row is None:
                continue
            # what another body prints is what we printed first, and not what we have corrected since
            sure[i] = public(c.row.indicator, c.row.slice.population_group) and others <= {int(values[i])}
            known[i] = sure[i] or (bool(printed) and before[printed[-1]][c.key] == values[i])
            sure[i] |= bool(printed) and self._is_sure(c.row)
            for other in self._variants(c):
                near(found, i, int(values[i]), other, self.thresholds, c.row, "variant")
        changed = any(b.get(c.key, v) != v for b in before for c, v in zip(cells, values.tolist(), strict=True))
        for row in self.earlier.hidden_among(rows, self.catalogue.disclosure):
            found.hide(row, "revision" if changed else "secondary")
        for pair in pairs(system, rows):
            # what is shown with a count that may be hidden can be hidden too, whatever was printed before
            positions = [i for row in pair for i in rows[row]]
            known[positions] &= bool(known[positions].all()) and not found.forced & set(pair)
        return known, sure

    def _is_sure(self, row: RowKey) -> bool:
        indicator = self.indicators.get(row.indicator)
        return indicator is not None and self.earlier.surely_known(row, indicator)

    def _variants(self, cell: Cell) -> list[int]:
        """The same count in the series this one is a variant of."""
        assert cell.row is not None
        found = []
        for v in self.catalogue.disclosure.variants:
            if v.indicator != cell.row.indicator or v.of not in self.tables or v.part not in (None, cell.part):
                continue
            other = self.tables[v.of].rows.get((cell.row.year, cell.row.slice))
            value = None if other is None else getattr(other, v.of_part or cell.part)
            found += [] if value is None else [value]
        return found

    def _weights(
        self, cells: Sequence[Cell], values: npt.NDArray[np.int64], rows: Mapping[RowKey, list[int]]
    ) -> npt.NDArray[np.float64]:
        """What hiding a row costs, spread over its counts."""
        d = self.catalogue.disclosure
        weights = np.zeros(len(cells))
        for row, positions in rows.items():
            cost = float(np.log1p(max(int(values[i]) for i in positions)))
            if (indicator := self.indicators.get(row.indicator)) is not None:
                whole = (row.slice.sex, row.slice.age_group) == (indicator.sex, indicator.age_group)
                compared = indicator.kind == "headline" and row.slice.population_group in indicator.population_groups
                cost *= d.number("margin_weight") if whole else 1
                cost *= d.number("headline_weight" if whole else "compared_weight") if compared else 1
            weights[positions] = cost / len(positions)
        return weights


def _rows_of_year(table: Table | None, year: int) -> Mapping[Slice, Counts]:
    return {} if table is None else table.of_year.get(year, {})


def pairs(system: BlockSystem, rows: Collection[RowKey]) -> Iterator[tuple[RowKey, RowKey]]:
    """Rows that are shown or hidden together (`shown_with`)."""
    other = {s.indicator: s.shown_with for s in system.block.series if s.shown_with}
    for row in rows:
        if row.indicator in other and (pair := row._replace(indicator=str(other[row.indicator]))) in rows:
            yield row, pair
