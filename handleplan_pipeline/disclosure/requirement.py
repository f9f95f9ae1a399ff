"""What an attacker must not be able to narrow: per sensitive cell an interval its bounds must cover."""

import numpy as np
import numpy.typing as npt

THRESHOLD = 5
"""T of methods 4.2: counts of 1 to T-1 are sensitive, and the attacker's interval must cover [1, T]."""
NOT_REQUIRED = -1
"""In `lower` and `upper`: this cell needs no interval of its own."""
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def required(primary: Mask, lower: npt.ArrayLike | None, upper: npt.ArrayLike | None) -> tuple[Ints, Ints]:
    """`lower` and `upper` per cell as integers, NOT_REQUIRED outside `primary`; [1, T] where nothing is given."""
    low = np.full(primary.size, NOT_REQUIRED, dtype=np.int64)
    high = low.copy()
    low[primary] = np.broadcast_to(np.asarray(1 if lower is None else lower), primary.shape)[primary]
    high[primary] = np.broadcast_to(np.asarray(THRESHOLD if upper is None else upper), primary.shape)[primary]
    return low, high
