"""The linear system of an attacker, as one warm HiGHS model: leaf counts, and a deviation up and down per cell."""

from typing import Any

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure.errors import DisclosureError

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
TOLERANCE = 1e-6


class System:
    """Columns: leaves z >= 0, then up and down >= 0 per cell; rows: incidence z - up + down = values.

    A published cell has no deviation. Single thread and fixed seed, so that equal input gives equal output.
    """

    def __init__(self, incidence: Any, values: Floats, maximum: Floats | None = None) -> None:
        import highspy
        from scipy import sparse

        self.m, self.n = (int(k) for k in incidence.shape)
        self.values = np.asarray(values, dtype=float)
        self.infinity = highspy.kHighsInf
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._infeasible = highspy.HighsModelStatus.kInfeasible
        self._unbounded = (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible)
        eye = sparse.identity(self.m, format="csc")
        matrix = sparse.hstack([sparse.csc_matrix(incidence, dtype=float), -eye, eye], format="csc")
        self.width = self.n + 2 * self.m
        self.ceiling = np.full(self.m, self.infinity) if maximum is None else np.asarray(maximum, dtype=float)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.width, self.m
        lp.col_cost_ = np.zeros(self.width)
        # every cell starts hidden, within the same bounds as `free` gives
        room = np.where(self.ceiling < self.infinity, np.maximum(self.ceiling - self.values, 0.0), self.infinity)
        lp.col_lower_ = np.zeros(self.width)
        lp.col_upper_ = np.concatenate([np.full(self.n, self.infinity), room, self.values])
        lp.row_lower_ = lp.row_upper_ = self.values
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data
        self.model = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 1), ("presolve", "off")):
            self.model.setOptionValue(option, value)
        self.model.passModel(lp)
        self.hidden = np.ones(self.m, dtype=bool)
        self._costs = np.zeros(self.width)

    def up(self, cell: int) -> int:
        return self.n + cell

    def down(self, cell: int) -> int:
        return self.n + self.m + cell

    def hide(self, mask: Mask) -> None:
        """Cells of `mask` may deviate, the others are as published."""
        for cell in np.flatnonzero(mask != self.hidden):
            self.free(int(cell)) if mask[cell] else self.fix(int(cell))

    def free(self, cell: int) -> None:
        room = self.ceiling[cell] - self.values[cell] if self.ceiling[cell] < self.infinity else self.infinity
        self.model.changeColBounds(self.up(cell), 0.0, max(room, 0.0))
        self.model.changeColBounds(self.down(cell), 0.0, self.values[cell])
        self.hidden[cell] = True

    def fix(self, cell: int) -> None:
        self.model.changeColBounds(self.up(cell), 0.0, 0.0)
        self.model.changeColBounds(self.down(cell), 0.0, 0.0)
        self.hidden[cell] = False

    def force(self, cell: int, deviation: float) -> None:
        """The cell deviates by at least this much, up or down."""
        up, down = (deviation, 0.0) if deviation > 0 else (0.0, -deviation)
        room = self.ceiling[cell] - self.values[cell] if self.ceiling[cell] < self.infinity else self.infinity
        self.model.changeColBounds(self.up(cell), up, max(room, up) if up else 0.0)
        self.model.changeColBounds(self.down(cell), down, max(self.values[cell], down) if down else 0.0)

    def price(self, costs: Floats) -> None:
        """Objective over all columns; only what changed is passed on."""
        changed = np.flatnonzero(costs != self._costs).astype(np.int32)
        if changed.size:
            self.model.changeColsCost(changed.size, changed, costs[changed])
            self._costs = costs

    def solve(self) -> Floats | None:
        """Column values of the cheapest solution, or None when there is none. Raises on any other answer."""
        self.model.run()
        status = self.model.getModelStatus()
        if status == self._optimal:
            return np.asarray(self.model.getSolution().col_value)
        if status == self._infeasible:
            return None
        # a warm start can go astray: what is not optimal is asked again from nothing before it is believed
        self.model.clearSolver()
        self.model.run()
        status = self.model.getModelStatus()
        if status == self._optimal:
            return np.asarray(self.model.getSolution().col_value)
        if status == self._infeasible:
            return None
        if status in self._unbounded:
            return np.full(self.width, np.inf)
        raise DisclosureError(f"the solver stopped without an answer ({status.name}); nothing counts as protected.")

    def extreme(self, cell: int, sign: int) -> tuple[float, Floats]:
        """Greatest (+1) or least (-1) value of a cell given what is published, and the column values that reach it."""
        costs = np.zeros(self.width)
        costs[self.up(cell)], costs[self.down(cell)] = -float(sign), float(sign)
        self.price(costs)
        found = self.solve()
        if found is None:
            raise DisclosureError("what is published contradicts itself.")
        if not np.isfinite(found[0]):
            return float("inf") * sign, found
        return float(self.values[cell] + found[self.up(cell)] - found[self.down(cell)]), found

    def slopes(self) -> tuple[Floats, Floats]:
        """How much the last extreme would gain per unit of deviation up and down of every cell (not negative)."""
        duals = np.asarray(self.model.getSolution().col_dual)
        gain = np.maximum(-duals, 0.0)
        return gain[self.n : self.n + self.m], gain[self.n + self.m :]
