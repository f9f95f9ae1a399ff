"""The leaves of a block: its possible kinds of persons, as far as the print tells them apart."""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.cells.groups import ANCESTRIES, KNOWN_ANCESTRIES, UNKNOWN
from handleplan_pipeline.protection.bands import TOTAL, Ages, Sexes
from handleplan_pipeline.protection.blocks import Block, Who

Ints = npt.NDArray[np.int64]
Times = tuple[int, ...]
"""How often each atom counts."""


class Weighted(NamedTuple):
    """Leaves and how often a person in each counts."""

    at: Ints
    times: Ints


class Leaves:
    """Ancestry code x sex x age class x atom, of the kinds that are possible.

    Where the print has no row of unknown sex or age, nobody there is of unknown sex or age.
    """

    def __init__(self, block: Block, sexes: Sexes, ages: Ages, ancestries: Sequence[str] = ANCESTRIES) -> None:
        self.sexes, self.ages = sexes, ages
        codes = [a for a in ancestries if a in KNOWN_ANCESTRIES]
        rows = {
            (ANCESTRIES.index(a), sex, age, w.atom)
            for w in block.who
            if (sex := self._sex(w)) is not None and (age := self._age(w)) is not None
            for a in (codes if w.known else [UNKNOWN])
        }
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4)
        self.ancestry, self.sex, self.age, self.atom = (table[:, i] for i in range(4))

    @property
    def size(self) -> int:
        return int(self.atom.size)

    def _sex(self, who: Who) -> int | None:
        if len(self.sexes.classes) == 1:
            return 0
        return self.sexes.classes.index(who.sex) if who.sex in self.sexes.classes else None

    def _age(self, who: Who) -> int | None:
        return 0 if self.ages.classes == [TOTAL] else self.ages.class_of(who.age)

    @cached_property
    def _everybody(self) -> npt.NDArray[np.bool_]:
        return np.ones(self.size, dtype=bool)

    def where(self, ancestries: Collection[str], sex: str | None, age: str | None) -> npt.NDArray[np.bool_]:
        """Who has one of these ancestry codes, this sex and this age group; None is any."""
        found = np.isin(self.ancestry, [ANCESTRIES.index(a) for a in ancestries])
        if sex is not None:
            found &= np.isin(self.sex, self.sexes.of(sex))
        if age is not None:
            found &= np.isin(self.age, self.ages.of(age))
        return found

    def counted(self, who: npt.NDArray[np.bool_], times: Times) -> Weighted:
        """Those of `who` that count, and how often."""
        often = np.asarray(times, dtype=np.int64)[self.atom]
        at = np.flatnonzero(who & (often > 0))
        return Weighted(at, often[at])
