"""What a definition is, and how the persons it counts become cells by group, sex and age."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.recount.people import City, Who

BANDS = ((0, 14), (15, 17), (18, 24), (25, 39), (40, 64), (65, 200))


class Counted(NamedTuple):
    """One person (or contact) of an indicator: part of the numerator, of the denominator, or a number of months."""

    who: Who
    numerator: int = 0
    denominator: int = 0
    value: float | None = None


class Key(NamedTuple):
    indicator: str
    year: int
    group: str
    sex: str
    age: str


class Cell(NamedTuple):
    numerator: int
    denominator: int
    value: float | None
    version: str


Count = Callable[[City, int], Iterable[Counted]]
Slices = Callable[[Who], Iterator[tuple[str, str]]]


@dataclass(frozen=True)
class Definition:
    """`looks_at` are the deliveries a figure needs, in years from the year reported: it is known when all are there.

    `slices` say by what sexes and ages it is told; `groups` are the only ones told. A `rate` has no cell where nobody
    lives it could be a rate of. `every` is 2 where two years are put together.
    """

    indicator: str
    version: str
    count: Count
    looks_at: dict[str, tuple[int, ...]]
    slices: Slices
    first_year: int
    every: int
    groups: tuple[str, ...] | None
    rate: bool

    def known(self, city: City, year: int) -> bool:
        return (
            year >= self.first_year
            and (year - self.first_year) % self.every == 0
            and all(year + back in city.deliveries.years(s) for s, backs in self.looks_at.items() for back in backs)
        )


DEFINITIONS: dict[str, Definition] = {}


def definition(
    indicator: str,
    version: str,
    looks_at: dict[str, tuple[int, ...]],
    slices: Slices,
    *,
    first_year: int = 0,
    every: int = 1,
    groups: tuple[str, ...] | None = None,
    rate: bool = False,
) -> Callable[[Count], Count]:
    """Declares what a function counts; a changed definition is a changed function with the next version."""

    def declare(count: Count) -> Count:
        assert indicator not in DEFINITIONS, f"{indicator} is defined twice"
        DEFINITIONS[indicator] = Definition(
            indicator, version, count, looks_at, slices, first_year, every, groups, rate
        )
        return count

    return declare


@dataclass
class _Sum:
    numerator: int = 0
    denominator: int = 0
    values: list[float] = field(default_factory=list)


def cells_of(city: City, wanted: Definition, years: Iterable[int]) -> dict[Key, Cell]:
    """The cells of an indicator in which there is anybody at all."""
    sums: dict[Key, _Sum] = defaultdict(_Sum)
    for year in years:
        if wanted.known(city, year):
            for who, kind in _by_kind(wanted.count(city, year)).items():
                _add(sums, wanted, year, who, kind)
    return {
        key: Cell(s.numerator, s.denominator, statistics.median(s.values) if s.values else None, wanted.version)
        for key, s in sums.items()
        if (s.denominator if wanted.rate else s.numerator or s.denominator or s.values)
    }


def _by_kind(counted: Iterable[Counted]) -> dict[Who, _Sum]:
    """People of the same groups, sex and age are alike."""
    found: dict[Who, _Sum] = defaultdict(_Sum)
    for one in counted:
        kind = found[one.who]
        kind.numerator += one.numerator
        kind.denominator += one.denominator
        if one.value is not None:
            kind.values.append(one.value)
    return found


def _add(sums: dict[Key, _Sum], wanted: Definition, year: int, who: Who, kind: _Sum) -> None:
    for sex, age in wanted.slices(who):
        for group in who.groups:
            if wanted.groups is None or group in wanted.groups:
                cell = sums[Key(wanted.indicator, year, group, sex, age)]
                cell.numerator += kind.numerator
                cell.denominator += kind.denominator
                cell.values += kind.values


def band(age: int | None) -> str:
    if age is None:
        return "unknown"
    low, high = next(b for b in BANDS if b[0] <= age <= b[1])
    return f"{low}+" if high == 200 else f"{low}-{high}"


def sliced(
    whole_age: str = "total",
    *,
    by_sex: bool = False,
    by_age: Callable[[int | None], str] | None = None,
    crossed: bool = False,
    whole_sex: str = "total",
) -> Slices:
    """Everybody, and beside it the sexes and the ages, each on its own or `crossed`."""

    def slices(who: Who) -> Iterator[tuple[str, str]]:
        yield whole_sex, whole_age
        if by_sex:
            yield who.sex, whole_age
        if by_age:
            yield whole_sex, by_age(who.age)
            if crossed:
                yield who.sex, by_age(who.age)

    return slices


TOTAL = sliced()
SEX = sliced(by_sex=True)
SEX_AND_AGE = sliced(by_sex=True, by_age=band)
WOMEN = sliced(whole_sex="women")
WOMEN_BY_AGE = sliced(whole_sex="women", by_age=band)
