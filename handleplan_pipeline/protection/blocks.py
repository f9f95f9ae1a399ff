"""Which printed series count the same persons, derived from the kinds of persons that are possible.

Two parts of the print can be looked at apart when what a person does in one of them can be done by somebody who stands
in no other: then any counts of the one go with any counts of the other. Everything else is one block, and a block's
kinds are those that stand in it alone. Nothing here is declared.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from handleplan_pipeline.catalogue.linkage import Disclosure
from handleplan_pipeline.protection.kinds import (
    CountedSeries,
    Kind,
    Kinds,
    Times,
    age_classes,
    era_of,
    read_pattern,
    said,
)

Names = frozenset[str]
Item = tuple[str, str]
"""A name and how often: `hits/members`."""
Class = tuple[bool, str, int | None, int | None]
"""Whether ancestry is known, sex, the first age of the finest class that is printed, and the end of the era."""
AMOUNTS = ("median", "quantile", "amount")
"""Measures that are protected by the persons behind them: what they say is no count of persons."""
NEVER_THERE = Times(0, 0)
SIZED = ("share", *AMOUNTS)
"""Measures whose denominator is a count of ours."""


@dataclass(frozen=True)
class Series:
    """A printed series of a block: how often a person of each atom counts in its numerator and its denominator.

    `offset`: years after the base year. `share_of_known`: the denominator is everybody of known ancestry.
    """

    indicator: str
    offset: int
    numerator: tuple[int, ...] | None
    denominator: tuple[int, ...] | None
    share_of_known: bool = False
    public_denominator: bool = False
    shown_with: str | None = None


@dataclass(frozen=True)
class Who:
    """An atom with sex, age and whether ancestry is known: one possible kind of person of a block."""

    atom: int
    known: bool
    sex: str
    age: int | None
    before: int | None = None
    base_year: int | None = None


@dataclass(frozen=True)
class Block:
    """Series that count the same persons. An atom is a pattern: how a person can stand in them.

    `eras`: base years in which other persons become possible, because registers begin; none where it is no matter.
    `always`: atoms to which an era is no matter. Some kinds are of one base year alone.
    """

    id: str
    atoms: tuple[str, ...]
    who: tuple[Who, ...]
    series: tuple[Series, ...]
    eras: tuple[int, ...] = ()
    always: frozenset[int] = frozenset()

    def of(self, base_year: int) -> "Block":
        """The block of one base year: what nobody does in it counts nowhere. Atoms keep their places."""
        if not self.eras and not self._base_years:
            return self
        end = era_of(base_year, self.eras)
        asked = (end, base_year if base_year in self._base_years else None)
        if asked not in self._of_year:
            who = tuple(w for w in self.who if self._is_possible(w, end, base_year))
            there = {w.atom for w in who}

            def counted(times: tuple[int, ...] | None) -> tuple[int, ...] | None:
                return times and tuple(t if a in there else 0 for a, t in enumerate(times))

            series = [
                replace(s, numerator=counted(s.numerator), denominator=counted(s.denominator)) for s in self.series
            ]
            mine = tuple(Who(w.atom, w.known, w.sex, w.age) for w in who)
            self._of_year[asked] = replace(self, who=tuple(dict.fromkeys(mine)), series=tuple(series), eras=())
        return self._of_year[asked]

    def _is_possible(self, who: Who, end: int | None, base_year: int) -> bool:
        if who.base_year is not None:
            return who.base_year == base_year
        return who.before == end or who.atom in self.always

    @cached_property
    def _base_years(self) -> frozenset[int]:
        return frozenset(w.base_year for w in self.who if w.base_year is not None)

    @cached_property
    def _of_year(self) -> dict[tuple[int | None, int | None], "Block"]:
        return {}

    def __hash__(self) -> int:
        # of thousands of kinds the whole would take longer than what is looked up by it
        return hash((self.id, len(self.atoms), len(self.who)))


def partition(kinds: Collection[tuple[frozenset[Item], Class]], of_eras: Collection[str] = ()) -> set[Names]:
    """Parts of the names such that everything a person can do in a part, somebody does who stands in no other part.

    `kinds`: the possible sets of (name, how often), of whom and when. What nobody of a sex, an age and known or unknown
    ancestry does alone in an era joins the fewest parts in which somebody does it. Finer parts are wrong only where
    they cannot make up the true counts, which the plan notices. `of_eras`: names to which an era matters.
    """
    doing: dict[tuple[Item, Class], set[Names]] = {}
    for p, (*who, era) in kinds:
        for item in p:
            whose: Class = (*who, era if item[0] in of_eras else None)  # type: ignore[assignment]
            doing.setdefault((item, whose), set()).add(frozenset(name for name, _ in p))
    together = set().union(*doing.values())
    part = {name: frozenset([name]) for names in together for name in names}
    waiting = sorted(doing, key=str)
    while waiting:
        alone = {names for names in together if len({part[n] for n in names}) == 1}
        # parts only grow, so what is done alone once stays so
        waiting = [x for x in waiting if doing[x].isdisjoint(alone)]
        for x in waiting[:1]:
            joined = min(
                (frozenset(part[n] for n in names) for names in doing[x]),
                key=lambda parts: (len(parts), sum(map(len, parts)), sorted(map(sorted, parts))),
            )
            whole: Names = frozenset().union(*joined)
            part |= dict.fromkeys(whole, whole)
    return set(part.values())


def _items(text: str) -> frozenset[Item]:
    return frozenset((name, f"{t.hits}/{t.members}") for name, t in _times(text).items())


@lru_cache(maxsize=1 << 16)
def _times(pattern: str) -> Mapping[str, Times]:
    return read_pattern(pattern)


@lru_cache(maxsize=1 << 16)
def restricted(pattern: str, names: Names) -> str:
    """What a pattern says of some names; empty where it says nothing."""
    return said({n: t for n, t in _times(pattern).items() if n in names})


def names_in(patterns: Iterable[str]) -> Names:
    """The names of which any of these patterns says something."""
    return frozenset(name for p in patterns for name in _times(p))


def is_within(pattern: str, names: Names) -> bool:
    """Whether a pattern says something of these names only."""
    return all(n in names for n in _times(pattern))


@lru_cache(maxsize=8)
def parts_of(kinds: Kinds) -> list[Names]:
    """The parts into which the print falls (`partition`), in a fixed order."""
    first = age_classes(kinds.series)
    classes = {
        (k.pattern, (k.known, k.sex, None if k.age is None else first[bisect_right(first, k.age) - 1], k.before))
        for k in kinds.kinds
    }
    of_eras = {s.name for s in kinds.series if s.of_eras}
    return sorted(partition({(_items(p), who) for p, who in classes}, of_eras), key=sorted)


@lru_cache(maxsize=64)
def who_of(block: Block, own: frozenset[Kind]) -> frozenset[Who]:
    """How persons of a lake stand in a block, as far as its atoms go."""
    names = names_in(block.atoms)
    at = {a: i for i, a in enumerate(block.atoms)}
    found = ((at.get(restricted(k.pattern, names)), k) for k in own)
    return frozenset(Who(i, k.known, k.sex, k.age) for i, k in found if i is not None)


def derived_blocks(policy: Disclosure, kinds: Kinds, own: frozenset[Kind] = frozenset()) -> tuple[Block, ...]:
    """The blocks of these kinds. `own`: kinds of one lake, of which each block takes its part.

    The parts are those of `kinds` alone, so that a lake changes nothing in how the print falls apart.
    """
    return _derived(kinds, own, frozenset(policy.public_denominators), frozenset(policy.shown_with.items()))


@lru_cache(maxsize=8)
def _derived(
    kinds: Kinds, own: frozenset[Kind], public: frozenset[str], together: frozenset[tuple[str, str]]
) -> tuple[Block, ...]:
    shown_with, parts = dict(together), parts_of(kinds)
    inside: dict[Names, set[Kind]] = {names: set() for names in parts}
    part = {name: names for names in parts for name in names}
    for k in kinds.kinds:
        if len(here := {part[n] for n in _times(k.pattern)}) == 1:
            inside[here.pop()].add(k)
    of_eras = frozenset(s.name for s in kinds.series if s.of_eras)
    for k in own:
        for names in {part[n] for n in _times(k.pattern) if n in part}:
            pattern = restricted(k.pattern, names)
            before = None if is_within(pattern, Names(part) - of_eras) else k.before
            inside[names].add(k._replace(pattern=pattern, before=before))
    of_part = [(mine, inside[names]) for names in parts if (mine := [s for s in kinds.series if s.name in names])]
    return tuple(_block(series, mine, public, shown_with, of_eras) for series, mine in of_part)


def _block(
    series: Iterable[CountedSeries],
    inside: Collection[Kind],
    public: Collection[str],
    shown_with: Mapping[str, str],
    of_eras: Names,
) -> Block:
    atoms = tuple(sorted({k.pattern for k in inside}))
    at = {a: i for i, a in enumerate(atoms)}
    eras = tuple(sorted({k.before for k in inside if k.before is not None}))
    who = {Who(at[k.pattern], k.known, k.sex, k.age, k.before, k.base_year) for k in inside}
    made = []
    for s in sorted(series):
        counted = [_times(a).get(s.name, NEVER_THERE) for a in atoms]
        made.append(
            Series(
                indicator=s.indicator,
                offset=s.shift,
                numerator=None if s.measure in AMOUNTS else tuple(t.hits for t in counted),
                denominator=tuple(t.members for t in counted) if s.measure in SIZED else None,
                share_of_known=s.measure == "share_of_known",
                public_denominator=s.indicator in public,
                shown_with=shown_with.get(s.indicator),
            )
        )
    ordered = sorted(who, key=_in_order)
    always = frozenset(i for a, i in at.items() if not of_eras & _times(a).keys())
    return Block(min(s.indicator for s in made), atoms, tuple(ordered), tuple(made), eras, always)


def _in_order(w: Who) -> tuple[int, bool, str, int, int, int]:
    return w.atom, w.known, w.sex, -1 if w.age is None else w.age, w.before or 0, w.base_year or 0
