"""The leaves of a block: its possible kinds of persons, as far as the print tells them apart."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import le, sub
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


class At(NamedTuple):
    """A leaf but for its ancestry code: positions of sex and age class, and atom."""

    known: bool
    sex: int
    age: int
    atom: int


class Leaves:
    """Ancestry code x sex x age class x atom, of the kinds that are possible and that are no sum of others.

    `shown`: what each table counts. A table that is broken down has a row for everybody it counts, so nobody is in it
    whose sex or age has no row there. Who is counted exactly as several possible persons of the same ancestry, sex and
    age together needs no leaf: whatever counts they make up, those persons make up too.
    """

    def __init__(
        self, block: Block, sexes: Sexes, ages: Ages, ancestries: Sequence[str], shown: Iterable[Shown]
    ) -> None:
        self.sexes, self.ages, self._codes = sexes, ages, [a for a in ancestries if a in KNOWN_ANCESTRIES]
        tables = list(shown)
        self._vectors: tuple[Times, ...] = tuple(zip(*(s.times for s in tables), strict=True))
        self._vectors = self._vectors or ((),) * len(block.atoms)
        self._by_sex, self._by_age = ({a for a, v in enumerate(self._vectors) if _any_of(v, tables, i)} for i in (1, 2))
        self._atoms: dict[tuple[bool, int, int], frozenset[int]] = {}
        for w in self._places(block.who, tables):
            self._atoms[w[:3]] = self._atoms.get(w[:3], frozenset()) | {w.atom}
        table = np.array(sorted(self._with_codes(self._told_apart())), dtype=np.int64).reshape(-1, 4)
        self.ancestry, self.sex, self.age, self.atom = (table[:, i] for i in range(4))

    def _with_codes(self, places: Iterable[At]) -> Iterator[tuple[int, int, int, int]]:
        for w in places:
            for a in self._codes if w.known else [UNKNOWN]:
                yield ANCESTRIES.index(a), w.sex, w.age, w.atom

    def _places(self, who: Iterable[Who], shown: Sequence[Shown]) -> set[At]:
        """The kinds of persons as far as the tables tell them apart, without who would be in a table and in no row."""
        there = {At(w.known, self._sex(w), self._age(w), w.atom) for w in who if any(self._vectors[w.atom])}
        for s in shown:
            in_sexes = {i for x in s.sexes for i in self.sexes.of(x)}
            in_ages = {i for x in s.ages for i in self.ages.of(x)}
            there = {
                w
                for w in there
                if not s.times[w.atom] or ((not in_sexes or w.sex in in_sexes) and (not in_ages or w.age in in_ages))
            }
        return {self._apart(w) for w in there}

    def _apart(self, w: At) -> At:
        """Without the sex and the age where no table that counts this atom is broken down by them."""
        return w._replace(sex=w.sex if w.atom in self._by_sex else -1, age=w.age if w.atom in self._by_age else -1)

    def _beside(self, known: bool, sex: int, age: int) -> frozenset[int]:
        """Atoms of who is no matter of which sex or age, or of neither."""
        others = {(known, -1, -1), (known, sex, -1), (known, -1, age)} - {(known, sex, age)}
        return frozenset[int]().union(*(self._atoms.get(o, ()) for o in others))

    def _told_apart(self) -> set[At]:
        found = set()
        for at, mine in sorted(self._atoms.items()):
            found |= {At(*at, a) for a in irreducible(mine, self._beside(*at) - mine, self._vectors)}
        return found

    def standing_as(self, who: Iterable[Who]) -> Ints:
        """Leaves of persons of a sex and age who do no more than one of `who` does, so that these can be made up."""
        place: dict[tuple[bool, int, int], list[int]] = {}
        for w in self._places(who, ()):
            place.setdefault(w[:3], []).append(w.atom)
        vectors: Ints = np.array(self._vectors, dtype=np.int64).reshape(len(self._vectors), -1)
        found: set[At] = set()
        for (known, sex, age), atoms in place.items():
            no_more: npt.NDArray[np.bool_] = np.asarray(vectors[:, None, :] <= vectors[None, atoms, :])
            within = np.asarray(np.asarray(no_more.all(axis=2)).any(axis=1))
            for at in {(known, sex, age), (known, -1, -1), (known, sex, -1), (known, -1, age)}:
                found |= {At(*at, a) for a in self._atoms.get(at, ()) if within[a]}
        chosen = set(self._with_codes(found))
        rows = zip(*(x.tolist() for x in (self.ancestry, self.sex, self.age, self.atom)), strict=True)
        return np.array([i for i, row in enumerate(rows) if row in chosen], dtype=np.int64)

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


def _any_of(vector: Times, shown: Sequence[Shown], field: int) -> bool:
    """Whether a table that counts this is broken down by `field` of Shown."""
    return any(t and s[field] for t, s in zip(vector, shown, strict=True))


@lru_cache(maxsize=1 << 12)
def irreducible(atoms: frozenset[int], beside: frozenset[int], vectors: tuple[Times, ...]) -> frozenset[int]:
    """Those of `atoms` that are no sum of others of `atoms` and `beside`; of equal ones the first.

    `vectors`: how often each atom counts in each table, not negative and not all zero.
    """
    found: list[int] = []
    of: dict[Times, int] = {}
    for a in sorted(atoms | beside, key=lambda a: (sum(vectors[a]), a not in beside, a)):
        if vectors[a] not in of and not _is_sum(vectors[a], [vectors[b] for b in found]):
            of[vectors[a]] = a
            found.append(a)
    return frozenset(a for a in found if a in atoms)


def _is_sum(vector: Times, parts: Sequence[Times]) -> bool:
    """Whether a vector is a sum of `parts`, each as often as wanted."""
    within = [p for p in parts if all(map(le, p, vector))]
    # whatever the sum is, one of its parts counts where the rest counts first
    counting: list[list[Times]] = [[p for p in within if p[j]] for j in range(len(vector))]
    hopeless: set[Times] = set()

    def rest(left: Times) -> bool:
        first = next((j for j, x in enumerate(left) if x), None)
        if first is None:
            return True
        if left in hopeless:
            return False
        for p in counting[first]:
            if all(map(le, p, left)) and rest(tuple(map(sub, left, p))):
                return True
        hopeless.add(left)
        return False

    return rest(vector)
