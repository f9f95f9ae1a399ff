"""Tables in whole persons: one that agrees with the print, and what must move in it to bring a count elsewhere.

A move is small where a table is large: the counts of a whole city are the same but for few persons, so a move of least
persons is nearly always whole without being asked to be.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from handleplan_pipeline.disclosure.nested import shortened
from handleplan_pipeline.disclosure.requirement import Ints, Mask
from handleplan_pipeline.disclosure.system import INFEASIBLE, TOLERANCE, Floats, model_of, outcome


def whole(table: Floats) -> Ints | None:
    """A table in whole persons; None where it has fractions."""
    rounded = np.rint(table).astype(np.int64)
    return rounded if np.abs(table - rounded).max(initial=0.0) <= TOLERANCE else None


class Seeker:
    """Looks for tables in whole persons that agree with the print, each near to the first of them."""

    def __init__(self, rows: Any, least: Floats, most: Floats, tables: Sequence[Floats]) -> None:
        """`least` and `most`: between which every count lies; `tables`: some that do so, in fractions too."""
        self.rows, self.least, self.most = rows, least, most
        base = next((b for x in tables if (b := whole(x)) is not None), None)
        used = np.zeros(rows.shape[1], dtype=bool)
        for t in tables:
            used |= t > TOLERANCE
        self.base = self._first(tables, used) if base is None else base
        if self.base is not None:
            used |= self.base > 0
        self._leaves = [np.flatnonzero(used), np.arange(used.size)]
        """Leaves that any table uses are few, and mostly enough."""
        self._moves: dict[int, Moves] = {}

    def _first(self, tables: Sequence[Floats], used: Mask) -> Ints | None:
        """From the whole persons of the table with the fewest fractions."""
        start = min(tables, key=_fractions, default=np.zeros(used.size))
        moves = Moves(self.rows, np.floor(start + TOLERANCE).astype(np.int64), self.least, self.most)
        return moves.nearest(used)

    def table(self, cell: int, side: int, bound: int) -> Ints | None:
        """A table in which a cell is at most (-1) or at least (+1) `bound`; None if there is none."""
        if self.base is None:
            return None
        for way, leaves in enumerate(self._leaves):
            if way not in self._moves:
                self._moves[way] = Moves(self.rows[:, leaves], self.base[leaves], self.least, self.most)
            if (found := self._moves[way].table(cell, side, bound)) is not None:
                table = np.zeros_like(self.base)
                table[leaves] = found
                return table
        return None


def _fractions(table: Floats) -> int:
    return int((np.abs(table - np.rint(table)) > TOLERANCE).sum())


def _integers(columns: Any, least: Floats, most: Floats, top: Floats) -> Ints | None:
    """Few whole numbers up to `top`, the first that are found, with which the rows lie between `least` and `most`."""
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    n = columns.shape[1]
    within = LinearConstraint(sparse.csc_matrix(columns, dtype=float), least, most)
    # any solution will do, and a gap of ten times the best is any
    found = milp(
        np.ones(n), constraints=within, integrality=np.ones(n), bounds=Bounds(0, top), options={"mip_rel_gap": 10}
    )
    return None if found.x is None else np.rint(found.x).astype(np.int64)


class Moves:
    """Moves of least persons from one table: columns are persons more and persons fewer of each leaf."""

    def __init__(self, rows: Any, base: Ints, least: Floats, most: Floats) -> None:
        """`least` and `most`: between which the counts of every cell must stay (infinity is no bound)."""
        from scipy import sparse

        self.base, self.counts = base, np.asarray(rows @ base, dtype=float)
        self.least, self.most = least - self.counts, most - self.counts
        self._rows = sparse.csc_matrix(rows, dtype=float)
        shorter, _, self._more = shortened(self._rows, self.least, self.most)
        both = sparse.hstack([shorter, -shorter], format="csc")
        top = np.concatenate([np.full(base.size, np.inf), base])
        self._model = model_of(both, self.least + self._more, self.most + self._more, top)
        every = np.arange(both.shape[1], dtype=np.int32)
        self._model.changeColsCost(every.size, every, np.ones(every.size))

    def table(self, cell: int, side: int, bound: int) -> Ints | None:
        """A near table in which a cell is at most (-1) or at least (+1) `bound`; None if there is none."""
        to = bound - self.counts[cell]
        low, high = self.least[cell], self.most[cell]
        asked = (low, min(high, to)) if side < 0 else (max(low, to), high)
        self._model.changeRowBounds(cell, *(b + self._more[cell] for b in asked))
        found = outcome(self._model)
        n = self.base.size
        solution = None if found == INFEASIBLE else np.asarray(self._model.getSolution().col_value)
        self._model.changeRowBounds(cell, low + self._more[cell], high + self._more[cell])
        if solution is None:
            return None
        moved = solution[:n] - solution[n:]
        if (table := whole(self.base + moved)) is not None:
            return table
        least, most = self.least.copy(), self.most.copy()
        least[cell], most[cell] = asked
        return self._in_integers(np.abs(moved) > TOLERANCE, least, most)

    def nearest(self, first: Mask) -> Ints | None:
        """A near table within the bounds: with persons more in leaves of `first` if there is one, or in any."""
        return self._in_integers(first, self.least, self.most)

    def _in_integers(self, first: Mask, least: Floats, most: Floats) -> Ints | None:
        for more in (np.flatnonzero(first | (self.base > 0)), np.arange(self.base.size)):
            if more.size and (table := self._within(more, least, most)) is not None:
                return table
        return None

    def _within(self, more: Ints, least: Floats, most: Floats) -> Ints | None:
        """A table with persons more in these leaves alone."""
        from scipy import sparse

        fewer = np.flatnonzero(self.base > 0)
        columns = sparse.hstack([self._rows[:, more], -self._rows[:, fewer]], format="csc")
        found = _integers(columns, least, most, np.concatenate([np.full(more.size, np.inf), self.base[fewer]]))
        if found is None:
            return None
        table = self.base.copy()
        table[more] += found[: more.size]
        table[fewer] -= found[more.size :]
        return table
