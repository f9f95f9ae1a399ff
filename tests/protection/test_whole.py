"""Only base years that are printed whole tell kinds of persons, and each era of registers has its own."""

from dataclasses import replace

import polars as pl
import pytest

from assets.protection import kind as counting
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.protection.blocks import Block, Series, Who
from handleplan_pipeline.protection.counted import linked_blocks
from handleplan_pipeline.protection.kinds import (
    Kind,
    Kinds,
    era_of,
    kinds_of_table,
    pinned_kinds,
    table_of_kinds,
    written,
)
from handleplan_pipeline.protection.whole import eras_of, printed_years, whole_years

CATALOGUE = load_catalogue()
SHELTER = [Count("I04", "share"), Count("I03", "share"), Count("I03b", "share")]
SHIFTS = {"I04": 0, "I03": 1, "I03b": 2}
SHELTER_SOURCES = ("section_110_stays", "social_psychiatry_services", "address_history", "dst_bef")


def delivered(sources: tuple[str, ...], years: range) -> pl.DataFrame:
    return pl.DataFrame([(s, y) for s in sources for y in years], schema=["source", "period"], orient="row")


def whole(counts: list[Count], shifts: dict[str, int], have: pl.DataFrame, eras: tuple[int, ...] = ()) -> set[int]:
    return set(whole_years(CATALOGUE, counts, shifts, eras, have))


def test_a_base_year_whose_follow_up_lies_beyond_the_deliveries_tells_nothing() -> None:
    """Guests of 2013 are looked for in 2014 and 2015, so they are followed to the end; those of 2014 and 2015 are not.

    A stay of 2010 may have begun in 2009, of which nothing was delivered.
    """
    assert whole(SHELTER, SHIFTS, delivered(SHELTER_SOURCES, range(2010, 2016))) == {2011, 2012, 2013}


def test_a_lake_of_few_years_tells_nothing() -> None:
    assert whole(SHELTER, SHIFTS, delivered(SHELTER_SOURCES, range(2012, 2014))) == set()
    assert whole(SHELTER, SHIFTS, delivered((), range(0))) == set()


def test_a_register_that_nobody_delivered_is_missed_nowhere() -> None:
    """Without addresses nobody is followed, and guests are all there is: of every year that may look back."""
    have = delivered(("section_110_stays", "dst_bef"), range(2010, 2016))
    assert whole(SHELTER, SHIFTS, have) == {2011, 2012, 2013, 2014, 2015}


def test_a_series_of_every_other_year_makes_the_years_between_tell_nothing() -> None:
    """Persons of a pool of two years stand in the even one; who stands elsewhere in an odd year may be in a pool."""
    counts = [Count("I10_s", "share_of_known"), Count("I11", "share", every=2)]
    sources = ("psychiatry_discharge_notifications", "psychiatry_contacts", "social_psychiatry_services", "dst_bef")
    found = whole(counts, {"I10_s": 0, "I11": 0}, delivered(sources, range(2009, 2015)))
    assert found == {2010, 2012}


def test_a_series_that_begins_later_makes_earlier_years_tell_nothing() -> None:
    counts = [Count("I10_s", "share_of_known"), Count("I12a", "share", first_year=2010)]
    sources = ("psychiatry_contacts", "social_psychiatry_services", "dst_bef", "housing_residents", "dst_dream")
    assert whole(counts, {"I10_s": 0, "I12a": 0}, delivered(sources, range(2008, 2012))) == {2010, 2011}


def test_a_register_that_begins_begins_an_era() -> None:
    """Before the special team all doors are the other doors: 2011 is the first base year in which they are not."""
    assert eras_of(CATALOGUE, pinned_kinds().series) == (2011,)
    assert {k.before for k in pinned_kinds().kinds} == {2011, None}
    counts = [Count("I08_contacts", "count"), Count("I08_system", "count")]
    sources = ("special_team_log", "crisis_centre_stays", "dst_bef")
    have = pl.concat([delivered(sources[:1], range(2011, 2014)), delivered(sources[1:], range(2009, 2014))])
    found = whole_years(CATALOGUE, counts, {"I08_contacts": 0, "I08_system": 0}, (2011,), have)
    assert found == {
        **dict.fromkeys((2009, 2010), frozenset({"I08_system"})),
        **dict.fromkeys((2011, 2012, 2013), frozenset({"I08_contacts", "I08_system"})),
    }


def test_which_era_a_base_year_is_of() -> None:
    assert [era_of(y, (2011, 2014)) for y in (2010, 2011, 2013, 2014)] == [2011, 2014, 2014, None]
    assert era_of(2010, ()) is None


ERAS = Block(
    "all",
    ("all=1/1", "all=1/1 team=1/1"),
    (Who(0, True, "women", 30, 2011), Who(0, True, "women", 30), Who(1, True, "women", 40)),
    (Series("all", 0, (1, 1), None), Series("team", 0, (0, 1), None)),
    (2011,),
)


def test_a_block_of_a_year_holds_who_was_possible_in_its_era() -> None:
    """Atoms keep their places, because others name them by these; what nobody does counts nowhere."""
    before, after = ERAS.of(2010), ERAS.of(2011)
    assert before.atoms == after.atoms == ERAS.atoms
    assert {(w.atom, w.age) for w in before.who} == {(0, 30)}
    assert {(w.atom, w.age) for w in after.who} == {(0, 30), (1, 40)}
    assert [s.numerator for s in before.series] == [(1, 0), (0, 0)]
    assert [s.numerator for s in after.series] == [(1, 1), (0, 1)]


def test_before_the_team_every_contact_is_one_at_another_door() -> None:
    """In the pinned kinds too: nobody of that time stands in one of both series alone."""
    block = next(b for b in linked_blocks(CATALOGUE) if any(s.indicator == "I08_system" for s in b.series))
    for year, differs in ((2010, False), (2012, True)):
        of_year = block.of(year)
        series = {s.indicator: s.numerator for s in of_year.series}
        there = {w.atom for w in of_year.who}
        assert there
        pairs = {(series["I08_system"][a], series["I08_companion"][a]) for a in there}  # type: ignore[index]
        assert any(x != y for x, y in pairs) == differs


def test_a_baseline_begins_with_its_first_year() -> None:
    have = delivered(("section_110_stays", "dst_bef"), range(2007, 2012))
    assert printed_years(CATALOGUE, Count("I04", "share"), have, range(2007, 2012)) == [2007, 2008, 2009, 2010, 2011]
    again = Count("B1_section_110_persons", "count")
    assert printed_years(CATALOGUE, again, have, range(2007, 2012)) == [2009, 2010, 2011]


def test_the_series_of_forms_are_no_series_of_persons_with_a_number() -> None:
    """Forms are of odd years and pools of even ones: no base year prints both, and nobody stands in both."""
    numbered, forms = counting._universes(CATALOGUE)
    assert {c.indicator for c in forms} == set(counting.baseline_homelessness.SAID_ON_THE_FORM)
    assert not {c.indicator for c in forms} & {c.indicator for c in numbered}
    for k in pinned_kinds().kinds:
        names = {item.partition("=")[0] for item in k.pattern.split()}
        assert names <= {c.indicator for c in forms} or not names & {c.indicator for c in forms}


ROWS = ("person", "name", "year", "attribute_year", "known", "sex", "age", "outcome")


def unit(person: str, name: str, year: int) -> tuple[object, ...]:
    return person, name, year, year - pinned_kinds().shifts[name], True, "men", 30, True


def full(years: range) -> pl.DataFrame:
    sources = {s for i in CATALOGUE.indicators for s in i.needs if not s.startswith("statbank_")}
    team = pl.col("source") == "special_team_log"
    return delivered(tuple(sorted(sources)), years).filter(~team | (pl.col("period") >= 2011))


def test_a_kind_of_a_base_year_that_is_not_whole_is_possible_there_alone() -> None:
    """Of 2006 to 2015, 2010 and 2012 print everything; only there is somebody who is counted once counted nowhere else.

    The one guest of 2013 is in no pool of discharges, because 2013 has none: whether anybody else can be is not seen.
    """
    rows = [unit(f"p{y}", "I04", y) for y in range(2006, 2016)] + [unit("p2012", "I03", 2013), unit("q", "I02", 2012)]
    rows += [unit("r", "I08_system", 2010), unit("p2007", "I02", 2007), unit("p2013", "I02", 2013)]
    frame = pl.DataFrame(rows, schema=ROWS, orient="row").with_columns(pl.col("year").cast(pl.Int32))
    found = counting.kinds_of(CATALOGUE, frame, pinned_kinds().shifts, full(range(2006, 2016)))
    assert {(k.pattern, k.before, k.base_year) for k in found.kinds} == {
        ("I04=1/1", None, None),
        ("I08_system=1/1", 2011, None),
        ("I03=1/1 I04=1/1", None, None),
        ("I02=1/1", None, None),
        ("I02=1/1 I04=1/1", None, 2007),
        ("I02=1/1 I04=1/1", None, 2013),
    }
    few = counting.kinds_of(CATALOGUE, frame, pinned_kinds().shifts, full(range(2012, 2014)))
    assert {(k.pattern, k.base_year) for k in few.kinds} == {
        ("I03=1/1 I04=1/1", 2012),
        ("I02=1/1", 2012),
        ("I02=1/1 I04=1/1", 2013),
    }


OF_A_YEAR = Block(
    "all",
    ("all=1/1", "all=1/1 other=1/1"),
    (Who(0, True, "women", 30), Who(1, True, "women", 30, base_year=2007)),
    (Series("all", 0, (1, 1), None), Series("other", 0, (0, 1), None)),
)


def test_a_kind_of_one_base_year_is_in_the_block_of_that_year_alone() -> None:
    there, elsewhere = OF_A_YEAR.of(2007), OF_A_YEAR.of(2008)
    assert {(w.atom, w.age) for w in there.who} == {(0, 30), (1, 30)}
    assert {(w.atom, w.age) for w in elsewhere.who} == {(0, 30)}
    assert [s.numerator for s in there.series] == [(1, 1), (0, 1)]
    assert [s.numerator for s in elsewhere.series] == [(1, 0), (0, 0)]


def test_an_era_is_no_matter_to_who_stands_in_no_series_of_it() -> None:
    always = replace(ERAS, always=frozenset({0}))
    assert {(w.atom, w.age) for w in always.of(2012).who} == {(0, 30), (1, 40)}
    outside = replace(ERAS, who=(Who(0, True, "men", 50), *ERAS.who))
    assert {w.age for w in outside.of(2010).who} == {30}
    assert {w.age for w in replace(outside, always=frozenset({0})).of(2010).who} == {30, 50}


def test_kinds_of_one_base_year_are_never_pinned() -> None:
    kind = Kind("I02=1/1", True, "men", 16, base_year=2007)
    with pytest.raises(ValueError, match="of one lake alone"):
        written(Kinds(pinned_kinds().series, frozenset({kind})))
    assert kinds_of_table(table_of_kinds([kind])) == {kind}


def test_a_lake_of_few_people_moves_no_series() -> None:
    """Nobody of 2012 was looked for a year later here; whoever was, a year after that, is still a guest of 2011."""
    rows = [("p", "I03", 2012, 2011, True, "men", 30, True), ("p", "I04", 2012, 2012, True, "men", 31, True)]
    frame = pl.DataFrame(rows, schema=ROWS, orient="row").with_columns(pl.col("year").cast(pl.Int32))
    found = counting.kinds_of(CATALOGUE, frame, pinned_kinds().shifts, full(range(2006, 2016)))
    assert {(k.pattern, k.base_year) for k in found.kinds} == {("I04=1/1", None), ("I03=1/1", 2011)}
    assert {s.indicator: s.shift for s in found.series} == {s.indicator: s.shift for s in pinned_kinds().series}


@pytest.mark.parametrize("name", ["I02", "I11"])
def test_persons_of_several_years_are_printed_by_no_age(name: str) -> None:
    """Whose age would it be? I11 is printed as a whole; a series by age that pooled years is refused."""
    rows = [(f"p{a}", name, 2012, a, True, "men", 16, True) for a in (2011, 2012)]
    frame = pl.DataFrame(rows, schema=ROWS, orient="row").with_columns(pl.col("year").cast(pl.Int32))
    have = full(range(2006, 2016))
    if name == "I02":
        with pytest.raises(counting.ConfigurationError, match="I02"):
            counting.kinds_of(CATALOGUE, frame, pinned_kinds().shifts, have)
    else:
        assert counting.kinds_of(CATALOGUE, frame, pinned_kinds().shifts, have).kinds == {
            Kind("I11=1/1", True, "men", 16)
        }
