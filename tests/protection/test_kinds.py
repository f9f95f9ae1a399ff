"""Kinds of persons: how they are read off counted units, written and read again; the pinned ones are current."""

import importlib
import pkgutil
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

import assets.baselines
import assets.goals
from assets.protection import kind as counting
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.protection.counted import again, protected_indicators
from handleplan_pipeline.protection.kinds import (
    KINDS_FILE,
    SERIES_FILE,
    CountedSeries,
    Kind,
    Kinds,
    Times,
    age_classes,
    is_nobody,
    kinds_in,
    memberships,
    patterns_of,
    pinned_kinds,
    read_kinds,
    read_pattern,
    said,
    shifts_of,
    written,
)
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import PinnedFileError, read_pinned, write_sidecar

CATALOGUE = load_catalogue()
SMALL = Kinds(
    (CountedSeries("I04", "I04", "share", 0, "15-17 18-24", True), CountedSeries("I03", "I03", "share", 1, "")),
    frozenset(
        {
            *(Kind("I04=0/1", True, "men", age) for age in (18, 19, 20, 30)),
            Kind("I04=0/1", False, "unknown", None),
            Kind("I03=1/1 I04=2/3", True, "women", 17),
            Kind("I04=0/1", True, "men", 40, 2011),
        }
    ),
)


def pin(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
        write_sidecar(folder / name, title="t", producer="p", licence="l", accessed="2026-01-01", source="s")
    return folder


def test_what_is_written_of_kinds() -> None:
    """Ages in a row are a range, who has none has an empty field; eras stand in order, the last without an end."""
    texts = written(SMALL)
    assert texts[KINDS_FILE].splitlines() == [
        "pattern,before,ancestry_known,sex,ages",
        "I03=1/1 I04=2/3,,yes,women,17",
        "I04=0/1,2011,yes,men,40",
        "I04=0/1,,no,unknown,",
        "I04=0/1,,yes,men,18-20 30",
    ]
    assert texts[SERIES_FILE].splitlines() == [
        "indicator,name,measure,shift,ages,of_eras",
        'I03,I03,share,1,"",false',
        "I04,I04,share,0,15-17 18-24,true",
    ]


def test_kinds_that_are_written_are_read_again(tmp_path: Path) -> None:
    again = read_kinds(pin(tmp_path, written(SMALL)))
    assert again.kinds == SMALL.kinds
    assert set(again.series) == set(SMALL.series)
    assert written(again) == written(SMALL)


def test_the_pinned_kinds_are_written_as_they_are_read() -> None:
    folder = get_settings().reference / "kinds"
    texts = written(read_kinds(folder))
    assert {n: (folder / n).read_bytes() for n in texts} == {n: t.encode() for n, t in texts.items()}


def test_a_file_that_holds_no_kinds_is_refused(tmp_path: Path) -> None:
    texts = written(SMALL)
    folder = pin(tmp_path, texts | {KINDS_FILE: texts[KINDS_FILE].replace("18-20", "eighteen")})
    with pytest.raises(ConfigurationError, match="the kinds of persons cannot be read"):
        read_kinds(folder)


def test_kinds_that_somebody_changed_by_hand_are_refused(tmp_path: Path) -> None:
    folder = pin(tmp_path, written(SMALL))
    file = folder / KINDS_FILE
    file.write_text(file.read_text(encoding="utf-8").replace("women", "men"), encoding="utf-8")
    with pytest.raises(PinnedFileError):
        read_kinds(folder)


def test_a_pattern_says_how_often_of_how_often() -> None:
    pattern = {"I08_women": Times(1, 1), "I08_contacts": Times(3, 3), "I04": Times(0, 1)}
    assert said(pattern) == "I04=0/1 I08_contacts=3/3 I08_women=1/1"
    assert read_pattern(said(pattern)) == pattern
    assert read_pattern("") == {}
    for text in ("I04", "I04=1", "I04=1/x", "=1/1"):
        with pytest.raises(ValueError, match="not a pattern"):
            read_pattern(text)


def test_age_classes_are_the_finest_that_any_series_tells_apart() -> None:
    series = [CountedSeries("a", "a", "count", 0, "15-17 18-24"), CountedSeries("b", "b", "rate", 0, "15-15 16-17")]
    assert age_classes(series) == [0, 15, 16, 18, 25]
    assert age_classes([SMALL.series[1]]) == [0]


def unit(
    person: str, name: str, year: int, outcome: bool, attribute_year: int = 2012, known: bool = True
) -> tuple[object, ...]:
    """A unit of a man born in 1981."""
    who = (True, "men", attribute_year - 1982) if known else (False, "unknown", None)
    return person, name, year, attribute_year, *who, outcome


def units(*rows: tuple[object, ...]) -> pl.DataFrame:
    names = ("person", "name", "year", "attribute_year", "known", "sex", "age", "outcome")
    return pl.DataFrame(rows, schema=names, orient="row")


def test_a_kind_says_how_often_and_with_which_outcome() -> None:
    """Three units of one series, one with the outcome, and one unit of another: one person, one kind."""
    rows = units(
        *(unit("a", "contacts", 2012, outcome) for outcome in (True, False, False)), unit("a", "women", 2012, True)
    )
    assert kinds_in(patterns_of(rows, shifts_of(rows))) == {Kind("contacts=1/3 women=1/1", True, "men", 30)}


def test_years_are_linked_by_the_year_of_the_attributes() -> None:
    """Guests of 2012 are looked for in 2013: one kind. The same person as guest of 2013 is another kind of its own."""
    rows = units(
        unit("a", "guest", 2012, False),
        unit("a", "housed", 2013, True),
        unit("a", "guest", 2013, True, attribute_year=2013),
    )
    assert shifts_of(rows) == {"guest": 0, "housed": 1}
    assert {k.pattern for k in kinds_in(patterns_of(rows, shifts_of(rows)))} == {"guest=0/1 housed=1/1", "guest=1/1"}


def test_what_is_printed_again_in_later_years_counts_from_the_last_attribute_year() -> None:
    pooled = units(*(unit("a", "pooled", 2013, True, attribute_year=y) for y in (2011, 2012, 2013)))
    assert shifts_of(pooled) == {"pooled": 0}


def test_a_person_of_a_pool_of_two_years_is_one_person_of_the_last_of_them() -> None:
    """Discharged in 2011 and served in 2012: the even base year counts one person, as old as in its own year."""
    rows = units(
        unit("a", "pool", 2012, True, 2011), unit("a", "served", 2012, True), unit("b", "pool", 2012, False, 2011)
    )
    shifts = {"pool": 0, "served": 0}
    assert kinds_in(patterns_of(rows, shifts)) == {
        Kind("pool=1/1 served=1/1", True, "men", 30),
        Kind("pool=0/1", True, "men", 29),
    }


def test_who_is_known_in_one_year_of_a_pool_alone_is_no_kind() -> None:
    """One count holds somebody unknown and the other somebody known: no one person of either sort does both."""
    rows = units(unit("a", "pool", 2012, True, 2011, known=False), unit("a", "served", 2012, True))
    assert kinds_in(patterns_of(rows, {"pool": 0, "served": 0})) == frozenset()


def test_a_kind_says_in_which_era_it_was_seen_where_that_matters() -> None:
    rows = units(unit("a", "served", 2010, True, 2010), unit("a", "served", 2011, True, 2011))
    assert kinds_in(patterns_of(rows, {"served": 0}), (2011,), {"served"}) == {
        Kind("served=1/1", True, "men", 28, 2011),
        Kind("served=1/1", True, "men", 29),
    }
    assert {k.before for k in kinds_in(patterns_of(rows, {"served": 0}), (2011,), {"other"})} == {None}


def test_only_what_is_asked_for_is_counted_and_it_is_counted_alike() -> None:
    people = [("a", y, "danish", "men", "1980-03-01") for y in (2011, 2012)]
    stays = [("a", 2011, True), ("a", 2012, False), ("a", 2012, True)]
    every = counted(people, stays)
    asked = pl.DataFrame({"name": ["I", "other"], "year": [2012, 2011]})
    assert every.height == 3
    assert counted(people, stays, asked).equals(every.filter(pl.col("year") == 2012))


SQL = """
    select 'I' as name, year, year as attribute_year, person, hit as outcome, null::double as amount from stay
"""


def counted(
    people: list[tuple[object, ...]], stays: list[tuple[object, ...]], asked_for: pl.DataFrame | None = None
) -> pl.DataFrame:
    types = {"person": pl.String, "year": pl.Int32, "ancestry": pl.String, "sex": pl.String, "birth_date": pl.String}
    person = pl.DataFrame(people, schema=types, orient="row").with_columns(pl.col("birth_date").str.to_date())
    stay = pl.DataFrame(stays, schema={"person": pl.String, "year": pl.Int32, "hit": pl.Boolean}, orient="row")
    return memberships(SQL, {"person": person, "stay": stay}, {}, "test", asked_for)


def test_what_is_known_of_a_counted_person_comes_from_the_population() -> None:
    """The age on 1 January of the year; a row of up to five years ago stands in; without one nothing is known."""
    people = [
        ("first of january", 2012, "danish", "men", "1990-01-01"),
        ("day after", 2012, "immigrant_western", "women", "1990-01-02"),
        ("gone", 2007, "danish", "men", "1980-06-01"),
        ("long gone", 2006, "danish", "men", "1980-06-01"),
        ("origin not stated", 2012, "unknown", "women", "1970-06-01"),
    ]
    found = counted(people, [(p[0], 2012, True) for p in people] + [("never", 2012, False)])
    assert {r["person"]: (r["known"], r["sex"], r["age"]) for r in found.to_dicts()} == {
        "first of january": (True, "men", 22),
        "day after": (True, "women", 21),
        "gone": (True, "men", 31),
        "long gone": (False, "unknown", None),
        "origin not stated": (False, "women", 41),
        "never": (False, "unknown", None),
    }


def test_who_has_no_number_is_a_person_of_its_own() -> None:
    found = counted([], [(None, 2012, True), (None, 2012, True), ("a", 2012, True)])
    assert found["person"].n_unique() == 3


def test_ancestry_changes_nothing_of_the_counting() -> None:
    """Every code but that for not known takes the place of another: the same persons count in the same way."""
    codes = ("danish", "immigrant_western", "immigrant_non_western", "descendant_western", "descendant_non_western")
    people = [(f"p{i}", 2012, code, ("men", "women")[i % 2], "1980-03-01") for i, code in enumerate(codes)]
    stays = [(f"p{i}", 2012, i % 3 == 0) for i in range(len(codes)) for _ in range(1 + i % 2)]
    swapped = [(p, y, codes[(codes.index(c) + 2) % 5], s, b) for p, y, c, s, b in people]
    one, other = counted(people, stays), counted(swapped, stays)
    assert one.sort(one.columns).equals(other.sort(other.columns))
    assert kinds_in(patterns_of(one, shifts_of(one))) == kinds_in(patterns_of(other, shifts_of(other)))


def test_the_pinned_kinds_are_current() -> None:
    """Made of the definitions as they are; else `python scripts/pin_kinds.py`."""
    now = counting.definitions_mark(CATALOGUE)
    for name in (SERIES_FILE, KINDS_FILE):
        _, side = read_pinned(get_settings().reference / "kinds" / name)
        assert side.query == {"definitions_sha256": now}, f"{name}: run `python scripts/pin_kinds.py`"


@pytest.mark.parametrize("module", ["assets.registers.shelter_stay", "assets.goals.goal_04_shelter_stays"])
def test_a_definition_that_changes_makes_the_pinned_kinds_old(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counting.definitions_mark(CATALOGUE)
    changed = importlib.import_module(module)
    name = "COUNTED" if "goals" in module else "QUERY"
    monkeypatch.setattr(changed, name, getattr(changed, name) + " -- changed")
    assert counting.definitions_mark(CATALOGUE) != before


def modules_that_count() -> set[str]:
    """Every module of goals and baselines that has a query of counted persons."""
    found = set()
    for package in (assets.goals, assets.baselines):
        for m in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if hasattr(importlib.import_module(m.name), "COUNTED"):
                found.add(m.name)
    return found


def test_every_query_that_counts_persons_is_asked_for_kinds() -> None:
    assert {m.__name__ for m in counting.MODULES} == modules_that_count()


def test_every_register_behind_a_counted_person_is_part_of_the_mark() -> None:
    """A register that another is made of decides how persons are counted as well."""
    for name in counting.REGISTERS:
        module = importlib.import_module(f"assets.registers.{name}")
        made = [a for a in vars(module).values() if isinstance(a, dg.AssetsDefinition)]
        above = {k.path[1] for a in made for k in a.dependency_keys if k.path[0] == "register"}
        assert above - {"row_account"} <= set(counting.REGISTERS), name


def test_every_printed_series_of_persons_is_a_counted_one() -> None:
    """Nothing is printed of persons whose kinds nobody looked at; what StatBank alone counts is printed by others."""
    copies = {name for name, _, _ in again(CATALOGUE)}
    ours = {
        n for n, i in protected_indicators(CATALOGUE).items() if any(not x.startswith("statbank_") for x in i.needs)
    }
    assert ours - copies == {s.indicator for s in pinned_kinds().series}


def test_a_person_who_is_nobody_is_of_no_known_sex() -> None:
    assert is_nobody(Kind("I04=0/1", False, "unknown", None))
    assert not is_nobody(Kind("I04=0/1", False, "men", 40))
