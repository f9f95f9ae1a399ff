"""Which printed series count the same persons, derived from the kinds of persons that are possible.

Two parts of the print can be looked at apart when what a person does in one of them can be done by somebody who stands
in no other: then any counts of the one go with any counts of the other. Everything else is one block, and a block's
kinds are those that stand in it alone. Nothing here is declared.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from handleplan_pipeline.catalogue.linkage import Disclosure
from handleplan_pipeline.protection.kinds import CountedSeries, Kind, Kinds, Times, read_pattern, said

Names = frozenset[str]
Item = tuple[str, str]
"""A name and how often: `hits/members`."""
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


def partition(patterns: Collection[frozenset[Item]]) -> set[Names]:
    """Parts of the names such that everything a person can do in a part, somebody does who stands in no other part.

    `patterns`: the possible sets of (name, how often). What nobody does alone joins the fewest parts in which somebody
    does it. Finer parts would be wrong only where they cannot make up the true counts, which the plan notices.
    """
    possible = sorted(set(patterns), key=lambda p: (len(p), sorted(p)))
    part = {name: frozenset([name]) for p in possible for name, _ in p}
    waiting = True
    while waiting:
        done = {item for p in possible if len({part[name] for name, _ in p}) == 1 for item in p}
        alone = sorted({item for p in possible for item in p} - done)
        waiting = bool(alone)
        for item in alone[:1]:
            joined = min(
                (frozenset(part[name] for name, _ in p) for p in possible if item in p),
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


def restricted(pattern: str, names: Names) -> str:
    """What a pattern says of some names; empty where it says nothing."""
    return said({n: t for n, t in _times(pattern).items() if n in names})


def is_within(pattern: str, names: Names) -> bool:
    """Whether a pattern says something of these names only."""
    return all(n in names for n in _times(pattern))


def parts_of(patterns: Iterable[str]) -> list[Names]:
    """The parts into which the print falls (`partition`), in a fixed order."""
    return sorted(partition({_items(p) for p in patterns}), key=sorted)


def derived_blocks(policy: Disclosure, kinds: Kinds, own: frozenset[Kind] = frozenset()) -> tuple[Block, ...]:
    """The blocks of these kinds. `own`: kinds of one lake, of which each block takes its part.

    The parts are those of `kinds` alone, so that a lake changes nothing in how the print falls apart.
    """
    return _derived(kinds, own, frozenset(policy.public_denominators), frozenset(policy.shown_with.items()))


@lru_cache(maxsize=8)
def _derived(
    kinds: Kinds, own: frozenset[Kind], public: frozenset[str], together: frozenset[tuple[str, str]]
) -> tuple[Block, ...]:
    shown_with, found = dict(together), []
    for names in parts_of({k.pattern for k in kinds.kinds}):
        if not (series := [s for s in kinds.series if s.name in names]):
            continue
        inside = {k for k in kinds.kinds if is_within(k.pattern, names)}
        inside |= {k._replace(pattern=r) for k in own if (r := restricted(k.pattern, names))}
        found.append(_block(series, inside, public, shown_with))
    return tuple(found)


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
