"""The linked counts of one block and year as a linear system over leaves.

A leaf is a class nobody prints: ancestry code x sex x age class x atom. Every printed count is a sum of leaves, and so
is what follows from printed counts by subtraction: the complement, the rest of a breakdown, a nested population.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.catalogue.linkage import Block, Layout, Series
from handleplan_pipeline.cells.groups import ANCESTRIES, KNOWN_ANCESTRIES, WITH_COUNTRY, ancestries_of
from handleplan_pipeline.protection.bands import Ages, Sexes

COUNTRY_GROUPS = ("minority", "western", "non_western")
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


@dataclass(frozen=True)
class Cell:
    """One count of the system. `row` is None for what is never printed."""

    name: str
    part: str
    row: RowKey | None
    leaves: npt.NDArray[np.int64]
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
        self.block, self.base_year, self.ancestries = block, base_year, ancestries
        self.series = [
            s for s in block.series if s.indicator in tables and base_year + s.offset in tables[s.indicator].years
        ]
        self._tables = tables
        mine = [at for s in block.series if s.indicator in tables for at in tables[s.indicator].printed()]
        self.ages = Ages(at.age_group for at in mine)
        self.sexes = Sexes(at.sex for at in mine)
        self.shape = (len(ancestries), len(self.sexes.classes), len(self.ages.classes), len(block.atoms))
        self.width = int(np.prod(self.shape))
        self.cells: list[Cell] = [*self._printed(), *self._rest(), *self._nested()]

    @property
    def name(self) -> str:
        return f"{self.block.id}:{self.base_year}"

    def _leaves(self, ancestries: Sequence[str], sex: str, age: str, atoms: Sequence[int]) -> npt.NDArray[np.int64]:
        mine = [self.ancestries.index(a) for a in ancestries if a in self.ancestries]
        grid = np.ix_(mine, self.sexes.of(sex), self.ages.of(age), list(atoms))
        return np.asarray(np.ravel_multi_index(np.broadcast_arrays(*grid), self.shape).ravel(), dtype=np.int64)  # type: ignore[arg-type]

    def _counts(self, s: Series, at: Slice) -> Counts | None:
        """The counts of a row, zeros where nobody is in it; None where nothing is known of it."""
        t = self._tables[s.indicator]
        empty = Counts(0 if s.numerator else None, 0 if s.denominator or s.share_of_known else None)
        return t.rows.get((self.base_year + s.offset, at), empty if t.complete else None)

    def _printed(self) -> Iterator[Cell]:
        for s in self.series:
            for at in self._tables[s.indicator].printed():
                row = RowKey(s.indicator, self.base_year + s.offset, at)
                if (counts := self._counts(s, at)) is not None:
                    yield from self._row(s, row, ancestries_of(at.population_group), counts)

    def _row(self, s: Series, row: RowKey, ancestries: Sequence[str], counts: Counts) -> Iterator[Cell]:
        _, sex, age = row.slice
        name = f"{row.indicator}|{row.year}|{'|'.join(row.slice)}"
        top = self.block.of(s.numerator)
        residents = counts.denominator if s.public_denominator else None
        if top:
            inside = self._leaves(ancestries, sex, age, top)
            yield Cell(name, "numerator", row, inside, counts.numerator, residents=residents)
        if s.share_of_known:
            everybody = self._leaves(KNOWN_ANCESTRIES, sex, age, top)
        elif s.denominator:
            everybody = self._leaves(ancestries, sex, age, self.block.of(s.denominator))
        else:
            return
        yield Cell(name, "denominator", row, everybody, counts.denominator)
        if top:
            yield Cell(name, "complement", row, np.setdiff1d(everybody, inside), counts.complement)

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
                for less in [*together, *single]:
                    if set(less) <= set(there):
                        yield from self._all_less(s, less, sex, age)

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
        """Nested populations: where two printed counts differ by atoms that are never printed."""
        for atoms in self.block.never_printed:
            wanted = frozenset(self.block.of(atoms))
            for (s, part), (other, other_part) in self._pairs(wanted):
                for at in self._tables[s.indicator].printed():
                    if at not in self._tables[other.indicator].printed():
                        continue
                    values = [getattr(self._counts(x, at), p, None) for x, p in ((s, part), (other, other_part))]
                    name = f"{self.block.id}|{self.base_year}|{'|'.join(at)}"
                    leaves = self._leaves(ancestries_of(at.population_group), at.sex, at.age_group, sorted(wanted))
                    yield Cell(name, "+".join(atoms), None, leaves, _less(values), NEVER)

    def _pairs(self, wanted: frozenset[int]) -> list[tuple[tuple[Series, str], tuple[Series, str]]]:
        """The first pair of printed parts whose difference is `wanted`."""
        parts = [
            ((s, p), frozenset(self.block.of(getattr(s, p))))
            for s in self.series
            for p in ("numerator", "denominator")
            if getattr(s, p)
        ]
        found = [(a, b) for a, x in parts for b, y in parts if y < x and x - y == wanted]
        return found[:1]

    def incidence(self, cells: Sequence[Cell] | None = None) -> Any:
        """Sparse 0/1 matrix (cells x leaves)."""
        from scipy import sparse

        chosen = self.cells if cells is None else cells
        indptr = np.concatenate([[0], np.cumsum([c.leaves.size for c in chosen])]).astype(np.int64)
        indices = np.concatenate([c.leaves for c in chosen]) if chosen else np.array([], dtype=np.int64)
        data = np.ones(indices.size, dtype=np.int64)
        return sparse.csr_matrix((data, indices, indptr), shape=(len(chosen), self.width))


def incomplete(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The same tables where nothing is known of a row that is not there."""
    return {name: replace(table, complete=False) for name, table in tables.items()}


def values_of(system: BlockSystem) -> dict[str, int]:
    """Every count of a system that is known, by its key."""
    return {c.key: c.value for c in system.cells if c.value is not None}


def _less(values: Sequence[int | None]) -> int | None:
    """The first less all others; None when any is not known."""
    if any(v is None for v in values):
        return None
    known = [v for v in values if v is not None]
    return known[0] - sum(known[1:])


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
