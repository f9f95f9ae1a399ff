"""The proof, independent of any solver: integer arithmetic on witnesses, and nothing else.

For each sensitive cell two tables of non-negative integers agree with everything published; in one the cell is at most
`lower`, in the other at least `upper`. Whoever reads what is published can exclude neither. This module imports no
solver and no optimiser, so a fault there can cost usefulness but never secrecy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

NOT_REQUIRED = -1


@dataclass(frozen=True)
class Report:
    """`failures` names each cell that is not proved protected, by position, with what failed."""

    ok: bool
    checked: int
    failures: dict[int, str] = field(default_factory=dict)


def verify(
    incidence: Any, values: Any, suppressed: Any, lower: Any, upper: Any, certificates: Mapping[int, tuple[Any, Any]],
    *, maximum: Any = None,
) -> Report:  # fmt: skip
    """Check every certificate against what is published. See the module for what a certificate is.

    `incidence`: sparse (cells x leaves) of 0/1; `values`: integers, read only where a cell is not `suppressed`;
    `lower`, `upper`: integers per cell, -1 where nothing is required; `certificates`: cell -> (low table, high table),
    integers per leaf; `maximum`: what anybody knows a cell cannot exceed (infinite where nothing is known).
    """
    rows = incidence.tocsr()
    if not np.all(rows.data == 1):
        raise ValueError("the incidence matrix holds 0 and 1 only.")
    hidden = np.asarray(suppressed, dtype=bool)
    published = np.flatnonzero(~hidden)
    wanted = [int(v) for v in np.asarray(values)[published]]
    low, high = ([int(v) for v in np.asarray(x)] for x in (lower, upper))
    leaves_of = [rows.indices[rows.indptr[i] : rows.indptr[i + 1]] for i in range(rows.shape[0])]
    tops = {} if maximum is None else {
        i: int(t) for i, t in enumerate(np.asarray(maximum, dtype=float)) if hidden[i] and np.isfinite(t)
    }  # fmt: skip
    failures: dict[int, str] = {}
    needed = [i for i in range(rows.shape[0]) if low[i] != NOT_REQUIRED or high[i] != NOT_REQUIRED]
    for cell in needed:
        tables = certificates.get(cell)
        if tables is None:
            failures[cell] = "no certificate"
            continue
        for side, table in zip(("low", "high"), tables, strict=True):
            leaves = np.asarray(table)
            problem = _problem(leaves, rows.shape[1], leaves_of, published, wanted, tops)
            count = 0 if problem else int(leaves[leaves_of[cell]].sum())
            if not problem and (count > low[cell] if side == "low" else count < high[cell]):
                problem = "does not reach the required value"
            if problem:
                failures[cell] = f"{side} table {problem}"
                break
    return Report(not failures, len(needed), failures)


def _problem(
    leaves: Any, width: int, leaves_of: list[Any], published: Any, wanted: list[int], tops: Mapping[int, int]
) -> str | None:
    if leaves.shape != (width,) or not np.issubdtype(leaves.dtype, np.integer):
        return "is not a list of integers, one per leaf"
    if (leaves < 0).any():
        return "holds a negative count"
    for i, value in zip(published, wanted, strict=True):
        if int(leaves[leaves_of[i]].sum()) != value:
            return "differs from what is published"
    if any(int(leaves[leaves_of[i]].sum()) > top for i, top in tops.items()):
        return "holds more than there can be"
    return None
