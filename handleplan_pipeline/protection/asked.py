"""What the joint plan must not give away of a block: sensitive counts, what is known already, what hiding costs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.protection.counted import protected_indicators
from handleplan_pipeline.protection.earlier import Earlier, known_from
from handleplan_pipeline.protection.fill import possible_counts
from handleplan_pipeline.protection.primary import Primaries, Thresholds, near, primaries, rows_of
from handleplan_pipeline.protection.system import BlockSystem, Cell, RowKey, Table, values_of

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """One block's system with its true counts, what is sensitive, what is known already, and the cost of each cell."""

    system: BlockSystem
    values: npt.NDArray[np.int64]
    found: Primaries
    known: Mask
    weights: npt.NDArray[np.float64]
    together: npt.NDArray[np.int64]
    thresholds: Thresholds
    hidden_before: frozenset[RowKey]
    """The rows the last release hid."""
    columns: npt.NDArray[np.int64]
    """The leaves that certificates may use: fewer are quicker, and as safe."""

    def among(self, columns: npt.NDArray[np.int64]) -> "Asked":
        """The same with certificates of these leaves alone."""
        return replace(self, columns=columns)

    def without(self, rows: Collection[RowKey]) -> "Asked":
        """The same where these rows are not printed, whatever was printed of them before.

        Where one of them was, what the last release hid stays hidden: who remembers the row could add the two prints.
        """
        found, known = self.found.copy(), self.known.copy()
        for row in rows:
            found.hide(row, "given_up")
        gone, there = set(rows), rows_of(self.system.cells)
        if any(known[there[row]].any() for row in gone):
            for row in self.hidden_before & there.keys():
                found.hide(row, "secondary")
        for pair in pairs(self.system, there):
            if found.forced & set(pair):
                gone |= set(pair)
                for row in pair:
                    found.hide(row, "secondary")
        known &= ~np.array([c.row in gone for c in self.system.cells], dtype=bool)
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
        """The tables of each earlier release."""
        return [known_from(self.catalogue, r) for r in self.earlier.releases]

    def of(self, system: BlockSystem) -> Asked:
        """The question of one block. Raises ContradictionError where the known counts do not add up."""
        cells = system.cells
        values = possible_counts(system, cells, self.thresholds.threshold)
        blanked = {i for i, c in enumerate(cells) if c.value is None and c.row is not None}
        found = primaries(cells, values, blanked, self.thresholds)
        known = self._known(system, cells, values, found)
        rows = rows_of(cells)
        numbers = {row: n for n, row in enumerate(rows)}
        for row, other in pairs(system, rows):
            numbers[row] = numbers[other]
        together = np.array([len(rows) + i if c.row is None else numbers[c.row] for i, c in enumerate(cells)])
        weights = self._weights(cells, values, rows)
        every = np.arange(system.width)
        return Asked(system, values, found, known, weights, together, self.thresholds, self.earlier.hidden, every)

    def pattern_before(self, asked: Asked) -> Mask | None:
        """The cells the last release hid, where it was made of the same deliveries and printed the same; else None."""
        if not self.earlier.releases or not self.earlier.same_deliveries:
            return None
        last, values = self.earlier.releases[-1], self._before(asked.system)[-1]
        hidden = np.zeros(len(asked.system.cells), dtype=bool)
        for i, c in enumerate(asked.system.cells):
            if c.row is None:
                continue
            if c.row in last.hidden:
                hidden[i] = True
            elif not self._same_definition(c.row) or (values.get(c.key) != asked.values[i] and c.residents is None):
                return None
        return hidden

    def _before(self, system: BlockSystem) -> list[dict[str, int]]:
        """What each earlier release printed of the counts of a block, and what follows by subtraction, by key."""
        if system.name not in self._printed:
            told = (BlockSystem(system.block, t, system.base_year) for t in self.earlier_tables)
            self._printed[system.name] = [values_of(t) for t in told]
        return self._printed[system.name]

    def _known(
        self, system: BlockSystem, cells: Sequence[Cell], values: npt.NDArray[np.int64], found: Primaries
    ) -> Mask:
        """Counts that are public or were printed before; revisions and variants add their requirements.

        Where any count changed since, what was hidden stays hidden: together with the old print it could tell.
        """
        known, rows = np.zeros(len(cells), dtype=bool), rows_of(cells)
        public = self.catalogue.disclosure.is_public
        before = self._before(system)
        for i, c in enumerate(cells):
            printed = [b[c.key] for b in before if c.key in b]
            for other in set(printed):
                near(found, i, int(values[i]), other, self.thresholds, c.row, "revision")
            if c.row is None:
                continue
            known[i] = public(c.row.indicator, c.row.slice.population_group)
            # a count by another definition is another count, even where it is the same
            known[i] |= bool(printed) and printed[-1] == values[i] and self._same_definition(c.row)
            for other in self._variants(c):
                near(found, i, int(values[i]), other, self.thresholds, c.row, "variant")
        if any(b.get(c.key, v) != v for b in before for c, v in zip(cells, values.tolist(), strict=True)):
            for row in rows.keys() & self.earlier.hidden:
                found.hide(row, "revision")
        for pair in pairs(system, rows):
            # what is shown with a count that may be hidden can be hidden too, whatever was printed before
            positions = [i for row in pair for i in rows[row]]
            known[positions] &= bool(known[positions].all()) and not found.forced & set(pair)
        return known

    def _same_definition(self, row: RowKey) -> bool:
        """Whether the last release that printed a row counted it as it is counted now."""
        versions = [v for r in self.earlier.releases if (v := r.versions.get(row)) is not None]
        indicator = self.indicators.get(row.indicator)
        return not versions or indicator is None or versions[-1] == indicator.definition_version

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
            if row in self.earlier.hidden:
                cost *= d.number("hidden_before_weight")
            weights[positions] = cost / len(positions)
        return weights


def pairs(system: BlockSystem, rows: Collection[RowKey]) -> Iterator[tuple[RowKey, RowKey]]:
    """Rows that are shown or hidden together (`shown_with`)."""
    other = {s.indicator: s.shown_with for s in system.block.series if s.shown_with}
    for row in rows:
        if row.indicator in other and (pair := row._replace(indicator=str(other[row.indicator]))) in rows:
            yield row, pair
