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
    """`lower` and `upper` per cell as integers, NOT_REQUIRED outside `primary`; [1, T] where nothing is given.

    Each may be one number, one per cell, or one per primary cell in their order. ValueError for any other size.
    """
    return _spread(primary, 1 if lower is None else lower), _spread(primary, THRESHOLD if upper is None else upper)


def _spread(primary: Mask, given: npt.ArrayLike) -> Ints:
    numbers = np.asarray(given)
    found = np.full(primary.size, NOT_REQUIRED, dtype=np.int64)
    if numbers.size not in (1, primary.size, int(primary.sum())):
        raise ValueError(f"{numbers.size} bounds for {primary.size} cells, of which {int(primary.sum())} are primary.")
    found[primary] = numbers[primary] if numbers.ndim and numbers.size == primary.size else numbers.ravel()
    return found
