"""What the rule itself tells: a hidden count of 1 to T always has an interval that covers [1, T].

So who finds a hidden count whose interval does not cover that knows that it is none of 1 to T: nobody, or more than T.
Added to the print, that narrows other intervals, and so on until nothing changes. The plan and the audit both go that
way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure.system import TOLERANCE, Attacker

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """What is known of each count beforehand: at least and at most so many."""

    least: Floats
    most: Floats

    @classmethod
    def of(cls, most: Floats) -> "Limits":
        """Nothing but upper limits."""
        return cls(np.zeros(most.size), most.copy())

    @property
    def learned(self) -> npt.NDArray[np.bool_]:
        """Counts of which the rule told something."""
        return np.asarray((self.least > 0) | (self.most == 0))

    def at(self, positions: Sequence[int]) -> "Limits":
        return Limits(self.least[positions], self.most[positions])


def learn(
    incidence: Any,
    values: npt.ArrayLike,
    hidden: npt.NDArray[np.bool_],
    open_cells: Iterable[int],
    tables: Sequence[npt.NDArray[Any]],
    limits: Limits,
    threshold: int,
) -> tuple[bool, list[int]]:
    """Add to `limits` what the rule tells of `open_cells`, hidden ones without a certificate; one round.

    `incidence`: cells x leaves; `values` are read where a cell is not hidden; `tables`: leaf tables that agree with the
    print, which often show at once that a cell is covered. Returns whether anything was learned, and the cells that
    can hold nothing but 1 to T-1. Raises DisclosureError when the print contradicts itself.
    """
    reached = _Reached.of(incidence, tables)
    wanted = [c for c in open_cells if not reached.covers(c, threshold) and limits.most[c] > 0]
    if not wanted:
        return False, []
    known = np.where(hidden, 0.0, np.asarray(values, dtype=float))
    reader = Attacker(incidence, known, hidden, limits.most, limits.least)
    nobody: list[int] = []
    more: list[int] = []
    disclosed: list[int] = []
    for cell in sorted(set(wanted) - _surely_more(incidence, values, hidden, threshold)):
        # a table found for one cell often shows that another is covered
        if reached.covers(cell, threshold):
            continue
        low = reader.extreme(cell, -1) - TOLERANCE
        reached.add(reader.counts)
        if low > threshold:
            continue
        high = reader.extreme(cell, 1) + TOLERANCE
        reached.add(reader.counts)
        if high < threshold:
            (disclosed if low > 0 else nobody).append(cell)
        elif low > 1 and high >= threshold + 1:
            more.append(cell)
    limits.most[nobody] = 0.0
    limits.least[more] = threshold + 1.0
    return bool(nobody or more), disclosed


def _surely_more(incidence: Any, values: npt.ArrayLike, hidden: npt.NDArray[np.bool_], threshold: int) -> set[int]:
    """Hidden cells in which everybody is counted whom a printed count of more than T counts."""
    from scipy import sparse

    times = sparse.csr_matrix(incidence, dtype=np.int64)
    often = np.asarray(times.max(axis=1).todense()).ravel()
    large = ~hidden & (np.asarray(values) > threshold) & (often == 1)
    who = sparse.csr_matrix(times > 0, dtype=np.int64)
    shared = who[hidden] @ who[large].T
    whole = np.asarray(who[large].sum(axis=1)).ravel()
    contains = shared.multiply(shared == whole[None, :]).sum(axis=1) if large.any() else np.zeros(int(hidden.sum()))
    return set(np.flatnonzero(hidden)[np.asarray(contains).ravel() > 0].tolist())


@dataclass
class _Reached:
    """The least and the greatest count of every cell in any table found so far."""

    least: Floats
    most: Floats

    @classmethod
    def of(cls, incidence: Any, tables: Sequence[npt.NDArray[Any]]) -> "_Reached":
        if not len(tables):
            none = np.full(incidence.shape[0], np.inf)
            return cls(none, -none)
        distinct = np.stack(list({t.tobytes(): t for t in tables}.values()))
        counts = incidence @ distinct.T
        return cls(np.asarray(counts.min(axis=1), dtype=float), np.asarray(counts.max(axis=1), dtype=float))

    def covers(self, cell: int, threshold: int) -> bool:
        """Whether a cell has been seen with 1 or less and with T or more."""
        return bool(self.least[cell] <= 1 + TOLERANCE and self.most[cell] >= threshold - TOLERANCE)

    def add(self, counts: Floats | None) -> None:
        if counts is not None:
            np.minimum(self.least, counts, out=self.least)
            np.maximum(self.most, counts, out=self.most)
