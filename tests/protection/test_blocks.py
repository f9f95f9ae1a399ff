"""Which series count the same persons is derived from the kinds that are possible; nothing of it is declared."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.linkage import Disclosure
from handleplan_pipeline.protection.blocks import Block, Class, Item, Who, derived_blocks, partition, parts_of, who_of
from handleplan_pipeline.protection.counted import again, linked_blocks, protected_indicators, tables_of
from handleplan_pipeline.protection.kinds import CountedSeries, Kind, Kinds
from handleplan_pipeline.protection.system import BlockSystem
from tests.protection.made import Leaves, block_of, cells_of

CATALOGUE = load_catalogue()
MAN: Class = (True, "men", 18, None)
WOMAN: Class = (True, "women", 18, None)


def does(who: Class = MAN, /, **times: str) -> tuple[frozenset[Item], Class]:
    return frozenset(times.items()), who


def parts(*kinds: tuple[frozenset[Item], Class]) -> set[str]:
    return {"".join(sorted(p)) for p in partition(set(kinds), set("abcd"))}


def test_what_is_done_alone_is_a_part_of_its_own() -> None:
    """Who is in both does nothing that two others do not do between them."""
    assert parts(does(a="1/1"), does(b="1/1"), does(a="1/1", b="1/1")) == {"a", "b"}


def test_what_is_never_done_alone_joins_what_it_is_done_with() -> None:
    assert parts(does(a="1/1"), does(a="1/1", b="1/1")) == {"ab"}


def test_how_often_is_part_of_what_is_done() -> None:
    """Once alone, twice only with b."""
    assert parts(does(a="1/1"), does(b="1/1"), does(a="2/2", b="1/1")) == {"ab"}
    assert parts(does(a="1/1"), does(a="0/1"), does(b="1/1"), does(a="0/1", b="1/1")) == {"a", "b"}
    assert parts(does(a="1/1"), does(b="1/1"), does(a="0/1", b="1/1")) == {"ab"}


@pytest.mark.parametrize(
    "other",
    [WOMAN, (True, "men", 25, None), (False, "men", 18, None), (True, "men", 18, 2011)],
    ids=["sex", "age", "ancestry", "era"],
)
def test_who_does_it_is_part_of_what_is_done(other: Class) -> None:
    """Those of one sex, age, known ancestry or era do it alone, the others never."""
    alone = (does(a="1/1"), does(b="1/1"), does(other, b="1/1"))
    assert parts(*alone, does(other, a="1/1", b="1/1")) == {"ab"}
    assert parts(*alone, does(other, a="1/1"), does(other, a="1/1", b="1/1")) == {"a", "b"}


def test_it_joins_as_few_as_it_can() -> None:
    alone = (does(b="1/1"), does(c="1/1"), does(d="1/1"))
    assert parts(*alone, does(a="1/1", b="1/1", c="1/1"), does(a="1/1", d="1/1")) == {"ad", "b", "c"}


def test_joining_goes_on_until_everything_is_done_alone() -> None:
    """a only with b, and then only with c as well."""
    kinds = (does(c="1/1"), does(b="1/1"), does(a="1/1", b="1/1"), does(a="1/1", b="2/2", c="1/1"))
    assert parts(*kinds) == {"abc"}


POLICY = CATALOGUE.disclosure.model_copy(update={"public_denominators": ["r"], "shown_with": {"m": "a"}})
SERIES = (
    CountedSeries("a", "a", "share", 0, "15-17 18-24"),
    CountedSeries("a_again", "a", "count", 0, ""),
    CountedSeries("later", "later", "share", 1, ""),
    CountedSeries("m", "a", "median", 0, ""),
    CountedSeries("r", "rate", "rate", 0, ""),
    CountedSeries("k", "k", "share_of_known", 0, ""),
)
KINDS = frozenset(
    {
        Kind("a=0/1", True, "men", 16),
        Kind("a=1/2 later=0/1", True, "women", 20),
        Kind("rate=1/1", True, "men", 16),
        Kind("rate=1/1", True, "women", 20),
        Kind("a=0/1 rate=1/1", True, "men", 16),
        Kind("k=1/1", False, "unknown", None),
    }
)


def derived(own: frozenset[Kind] = frozenset(), policy: Disclosure = POLICY) -> Mapping[str, Block]:
    return {b.id: b for b in derived_blocks(policy, Kinds(SERIES, KINDS), own)}


def test_a_block_says_how_often_each_pattern_counts_in_each_series() -> None:
    found = derived()
    assert set(found) == {"a", "k", "r"}
    block = found["a"]
    assert block.atoms == ("a=0/1", "a=1/2 later=0/1")
    assert set(block.who) == {Who(0, True, "men", 16), Who(1, True, "women", 20)}
    said = {s.indicator: (s.offset, s.numerator, s.denominator, s.shown_with) for s in block.series}
    assert said == {
        "a": (0, (0, 1), (1, 2), None),
        "a_again": (0, (0, 1), None, None),
        "later": (1, (0, 0), (0, 1), None),
        # a median has persons behind it and no numerator
        "m": (0, None, (1, 2), "a"),
    }


def test_residents_are_public_and_a_share_of_the_known_has_no_size_of_its_own() -> None:
    (rate,), (known,) = derived()["r"].series, derived()["k"].series
    assert (rate.public_denominator, rate.denominator, rate.numerator) == (True, None, (1,))
    assert (known.share_of_known, known.denominator, known.numerator) == (True, None, (1,))


def test_who_stands_in_two_parts_is_in_the_blocks_of_neither() -> None:
    """Two others do the same between them."""
    assert all("rate" not in a for a in derived()["a"].atoms)


def test_kinds_of_a_lake_come_on_top_and_change_no_parts() -> None:
    own = frozenset({Kind("a=2/2 rate=1/1", True, "men", 40), Kind("k=1/1 unheard_of=1/1", True, "men", 40)})
    found = derived(own)
    assert set(found) == set(derived())
    assert found["a"].atoms == ("a=0/1", "a=1/2 later=0/1", "a=2/2")
    assert Who(2, True, "men", 40) in found["a"].who
    assert Who(0, True, "men", 40) in found["r"].who
    assert Who(0, True, "men", 40) in found["k"].who


def test_persons_of_a_lake_as_a_block_sees_them() -> None:
    block = derived()["a"]
    own = [Kind("a=0/1 rate=1/1", True, "women", 30), Kind("a=5/5", True, "men", 30), Kind("k=1/1", True, "men", 30)]
    assert who_of(block, frozenset(own)) == {Who(0, True, "women", 30)}


# the blocks of the pinned kinds


def test_every_series_of_persons_is_in_one_block_and_areas_are_in_none() -> None:
    there = [s.indicator for b in linked_blocks(CATALOGUE) for s in b.series]
    assert len(there) == len(set(there))
    copies = {name for name, _, _ in again(CATALOGUE)}
    ours = {
        n for n, i in protected_indicators(CATALOGUE).items() if any(not x.startswith("statbank_") for x in i.needs)
    }
    assert set(there) == ours | copies
    assert not {"I13a", "I02n", "I10"} & set(there)


def test_parts_are_the_same_whatever_the_order() -> None:
    kinds = Kinds(SERIES, KINDS)
    assert parts_of(kinds) == parts_of(Kinds(SERIES[::-1], frozenset(sorted(KINDS, reverse=True, key=str))))


@pytest.mark.parametrize("block", linked_blocks(CATALOGUE), ids=lambda b: b.id)
def test_the_outcome_is_had_by_those_who_are_counted(block: Block) -> None:
    for s in block.series:
        if s.numerator is not None and s.denominator is not None:
            assert all(x <= n for x, n in zip(s.numerator, s.denominator, strict=True)), s.indicator
    assert {w.atom for w in block.who} == set(range(len(block.atoms)))


def test_the_same_persons_under_two_names_stand_in_one_block() -> None:
    for one, other in [
        ("I04", "I04_count"),
        ("I04", "B1_section_110_persons"),
        ("I09", "I09_over36"),
        ("I03", "I03b"),
        ("I02", "I06_total"),
        ("I08_contacts", "I08_anonymous"),
    ]:
        assert block_of(one) == block_of(other), (one, other)


PEOPLE: Leaves = {
    (ancestry, sex, age): (20, 60)
    for ancestry in ("danish", "immigrant_western", "descendant_non_western")
    for sex in ("men", "women")
    for age in ("15-17", "18-24", "25-39", "40-64", "65+")
} | {("unknown", "unknown", "unknown"): (20, 60), ("unknown", "men", "25-39"): (20, 60)}
WOMEN: Leaves = {at: n for at, n in PEOPLE.items() if at[1] == "women"} | {("unknown", "women", "unknown"): (20, 60)}


def system(block: str, year: int, *frames: pl.DataFrame) -> BlockSystem:
    return BlockSystem(block_of(block), tables_of(CATALOGUE, pl.concat(frames)), year)


def often(s: BlockSystem, indicator: str, year: int, part: str) -> dict[tuple[str, str, str], "np.ndarray"]:  # type: ignore[type-arg]
    """How often a person of each leaf counts in each printed row."""
    found = {}
    for c in s.cells:
        if c.row is not None and (c.row.indicator, c.row.year, c.part) == (indicator, year, part):
            found[tuple(c.row.slice)] = np.zeros(s.width, dtype=int)
            found[tuple(c.row.slice)][c.leaves] = c.times
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("indicator", ["I04", "I05", "I01", "I12a", "I10_s"])
def test_of_known_ancestry_nobody_is_of_unknown_sex_or_age(indicator: str) -> None:
    """Ancestry, sex and age stand in the same row of the population. It may lack ancestry, but never sex and age."""
    for w in block_of(indicator).who:
        assert (w.sex == "unknown") == (w.age is None)
        assert not (w.known and w.sex == "unknown")


def test_rows_of_a_known_group_and_unknown_sex_or_age_hold_nobody() -> None:
    s = system("I04", 2012, cells_of("I04", 2012, PEOPLE))
    rows = often(s, "I04", 2012, "denominator")
    for group in ("danish", "minority"):
        assert not rows[group, "unknown", "total"].any()
        assert not rows[group, "total", "unknown"].any()
    assert rows["all", "unknown", "total"].any()
    assert (rows["all", "unknown", "total"] == rows["all", "total", "unknown"]).all()


def test_a_woman_of_the_team_made_a_contact_and_an_anonymous_one_is_of_unknown_ancestry() -> None:
    shape = {"whole": ("women", "total"), "measure": "count", "splits": ("age",)}
    frames = [cells_of(i, 2012, WOMEN, **shape) for i in ("I08_women", "I08_contacts")]  # type: ignore[arg-type]
    plain = {**shape, "splits": ()}
    frames += [cells_of(i, 2012, WOMEN, **plain) for i in ("I08_companion", "I08_system")]  # type: ignore[arg-type]
    nobody: Leaves = {("unknown", "women", "unknown"): (20, 60)}
    frames.append(cells_of("I08_anonymous", 2012, nobody, **plain))  # type: ignore[arg-type]
    s = system("I08_women", 2012, *frames)
    women, contacts, doors, all_doors, anonymous = (
        often(s, f"I08_{i}", 2012, "numerator") for i in ("women", "contacts", "companion", "system", "anonymous")
    )
    assert women
    rows = set(women) & set(contacts)
    assert {g for g, *_ in rows} >= {"all", "danish", "minority", "unknown"}
    for row in rows:
        who = women[row]
        assert (who <= contacts[row]).all()
        assert (contacts[row][who > 0] >= 1).all()
    whole = ("unknown", "women", "total")
    assert anonymous[whole].any()
    assert (all_doors[whole] == contacts[whole] + doors[whole] + anonymous[whole]).all()
    for group in ("danish", "minority"):
        row = (group, "women", "total")
        assert (all_doors[row] == contacts[row] + doors[row]).all()


def test_guests_of_a_year_are_looked_for_in_the_next() -> None:
    """Where they lived is known (they may have left), or it is not."""
    later = [cells_of("I03_left_failed", 2013, PEOPLE, splits=())]
    later.append(cells_of("I03_unknown", 2013, PEOPLE, measure="count", splits=()))
    s = system("I04", 2012, cells_of("I04", 2012, PEOPLE), *later)
    guests, asked = often(s, "I04", 2012, "denominator"), often(s, "I03_left_failed", 2013, "denominator")
    not_seen = often(s, "I03_unknown", 2013, "numerator")
    rows = set(guests) & set(asked) & set(not_seen)
    assert {g for g, *_ in rows} >= {"all", "danish", "minority", "unknown"}
    for row in rows:
        assert (guests[row] <= asked[row] + not_seen[row]).all()
    # and there are others: registered without abode, who used no shelter
    whole = ("all", "total", "total")
    assert (guests[whole] < asked[whole] + not_seen[whole]).any()


def test_who_used_no_shelter_is_a_count_that_must_be_protected() -> None:
    """60 guests, 62 looked for a year later and nobody of whom nothing is known: two used no shelter."""
    later = {("danish", "men", "25-39"): (31, 62)}
    frames = [cells_of("I04", 2012, {("danish", "men", "25-39"): (20, 60)}, splits=())]
    frames += [cells_of("I03_left_failed", 2013, later, splits=())]
    frames += [cells_of("I03_unknown", 2013, dict.fromkeys(later, (0, 0)), measure="count", splits=())]
    s = system("I04", 2012, *frames)
    assert any(c.row is None and c.value == 2 for c in s.cells)


def test_starters_of_a_year_are_followed_in_the_next() -> None:
    starters = cells_of("I05", 2012, PEOPLE, measure="count")
    s = system("I05", 2012, starters, cells_of("I07_left_failed", 2013, PEOPLE, splits=()))
    began, followed = often(s, "I05", 2012, "numerator"), often(s, "I07_left_failed", 2013, "denominator")
    assert set(began) & set(followed)
    for row in set(began) & set(followed):
        assert (began[row] <= followed[row]).all()


def test_a_zero_that_a_baseline_prints_is_a_row_of_the_plan() -> None:
    """No guest of any year is of unknown ancestry, and the baseline says so: no certificate may have one who is."""
    guests: Leaves = {("danish", "men", "25-39"): (0, 20), ("immigrant_western", "men", "25-39"): (0, 12)}
    again = "B1_section_110_persons"
    frames = [cells_of("I04", 2012, guests, splits=()), cells_of(again, 2012, guests, measure="count", splits=())]
    s = system("I04", 2012, *frames)
    counted = {c.key: c.value for c in s.cells if c.row}
    assert counted[f"{again}|2012|unknown|total|total|numerator"] == 0
    assert "I04|2012|unknown|total|total|denominator" not in counted
