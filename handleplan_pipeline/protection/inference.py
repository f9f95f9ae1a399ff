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


class Reader:
    """Who knows the rule, reading one pattern after another of the same counts.

    What was found stays where it still holds: tables that agree with the print, and cells of which certain printed
    counts show that they hold more than T. `limits` may grow from call to call, never shrink.
    """

    def __init__(self, incidence: Any, values: npt.ArrayLike, threshold: int) -> None:
        """`incidence`: cells x leaves; `values` are read where a cell is not hidden."""
        self.incidence, self.threshold = incidence, threshold
        self.values = np.asarray(values, dtype=float)
        self._tables: list[Floats] = []
        self._shown_by: dict[int, npt.NDArray[np.int64]] = {}
        """By cell with more than T: the printed cells that say so."""

    def learn(
        self,
        hidden: npt.NDArray[np.bool_],
        open_cells: Iterable[int],
        tables: Sequence[npt.NDArray[Any]],
        limits: Limits,
    ) -> tuple[bool, list[int]]:
        """Add to `limits` what the rule tells of `open_cells`, hidden ones without a certificate; one round.

        `tables`: leaf tables that agree with the print, which often show at once that a cell is covered. Returns
        whether anything was learned, and the cells that can hold nothing but 1 to T-1. Raises DisclosureError when the
        print contradicts itself.
        """
        threshold = self.threshold
        reached = _Reached.of(self.incidence, tables)
        for counts in self._tables:
            if self._agrees(counts, hidden, limits):
                reached.add(counts)
        wanted = [c for c in open_cells if not reached.covers(c, threshold) and limits.most[c] > 0]
        more_than = _surely_more(self.incidence, self.values, hidden, threshold)
        more_than |= {c for c, shown_by in self._shown_by.items() if not hidden[shown_by].any()}
        wanted = sorted(set(wanted) - more_than)
        if not wanted and not limits.learned.any():
            return False, []
        known = np.where(hidden, 0.0, self.values)
        attacker = Attacker(self.incidence, known, hidden, limits.most, limits.least)
        if not wanted:
            # nothing to ask but whether what was learned can be true
            attacker.extreme(0, -1)
            return False, []
        nobody: list[int] = []
        more: list[int] = []
        disclosed: list[int] = []
        for cell in wanted:
            # a table found for one cell often shows that another is covered
            if reached.covers(cell, threshold):
                continue
            low = attacker.extreme(cell, -1) - TOLERANCE
            if low > threshold:
                bound_by = attacker.bound_by()
                self._shown_by[cell] = bound_by[~hidden[bound_by]]
            self._keep(reached, attacker.counts)
            if low > threshold:
                continue
            high = attacker.extreme(cell, 1) + TOLERANCE
            self._keep(reached, attacker.counts)
            if high < threshold:
                (disclosed if low > 0 else nobody).append(cell)
            elif low > 1 and high >= threshold + 1:
                more.append(cell)
        limits.most[nobody] = 0.0
        limits.least[more] = threshold + 1.0
        return bool(nobody or more), disclosed

    def _keep(self, reached: "_Reached", counts: Floats | None) -> None:
        if counts is not None:
            reached.add(counts)
            self._tables.append(counts)

    def _agrees(self, counts: Floats, hidden: npt.NDArray[np.bool_], limits: Limits) -> bool:
        printed = np.abs(counts - self.values)[~hidden] <= TOLERANCE
        within = (counts >= limits.least - TOLERANCE) & (counts <= limits.most + TOLERANCE)
        return bool(printed.all() and within[hidden].all())


def _surely_more(incidence: Any, values: npt.ArrayLike, hidden: npt.NDArray[np.bool_], threshold: int) -> set[int]:
    """Hidden cells in which everybody is counted whom a printed count of more than T counts."""
    from scipy import sparse

    if not hidden.any() or not incidence.shape[1]:
        # nothing to be told, or nobody who could be counted
        return set()
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

    def add(self, counts: Floats) -> None:
        np.minimum(self.least, counts, out=self.least)
        np.maximum(self.most, counts, out=self.most)
