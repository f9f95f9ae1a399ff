"""A search for what holds between printed counts, knowing nothing of why: equal, never more than, sums, never anybody.

What holds in a city may hold by chance, so whoever asks compares cities. `follows` says whether a fact holds for every
person that the linear systems of disclosure control think possible.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from handleplan_pipeline.cells.groups import UNKNOWN
from handleplan_pipeline.protection.kinds import Kinds, is_nobody, read_pattern
from handleplan_pipeline.protection.system import PRINTED, BlockSystem, Counts, Slice, Table

Numbers = npt.NDArray[np.float64]
LEAST = 8
"""Rows in which both counts must be there, and not zero, before a relation says something."""
TIGHT = 3
"""Rows in which the two are equal before "never more than" is no matter of size."""
EXPECTED = 8
"""So many must be expected where nobody is before that says something."""
WHOLE = ("", "")
"""The sex and age of everybody a table counts."""
SHIFTS = (-1, 0, 1)
NEIGHBOURS = {"I03": ("I04",), "I04": ("I03",), "I05": ("I07",), "I07": ("I05",), "I02": ("I06",), "I06": ("I02",)}
"""Sums are looked for among the series of one number, and of these together: there are too many otherwise."""
Place = tuple[int, int, str, str, str]
"""City, year, group, sex and age group."""
PARTS = ("numerator", "denominator")


class Part(NamedTuple):
    """The numerator or the denominator of a series, so many years later."""

    indicator: str
    part: str
    later: int = 0


@dataclass(frozen=True)
class Fact:
    """`less` is `equal` to the sum of `more`, or never more than it; without `more`, nobody is ever in `place`."""

    less: Part
    more: tuple[Part, ...]
    equal: bool
    place: tuple[str, str, str] | None = None

    def __str__(self) -> str:
        said = " + ".join(f"{p.indicator} {p.part} ({p.later:+d})" for p in self.more) or f"nobody in {self.place}"
        return f"{self.less.indicator} {self.less.part} {'=' if self.equal else '<='} {said}"


class Counted(NamedTuple):
    """What a city counts: its tables, and the rates among them, whose residents are public and no count of ours."""

    tables: Mapping[str, Table]
    rates: Collection[str]


class City:
    """The counts of all series side by side: a row per part, a column per place; NaN where a table has no such row.

    Several cities stand beside each other: what holds then holds in all of them.
    """

    def __init__(self, *cities: Counted) -> None:
        counts: dict[Part, dict[Place, int]] = {}
        for n, city in enumerate(cities):
            for name, table in city.tables.items():
                for year, at, row in _rows(table):
                    for part, value in zip(("numerator",) if name in city.rates else PARTS, row, strict=False):
                        if value is not None:
                            counts.setdefault(Part(name, part), {})[n, year, *place_of(table, at)] = value
        self.parts = sorted(counts)
        self.places = sorted({p for c in counts.values() for p in c})
        at = {p: i for i, p in enumerate(self.places)}
        self.cities = len(cities)
        self._next = {
            (s, k): [at.get(((n + k) % len(cities), y + s, *rest), -1) for n, y, *rest in self.places]
            for s in SHIFTS
            for k in range(len(cities))
        }
        self.table = np.full((len(self.parts), len(self.places)), np.nan)
        for i, part in enumerate(self.parts):
            for place, value in counts[part].items():
                self.table[i, at[place]] = value

    def of(self, part: Part, strangers: int = 0) -> Numbers:
        """Its counts, so many years later; or those of another of the cities."""
        row = self.table[self.parts.index(part._replace(later=0))]
        return np.append(row, np.nan)[self._next[part.later, strangers]]

    def shifted(self, later: int) -> Numbers:
        return np.hstack([self.table, np.full((len(self.parts), 1), np.nan)])[:, self._next[later, 0]]

    def keeps(self, fact: Fact) -> bool:
        """Whether it holds wherever all its parts are printed, which is often enough."""
        less, more = self.of(fact.less), sum(self.of(p) for p in fact.more)
        there = ~np.isnan(less) & ~np.isnan(more) & (less > 0)
        return bool(there.sum() >= LEAST * self.cities and not (less[there] > more[there]).any())

    def is_of_size(self, fact: Fact) -> bool:
        """Whether it holds between the counts of one city and those of another: then it says nothing of persons."""
        less = self.of(fact.less)
        others = [sum(self.of(p, k) for p in fact.more) for k in range(1, self.cities)]
        return bool(others) and not any((less > other).any() for other in others)


def facts_of(city: City) -> Iterator[Fact]:
    """Everything that holds in this city."""
    yield from _never(city)
    below: dict[Part, dict[Part, Numbers]] = {p: {} for p in city.parts}
    for later in SHIFTS:
        others = city.shifted(later)
        for part, row in zip(city.parts, city.table, strict=True):
            there = ~np.isnan(others) & ~np.isnan(row)
            both = (there & (row > 0) & (others > 0)).sum(axis=1)
            enough = both >= LEAST
            tight = (both >= LEAST * city.cities) & (
                (there & (others == row) & (row > 0)).sum(axis=1) >= TIGHT * city.cities
            )
            least = ((others >= row) | ~there).all(axis=1) & enough & tight
            most = ((others <= row) | ~there).all(axis=1) & enough & tight
            for k in np.flatnonzero(least):
                other = Part(*city.parts[k][:2], later)
                fact = Fact(part, (other,), bool(most[k]))
                if other[:2] != part[:2] and not (most[k] and other[:2] < part[:2]) and not city.is_of_size(fact):
                    yield fact
            below[part] |= {
                Part(*city.parts[k][:2], later): others[k]
                for k in np.flatnonzero(((others <= row) | ~there).all(axis=1) & enough & ~least)
                if _is_near(part, city.parts[k])
            }
    for whole, parts in below.items():
        yield from _sums(whole, city.of(whole), parts)
    yield from _within_two(city)


def _within_two(city: City) -> Iterator[Fact]:
    """A count that is never more than two others of its family together, though more than either at times."""
    for later in SHIFTS:
        others = city.shifted(later)
        for part, row in zip(city.parts, city.table, strict=True):
            mine = [k for k, p in enumerate(city.parts) if p.indicator != part.indicator and _is_near(part, p)]
            mine = [k for k in mine if (others[k] < row).any() and (others[k] > 0).any()]
            for i, j in combinations(mine, 2):
                both = others[i] + others[j]
                there = ~np.isnan(both) & ~np.isnan(row)
                counted = there & (row > 0) & (both > 0)
                if (row[there] > both[there]).any() or counted.sum() < LEAST * city.cities:
                    continue
                fact = Fact(part, tuple(Part(*city.parts[k][:2], later) for k in (i, j)), False)
                exact = (counted & (both == row)).sum() >= TIGHT * city.cities
                needed = all((others[k][there] < row[there]).any() for k in (i, j))
                if exact and needed and not (both[there] == row[there]).all() and not city.is_of_size(fact):
                    yield fact


def _is_near(part: Part, other: Part) -> bool:
    family = part.indicator[:3]
    return other.indicator[:3] in (family, *NEIGHBOURS.get(family, ()))


def _sums(whole: Part, row: Numbers, parts: Mapping[Part, Numbers]) -> Iterator[Fact]:
    """A count that is two or three others together."""
    names, table = list(parts), np.array(list(parts.values())).reshape(len(parts), row.size)

    def equal(left: Numbers, first: int) -> Iterator[int]:
        rest = table[first:] - left
        there = ~np.isnan(rest)
        enough = ((table[first:] > 0) & there).sum(axis=1) >= LEAST
        same = ((rest == 0) | ~there).all(axis=1) & enough
        yield from np.flatnonzero(same) + first

    for i in range(len(names)):
        left = row - table[i]
        for j in equal(left, i + 1):
            yield Fact(whole, (names[i], names[j]), True)
        for j in range(i + 1, len(names)):
            rest = left - table[j]
            if not (rest < 0).any() and (rest > 0).any():
                for k in equal(rest, j + 1):
                    yield Fact(whole, (names[i], names[j], names[k]), True)


def _never(city: City) -> Iterator[Fact]:
    """Rows of a group in which nobody ever is, though others of the group are counted
    and others are in such rows: over all series together, more than could be by chance."""
    at: dict[tuple[str, str, str], list[int]] = {}
    for i, p in enumerate(city.places):
        at.setdefault(p[2:], []).append(i)
    expected: dict[tuple[str, str, str], float] = {}
    empty: list[tuple[Part, tuple[str, str, str]]] = []
    somebody: set[tuple[str, str, str]] = set()
    for part, row in zip(city.parts, city.table, strict=True):
        total = {place: float(np.nansum(row[columns])) for place, columns in at.items()}
        everybody = total.get(("all", *WHOLE), 0.0)
        for (group, *slice_), columns in at.items():
            place = (group, *slice_)
            if group == "all" or place[1:] == WHOLE or not everybody or np.isnan(row[columns]).all():
                continue
            others, mine = total.get(("all", *slice_), 0.0), total.get((group, *WHOLE), 0.0)
            expected[place] = expected.get(place, 0.0) + others * mine / everybody
            empty.append((part, place))
            if total[place]:
                somebody.add(place)
    yield from (
        Fact(part, (), True, place) for part, place in empty if expected[place] >= EXPECTED and place not in somebody
    )


def place_of(table: Table, at: Slice) -> tuple[str, str, str]:
    """Group, sex and age group of a row; sex or age is empty where it is everybody the table counts."""
    whole_sex, whole_age = table.whole
    return (
        at.population_group,
        "" if at.sex == whole_sex else at.sex,
        "" if at.age_group == whole_age else at.age_group,
    )


def _rows(table: Table) -> Iterator[tuple[int, Slice, Counts]]:
    """Every printed row; one that is not there holds nobody."""
    nobody = Counts(*(None if all(r[k] is None for r in table.rows.values()) else 0 for k in (0, 1)))
    for year, at in product(sorted(table.years), table.printed()):
        yield year, at, table.rows.get((year, at), nobody)


class Known:
    """What linear systems know: how often a person of each leaf counts in each cell."""

    def __init__(self, systems: Sequence[BlockSystem], tables: Mapping[str, Table]) -> None:
        self.systems, self.tables = systems, tables
        self._at = [
            {(*c.row, c.part): i for i, c in enumerate(s.cells) if c.row is not None and c.kind == PRINTED}
            for s in systems
        ]

    def follows(self, fact: Fact) -> bool:
        """Whether every possible person keeps it, in every row in which one system has all its parts."""
        seen = False
        for system, at in zip(self.systems, self._at, strict=True):
            mine = [key for key in at if (key[0], key[3]) == fact.less[:2]]
            for _, year, slice_, _ in mine:
                place = place_of(self.tables[fact.less.indicator], slice_)
                if fact.place is not None and place != fact.place:
                    continue
                vectors = [self._vector(system, at, p, year, place) for p in (fact.less, *fact.more)]
                if any(v is None for v in vectors):
                    continue
                seen, less, more = True, vectors[0], sum(vectors[1:], np.zeros(system.width))
                if not ((less == more).all() if fact.equal else (less <= more).all()):
                    return False
        return seen

    def _vector(
        self,
        system: BlockSystem,
        at: Mapping[tuple[str, int, Slice, str], int],
        part: Part,
        year: int,
        place: tuple[str, str, str],
    ) -> Numbers | None:
        group, sex, age = place
        whole = self.tables[part.indicator].whole
        key = (part.indicator, year + part.later, Slice(group, sex or whole[0], age or whole[1]), part.part)
        if key not in at:
            return None
        cell, vector = system.cells[at[key]], np.zeros(system.width)
        vector[cell.leaves] = cell.times
        return vector


class Witnesses:
    """Persons whom the definitions were seen to count. Of whom nothing is known nobody can say whether they are one.

    `units`: counted units (columns of `memberships`), for what is of different years of a person's life.
    """

    def __init__(self, kinds: Kinds, units: pl.DataFrame | None = None) -> None:
        self.series = {s.indicator: s for s in kinds.series}
        self.kinds = [k for k in kinds.kinds if not is_nobody(k) or k.known]
        self.patterns = sorted({k.pattern for k in self.kinds})
        times = [read_pattern(p) for p in self.patterns]
        self._times = {
            (name, part): np.array([t[name][part == "denominator"] if name in t else 0 for t in times])
            for name in {s.name for s in kinds.series}
            for part in PARTS
        }
        self.units = units

    def against(self, fact: Fact) -> bool:
        """Whether somebody was seen who does not keep it."""
        parts = (fact.less, *fact.more)
        series = [self.series[p.indicator] for p in parts]
        if any(s.measure == "share_of_known" and p.part == "denominator" for s, p in zip(series, parts, strict=True)):
            return False
        if fact.place is not None:
            return self._is_there(self._times[series[0].name, fact.less.part], fact.place)
        if not self.are_of_one_year(fact):
            return self.units is not None and self._in_other_years(fact, [s.name for s in series])
        less, *more = [self._times[s.name, p.part] for s, p in zip(series, parts, strict=True)]
        together = sum(more)
        return bool((less != together).any() if fact.equal else (less > together).any())

    def _is_there(self, often: Numbers, place: tuple[str, str, str]) -> bool:
        """Somebody of whom is known, or not, what the place says."""
        group, sex, age = place
        there = {p for p, n in zip(self.patterns, often, strict=True) if n}
        return any(
            k.pattern in there
            and k.known == (group != UNKNOWN)
            and sex in ("", k.sex)
            and (not age or (age == UNKNOWN) == (k.age is None))
            for k in self.kinds
        )

    def are_of_one_year(self, fact: Fact) -> bool:
        """Whether its parts are of the same base year, so that one person's kind tells of all of them."""
        return len({p.later - self.series[p.indicator].shift for p in (fact.less, *fact.more)}) == 1

    def _in_other_years(self, fact: Fact, names: Sequence[str]) -> bool:
        """Somebody who counts in the one and not, or less often, in the others, in years that were counted."""
        assert self.units is not None
        counted = []
        for part, name in zip((fact.less, *fact.more), names, strict=True):
            mine = self.units.filter((pl.col("name") == name) & ~is_unnumbered())
            often = pl.len() if part.part == "denominator" else pl.col("outcome").sum()
            found = mine.group_by("person", "year").agg(often.alias("often"))
            counted.append({(p, y - part.later): n for p, y, n in found.iter_rows()})
        less, *more = counted
        years = [{y for _, y in m} for m in more]
        return any(
            n > sum(m.get(who, 0) for m in more) for who, n in less.items() if all(who[1] in y for y in years) and n
        )


def is_unnumbered() -> pl.Expr:
    """Units that no number ties to a person."""
    return pl.col("person").str.contains("^(nobody|form|anonymous) ")


def unexplained(found: Sequence[Fact], known: Known, seen: Witnesses) -> list[Fact]:
    """Facts of a city that the systems do not know and against which nobody was ever seen."""
    return [f for f in found if not known.follows(f) and not seen.against(f)]
