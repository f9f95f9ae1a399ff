"""What holds between printed counts in every city follows from the kinds of persons, or an attacker would know more.

Nothing here knows the definitions: the search goes through all printed series, and each relation it finds is either
known to the linear systems or kept by chance, because somebody was seen who does not keep it.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from assets.protection.kind import REGISTERS, counted_units
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.blocks import Block, Series, Who
from handleplan_pipeline.protection.counted import blocks_of, protected_indicators, tables_of
from handleplan_pipeline.protection.kinds import pinned_kinds
from handleplan_pipeline.protection.system import BlockSystem, Table
from schemas.registry import contract
from tests.lib.lakes import COUNTED_CITY, counted
from tests.protection.facts import City, Counted, Fact, Known, Part, Witnesses, facts_of, is_unnumbered, unexplained
from tests.protection.made import Leaves, cells_of, large

CATALOGUE = load_catalogue()
YEARS = range(2006, 2016)
RATES = {i for i, x in protected_indicators(CATALOGUE).items() if x.measure == "rate"}
OTHER_CITY = tuple("12" if x == "11" else x for x in COUNTED_CITY)
WOMEN = Fact(Part("I08_women", "numerator"), (Part("I08_contacts", "numerator"),), False)
GUESTS = Fact(
    Part("I04", "denominator"), (Part("I03_left_failed", "denominator", 1), Part("I03_unknown", "numerator", 1)), False
)
"""Where a guest lived a year later is known, or it is not."""
STARTERS = Fact(Part("I05", "numerator"), (Part("I07_left_failed", "denominator", 1),), False)


NEVER_PRINTED = [g.indicator for g in CATALOGUE.disclosure.given_up if g.years is None and g.what == "rows"]


def counted_city(lake: Path, *, printed: bool = True) -> Counted:
    """The series of a lake; `printed`: without those that somebody decided never to print."""
    folder = lake / "tables/cell"
    files = [*sorted(folder.glob("goal_*.parquet")), folder / "baseline_homelessness.parquet"]
    cells = pl.concat(pl.read_parquet(f) for f in files)
    if printed:
        cells = cells.filter(~pl.col("indicator_id").is_in(NEVER_PRINTED))
    return Counted(tables_of(CATALOGUE, cells), RATES)


@lru_cache(maxsize=4)
def units_of(lake: Path) -> pl.DataFrame:
    tables = {n: Lake(lake).table(contract("register", n)) for n in REGISTERS}
    return counted_units(CATALOGUE, tables, YEARS)


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A hard city and a plain one: in a plain one nobody sleeps in a shelter and has an address, and in a hard one
    people move in ways that hide what is so in plain cases."""
    return [counted(tmp_path_factory, *COUNTED_CITY, *more)[1] for more in (("--hard",), ())]


@pytest.fixture(scope="module")
def hidden_from_nobody(lakes: list[Path]) -> list[Fact]:
    return list(facts_of(City(*map(counted_city, lakes))))


def fullest(tables: dict[str, Table]) -> list[BlockSystem]:
    """Each block in a year in which as many of its series as possible are printed."""
    best: dict[str, tuple[int, Block, int]] = {}
    for block, year in blocks_of(CATALOGUE, tables):
        there = sum(s.indicator in tables and year + s.offset in tables[s.indicator].years for s in block.series)
        if there >= best.get(block.id, (0, block, 0))[0]:
            best[block.id] = there, block, year
    return [BlockSystem(block, tables, year) for _, block, year in best.values()]


def known_to(tables: dict[str, Table]) -> Known:
    return Known(fullest(tables), tables)


def witnesses(lakes: Sequence[Path]) -> Witnesses:
    return Witnesses(pinned_kinds(), pl.concat([units_of(lake) for lake in lakes]))


@pytest.mark.slow
def test_the_search_finds_relations_of_every_form(hidden_from_nobody: list[Fact]) -> None:
    forms = {(len(f.more), f.equal) for f in hidden_from_nobody}
    assert forms >= {(1, False), (1, True), (2, False), (2, True), (3, True)}
    assert {p.later for f in hidden_from_nobody for p in f.more} == {-1, 0, 1}
    assert {WOMEN, STARTERS} <= set(hidden_from_nobody)
    assert len(hidden_from_nobody) > 100


ASLEEP = Fact(Part("I03_address_only", "numerator"), (Part("I03", "numerator"), Part("I04", "numerator")), False)
"""Who has an address and sleeps in a shelter a year later is a guest of that year: of two base years of one life."""


@pytest.mark.slow
def test_whatever_holds_in_every_city_follows_from_the_kinds(lakes: list[Path], hidden_from_nobody: list[Fact]) -> None:
    known = known_to(dict(counted_city(lakes[0]).tables))
    assert sum(known.follows(f) for f in hidden_from_nobody) > 80
    assert [str(f) for f in unexplained(hidden_from_nobody, known, witnesses(lakes))] == []


@pytest.mark.slow
def test_what_one_life_shows_in_two_base_years_is_found_and_its_series_not_printed(lakes: list[Path]) -> None:
    """A kind is of one base year. The search finds the one series that tells of two, which is given up for that."""
    cities = [counted_city(lake, printed=False) for lake in lakes]
    left = unexplained(list(facts_of(City(*cities))), known_to(dict(cities[0].tables)), witnesses(lakes))
    assert ASLEEP in left
    assert {f.less for f in left} == {ASLEEP.less}
    assert "I03_address_only" not in counted_city(lakes[0]).tables


@pytest.mark.slow
def test_nor_does_anything_more_hold_in_a_third_city(
    lakes: list[Path], hidden_from_nobody: list[Fact], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Another seed breaks relations that two cities kept by chance, and shows none that two were too few to show."""
    third = counted(tmp_path_factory, *OTHER_CITY, "--hard")[1]
    cities = [counted_city(lake) for lake in (*lakes, third)]
    known = known_to(dict(cities[0].tables))
    by_chance = [f for f in hidden_from_nobody if not known.follows(f)]
    assert not all(City(cities[2]).keeps(f) for f in by_chance)
    left = unexplained(list(facts_of(City(*cities))), known, witnesses([*lakes, third]))
    assert [str(f) for f in left] == []


@pytest.mark.slow
@pytest.mark.parametrize("hard", [0, 1], ids=["hard", "plain"])
def test_who_has_no_number_counts_in_all_series_as_one(lakes: list[Path], hard: int) -> None:
    """A unit without an identity is somebody else in each series, and nothing would be known of how they go together.

    All doors of unknown ancestry less the contacts and the companions are the anonymous contacts.
    """
    units = units_of(lakes[hard])
    assert not units.filter(pl.col("person").str.starts_with("nobody ")).height
    anonymous = units.filter(is_unnumbered() & pl.col("name").str.starts_with("I08"))
    series = anonymous.group_by("person").agg(pl.col("name").sort())["name"].to_list()
    assert series
    assert {tuple(s) for s in series} <= {("I08_anonymous", "I08_system"), ("I08_companion", "I08_system")}


# As it was: series apart that count the same persons, and persons of whom one thing is known and another is not.
GRID = [
    (known, sex, age)
    for known in (True, False)
    for sex in ("men", "women", "unknown")
    for age in (16, 20, 30, 50, 70, None)
]


def as_it_was(indicator: str, offset: int = 0, share: bool = True) -> Block:
    """A block of one series, in which everybody can be anything."""
    who = tuple(Who(a, *at) for a in (0, 1) for at in GRID)
    series = Series(indicator, offset, (1, 0) if share else (1, 1), (1, 1) if share else None)
    return Block(indicator, ("with", "without"), who, (series,))


@pytest.mark.slow
def test_the_old_blocks_did_not_know_two_of_the_findings(lakes: list[Path], hidden_from_nobody: list[Fact]) -> None:
    """Women of the team beside their contacts, guests of shelters beside those looked for a year later, starters."""
    tables = dict(counted_city(lakes[0]).tables)
    old = [
        as_it_was("I08_women", share=False),
        as_it_was("I08_contacts", share=False),
        as_it_was("I04"),
        as_it_was("I03_left_failed", 1),
        as_it_was("I03_unknown", 1, share=False),
        as_it_was("I05", share=False),
        as_it_was("I07_left_failed", 1),
    ]
    city = City(*map(counted_city, lakes))
    asked = [WOMEN, GUESTS, STARTERS]
    assert all(city.keeps(f) and not city.is_of_size(f) for f in asked)
    assert {WOMEN, STARTERS} <= set(hidden_from_nobody)
    before = Known([BlockSystem(b, tables, 2012) for b in old], tables)
    assert unexplained(asked, before, witnesses(lakes)) == asked
    assert all(known_to(tables).follows(f) for f in asked)


def test_the_old_blocks_did_not_know_that_nothing_is_known_together() -> None:
    """A city in which 20 guests a year have no row in the population."""
    leaves: Leaves = large() | {("unknown", "unknown", "unknown"): (9, 20)}
    tables = tables_of(CATALOGUE, pl.concat(cells_of("I04", y, leaves) for y in YEARS))
    found = [f for f in facts_of(City(Counted(tables, RATES))) if f.place is not None]
    assert {f.place for f in found} >= {
        (g, *s) for g in ("danish", "minority") for s in (("unknown", ""), ("", "unknown"))
    }
    seen = Witnesses(pinned_kinds())
    before = Known([BlockSystem(as_it_was("I04"), tables, 2012)], tables)
    assert unexplained(found, before, seen) == found
    assert unexplained(found, known_to(tables), seen) == []


def test_a_relation_that_somebody_breaks_needs_no_link() -> None:
    """Guests are never more than those who pay here in a city where that happens so; a guest who does not was seen."""
    by_chance = Fact(Part("I04", "denominator"), (Part("I04_paying", "denominator"),), False)
    assert Witnesses(pinned_kinds()).against(by_chance)
    assert not Witnesses(pinned_kinds()).against(WOMEN)
    assert not Witnesses(pinned_kinds()).against(GUESTS)
    assert Witnesses(pinned_kinds()).against(Fact(WOMEN.less, WOMEN.more, equal=True))
