"""The linked counts of one block and year as a linear system over leaves.

A leaf is a possible kind of person: ancestry code, sex, age class and atom. Every printed count is a sum over leaves,
and so is what follows by subtraction: the complement, the rest of a breakdown, a nested population.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import permutations, product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.catalogue.linkage import Layout
from handleplan_pipeline.cells.groups import ANCESTRIES, KNOWN_ANCESTRIES, WITH_COUNTRY, ancestries_of
from handleplan_pipeline.protection.bands import Ages, Sexes
from handleplan_pipeline.protection.blocks import Block, Series
from handleplan_pipeline.protection.leaves import Leaves, Shown, Times

COUNTRY_GROUPS = ("minority", "western", "non_western")
Part = tuple[Series, str]
"""A series and its numerator or denominator."""
Way = tuple[tuple[Part, int], ...]
"""Parts with their signs."""
REST = "rest"
"""Everybody in a breakdown who is in none of the printed groups: who follows by subtraction."""
PRINTED, NEVER = "printed", "never"


class Slice(NamedTuple):
    """Where a row stands in its table."""

    population_group: str
    sex: str
    age_group: str


class RowKey(NamedTuple):
    """A printed row: shown or hidden as a whole."""

    indicator: str
    year: int
    slice: Slice


class Counts(NamedTuple):
    """What a row prints; None where it is not known (hidden here, or blanked by the supplier)."""

    numerator: int | None
    denominator: int | None

    @property
    def complement(self) -> int | None:
        """The others; None where either count is not known."""
        return None if self.numerator is None or self.denominator is None else self.denominator - self.numerator


@dataclass(frozen=True)
class Table:
    """One indicator's rows in all years: its layout, its own sex and age total, and the slices and groups it has.

    `complete`: a row that is not there holds nobody. Otherwise nothing is known of it.
    """

    indicator: str
    layout: Layout
    whole: tuple[str, str]
    slices: tuple[tuple[str, str], ...]
    groups: frozenset[str]
    rows: Mapping[tuple[int, Slice], Counts]
    complete: bool = True

    def printed(self) -> list[Slice]:
        """The slices the layout prints, whether or not anybody is in them."""
        broken = [Slice(g, s, a) for g in self.layout.broken_down if g in self.groups for s, a in self.slices]
        plain = [Slice(g, *self.whole) for g in self.layout.whole if g in self.groups]
        return list(dict.fromkeys(broken + plain))

    @cached_property
    def years(self) -> frozenset[int]:
        return frozenset(y for y, _ in self.rows)

    @cached_property
    def of_year(self) -> Mapping[int, Mapping[Slice, Counts]]:
        """The rows by year."""
        found: dict[int, dict[Slice, Counts]] = {}
        for (year, at), counts in self.rows.items():
            found.setdefault(year, {})[at] = counts
        return found


@dataclass(frozen=True)
class Cell:
    """One count: how often a person in each of some leaves counts. `row` is None for what is never printed."""

    name: str
    part: str
    row: RowKey | None
    leaves: npt.NDArray[np.int64]
    times: npt.NDArray[np.int64]
    value: int | None
    kind: str = PRINTED
    residents: int | None = None
    """What anybody can look up: of so many residents these are counted."""

    @property
    def key(self) -> str:
        return f"{self.name}|{self.part}"


class BlockSystem:
    """The cells of a block in one base year, and its leaves.

    `tables` by indicator; `ancestries` are the codes anybody can have. A row that the layout prints and that holds
    nobody counts as printed zeros. Works for true counts (where all values are known) and for printed ones (where
    hidden values are None) alike.
    """

    def __init__(
        self, block: Block, tables: Mapping[str, Table], base_year: int, ancestries: tuple[str, ...] = ANCESTRIES
    ) -> None:
        block = block.of(base_year)
        self.block, self.base_year, self.ancestries = block, base_year, ancestries
        self.series = [
            s for s in block.series if s.indicator in tables and base_year + s.offset in tables[s.indicator].years
        ]
        self._tables = tables

    @cached_property
    def leaves(self) -> Leaves:
        """Every possible kind of person, as far as what is printed tells them apart."""
        mine = [self._tables[s.indicator] for s in self.block.series if s.indicator in self._tables]
        apart = [(t, at) for t in mine for at in t.printed()]
        return _leaves(
            self.block,
            tuple(sorted({at.sex for t, at in apart if at.sex != t.whole[0]})),
            tuple(sorted({at.age_group for t, at in apart if at.age_group != t.whole[1]})),
            self.ancestries,
            tuple(self._shown()),
        )

    @property
    def width(self) -> int:
        """How many leaves there are."""
        return self.leaves.size

    @cached_property
    def cells(self) -> list[Cell]:
        return [*self._printed(), *self._rest(), *self._nested()]

    @property
    def name(self) -> str:
        return f"{self.block.id}:{self.base_year}"

    def _shown(self) -> Iterator[Shown]:
        for s in self.series:
            table = self._tables[s.indicator]
            sexes = frozenset(at.sex for at in table.printed() if at.sex != table.whole[0])
            ages = frozenset(at.age_group for at in table.printed() if at.age_group != table.whole[1])
            for times in (s.numerator, s.denominator):
                if times is not None:
                    yield Shown(times, sexes, ages)

    def _who(self, table: Table, ancestries: Sequence[str], sex: str, age: str) -> npt.NDArray[np.bool_]:
        """Whom a row holds. The table's own sex and age are everybody it counts, of whatever sex and age."""
        whole_sex, whole_age = table.whole
        asked = tuple(ancestries), None if sex == whole_sex else sex, None if age == whole_age else age
        if asked not in self._asked:
            self._asked[asked] = self.leaves.where(*asked)
        return self._asked[asked]

    def _counted(
        self, who: npt.NDArray[np.bool_], times: Sequence[int]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The leaves in which these persons count, and how often."""
        return self.leaves.counted(who, tuple(times))

    @cached_property
    def _asked(self) -> dict[tuple[tuple[str, ...], str | None, str | None], npt.NDArray[np.bool_]]:
        return {}

    def _counts(self, s: Series, at: Slice) -> Counts | None:
        """The counts of a row, zeros where nobody is in it; None where nothing is known of it."""
        t = self._tables[s.indicator]
        empty = Counts(None if s.numerator is None else 0, 0 if s.denominator or s.share_of_known else None)
        return t.rows.get((self.base_year + s.offset, at), empty if t.complete else None)

    def _printed(self) -> Iterator[Cell]:
        for s in self.series:
            for at in self._tables[s.indicator].printed():
                row = RowKey(s.indicator, self.base_year + s.offset, at)
                if (counts := self._counts(s, at)) is not None:
                    yield from self._row(s, row, ancestries_of(at.population_group), counts)

    def _row(self, s: Series, row: RowKey, ancestries: Sequence[str], counts: Counts) -> Iterator[Cell]:
        table = self._tables[s.indicator]
        _, sex, age = row.slice
        name = f"{row.indicator}|{row.year}|{'|'.join(row.slice)}"
        who = self._who(table, ancestries, sex, age)
        residents = counts.denominator if s.public_denominator else None
        if s.numerator is not None:
            yield Cell(name, "numerator", row, *self._counted(who, s.numerator), counts.numerator, residents=residents)
        if s.share_of_known and s.numerator is not None:
            known = self._who(table, KNOWN_ANCESTRIES, sex, age)
            yield Cell(name, "denominator", row, *self._counted(known, s.numerator), counts.denominator)
            others = self._counted(known & ~who, s.numerator)
        elif s.denominator is not None:
            yield Cell(name, "denominator", row, *self._counted(who, s.denominator), counts.denominator)
            others = self._counted(who, less(s.denominator, s.numerator or (0,) * len(s.denominator)))
        else:
            return
        if s.numerator is not None:
            yield Cell(name, "complement", row, *others, counts.complement)

    def _rest(self) -> Iterator[Cell]:
        """What follows by subtraction: all less the groups of a breakdown together, and all less each other group."""
        for s in self.series:
            t = self._tables[s.indicator]
            printed = t.printed()
            groups = [g for g in t.layout.broken_down if g != "all"]
            together = [groups] if len(groups) > 1 and t.groups.issuperset(groups) else []
            for sex, age in t.slices:
                there = [at.population_group for at in printed if (at.sex, at.age_group) == (sex, age)]
                if "all" not in there:
                    continue
                single = [[g] for g in there if g != "all"]
                for less_these in [*together, *single]:
                    if set(less_these) <= set(there):
                        yield from self._all_less(s, less_these, sex, age)

    def _all_less(self, s: Series, groups: Sequence[str], sex: str, age: str) -> Iterator[Cell]:
        """The counts of everybody in none of the groups."""
        left = [a for a in ANCESTRIES if not any(a in ancestries_of(g) for g in groups)]
        counts = [self._counts(s, Slice(g, sex, age)) for g in ("all", *groups)]
        name = REST if len(groups) > 1 else f"not_{groups[0]}"
        row = RowKey(s.indicator, self.base_year + s.offset, Slice(name, sex, age))
        difference = Counts(*(_less([None if c is None else c[i] for c in counts]) for i in (0, 1)))
        for cell in self._row(s, row, left, difference):
            yield replace(cell, row=None, kind=NEVER)

    def _nested(self) -> Iterator[Cell]:
        """Nested populations: what follows where everybody counted in some parts is counted in others as often."""
        for times, ways in self._differences().items():
            done: set[Slice] = set()
            for way in ways:
                table, *others = (self._tables[s.indicator] for (s, _), _ in way)
                if any(other.whole != table.whole for other in others):
                    continue
                everywhere = set(table.printed()).intersection(*(other.printed() for other in others))
                for at in table.printed():
                    if at not in everywhere or at in done:
                        continue
                    done.add(at)
                    values = [getattr(self._counts(s, at), part, None) for (s, part), _ in way]
                    who = self._who(table, ancestries_of(at.population_group), at.sex, at.age_group)
                    name = f"{self.name}|{'|'.join(at)}"
                    signs = [sign for _, sign in way]
                    yield Cell(name, _said(way), None, *self._counted(who, times), _sum(values, signs), NEVER)

    def _differences(self) -> dict[Times, list[Way]]:
        """What printed parts tell together of who is in one and in no other, and the ways to reckon it.

        One less another, however often a person counts; and two with or less a third, where that counts each person
        once and no one part with such a difference does. What is printed anyway is left out.
        """
        parts: list[tuple[Part, Times]] = []
        for s in self.series:
            of_series = (("numerator", s.numerator), ("denominator", None if s.public_denominator else s.denominator))
            parts += [((s, p), times) for p, times in of_series if times is not None]
        there = {times for _, times in parts}
        there |= {less(s.denominator, s.numerator) for s in self.series if s.denominator and s.numerator}
        found: dict[Times, list[Way]] = {}
        for (a, x), (b, y) in permutations(parts, 2):
            if x != y and min(d := less(x, y)) >= 0 and d not in there:
                found.setdefault(d, []).append(((a, 1), (b, -1)))
        names = [name for name, _ in parts]
        for d, ways in _of_three(tuple(times for _, times in parts), frozenset(there), frozenset(found)).items():
            found[d] = [tuple((names[i], sign) for i, sign in way) for way in ways]
        return found

    def incidence(self, cells: Sequence[Cell] | None = None) -> Any:
        """Sparse matrix (cells x leaves): how often a person in a leaf counts in a cell."""
        from scipy import sparse

        chosen = self.cells if cells is None else cells
        indptr = np.concatenate([[0], np.cumsum([c.leaves.size for c in chosen])]).astype(np.int64)
        indices = np.concatenate([c.leaves for c in chosen]) if chosen else np.array([], dtype=np.int64)
        data = np.concatenate([c.times for c in chosen]) if chosen else np.array([], dtype=np.int64)
        return sparse.csr_matrix((data, indices, indptr), shape=(len(chosen), self.width))


class Known(BlockSystem):
    """The same for who asks what the counts are and not whom they count: no leaf is looked at."""

    def _who(self, table: Table, ancestries: Sequence[str], sex: str, age: str) -> npt.NDArray[np.bool_]:
        return NOBODY

    def _counted(
        self, who: npt.NDArray[np.bool_], times: Sequence[int]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        return NOTHING, NOTHING


NOBODY, NOTHING = np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)


@lru_cache(maxsize=64)
def _leaves(
    block: Block, sexes: tuple[str, ...], ages: tuple[str, ...], ancestries: tuple[str, ...], shown: tuple[Shown, ...]
) -> Leaves:
    """Most years of a block have the same leaves."""
    return Leaves(block, Sexes(sexes), Ages(ages), ancestries, shown)


def less(x: Times, y: Times) -> Times:
    """How much more often each atom counts in `x` than in `y`."""
    return tuple(i - j for i, j in zip(x, y, strict=True))


def incomplete(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The same tables where nothing is known of a row that is not there."""
    return {name: replace(table, complete=False) for name, table in tables.items()}


def values_of(system: BlockSystem) -> dict[str, int]:
    """Every count of a system that is known, by its key."""
    return {c.key: c.value for c in system.cells if c.value is not None}


@lru_cache(maxsize=64)
def _of_three(
    parts: tuple[Times, ...], printed: frozenset[Times], of_two: frozenset[Times]
) -> dict[Times, list[tuple[tuple[int, int], ...]]]:
    """What two parts with or less a third count, each person at most once; by the parts' numbers, with signs."""
    known, all_parts = printed | of_two, np.array(parts)
    found: dict[Times, list[tuple[tuple[int, int], ...]]] = {}
    for (i, j), sign in product(permutations(range(len(parts)), 2), (1, -1)):
        left = all_parts[i] + sign * all_parts[j] - all_parts
        for k in np.flatnonzero((left.min(axis=1) == 0) & (left.max(axis=1) == 1)):
            d = tuple(left[k].tolist())
            if k not in (i, j) and d not in known:
                found.setdefault(d, []).append(((i, 1), (j, sign), (int(k), -1)))
    return {d: ways for d, ways in found.items() if not any(less(d, x) in known for x in printed)}


def _said(way: Way) -> str:
    """How a difference is reckoned, as the part of a cell."""
    first, *others = ((f"{s.indicator}.{part}", sign) for (s, part), sign in way)
    return first[0] + "".join(f"{'+' if sign > 0 else '-'}{name}" for name, sign in others)


def _sum(values: Sequence[int | None], signs: Sequence[int]) -> int | None:
    """All of them with their signs; None when any is not known."""
    if any(v is None for v in values):
        return None
    return sum(sign * v for v, sign in zip(values, signs, strict=True) if v is not None)


def _less(values: Sequence[int | None]) -> int | None:
    """The first less all others; None when any is not known."""
    return _sum(values, [1, *[-1] * (len(values) - 1)])


def ancestries_in(block: Block, tables: Mapping[str, Table], base_year: int) -> tuple[str, ...]:
    """The codes that anybody has: those with a country alone, where western and non-western are the whole minority.

    Who reads the tables sees that too, so nothing may rest on a code that nobody has.
    """
    for s in block.series:
        table, year = tables.get(s.indicator), base_year + s.offset
        if table is None or not table.groups.issuperset(("minority", "western", "non_western")):
            continue
        for at in {at for y, at in table.rows if y == year}:
            groups = [table.rows.get((year, at._replace(population_group=g)), Counts(0, 0)) for g in COUNTRY_GROUPS]
            for part in (0, 1):
                difference = _less([c[part] for c in groups])
                if difference:
                    return ANCESTRIES
    return WITH_COUNTRY
