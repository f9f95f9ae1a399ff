"""The search for a pattern that holds against who knows the rule, and its proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure import DisclosureError, InfeasibleError, Pattern, attack, pattern, verify
from handleplan_pipeline.protection.asked import Asked, Mask
from handleplan_pipeline.protection.inference import Limits, Reader
from handleplan_pipeline.protection.primary import Primaries, rows_of
from handleplan_pipeline.protection.system import NEVER, BlockSystem, Cell, RowKey


@dataclass(frozen=True)
class Found:
    """Hidden cells and their rows, with the reasons; by cell what its certificate covers, and the two tables."""

    hidden: Mask
    rows: frozenset[RowKey]
    reasons: Mapping[RowKey, str]
    certificates: dict[int, tuple[tuple[int, int], tuple[Any, Any]]]


def search(asked: Asked, fixed: Mask | None = None) -> Found:
    """What to hide, with its certificates. `fixed`: these cells and no others.

    Raises InfeasibleError naming the counts that cannot be protected.
    """
    found, cells = asked.found, asked.system.cells
    if fixed is not None:
        # what is known cannot be hidden, though its row is
        fixed = fixed & ~asked.known
    hidden = np.array([c.row in found.forced for c in cells], dtype=bool)
    if fixed is not None and (hidden & ~asked.known & ~fixed).any():
        raise InfeasibleError([], f"{asked.system.name}: rows that must be hidden are not among those given.")
    if not found.mask.any() and not found.forced and fixed is None:
        return Found(hidden, _rows(cells, hidden), found.reasons, {})
    return _Search(asked, fixed).found()


def _rows(cells: Sequence[Cell], hidden: Mask) -> frozenset[RowKey]:
    return frozenset(c.row for c, gone in zip(cells, hidden, strict=True) if gone and c.row is not None)


class _Search:
    """Tries patterns until the rule tells nothing more of the last one than was assumed."""

    def __init__(self, asked: Asked, fixed: Mask | None) -> None:
        self.asked, self.fixed = asked, fixed
        self.system, self.cells = asked.system, asked.system.cells
        self.incidence = asked.system.incidence()[:, asked.columns]
        self.primaries = asked.found
        self._begin()
        self.begun: tuple[Mask, list[npt.NDArray[np.float64]]] | None = None
        """The last pattern and its tables."""

    def found(self) -> Found:
        while True:
            # what is never printed, not sensitive and told nothing by the rule needs no row in the system
            mask, told = self.primaries.mask, self.limits.learned
            used = [i for i, c in enumerate(self.cells) if c.kind != NEVER or mask[i] or told[i]]
            try:
                made, required = self._pattern(used)
            except InfeasibleError:
                if not self._ask_of_what_was_told():
                    raise
                continue
            hidden = np.ones(len(self.cells), dtype=bool)
            hidden[used] = made.suppressed
            self.begun = hidden, made.tables
            if not self._disclosed(hidden, made):
                proved = self._proved(made, required, used)
                # what is known may go too where it must: the proof takes it for printed
                rows = _rows(self.cells, hidden) | (self.primaries.forced & rows_of(self.cells).keys())
                return Found(hidden, rows, self.primaries.reasons, proved)

    def _ask_of_what_was_told(self) -> bool:
        """Ask that the rule tells nothing of the counts it told of; False where that was asked already.

        What was learned of one pattern would be held against the next, and some counts cannot bear it.
        """
        told = [i for i in np.flatnonzero(self.limits.learned) if not self.primaries.mask[i]]
        if not told:
            return False
        self.primaries = self.primaries.copy()
        for i in told:
            self.primaries.require(int(i), 1, self.asked.thresholds.threshold)
        self._begin()
        return True

    def _begin(self) -> None:
        """Nothing has been learned from the rule."""
        self.limits = Limits.of(ceilings(self.cells))
        self.reader = Reader(self.incidence, self.asked.values, self.asked.thresholds.threshold)

    def _disclosed(self, hidden: Mask, made: Pattern) -> bool:
        """Whether who knows the rule learns more of this pattern than `limits` says; adds it there."""
        least = self.asked.thresholds.least_denominator
        # of few residents less is asked than [1, T], so the rule tells nothing of them
        open_cells = [
            i
            for i, c in enumerate(self.cells)
            if hidden[i] and not self.primaries.mask[i] and (c.residents is None or c.residents >= least)
        ]
        return self.reader.learn(hidden, open_cells, made.tables, self.limits)[0]

    def _pattern(self, used: Sequence[int]) -> tuple[Pattern, Primaries]:
        """A pattern of these cells, and what was asked of it: less than `found` where residents forbid more."""
        cells = [self.cells[i] for i in used]
        matrix, found = self.incidence[used], self.primaries.at(used)
        try:
            return self._asking(matrix, cells, used, found), found
        except InfeasibleError as e:
            relaxed = _within_what_is_public(found, matrix, e.cells, ceilings(cells))
            if relaxed is None:
                raise _named(self.system, cells, e) from None
        try:
            return self._asking(matrix, cells, used, relaxed), relaxed
        except InfeasibleError as e:
            raise _named(self.system, cells, e) from None

    def _asking(self, matrix: Any, cells: Sequence[Cell], used: Sequence[int], found: Primaries) -> Pattern:
        known, weights = self.asked.known[used], self.asked.weights[used]
        unprinted = np.array(
            [c.kind == NEVER or (c.row in found.forced and not k) for c, k in zip(cells, known, strict=True)]
        )
        weights[unprinted] = 0.0
        limits = self.limits.at(used)
        return pattern(
            matrix,
            self.asked.values[used],
            found.mask,
            found.low,
            found.high,
            weights,
            known,
            together=self.asked.together[used],
            unprinted=unprinted,
            maximum=limits.most,
            minimum=limits.least,
            fixed=None if self.fixed is None else self.fixed[used],
            begun=None if self.begun is None else (self.begun[0][used], self.begun[1]),
        )

    def _proved(
        self, made: Pattern, required: Primaries, used: Sequence[int]
    ) -> dict[int, tuple[tuple[int, int], tuple[Any, Any]]]:
        """The certificates, checked. Raises InfeasibleError where a count is protected in fractions alone."""
        cells = [self.cells[i] for i in used]
        try:
            done = made.certified()
        except InfeasibleError as e:
            raise _named(self.system, cells, e) from None
        limits = self.limits.at(used)
        tables = {p: (self._whole(low), self._whole(high)) for p, (low, high) in done.certificates.items()}
        report = verify(
            self.system.incidence(cells),
            self.asked.values[used],
            done.suppressed,
            required.low,
            required.high,
            tables,
            maximum=limits.most,
            minimum=limits.least,
        )
        if not report.ok:
            raise DisclosureError(f"{self.system.name}: {len(report.failures)} counts are not proved protected.")
        bounds = [(int(a), int(b)) for a, b in zip(required.low, required.high, strict=True)]
        return {used[p]: (bounds[p], pair) for p, pair in tables.items()}

    def _whole(self, table: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """A table over all leaves."""
        found = np.zeros(self.system.width, dtype=np.int64)
        found[self.asked.columns] = table
        return found


def _named(system: BlockSystem, cells: Sequence[Cell], e: InfeasibleError) -> InfeasibleError:
    """The same error with the counts by name."""
    names = ", ".join(cells[i].key for i in e.cells[:10])
    return InfeasibleError(
        e.cells,
        f"{system.name}: {len(e.cells)} sensitive counts follow from what is printed elsewhere or was printed before: "
        f"{names}. Give up breakdowns of these indicators and years under `given_up` in catalogue/disclosure.yaml.",
    )


def _within_what_is_public(
    found: Primaries, matrix: Any, cells: Sequence[int], residents: npt.NDArray[np.float64]
) -> Primaries | None:
    """What asks of these cells no more than is possible for who knows the numbers of residents and nothing else.

    Of one resident nobody can believe five. None where that asks no less than `found`.
    """
    nothing = np.ones(residents.size, dtype=bool)
    lows, highs = found.low.copy(), found.high.copy()
    for cell, (least, most) in attack(matrix, np.zeros(residents.size), nothing, cells, maximum=residents).items():
        low, high = max(int(found.low[cell]), int(least)), min(float(found.high[cell]), most)
        lows[cell], highs[cell] = low, int(high)
    unchanged = np.array_equal(lows, found.low) and np.array_equal(highs, found.high)
    return None if unchanged else replace(found, low=lows, high=highs)


def ceilings(cells: Sequence[Cell]) -> npt.NDArray[np.float64]:
    """What anybody knows a count cannot exceed: the number of residents."""
    return np.array([np.inf if c.residents is None else float(c.residents) for c in cells])
