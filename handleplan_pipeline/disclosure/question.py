"""One system of tables and what is sensitive in it: the heuristic, the clean-up, and the certificates of a pattern."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from handleplan_pipeline.disclosure.errors import ContradictionError, DisclosureError, InfeasibleError
from handleplan_pipeline.disclosure.moves import Seeker, whole
from handleplan_pipeline.disclosure.requirement import Ints, Mask
from handleplan_pipeline.disclosure.system import TOLERANCE, Floats, System

Certificates = dict[int, tuple[Ints, Ints]]
Target = tuple[int, int]
"""A sensitive cell, and whether it must be able to be less (-1) or more (1)."""


class Pool:
    """Tables found so far that agree with what is printed, and how far each cell is from its value in them.

    A table proves every target that lies far enough in it, so a program is solved only where none does.
    """

    def __init__(self, cells: int) -> None:
        self.tables: list[Floats] = []
        self._far: Floats = np.empty((64, cells))
        self._valid: Mask = np.zeros(64, dtype=bool)

    def add(self, table: Floats, far: Floats) -> int:
        """Keep a table; its number."""
        at = len(self.tables)
        if at == len(self._far):
            self._far = np.concatenate([self._far, np.empty_like(self._far)])
            self._valid = np.concatenate([self._valid, np.zeros_like(self._valid)])
        self.tables.append(table)
        self._far[at], self._valid[at] = far, True
        return at

    def find(self, cell: int, side: int, need: float, still: Sequence[int] = ()) -> int | None:
        """The first table in which a cell has gone `need` and those of `still` stand as they are."""
        n = len(self.tables)
        enough = self._valid[:n] & (side * self._far[:n, cell] >= need - TOLERANCE)
        for c in still:
            enough &= np.abs(self._far[:n, c]) <= TOLERANCE
        first = int(np.argmax(enough)) if n else 0
        return first if n and enough[first] else None

    def agreeing(self) -> list[Floats]:
        """The tables that agree with the print as it stands."""
        return [t for t, valid in zip(self.tables, self._valid, strict=False) if valid]

    def moves(self, table: int, cells: Sequence[int]) -> bool:
        """Whether any of these cells is not at its value in a table."""
        return bool((np.abs(self._far[table, cells]) > TOLERANCE).any())

    def drop(self, cells: Sequence[int]) -> None:
        """Tables that move any of these cells disagree with the print from now on."""
        n = len(self.tables)
        self._valid[:n] &= ~(np.abs(self._far[:n][:, cells]) > TOLERANCE).any(axis=1)


@dataclass
class Question:
    """One system of tables with what is sensitive in it, and the tables that have proved it protected so far."""

    system: System
    values: Floats
    sensitive: Mask
    low: Ints
    high: Ints
    weights: Floats
    known: Mask
    rows: Ints
    never: Mask

    def __post_init__(self) -> None:
        # the largest requirements first: what protects them often protects the rest
        cells = np.flatnonzero(self.sensitive)
        order = sorted(cells, key=lambda c: (-int(self.high[c] - self.low[c]), -self.weights[c], c))
        self.targets: list[Target] = [(int(c), s) for c in order for s in (-1, 1)]
        self.forget()

    def forget(self) -> None:
        """The tables belonged to another pattern."""
        self.pool = Pool(self.system.m)
        self.witness: dict[Target, int] = {}

    def whole_rows(self, hidden: Mask) -> Mask:
        """`hidden` and every other cell printed in the same row, but for what is known already."""
        return (hidden | np.isin(self.rows, self.rows[hidden])) & ~self.known

    def at_least(self) -> Mask:
        """What is hidden whatever the pattern: sensitive cells with their rows, and what is never printed."""
        return self.whole_rows(self.sensitive) | self.never

    def require_a_table(self) -> None:
        """Raises ContradictionError unless some leaves give the true counts."""
        self.system.hide(np.zeros(self.values.size, dtype=bool))
        if self.system.solve() is None:
            raise ContradictionError("the counts do not add up: no table has them all.")

    def need(self, cell: int, side: int) -> float:
        """How far the cell must be able to go from its value: not above zero means that it is there already."""
        if side < 0:
            return float(self.values[cell] - self.low[cell])
        return float(self.high[cell] - self.values[cell])

    def reaches(self, cell: int, side: int, still: Sequence[int] = ()) -> bool:
        """Whether the present pattern, which fixes the cells of `still`, lets the cell go far enough.

        Keeps the table that does, the nearest there is.
        """
        need = self.need(cell, side)
        if need <= 0:
            return True
        at = self.pool.find(cell, side, need, still)
        if at is None:
            found = self._far_enough(cell, side, need)
            if found is None:
                return False
            at = self.pool.add(found, self.system.far(found))
        self.witness[cell, side] = at
        return True

    def _far_enough(self, cell: int, side: int, need: float) -> Floats | None:
        """The nearest table, by the price set, in which the cell has gone `need`; None if there is none."""
        self.system.force(cell, side * need)
        found = self.system.solve()
        self.system.free(cell)
        return found

    def begin(self, incidence: Any, pattern: Mask, leaves: Sequence[Floats]) -> Mask:
        """Cells of a pattern found before, with those of its tables that still hold; what `heuristic` goes on from."""
        for x in leaves:
            far = incidence @ x - self.values
            counts = self.values + far
            within = (counts >= self.system.floor - TOLERANCE) & (counts <= self.system.ceiling + TOLERANCE)
            if (within & ((np.abs(far) <= TOLERANCE) | (pattern | self.never) & ~self.known)).all():
                self.pool.add(np.concatenate([x, np.maximum(far, 0.0), np.maximum(-far, 0.0)]), far)
        return self.whole_rows(pattern)

    def heuristic(self, begun: Mask | None = None) -> Mask:
        """Hide the support of the cheapest change that brings each sensitive cell where it must be able to go."""
        s, hidden = self.system, self.at_least()
        if begun is not None:
            hidden = hidden | begun
        impossible = []
        s.hide(~self.known)
        for cell, side in self.targets:
            need = self.need(cell, side)
            if need <= 0 or self.pool.find(cell, side, need) is not None:
                continue
            price = np.where(hidden, 0.0, np.maximum(self.weights, 1e-3) + 1e-7 * np.arange(s.m))
            s.price(np.concatenate([np.zeros(s.n), price, price]))
            found = self._far_enough(cell, side, need)
            if found is None:
                impossible.append(cell)
                continue
            far = s.far(found)
            self.pool.add(found, far)
            hidden = self.whole_rows(hidden | (np.abs(far) > TOLERANCE))
        if impossible:
            cells = sorted(set(impossible))
            raise InfeasibleError(cells, f"{len(cells)} sensitive cells follow from what is known already: {cells}.")
        return hidden

    def clean_up(self, hidden: Mask) -> Mask:
        """Show again what nothing needs, the dearest first; only targets whose witness used the cell are asked."""
        hidden = hidden.copy()
        if self._unprotected(hidden):
            raise DisclosureError("a protected cell is not protected: the solver contradicts itself.")
        candidates = np.unique(self.rows[hidden & ~self.at_least()])
        loss = {int(r): float(self.weights[self.rows == r].sum()) for r in candidates}
        for row in sorted(loss, key=lambda r: (-loss[r], r)):
            cells = [int(c) for c in np.flatnonzero((self.rows == row) & hidden)]
            for cell in cells:
                self.system.fix(cell)
            before = dict(self.witness)
            if all(self.reaches(*k, still=cells) for k, t in before.items() if self.pool.moves(t, cells)):
                hidden[cells] = False
                self.pool.drop(cells)
            else:
                self.witness = before
                for cell in cells:
                    self.system.free(cell)
        return hidden

    def hold(self, hidden: Mask) -> None:
        """Find the tables of a given pattern. Raises InfeasibleError naming the cells that it does not protect."""
        self.forget()
        if cells := self._unprotected(hidden):
            raise InfeasibleError(cells, f"{len(cells)} sensitive cells are not protected by the pattern given.")

    def _unprotected(self, hidden: Mask) -> list[int]:
        """Sensitive cells that this pattern does not protect; the tables of the others are kept."""
        self.system.hide(hidden)
        # what is hidden anyway moves for nothing, so that as few other rows as possible are needed
        price = np.where(self.at_least(), 1e-6, np.maximum(self.weights, 1e-3))
        self.system.price(np.concatenate([np.zeros(self.system.n), price, price]))
        return sorted({cell for cell, side in self.targets if not self.reaches(cell, side)})

    def leaves(self, table: int) -> Floats:
        """The leaves of a table of the pool."""
        return self.pool.tables[table][: self.system.n]

    def certify(self, incidence: Any, hidden: Mask) -> Certificates:
        """Two integer tables per sensitive cell: at hand, or the nearest to a whole table that agrees with the print.

        Raises InfeasibleError for a cell that is protected in fractions alone.
        """
        from scipy import sparse

        rows = sparse.csr_matrix(incidence, dtype=np.int64)
        cells = [int(c) for c in np.flatnonzero(self.sensitive)]
        tables = [t[: self.system.n] for t in self.pool.agreeing()]
        pool = [(table, rows @ table) for t in tables if (table := whole(t)) is not None]
        seeker: Seeker | None = None
        found: dict[Target, Ints] = {}
        for cell, side in [(c, s) for c in cells for s in (-1, 1)]:
            table = next((t for t, counts in pool if self._proves(int(counts[cell]), cell, side)), None)
            if table is None:
                seeker = seeker or self._seeker(rows, hidden, tables)
                table = seeker.table(cell, side, self._bound(cell, side))
                if table is None:
                    raise InfeasibleError([cell], f"cell {cell}: protected in fractions but not in whole persons.")
                pool.append((table, rows @ table))
            found[cell, side] = table
        return {c: (found[c, -1], found[c, 1]) for c in cells}

    def _seeker(self, rows: Any, hidden: Mask, tables: Sequence[Floats]) -> Seeker:
        least, most = (
            np.where(hidden, self.system.floor, self.values),
            np.where(hidden, self.system.ceiling, self.values),
        )
        return Seeker(rows, least, most, tables)

    def _bound(self, cell: int, side: int) -> int:
        """What a cell must be able to be at most (-1) or at least (+1)."""
        return int(max(self.low[cell], 0) if side < 0 else self.high[cell])

    def _proves(self, count: int, cell: int, side: int) -> bool:
        return bool(side * count >= side * self._bound(cell, side))
