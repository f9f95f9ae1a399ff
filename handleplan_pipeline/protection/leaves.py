"""The leaves of a block: its possible kinds of persons, as far as the print tells them apart."""

from collections.abc import Collection, Iterable, Sequence
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


class Shown(NamedTuple):
    """How often a table counts each atom, and the sexes and age groups it is broken down by (empty: by none)."""

    times: Times
    sexes: frozenset[str]
    ages: frozenset[str]


class Leaves:
    """Ancestry code x sex x age class x atom, of the kinds that are possible.

    A table that is broken down has a row for everybody it counts, so nobody is in it whose sex or age has no row there.
    """

    def __init__(
        self,
        block: Block,
        sexes: Sexes,
        ages: Ages,
        ancestries: Sequence[str] = ANCESTRIES,
        shown: Iterable[Shown] = (),
    ) -> None:
        self.sexes, self.ages = sexes, ages
        codes = [a for a in ancestries if a in KNOWN_ANCESTRIES]
        rows = {
            (ANCESTRIES.index(a), self._sex(w), self._age(w), w.atom)
            for w in block.who
            for a in (codes if w.known else [UNKNOWN])
        }
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4)
        there = np.ones(len(table), dtype=bool)
        for times, some_sexes, some_ages in shown:
            counts = np.asarray(times, dtype=np.int64)[table[:, 3]] > 0
            for column, labels, of in ((1, some_sexes, sexes.of), (2, some_ages, ages.of)):
                if labels:
                    there &= ~counts | np.isin(table[:, column], sorted({i for x in labels for i in of(x)}))
        self.ancestry, self.sex, self.age, self.atom = (table[there, i] for i in range(4))

    @property
    def size(self) -> int:
        return int(self.atom.size)

    def _sex(self, who: Who) -> int:
        """The position of the sex; one more than the last where no row is of that sex."""
        classes = self.sexes.classes
        return 0 if classes == [TOTAL] else classes.index(who.sex) if who.sex in classes else len(classes)

    def _age(self, who: Who) -> int:
        return 0 if self.ages.classes == [TOTAL] else self.ages.class_of(who.age)

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
