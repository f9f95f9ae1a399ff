"""Goal 4: stays over 120 days in section 110 shelters.

> Resultatmål 4: At antallet af hjemløse med etnisk minoritetsbaggrund, der har ophold på § 110-tilbud på over 120
> dage reduceres i lige så stort omfang for hjemløse med etnisk minoritetsbaggrund som for hjemløse med etnisk dansk
> baggrund. (Handleplan 2011-2014, side 9)

Counted of year t: who slept at least one night of t in a shelter of the city. Over 120 days: night 121 or later of a
continuous stay lies in t. Night k is the k-th date from admission; the day of discharge is no night.
"""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.goals import goal_04_shelter_stays as goal
from tests.lib.counting import NOBODY, Cells, count, episodes
from tests.lib.drawn import drawn, people

GUESTS = """
    person  ancestry
    ada     danish
    ole     immigrant_western
"""


def stays(text: str, population: str = GUESTS) -> Cells:
    return count(goal, shelter_stay=drawn("shelter_stay", text), person=people(population))


def test_the_share_of_guests_with_more_than_120_nights() -> None:
    found = stays(
        """
        person   start_date  end_date
        ada      2010-02-01  2010-06-02   # 121 nights
        bo       2010-02-01  2010-06-01   # 120 nights: not more than 120
        bo       2010-09-01  2010-09-02   # one person, once
        ole      2010-01-01  2010-12-31
        unknown  2010-01-01  2010-12-31   # in no population: a guest whose origin is not known
        """,
        """
        person  ancestry
        ada     danish
        bo      danish
        ole     immigrant_western
        """,
    )
    assert found("I04", 2010, "danish") == "1 of 2"
    assert found("I04", 2010, "minority") == "1 of 1"
    assert found("I04", 2010, "unknown") == "1 of 1"
    assert found("I04", 2010, "all") == "3 of 4"
    assert found("I04_count", 2010, "danish") == "1"
    assert found("I04_2009", 2010, "danish") == "1 of 2"


@pytest.mark.parametrize(("nights", "said"), [(119, "0 of 1"), (120, "0 of 1"), (121, "1 of 1")])
@pytest.mark.parametrize("admitted", [date(2010, 2, 1), date(2012, 2, 1)])  # 2012 has 29 February
def test_more_than_120_is_strict(nights: int, said: str, admitted: date) -> None:
    found = stays(f"""
        person  start_date  end_date
        ada     {admitted}  {admitted + timedelta(days=nights)}
    """)
    assert found("I04", admitted.year) == said


def test_a_stay_over_new_year_counts_in_the_year_of_night_121() -> None:
    found = stays("""
        person  start_date  end_date
        ada     2010-10-01  2011-02-03   # 125 nights; night 121 is 29 January 2011
    """)
    assert found("I04", 2010) == "0 of 1"
    assert found("I04", 2011) == "1 of 1"


@pytest.mark.parametrize(
    ("admitted", "in_2010", "in_2011"),
    [
        ("2010-09-02", "1 of 1", "1 of 1"),  # night 121 is 31 December 2010
        ("2010-09-03", "0 of 1", "1 of 1"),  # night 121 is 1 January 2011
    ],
)
def test_night_121_on_either_side_of_new_year(admitted: str, in_2010: str, in_2011: str) -> None:
    found = stays(f"""
        person  start_date  end_date
        ada     {admitted}  2011-01-15
    """)
    assert (found("I04", 2010), found("I04", 2011)) == (in_2010, in_2011)


@pytest.mark.parametrize(("gap", "said"), [(0, "1 of 1"), (1, "1 of 1"), (2, "0 of 1")])
@pytest.mark.parametrize("shelter", ["B1", "B2"])
def test_stays_at_most_one_day_apart_are_one_also_across_shelters(gap: int, said: str, shelter: str) -> None:
    again = date(2010, 3, 21) + timedelta(days=gap)
    found = stays(f"""
        person  start_date  end_date                      facility
        ada     2010-01-10  2010-03-21                    B1         # 70 nights
        ada     {again}     {again + timedelta(days=70)}  {shelter}
    """)
    assert found("I04", 2010) == said


def test_a_visit_without_a_night_joins_no_two_stays() -> None:
    found = stays("""
        person  start_date  end_date    facility
        ada     2010-02-01  2010-04-10  B1        # 68 nights
        ada     2010-04-11  2010-04-11  B2        # in and out on one day: nobody slept there
        ada     2010-04-12  2010-06-20  B1        # and 69 nights, two days after the first
        ole     2010-02-01  2010-04-11  B1        # the same with a night there
        ole     2010-04-11  2010-04-12  B2
        ole     2010-04-12  2010-06-20  B1
    """)
    assert found("I04", 2010, "danish") == "0 of 1"
    assert found("I04", 2010, "minority") == "1 of 1"


def test_a_stay_goes_on_across_shelters_of_two_cities_and_who_was_never_here_is_not_counted() -> None:
    found = stays("""
        person  start_date  end_date    facility  facility_municipality
        ada     2010-02-01  2010-05-12  B9        147                     # 100 nights elsewhere
        ada     2010-05-13  2010-06-12  B1        101                     # and 30 here
        ole     2010-02-01  2010-08-20  B9        147                     # 200 nights, none of them here
    """)
    assert found("I04", 2010, "danish") == "1 of 1"
    assert found("I04", 2010, "minority") == NOBODY
    # who pays is told by its own series, wherever the shelter lies
    assert found("I04_paying", 2010, "danish") == "1 of 1"
    assert found("I04_paying", 2010, "minority") == "1 of 1"


def test_a_night_another_city_pays_is_counted_here_and_not_as_paid() -> None:
    found = stays("""
        person  start_date  end_date    paying_municipality
        ada     2010-02-01  2010-03-01  147
    """)
    assert found("I04", 2010) == "0 of 1"
    assert found("I04_paying", 2010) == NOBODY


def test_an_open_stay_counts_as_long_as_it_has_been_seen() -> None:
    found = stays("""
        person  start_date  end_date  observed_end
        ada     2012-12-01  -         2014-01-01
    """)
    assert [found("I04", t) for t in (2012, 2013, 2014)] == ["0 of 1", "1 of 1", NOBODY]


@pytest.mark.parametrize(
    ("admitted", "discharged", "years"),
    [
        ("2010-12-01", "2011-01-01", [2010]),  # the last night is New Year's Eve
        ("2010-12-31", "2011-01-01", [2010]),
        ("2010-12-31", "2011-01-02", [2010, 2011]),
        ("2010-06-01", "2010-06-01", []),  # in and out on one day is no night
    ],
)
def test_counted_in_the_years_of_its_nights(admitted: str, discharged: str, years: list[int]) -> None:
    found = stays(f"""
        person  start_date  end_date
        ada     {admitted}  {discharged}
    """)
    assert [t for t in range(2009, 2013) if found("I04", t) != NOBODY] == years


def test_a_year_without_its_file_is_not_known() -> None:
    rows = drawn("shelter_stay", "person  start_date  end_date\nada  2009-06-01  2013-06-01")
    found = count(goal, {"section_110_stays": [2009, 2010, 2012]}, shelter_stay=rows, person=people(GUESTS))
    assert found("I04", 2011) == NOBODY
    assert found("I04", 2012) == "1 of 1"


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), min_size=1, max_size=6, unique_by=lambda x: x[0]))
def test_merged_stays_are_the_runs_of_nights_with_gaps_of_one_filled(spans: list[tuple[int, int]]) -> None:
    origin = date(2010, 1, 1)
    day = [f"{origin + timedelta(days=d)}" for d in range(400)]
    rows = "\n".join(f"ada  B{i}  {day[s]}  {day[s + n]}" for i, (s, n) in enumerate(spans))
    found = episodes(drawn("shelter_stay", f"person  facility  start_date  end_date\n{rows}"))
    nights = {d for s, n in spans for d in range(s, s + n)}
    filled = nights | {d for d in range(400) if d - 1 in nights and d + 1 in nights}
    starts = sorted(d for d in filled if d - 1 not in filled)
    assert sorted((d - origin).days for d in found["start_date"]) == starts
    assert int(found["source_rows"].sum()) == int(found["stays"].sum()) == sum(n > 0 for _, n in spans)
    assert found["person"].n_unique() == min(len(starts), 1)
    assert found.schema["start_date"] == pl.Date
