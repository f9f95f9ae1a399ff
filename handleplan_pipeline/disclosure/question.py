"""One system of tables and what is sensitive in it: the heuristic, the clean-up, and the certificates of a pattern."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from handleplan_pipeline.disclosure.errors import ContradictionError, DisclosureError, InfeasibleError
from handleplan_pipeline.disclosure.requirement import Ints, Mask
from handleplan_pipeline.disclosure.system import TOLERANCE, Floats, System

Certificates = dict[int, tuple[Ints, Ints]]


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
        self.targets = [(int(c), s) for c in order for s in (-1, 1)]
        self.witness: dict[tuple[int, int], Floats] = {}

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

    def reaches(self, cell: int, side: int) -> bool:
        """Whether the present pattern lets the cell go far enough; keeps the table that does, the nearest there is."""
        need = self.need(cell, side)
        if need <= 0:
            return True
        found = self._far_enough(cell, side, need)
        if found is None:
            return False
        self.witness[cell, side] = found
        return True

    def _far_enough(self, cell: int, side: int, need: float) -> Floats | None:
        """The nearest table, by the price set, in which the cell has gone `need`; None if there is none."""
        self.system.force(cell, side * need)
        found = self.system.solve()
        self.system.free(cell)
        return found

    def moves(self, key: tuple[int, int], cell: int) -> bool:
        """Whether the witness of a target needs this cell to be hidden."""
        s = self.system
        table = self.witness.get(key)
        return table is not None and bool(table[s.up(cell)] > TOLERANCE or table[s.down(cell)] > TOLERANCE)

    def heuristic(self) -> Mask:
        """Hide the support of the cheapest change that brings each sensitive cell where it must be able to go."""
        s, hidden = self.system, self.at_least()
        impossible = []
        for cell, side in self.targets:
            if (need := self.need(cell, side)) <= 0:
                continue
            s.hide(~self.known)
            s.force(cell, side * need)
            price = np.where(hidden, 0.0, np.maximum(self.weights, 1e-3) + 1e-7 * np.arange(s.m))
            s.price(np.concatenate([np.zeros(s.n), price, price]))
            found = s.solve()
            s.free(cell)
            if found is None:
                impossible.append(cell)
                continue
            moved = found[s.n : s.n + s.m] + found[s.n + s.m :] > TOLERANCE
            hidden = self.whole_rows(hidden | moved)
        if impossible:
            cells = sorted(set(impossible))
            raise InfeasibleError(cells, f"{len(cells)} sensitive cells follow from what is known already: {cells}.")
        return hidden

    def clean_up(self, hidden: Mask) -> Mask:
        """Show again what nothing needs, the dearest first; only targets whose witness used the cell are asked."""
        hidden = hidden.copy()
        self.witness = {}
        self.system.hide(hidden)
        # what is hidden anyway moves for nothing, so that as few other rows as possible are needed
        price = np.where(self.at_least(), 1e-6, np.maximum(self.weights, 1e-3))
        self.system.price(np.concatenate([np.zeros(self.system.n), price, price]))
        for key in self.targets:
            if not self.reaches(*key):
                raise DisclosureError("a protected cell is not protected: the solver contradicts itself.")
        candidates = np.unique(self.rows[hidden & ~self.at_least()])
        loss = {int(r): float(self.weights[self.rows == r].sum()) for r in candidates}
        for row in sorted(loss, key=lambda r: (-loss[r], r)):
            cells = [int(c) for c in np.flatnonzero((self.rows == row) & hidden)]
            for cell in cells:
                self.system.fix(cell)
            before = dict(self.witness)
            if all(self.reaches(*k) for k in self.targets if any(self.moves(k, c) for c in cells)):
                hidden[cells] = False
            else:
                self.witness = before
                for cell in cells:
                    self.system.free(cell)
        return hidden

    def certify(self, incidence: Any, hidden: Mask) -> Certificates:
        """Two integer tables per sensitive cell. A table with fractions is looked for again in integers.

        One table often proves several cells, so those at hand are asked before a new one is sought.
        """
        from scipy import sparse

        rows = sparse.csr_matrix(incidence, dtype=np.int64)
        self.system.hide(hidden)
        self.system.price(np.concatenate([np.zeros(self.system.n), np.ones(2 * self.system.m)]))
        cells = [int(c) for c in np.flatnonzero(self.sensitive)]
        pool: list[tuple[Ints, Ints]] = []
        for cell, side in [(c, s) for c in cells for s in (-1, 1)]:
            table = self.witness.get((cell, side))
            if table is not None and (whole := self._whole(table)) is not None:
                pool.append((whole, rows @ whole))
        found: dict[tuple[int, int], Ints] = {}
        for cell, side in [(c, s) for c in cells for s in (-1, 1)]:
            at_hand = (t for t, counts in pool if self._proves(int(counts[cell]), cell, side))
            table_found = next(at_hand, None)
            if table_found is None:
                need = max(self.need(cell, side), 0.0)
                table = self._far_enough(cell, side, need) if need else None
                whole = None if table is None else self._whole(table)
                table_found = self._in_integers(rows, hidden, cell, side) if whole is None else whole
                pool.append((table_found, rows @ table_found))
            found[cell, side] = table_found
        return {c: (found[c, -1], found[c, 1]) for c in cells}

    def _proves(self, count: int, cell: int, side: int) -> bool:
        return bool(count <= max(self.low[cell], 0) if side < 0 else count >= self.high[cell])

    def _whole(self, table: Floats) -> Ints | None:
        """The leaves of a table in whole persons; None where it has fractions."""
        leaves = table[: self.system.n]
        rounded = np.rint(leaves).astype(np.int64)
        return rounded if np.abs(leaves - rounded).max(initial=0.0) <= TOLERANCE else None

    def _in_integers(self, incidence: Any, hidden: Mask, cell: int, side: int) -> Ints:
        from scipy import sparse
        from scipy.optimize import Bounds, LinearConstraint, milp

        rows = sparse.csr_matrix(incidence, dtype=float)
        top = np.where(self.system.ceiling < self.system.infinity, self.system.ceiling, np.inf)
        least, most = np.where(hidden, self.system.floor, self.values), np.where(hidden, top, self.values)
        if side < 0:
            most[cell] = min(most[cell], max(self.low[cell], 0))
        else:
            least[cell] = max(least[cell], self.high[cell])
        within, whole = LinearConstraint(rows, least, most), np.ones(rows.shape[1])
        result = milp(np.zeros(whole.size), constraints=within, integrality=whole, bounds=Bounds(0, np.inf))
        if result.x is None:
            raise InfeasibleError([cell], f"cell {cell}: protected in fractions but not in whole persons.")
        return np.asarray(np.rint(result.x), dtype=np.int64)
