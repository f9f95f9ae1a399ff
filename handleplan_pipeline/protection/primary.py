"""Which counts are sensitive in themselves, and what an attacker must not be able to exclude of each (methods 4.2).

Every outcome here is sensitive, so that "nobody" and "everybody" of a small group is a disclosure too (rule 2). T
itself is hidden like 1 to T-1: who knows the rules can often tell that a row is hidden for its own sake, and must not
be able to exclude T for that (record 0014).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure.requirement import NOT_REQUIRED
from handleplan_pipeline.protection.system import Cell, RowKey
from schemas.protection.suppression_plan import REASONS


@dataclass(frozen=True)
class Thresholds:
    """The numbers of the rules, from the catalogue."""

    threshold: int
    largest_sensitive: int
    least_denominator: int


@dataclass
class Primaries:
    """Per cell the required interval (NOT_REQUIRED outside), rows hidden whatever else, and the reason of each row."""

    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    forced: set[RowKey]
    reasons: dict[RowKey, str]

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.high != NOT_REQUIRED)

    def at(self, positions: Sequence[int]) -> "Primaries":
        """Those of some cells; rows and reasons are shared."""
        return Primaries(self.low[positions], self.high[positions], self.forced, self.reasons)

    def copy(self) -> "Primaries":
        return Primaries(self.low.copy(), self.high.copy(), set(self.forced), dict(self.reasons))

    def require(self, position: int, low: int, high: int) -> None:
        """Widen what must stay possible of a cell."""
        if self.high[position] == NOT_REQUIRED:
            self.low[position], self.high[position] = max(low, 0), high
        else:
            self.low[position] = min(self.low[position], max(low, 0))
            self.high[position] = max(self.high[position], high)

    def hide(self, row: RowKey | None, reason: str) -> None:
        """The row is hidden whatever else."""
        if row is not None:
            self.forced.add(row)
            self.say(row, reason)

    def say(self, row: RowKey | None, reason: str) -> None:
        """Name the reason of a row; the first in REASONS stands."""
        if row is not None and REASONS.index(reason) < REASONS.index(self.reasons.get(row, REASONS[-1])):
            self.reasons[row] = reason


def primaries(cells: Sequence[Cell], values: npt.NDArray[np.int64], blanked: set[int], t: Thresholds) -> Primaries:
    """The rules on every cell. `values` hold a possible count where `blanked` names a cell the supplier hid."""
    none = np.full(len(cells), NOT_REQUIRED, np.int64)
    found = Primaries(none, none.copy(), set(), {})
    sizes = {c.name: int(values[i]) for i, c in enumerate(cells) if c.part == "denominator"}
    for i, c in enumerate(cells):
        count = int(values[i])
        size = sizes.get(c.name) if c.residents is None else c.residents
        if i in blanked:
            found.require(i, 1, t.threshold)
            found.hide(c.row, "blanked_by_supplier")
            continue
        if size is not None and 0 < size < t.least_denominator:
            found.hide(c.row, "small_denominator")
        if 1 <= count <= t.largest_sensitive:
            found.require(i, 1, t.threshold)
            found.say(c.row, "small_count")
        elif count == 0 and c.part != "denominator" and size is not None and 0 < size < t.least_denominator:
            found.require(i, 0, 1)
            found.say(c.row, "everybody_or_nobody")
        if c.residents is not None:
            _among_residents(found, i, count, c, t)
    return found


def _among_residents(found: Primaries, position: int, count: int, cell: Cell, t: Thresholds) -> None:
    """The number of residents is public: the others are a count too, and among fewer than T nothing may be learned."""
    residents = int(cell.residents or 0)
    others = residents - count
    if 0 < residents < t.threshold:
        found.require(position, 0, residents)
        found.low[position], found.high[position] = 0, residents
    elif 1 <= others <= t.largest_sensitive:
        found.require(position, residents - t.threshold, residents - 1)
        found.say(cell.row, "small_count")
    elif others == 0 and 0 < residents < t.least_denominator:
        found.require(position, residents - 1, residents)
        found.say(cell.row, "everybody_or_nobody")


def near(found: Primaries, position: int, now: int, other: int, t: Thresholds, row: RowKey | None, reason: str) -> None:
    """A count that differs by 1 to T from one that is known: the difference is a count of persons."""
    if not 1 <= abs(now - other) <= t.largest_sensitive:
        return
    if now > other:
        found.require(position, other + 1, other + t.threshold)
    else:
        found.require(position, other - t.threshold, other - 1)
    found.hide(row, reason)


def rows_of(cells: Iterable[Cell]) -> Mapping[RowKey, list[int]]:
    """Positions of the cells of each printed row."""
    rows: dict[RowKey, list[int]] = {}
    for i, c in enumerate(cells):
        if c.row is not None:
            rows.setdefault(c.row, []).append(i)
    return rows
