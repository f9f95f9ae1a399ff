"""Counts that agree with everything known, where a supplier hid some: what the plan starts from. Never published."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure import ContradictionError
from handleplan_pipeline.protection.system import BlockSystem, Cell


def possible_counts(system: BlockSystem, cells: Sequence[Cell], threshold: int) -> npt.NDArray[np.int64]:
    """Every cell's count; a hidden one gets a count it could have, of 1 to T-1 where that is possible.

    Raises ContradictionError when the known counts do not add up.
    """
    if all(c.value is not None for c in cells):
        return np.array([int(c.value or 0) for c in cells], dtype=np.int64)
    from scipy.optimize import Bounds, LinearConstraint, milp

    matrix = system.incidence(cells).astype(float)
    hidden = np.array([c.value is None for c in cells])
    known = np.array([0 if c.value is None else c.value for c in cells], dtype=float)
    small = hidden & np.array([c.row is not None and c.part == "numerator" for c in cells])
    for least, most in ((1.0, threshold - 1.0), (0.0, np.inf)):
        low = np.where(hidden, np.where(small, least, 0.0), known)
        high = np.where(hidden, np.where(small, most, np.inf), known)
        found = milp(
            np.zeros(system.width),
            constraints=LinearConstraint(matrix, low, high),
            integrality=np.ones(system.width),
            bounds=Bounds(0, np.inf),
        )
        if found.x is not None:
            return np.asarray(np.rint(matrix @ np.rint(found.x)), dtype=np.int64)
    raise ContradictionError(f"{system.name}: the known counts do not add up.")
