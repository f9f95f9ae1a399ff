"""Release after release of one city: whoever has kept them all narrows no small count of any, whatever came between.

Random cities of one block, corrected in a few persons, with other thresholds, with another definition; the attacker
(`attacker.Remembering`) knows the truth of nothing and that persons who were not corrected are as they were.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest

from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.protection.earlier import Earlier, Printed
from handleplan_pipeline.protection.plan import make_plan
from handleplan_pipeline.protection.system import Counts, RowKey, Slice
from tests.protection.attacker import FREE, Attacker, Key, Remembering, at, unchanged
from tests.protection.made import Leaves, cells_of, counts_in, read_by_anybody, release_of

CATALOGUE = load_catalogue()
VERSION = CATALOGUE.indicator("I04").definition_version
YEAR, T = 2012, 5
SEEDS = (1, 2, 3, 4, 5)
CHANGE = "changed since "
Equation = tuple[Key, list[Key]]
"""A count, and the counts it is the sum of."""
Facts = Callable[[Sequence[Attacker]], Iterable[Equation]]
CODES = {"danish": 14.0, "immigrant_western": 2.0, "immigrant_non_western": 5.0, "descendant_western": 0.6}
SMALL = {"descendant_non_western": 1.0, "unknown": 0.8}
STAYS = frozenset({"section_110_stays"})


def city(seed: int) -> Leaves:
    """A shelter population, persons by ancestry, sex and age; many of its groups are small."""
    rng = np.random.default_rng(seed)
    found: Leaves = {}
    for code, mean in (CODES | SMALL).items():
        for sex in ("men", "women"):
            for age in ("18-24", "25-39", "40-64"):
                n = int(rng.poisson(mean))
                found[code, sex, age] = (int(rng.binomial(n, 0.35)), n)
    return found


def corrected(leaves: Leaves, persons: int, seed: int) -> Leaves:
    """The same city where so many persons were recorded wrongly: gone, never there, or with the other outcome."""
    rng, now = np.random.default_rng([seed, persons]), dict(leaves)
    for _ in range(persons):
        place = sorted(now)[rng.integers(len(now))]
        x, n = now[place]
        kind = rng.integers(3)
        if kind == 0 and n:
            now[place] = (x - int(rng.random() < x / n), n - 1)
        elif kind == 1:
            now[place] = (x + int(rng.random() < 0.35), n + 1)
        elif n:
            now[place] = (x - 1 if x and rng.random() < x / n else min(x + 1, n), n)
    return now


def by_a_narrower_definition(leaves: Leaves, share: float, seed: int) -> Leaves:
    """Of those with the outcome, this share has it by the new definition too; who is counted stays."""
    rng = np.random.default_rng([seed, 99])
    return {place: (int(rng.binomial(x, share)), n) for place, (x, n) in leaves.items()}


@dataclass
class Chain:
    """Releases of one city, and what was true at each."""

    releases: list[Printed] = field(default_factory=list)
    true: list[dict[RowKey, Counts]] = field(default_factory=list)

    def release(
        self,
        leaves: Leaves,
        catalogue: Catalogue = CATALOGUE,
        version: str = VERSION,
        changed: frozenset[str] = STAYS,
        remembers: bool = True,
    ) -> Printed:
        """The next release of a city; `changed`: sources delivered anew since the last one."""
        cells = cells_of("I04", YEAR, leaves)
        before = [replace(r, changed=(r.changed or frozenset()) | changed) for r in self.releases]
        planned = make_plan(catalogue, cells, Earlier(tuple(before)) if remembers else Earlier())
        self.releases = [*before, replace(release_of(cells, planned, version), changed=frozenset())]
        self.true.append(counts_in(cells))
        return self.releases[-1]

    def count(self, key: Key, release: int) -> int | None:
        """The true count of I04 behind a name of the attacker's."""
        true = self.true[release].get(RowKey(key[0], key[1], Slice(*key[2:5])))
        return None if true is None else {"x": true.numerator, "n": true.denominator, "c": true.complement}[key[5]]

    def narrowed(self, facts: Facts = lambda _: (), few: int | None = None) -> list[str]:
        """What who has kept all releases narrows within [1, T]: small counts of any, and small changes.

        `facts`: what is known beside; `few`: that no count changed by more.
        """
        attackers = [Attacker(read_by_anybody(r)) for r in self.releases]
        small = self._small(attackers)
        changes = dict(self._changes(attackers))
        assert small
        bounded = {} if few is None else dict(by_few(attackers))
        told = [*facts(attackers), *(e for e, _ in changes.values()), *(e for es in bounded.values() for e in es)]
        reader = Remembering(attackers, told)
        for name in (n for names in bounded for n in names):
            reader.learn(name, (0, few or 0))
        small |= {key: count for key, (_, count) in changes.items()}
        exact = reader.exact(k for k in small if k not in reader.printed)
        found = []
        for key, count in small.items():
            least, most = exact.get(key, reader.known.get(key, FREE))
            assert least <= count <= most, f"the attacker reckons wrongly: {key}"
            if key in reader.printed or least > 1 or most < (T if few is None else min(T, few)):
                found.append(f"{key}: {least} to {most}")
        return found

    def _small(self, attackers: Sequence[Attacker]) -> dict[Key, int]:
        return {
            at(key, n): count
            for n, a in enumerate(attackers)
            for key in mine(a)
            if (count := self.count(key, n)) is not None and 1 <= count < T
        }

    def _changes(self, attackers: Sequence[Attacker]) -> Iterator[tuple[Key, tuple[Equation, int]]]:
        """Counts that changed by 1 to 4, each a count of persons."""
        for n, (one, other) in enumerate(pairwise(attackers)):
            for key in mine(one) & mine(other):
                before, now = self.count(key, n) or 0, self.count(key, n + 1) or 0
                by: Key = (f"{CHANGE}{n}", *key[1:])
                if 1 <= abs(now - before) < T:
                    more, less = (at(key, n + 1), at(key, n)) if now > before else (at(key, n), at(key, n + 1))
                    yield by, ((more, [less, by]), abs(now - before))


def mine(attacker: Attacker) -> set[Key]:
    """The names of the counts that are printed or hidden, without those the attacker made up."""
    return {k for k in attacker.known if k[0] == "I04" and (k[1], k[2]) != (YEAR, "no_country")}


def by_few(attackers: Sequence[Attacker]) -> Iterator[tuple[tuple[Key, Key], list[Equation]]]:
    """For each count what went and what came between two releases, and that the one and the other make it up."""
    for n, (one, other) in enumerate(pairwise(attackers)):
        for key in sorted(mine(one) & mine(other)):
            whole, went, came = ((f"{word} {n}", *key[1:]) for word in ("whole", "went", "came"))
            yield (went, came), [(whole, [at(key, n), came]), (whole, [at(key, n + 1), went])]


def of_two_definitions(narrower: int, wider: int) -> Facts:
    """Everybody is counted in both; who has the outcome in the narrower one has it in the wider one."""

    def facts(attackers: Sequence[Attacker]) -> Iterator[Equation]:
        for key in mine(attackers[0]) & mine(attackers[1]):
            if key[5] == "n":
                yield at(key, 1), [at(key, 0)]
            elif key[5] == "x":
                yield at(key, wider), [at(key, narrower), ("only_by_the_wider", *key[1:])]

    return facts


def threshold(value: int) -> Catalogue:
    """The catalogue with another threshold."""
    d = CATALOGUE.disclosure
    names = ("threshold", "largest_sensitive")
    changed = {n: d.parameters[n].model_copy(update={"value": value}) for n in names}
    return CATALOGUE.model_copy(update={"disclosure": d.model_copy(update={"parameters": d.parameters | changed})})


def as_it_was(chain: Chain) -> Facts:
    """Who was told elsewhere which counts have not changed."""
    return lambda attackers: unchanged(
        attackers,
        lambda k, n: k[0] == "I04" and chain.count(k, n) is not None and chain.count(k, n) == chain.count(k, n + 1),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_two_corrections_of_few_persons_and_the_same_again(seed: int) -> None:
    chain, first = Chain(), city(seed)
    chain.release(first)
    once = corrected(first, 1 + seed % 4, seed)
    chain.release(once)
    twice = corrected(once, 4, seed + 50)
    last = chain.release(twice)
    again = chain.release(twice, changed=frozenset())
    assert (again.counts, again.hidden, again.given_up) == (last.counts, last.hidden, last.given_up)
    assert all(a.hidden <= b.hidden for a, b in pairwise(chain.releases))
    for told in (chain.narrowed(), chain.narrowed(as_it_was(chain)), chain.narrowed(few=4)):
        assert told == []


def test_who_forgets_the_earlier_releases_tells_who_was_corrected() -> None:
    """The attack finds what there is to find."""
    told = []
    for seed in SEEDS:
        chain, first = Chain(), city(seed)
        chain.release(first)
        chain.release(corrected(first, 3, seed), remembers=False)
        told += chain.narrowed()
    assert len(told) > 20


@pytest.mark.parametrize("seed", [9, 10, 12])
@pytest.mark.parametrize("to_the_wider", [True, False])
def test_another_definition_of_the_same_persons(seed: int, to_the_wider: bool) -> None:
    wide = city(seed)
    narrow = by_a_narrower_definition(wide, 0.8, seed)
    order = (narrow, wide) if to_the_wider else (wide, narrow)
    known = of_two_definitions(*((0, 1) if to_the_wider else (1, 0)))
    chain = Chain()
    chain.release(order[0], version="of another time")
    chain.release(order[1], changed=frozenset())
    assert chain.narrowed(known) == []


def test_who_forgets_the_older_definition_tells_small_counts() -> None:
    told = []
    for seed in (9, 10, 12):
        chain, wide = Chain(), city(seed)
        chain.release(wide)
        chain.release(by_a_narrower_definition(wide, 0.8, seed), remembers=False)
        told += chain.narrowed(of_two_definitions(1, 0))
    assert told


@pytest.mark.parametrize("seed", SEEDS[:3])
@pytest.mark.parametrize("values", [(5, 3, 5), (5, 8), (8, 5)])
def test_other_thresholds(seed: int, values: tuple[int, ...]) -> None:
    """A lower one shows nothing that was hidden; of a higher one, what was printed is known."""
    chain, first = Chain(), city(seed)
    for n, value in enumerate(values):
        chain.release(first, threshold(value), changed=frozenset())
        assert n == 0 or chain.releases[-1].hidden >= chain.releases[-2].hidden
    assert chain.narrowed(as_it_was(chain)) == []
    chain.release(corrected(first, 3, seed), threshold(values[-1]))
    assert chain.narrowed() == []
