"""Which printed series count the same persons, derived from the kinds of persons that are possible.

Two parts of the print can be looked at apart when what a person does in one of them can be done by somebody who stands
in no other: then any counts of the one go with any counts of the other. Everything else is one block, and a block's
kinds are those that stand in it alone. Nothing here is declared.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from handleplan_pipeline.catalogue.linkage import Disclosure
from handleplan_pipeline.protection.kinds import CountedSeries, Kind, Kinds, Times, age_classes, read_pattern, said

Names = frozenset[str]
Item = tuple[str, str]
"""A name and how often: `hits/members`."""
Class = tuple[bool, str, int | None]
"""Whether ancestry is known, sex, and the first age of the finest class that is printed."""
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


@dataclass(frozen=True)
class Block:
    """Series that count the same persons. An atom is a pattern: how a person can stand in them."""

    id: str
    atoms: tuple[str, ...]
    who: tuple[Who, ...]
    series: tuple[Series, ...]

    def __hash__(self) -> int:
        # of thousands of kinds the whole would take longer than what is looked up by it
        return hash((self.id, len(self.atoms), len(self.who)))


def partition(kinds: Collection[tuple[frozenset[Item], Class]]) -> set[Names]:
    """Parts of the names such that everything a person can do in a part, somebody does who stands in no other part.

    `kinds`: the possible sets of (name, how often), and of whom. What nobody of a sex, age and known or unknown
    ancestry does alone joins the fewest parts in which somebody does it. Finer parts would be wrong only where they
    cannot make up the true counts, which the plan notices.
    """
    doing: dict[tuple[Item, Class], set[Names]] = {}
    for p, who in kinds:
        for item in p:
            doing.setdefault((item, who), set()).add(frozenset(name for name, _ in p))
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
        (k.pattern, (k.known, k.sex, None if k.age is None else first[bisect_right(first, k.age) - 1]))
        for k in kinds.kinds
    }
    return sorted(partition({(_items(p), who) for p, who in classes}), key=sorted)


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
    for k in own:
        for names in {part[n] for n in _times(k.pattern) if n in part}:
            inside[names].add(k._replace(pattern=restricted(k.pattern, names)))
    of_part = [(mine, inside[names]) for names in parts if (mine := [s for s in kinds.series if s.name in names])]
    return tuple(_block(series, mine, public, shown_with) for series, mine in of_part)


def _block(
    series: Iterable[CountedSeries], inside: Collection[Kind], public: Collection[str], shown_with: Mapping[str, str]
) -> Block:
    atoms = tuple(sorted({k.pattern for k in inside}))
    at = {a: i for i, a in enumerate(atoms)}
    who = {Who(at[k.pattern], k.known, k.sex, k.age) for k in inside}
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
    ordered = sorted(who, key=lambda w: (w.atom, w.known, w.sex, -1 if w.age is None else w.age))
    return Block(min(s.indicator for s in made), atoms, tuple(ordered), tuple(made))
