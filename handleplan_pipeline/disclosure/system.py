"""The linear systems of disclosure control, each one warm HiGHS model.

`System`: leaf counts, and a deviation up and down per cell, to choose what to hide. `Attacker`: leaf counts alone, to
find the bounds of what is hidden.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure.errors import DisclosureError
from handleplan_pipeline.disclosure.nested import shortened

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
TOLERANCE = 1e-6
TINY = 1e-12
"""A dual value that could matter beside a count of a million."""
OPTIMAL, INFEASIBLE, UNBOUNDED = "optimal", "infeasible", "unbounded"
PRIMAL_SIMPLEX = 4
"""Strategy of HiGHS: where only the objective changes, the last solution stays one and the dual simplex starts over."""


def model_of(
    matrix: Any, row_lower: Floats, row_upper: Floats, column_upper: Floats | None = None, strategy: int | None = None
) -> Any:
    """A HiGHS model over columns that are not negative. Single thread and fixed seed: equal input, equal output."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = (int(k) for k in matrix.shape)
    lp.col_cost_ = np.zeros(lp.num_col_)
    lp.col_lower_ = np.zeros(lp.num_col_)
    lp.col_upper_ = np.full(lp.num_col_, highspy.kHighsInf) if column_upper is None else column_upper
    lp.row_lower_, lp.row_upper_ = row_lower, row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    model = highspy.Highs()
    # small whole numbers need no scaling
    fixed = {"output_flag": False, "threads": 1, "random_seed": 1, "presolve": "off", "simplex_scale_strategy": 0}
    for option, value in fixed.items():
        model.setOptionValue(option, value)
    if strategy is not None:
        model.setOptionValue("simplex_strategy", strategy)
    model.passModel(lp)
    return model


def outcome(model: Any) -> str:
    """Solve; OPTIMAL, INFEASIBLE or UNBOUNDED. Raises on any other answer."""
    import highspy

    known = {
        highspy.HighsModelStatus.kOptimal: OPTIMAL,
        highspy.HighsModelStatus.kInfeasible: INFEASIBLE,
        highspy.HighsModelStatus.kUnbounded: UNBOUNDED,
    }
    model.run()
    found = known.get(model.getModelStatus())
    if found in (OPTIMAL, INFEASIBLE):
        return str(found)
    # a warm start can go astray: what is not optimal is asked again from nothing before it is believed
    model.clearSolver()
    model.run()
    status = model.getModelStatus()
    if status not in known:
        raise DisclosureError(f"the solver stopped without an answer ({status.name}); nothing counts as protected.")
    return known[status]


class Attacker:
    """Columns: leaves z >= 0; a row per cell: published ones as they are, hidden ones from `minimum` to `maximum`."""

    def __init__(
        self,
        incidence: Any,
        values: Floats,
        hidden: Mask,
        maximum: Floats | None = None,
        minimum: Floats | None = None,
    ) -> None:
        from scipy import sparse

        rows = sparse.csr_matrix(incidence, dtype=float)
        top = np.full(rows.shape[0], np.inf) if maximum is None else np.asarray(maximum, dtype=float)
        bottom = np.zeros(rows.shape[0]) if minimum is None else np.asarray(minimum, dtype=float)
        least, most = np.where(hidden, bottom, values), np.where(hidden, top, values)
        # where nobody can be counted, nobody is: those leaves are left out
        nobody = np.asarray(rows[most == 0].sum(axis=0)).ravel() > 0
        self._rows = sparse.csr_matrix(rows[:, np.flatnonzero(~nobody)])
        # and so are cells that may hold as many as they like
        self._bounding = np.flatnonzero((least > 0) | (most < np.inf))
        least, most = least[self._bounding], most[self._bounding]
        matrix, self._nested, more = shortened(self._rows[self._bounding], least, most)
        self._empty = not self._rows.shape[1]
        self._wanted = bool((least > 0).any())
        self.model = model_of(matrix, least + more, most + more, strategy=PRIMAL_SIMPLEX)
        self.counts: Floats | None = None
        """Every cell in the table that reached the last extreme; None where there is no end."""
        self._columns = np.arange(matrix.shape[1], dtype=np.int32)

    def extreme(self, cell: int, sign: int) -> float:
        """Greatest (+1) or least (-1) value of a cell given what is published."""
        if self._empty:
            if self._wanted:
                raise DisclosureError("what is published contradicts itself.")
            self.counts = np.zeros(self._rows.shape[0])
            return 0.0
        costs = np.zeros(self._columns.size)
        mine = slice(self._rows.indptr[cell], self._rows.indptr[cell + 1])
        costs[self._rows.indices[mine]] = -float(sign) * self._rows.data[mine]
        self.model.changeColsCost(costs.size, self._columns, costs)
        found = outcome(self.model)
        if found == INFEASIBLE:
            raise DisclosureError("what is published contradicts itself.")
        if found == UNBOUNDED:
            self.counts = None
            return float("inf") * sign
        self.counts = np.asarray(self._rows @ np.asarray(self.model.getSolution().col_value))
        return -sign * float(self.model.getObjectiveValue())

    def bound_by(self) -> npt.NDArray[np.int64]:
        """The cells whose bounds make the last extreme what it is."""
        duals = self._nested.T @ np.asarray(self.model.getSolution().row_dual)
        found: npt.NDArray[np.int64] = self._bounding[np.abs(duals) > TINY]
        return found


class System:
    """Columns: leaves z >= 0, then up and down >= 0 per cell; rows: incidence z - up + down = values.

    A published cell has no deviation.
    """

    def __init__(
        self, incidence: Any, values: Floats, maximum: Floats | None = None, minimum: Floats | None = None
    ) -> None:
        import highspy
        from scipy import sparse

        self.m, self.n = (int(k) for k in incidence.shape)
        self.values = np.asarray(values, dtype=float)
        self.infinity = highspy.kHighsInf
        # every row is known but for its deviation, which is taken out with it
        leaves, by, more = shortened(incidence, self.values, self.values)
        matrix = sparse.hstack([leaves, -by, by], format="csc")
        self.width = self.n + 2 * self.m
        self.ceiling = np.full(self.m, self.infinity) if maximum is None else np.asarray(maximum, dtype=float)
        self.floor = np.zeros(self.m) if minimum is None else np.asarray(minimum, dtype=float)
        self.room_up = np.maximum(self.ceiling - self.values, 0.0)
        self.room_down = np.maximum(self.values - self.floor, 0.0)
        # every cell starts hidden
        most = np.concatenate([np.full(self.n, self.infinity), self.room_up, self.room_down])
        self.model = model_of(matrix, self.values + more, self.values + more, most)
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
        self.model.changeColBounds(self.up(cell), 0.0, self.room_up[cell])
        self.model.changeColBounds(self.down(cell), 0.0, self.room_down[cell])
        self.hidden[cell] = True

    def fix(self, cell: int) -> None:
        self.model.changeColBounds(self.up(cell), 0.0, 0.0)
        self.model.changeColBounds(self.down(cell), 0.0, 0.0)
        self.hidden[cell] = False

    def force(self, cell: int, deviation: float) -> None:
        """The cell deviates by at least this much, up or down."""
        up, down = (deviation, 0.0) if deviation > 0 else (0.0, -deviation)
        self.model.changeColBounds(self.up(cell), up, max(self.room_up[cell], up) if up else 0.0)
        self.model.changeColBounds(self.down(cell), down, max(self.room_down[cell], down) if down else 0.0)

    def price(self, costs: Floats) -> None:
        """Objective over all columns; only what changed is passed on."""
        changed = np.flatnonzero(costs != self._costs).astype(np.int32)
        if changed.size:
            self.model.changeColsCost(changed.size, changed, costs[changed])
            self._costs = costs

    def solve(self) -> Floats | None:
        """Column values of the cheapest solution, or None when there is none. Raises on any other answer."""
        found = outcome(self.model)
        if found == INFEASIBLE:
            return None
        if found == UNBOUNDED:
            return np.full(self.width, np.inf)
        return np.asarray(self.model.getSolution().col_value)

    def far(self, table: Floats) -> Floats:
        """How far each cell is from its value in a solution."""
        return np.asarray(table[self.n : self.n + self.m] - table[self.n + self.m :])

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
