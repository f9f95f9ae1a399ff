"""The proof, independent of any solver: integer arithmetic on witnesses, and nothing else.

For each sensitive cell two tables of non-negative integers agree with everything published; in one the cell is at most
`lower`, in the other at least `upper`. Whoever reads what is published can exclude neither. This module imports no
solver and no optimiser, so a fault there can cost usefulness but never secrecy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from handleplan_pipeline.disclosure.requirement import NOT_REQUIRED, required


@dataclass(frozen=True)
class Report:
    """`failures` names each cell that is not proved protected, by position, with what failed."""

    ok: bool
    checked: int
    failures: dict[int, str] = field(default_factory=dict)


def verify(
    incidence: Any,
    values: Any,
    suppressed: Any,
    lower: Any,
    upper: Any,
    certificates: Mapping[int, tuple[Any, Any]],
    *,
    primary: Any = None,
    maximum: Any = None,
    minimum: Any = None,
) -> Report:
    """Check every certificate against what is published. See the module for what a certificate is.

    `incidence`: sparse or dense (cells x leaves), how often who is in a leaf counts; `values`: integers, read only
    where a cell is not `suppressed`; `lower`, `upper`: as in `protect`, read where `primary` is true (without
    `primary`: integers per cell, -1 where nothing is required, or one per certificate in the order of cells, or one for
    all of them); `certificates`: cell -> (low table, high table), integers per leaf; `maximum`: what anybody knows a
    cell cannot exceed (infinite where nothing is known); `minimum`: what it cannot be less than.
    """
    rows: Any = (incidence.tocsr() if hasattr(incidence, "tocsr") else np.asarray(incidence)).astype(np.int64)
    if rows.min() < 0:
        raise ValueError("the incidence matrix holds whole numbers, not negative.")
    hidden = np.asarray(suppressed, dtype=bool)
    published = np.flatnonzero(~hidden)
    wanted = np.asarray(values)[published].astype(np.int64)
    if primary is not None:
        lower, upper = required(np.asarray(primary, dtype=bool), lower, upper)
    low, high = (_per_cell(x, rows.shape[0], certificates) for x in (lower, upper))
    top = np.full(rows.shape[0], np.iinfo(np.int64).max)
    if maximum is not None:
        limits = np.asarray(maximum, dtype=float)
        bounded = hidden & np.isfinite(limits)
        top[bounded] = limits[bounded].astype(np.int64)
    bottom = np.zeros(rows.shape[0], np.int64)
    if minimum is not None:
        bottom[hidden] = np.asarray(minimum).astype(np.int64)[hidden]
    counted = _counted(rows, certificates)
    failures: dict[int, str] = {}
    needed = [i for i in range(rows.shape[0]) if low[i] != NOT_REQUIRED or high[i] != NOT_REQUIRED]
    for cell in needed:
        tables = certificates.get(cell)
        if tables is None:
            failures[cell] = "no certificate"
            continue
        for side, table in zip(("low", "high"), tables, strict=True):
            leaves = np.asarray(table)
            problem = _no_table(leaves, rows.shape[1])
            if not problem:
                counts = counted[leaves.tobytes()]
                problem = _disagrees(counts, published, wanted, top, bottom)
                reached = counts[cell] <= low[cell] if side == "low" else counts[cell] >= high[cell]
                problem = problem or (None if reached else "does not reach the required value")
            if problem:
                failures[cell] = f"{side} table {problem}"
                break
    return Report(not failures, len(needed), failures)


def _counted(rows: Any, certificates: Mapping[int, tuple[Any, Any]]) -> dict[bytes, Any]:
    """The counts of every cell in each table, by the table's bytes: one table often proves many cells."""
    distinct = {
        t.tobytes(): t
        for pair in certificates.values()
        for t in map(np.asarray, pair)
        if not _no_table(t, rows.shape[1])
    }
    if not distinct:
        return {}
    counts = np.asarray(rows.dot(np.stack([t.astype(np.int64) for t in distinct.values()], axis=1)))
    return dict(zip(distinct, counts.T, strict=True))


def _per_cell(given: Any, size: int, certificates: Mapping[int, Any]) -> list[int]:
    numbers = np.asarray(given).ravel()
    if numbers.size == size:
        return [int(v) for v in numbers]
    if numbers.size not in (1, len(certificates)):
        raise ValueError(f"{numbers.size} bounds for {size} cells and {len(certificates)} certificates.")
    found = np.full(size, NOT_REQUIRED)
    found[sorted(certificates)] = numbers
    return [int(v) for v in found]


def _no_table(leaves: Any, width: int) -> str | None:
    if leaves.shape != (width,) or not np.issubdtype(leaves.dtype, np.integer):
        return "is not a list of integers, one per leaf"
    return "holds a negative count" if (leaves < 0).any() else None


def _disagrees(counts: Any, published: Any, wanted: Any, top: Any, bottom: Any) -> str | None:
    if (counts[published] != wanted).any():
        return "differs from what is published"
    if (counts < bottom).any():
        return "holds less than there must be"
    return "holds more than there can be" if (counts > top).any() else None
