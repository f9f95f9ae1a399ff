"""What an attacker can find out: the exact bounds of hidden cells given everything published."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure.requirement import required
from handleplan_pipeline.disclosure.system import TOLERANCE, Attacker


def attack(
    incidence: Any,
    values: npt.ArrayLike,
    suppressed: npt.ArrayLike,
    cells: Sequence[int] | None = None,
    *,
    primary: npt.ArrayLike | None = None,
    lower: npt.ArrayLike | None = None,
    upper: npt.ArrayLike | None = None,
    integer: bool = False,
    maximum: npt.ArrayLike | None = None,
    minimum: npt.ArrayLike | None = None,
) -> dict[int, tuple[float, float]]:
    """Least and greatest value of each cell (all suppressed ones by default), from linear programs rounded inwards.

    `values` are read only where a cell is not suppressed. `integer` solves the integer program instead, which is the
    exact answer. An upper bound that does not exist is infinite. `maximum` and `minimum` are what the attacker knows
    beforehand of each cell.

    With `primary`, `lower` and `upper`, which are those of `protect` and `verify`, only the primary cells whose bounds
    do not cover [lower, upper] (default [1, T]) come back: none when the pattern holds.
    """
    if primary is not None:
        sensitive = np.asarray(primary, dtype=bool)
        wanted_low, wanted_high = required(sensitive, lower, upper)
        asked = np.flatnonzero(sensitive).tolist() if cells is None else list(cells)
        bounds = attack(incidence, values, suppressed, asked, integer=integer, maximum=maximum, minimum=minimum)
        return {c: b for c, b in bounds.items() if b[0] > wanted_low[c] or b[1] < wanted_high[c]}
    hidden = np.asarray(suppressed, dtype=bool)
    wanted = np.flatnonzero(hidden).tolist() if cells is None else list(cells)
    # hidden values are not the attacker's: any number will do for a row that is free
    known = np.where(hidden, 0.0, np.asarray(values, dtype=float))
    ceiling = np.full(known.size, np.inf) if maximum is None else np.asarray(maximum, dtype=float)
    floor = np.zeros(known.size) if minimum is None else np.asarray(minimum, dtype=float)
    if integer:
        return {c: _integer(incidence, known, hidden, c, ceiling, floor) for c in wanted}
    attacker = Attacker(incidence, known, hidden, ceiling, floor)
    found = {}
    for c in wanted:
        low, high = (attacker.extreme(c, sign) for sign in (-1, 1))
        rounded = float("inf") if np.isinf(high) else float(np.floor(high + TOLERANCE))
        found[c] = (float(np.ceil(low - TOLERANCE)), rounded)
    return found


def _integer(
    incidence: Any,
    known: npt.NDArray[np.float64],
    hidden: npt.NDArray[np.bool_],
    cell: int,
    ceiling: npt.NDArray[np.float64],
    floor: npt.NDArray[np.float64],
) -> tuple[float, float]:
    from scipy import sparse
    from scipy.optimize import LinearConstraint, milp

    rows = sparse.csr_matrix(incidence, dtype=float)
    fixed = LinearConstraint(rows, np.where(hidden, floor, known), np.where(hidden, ceiling, known))
    cost = np.asarray(rows[cell].todense()).ravel()
    found = []
    for sign in (1.0, -1.0):
        result = milp(sign * cost, constraints=fixed, integrality=np.ones(rows.shape[1]))
        found.append(float("inf") if result.x is None else float(round(sign * result.fun)))
    return found[0], found[1]
