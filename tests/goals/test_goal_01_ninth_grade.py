"""Goal 1: completed 9th grade.

> Resultatmål 1: Børn og unge med etnisk minoritetsbaggrund, der modtager en foranstaltning, skal gennemføre 9. klasse
> i lige så høj grad som etnisk danske foranstaltningsmodtagere. (Handleplan 2011-2014, side 4)

Counted of year t: who turns 16 in t, had a child measure by the city in the 24 months to 31 July t, and lives in
Denmark on 1 January t+1. Achieved: an exit from grade 9 coded completed, by 1 October t+1. All examples are of t =
2010.
"""

import polars as pl
import pytest

from assets.goals import goal_01_ninth_grade as goal
from tests.lib.counting import ALWAYS, NOBODY, Cells, count
from tests.lib.drawn import drawn, people

PUPILS = """
    person  ancestry               born        in_population
    mia     danish                 1994-05-05  2008-2011
    ali     immigrant_non_western  1994-05-05  2008-2011
"""
A_MEASURE_EACH = """
    person  start_date  end_date
    mia     2009-03-01  -
    ali     2009-03-01  -
"""


def pupils(measures: str = A_MEASURE_EACH, school: str | None = None, population: str = PUPILS) -> Cells:
    schooling = {"schooling": drawn("schooling", school)} if school else {}
    return count(goal, child_measure=drawn("child_measure", measures), person=people(population), **schooling)


def test_the_share_of_each_group_that_completed() -> None:
    found = pupils(
        population="""
            person  ancestry                born        in_population
            mia     danish                  1994-05-05  2008-2011
            bo      danish                  1994-12-31  2008-2011
            ali     immigrant_non_western   1994-01-01  2008-2011
            eva     descendant_western      1994-05-05  2008-2011
            max     unknown                 1994-05-05  2008-2011   # origin unknown: a group of its own
        """,
        measures="""
            person  start_date  end_date
            mia     2009-03-01  -
            bo      2009-03-01  -
            ali     2009-03-01  -
            eva     2009-03-01  -
            max     2009-03-01  -
        """,
        school="""
            person  event_date  completed
            mia     2010-06-25  yes
            bo      2010-06-25  no
            ali     2010-06-25  yes
            max     2010-06-25  yes
        """,
    )
    assert found("I01", 2010, "danish") == "1 of 2"
    assert found("I01", 2010, "minority") == "1 of 2"  # Ali did; Eva never left grade 9
    assert found("I01", 2010, "non_western") == "1 of 1"
    assert found("I01", 2010, "western") == "0 of 1"
    assert found("I01", 2010, "unknown") == "1 of 1"
    assert found("I01_all", 2010, "all") == "3 of 5"  # the plan wants the level raised for all


def test_who_was_never_in_the_population_cannot_be_counted_at_all() -> None:
    """Without a birth date nobody knows who turns 16; ancestry is not the only thing that is missing."""
    found = pupils(
        measures="""
            person    start_date  end_date
            stranger  2009-03-01  -
        """
    )
    assert found("I01", 2010, "unknown") == NOBODY


@pytest.mark.parametrize(
    ("born", "year"), [("1993-12-31", 2009), ("1994-01-01", 2010), ("1994-12-31", 2010), ("1995-01-01", 2011)]
)
def test_the_cohort_is_who_turns_16_in_the_year(born: str, year: int) -> None:
    found = pupils(
        population=f"""
            person  born        in_population
            mia     {born}  2005-2013
        """,
        measures="""
            person  start_date  end_date
            mia     2005-01-01  -
        """,
    )
    assert [t for t in range(2008, 2013) if found("I01", t) != NOBODY] == [year]


def test_a_child_with_three_measures_is_one_child() -> None:
    found = pupils("""
        person  measure_code  start_date  end_date
        mia     210           2009-03-01  2010-03-01
        mia     215           2009-03-01  2010-03-01
        mia     220           2009-03-01  2010-03-01
    """)
    assert found("I01", 2010) == "0 of 1"


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2007-01-01", "2008-07-31", False),  # over the day before the window opens
        ("2007-01-01", "2008-08-01", True),
        ("2009-01-01", "2009-01-02", True),  # one day is enough
        ("2010-07-31", "-", True),  # the last day of the window
        ("2010-08-01", "-", False),
        ("2000-01-01", "-", True),
    ],
)
def test_the_window_is_the_24_months_to_31_july(start: str, end: str, inside: bool) -> None:
    found = pupils(f"""
        person  start_date  end_date
        mia     {start}     {end}
    """)
    assert (found("I01", 2010) != NOBODY) == inside


def test_a_measure_of_another_city_is_not_counted() -> None:
    found = pupils("""
        person  start_date  end_date  acting_municipality
        mia     2009-03-01  -         147
    """)
    assert found.who(2010) == {}


@pytest.mark.parametrize(
    ("left_school", "completed", "said"),
    [
        ("2010-06-25", "yes", "1 of 1"),
        ("2010-06-25", "no", "0 of 1"),
        ("2011-10-01", "yes", "1 of 1"),  # the last day that counts
        ("2011-10-02", "yes", "0 of 1"),
    ],
)
def test_completed_by_1_october_of_the_next_year(left_school: str, completed: str, said: str) -> None:
    found = pupils(
        school=f"""
        person  event_date     completed
        ali     {left_school}  {completed}
    """
    )
    assert found("I01", 2010, "non_western") == said


def test_who_has_left_denmark_is_counted_beside_and_is_a_failure_in_the_sensitivity_series_only() -> None:
    school = """
        person  event_date  completed
        ali     2010-06-25  yes
    """
    stayed = pupils(school=school)
    assert stayed.who(2010, "danish") == {"I01": "0 of 1", "I01_left_failed": "0 of 1", "I01_exam_unknown": "1"}
    assert stayed("I01_left_failed", 2010, "non_western") == "1 of 1"
    gone = pupils(
        school=school,
        population="""
            person  ancestry               born        in_population
            mia     danish                 1994-05-05  2008-2010
            ali     immigrant_non_western  1994-05-05  2008-2010   # not there on 1 January 2011
        """,
    )
    assert gone.who(2010, "danish") == {"I01_left": "1", "I01_left_failed": "0 of 1"}
    assert gone.who(2010, "non_western") == {"I01_left": "1", "I01_left_failed": "0 of 1"}


def test_a_pupil_named_by_a_population_row_that_was_set_aside_has_not_left_and_is_who_the_year_before_says() -> None:
    left = """
        person  ancestry               born        in_population
        mia     danish                 1994-05-05  2008-2010
        ali     immigrant_non_western  1994-05-05  2008-2010
        eva     danish                 1993-05-05  2008-2010   # of another year
    """
    found = count(
        goal,
        child_measure=drawn("child_measure", A_MEASURE_EACH + "    eva     2009-03-01  -\n"),
        person=people(left),
        schooling=drawn("schooling", "person  event_date  completed\nmia  2010-06-25  yes"),
        person_set_aside=drawn("person_set_aside", "person  year\nmia  2011\nali  2010\neva  2011"),
    )
    assert found.who(2010, "danish") == {"I01": "1 of 1", "I01_left_failed": "1 of 1", "I01_exam_unknown": "1"}
    assert found.who(2010, "non_western") == {"I01_left": "1", "I01_left_failed": "0 of 1"}, "2010 says nothing of 2011"


ALL_BUT_MATHS = ("DAN Bundne prøvefag  passed", "ENG Bundne prøvefag  passed", "FYK Bundne prøvefag  passed")


@pytest.mark.parametrize(
    ("maths", "exam", "unknown"),
    [
        (["MAT Bundne prøvefag  passed"], "1 of 1", "0"),
        (["MAT Bundne prøvefag  failed"], "0 of 1", "0"),
        # a missing subject, an exemption and a teacher's mark are no outcome: neither failed nor passed
        ([], NOBODY, "1"),
        (["MAT Bundne prøvefag  no_mark"], NOBODY, "1"),
        (["MAT Standpunkt       passed"], NOBODY, "1"),
        (["MAT Standpunkt       failed"], NOBODY, "1"),
        (["TYS Bundne prøvefag  passed"], NOBODY, "1"),  # German is no compulsory subject
        (["MAT Bundne prøvefag  passed", "TYS Bundne prøvefag  failed"], "1 of 1", "0"),
    ],
)
def test_the_leaving_exam_is_every_compulsory_subject(maths: list[str], exam: str, unknown: str) -> None:
    """Finding B13: one passed subject and three missing was a passed exam."""
    found = pupils(school=marks(*ALL_BUT_MATHS, *maths))
    assert found("I01_exam", 2010) == exam
    assert found("I01_exam_unknown", 2010) == unknown


def marks(*written: str, on: str = "2010-06-01") -> str:
    return "event_date  person  subject  mark_class\n" + "\n".join(f"{on}  mia  {line}" for line in written)


@pytest.mark.parametrize(
    ("again", "exam"),
    [
        ("2011-05-20  mia  MAT Bundne prøvefag  passed", "1 of 1"),
        ("2011-10-01  mia  MAT Bundne prøvefag  passed", "1 of 1"),
        ("2011-10-02  mia  MAT Bundne prøvefag  passed", "0 of 1"),  # too late
        ("2011-05-20  mia  MAT Bundne prøvefag  no_mark", "0 of 1"),
        ("2009-05-20  mia  MAT Bundne prøvefag  passed", "1 of 1"),  # the better mark stands, whichever came first
    ],
)
def test_the_best_mark_of_a_subject_stands(again: str, exam: str) -> None:
    first = marks(*ALL_BUT_MATHS, "MAT Bundne prøvefag  failed")
    assert pupils(school=first + "\n" + again)("I01_exam", 2010) == exam


def test_a_missing_subject_is_unknown_also_where_another_is_failed() -> None:
    found = pupils(school=marks("MAT Bundne prøvefag  failed"))
    assert (found("I01_exam", 2010), found("I01_exam_unknown", 2010)) == (NOBODY, "1")


def test_no_mark_at_all_is_unknown_and_not_failed() -> None:
    found = pupils()
    assert found("I01_exam", 2010) == NOBODY
    assert found("I01_exam_unknown", 2010) == "1"


def test_who_moves_within_denmark_stays_in_the_cohort() -> None:
    """Finding G3: a mover was "left", because the population file held the city's residents only."""
    found = pupils(
        population="""
            person  ancestry  born        in_population  lives_in
            mia     danish    1994-05-05  2008-2010      101
            mia     danish    1994-05-05  2011-2013      147
        """,
    )
    assert found.who(2010, "danish") == {"I01": "0 of 1", "I01_left_failed": "0 of 1", "I01_exam_unknown": "1"}


@pytest.mark.parametrize(
    ("source", "period"),
    [("dst_bua", 2008), ("dst_bufo", 2009), ("dst_bua", 2010), ("dst_kotre", 2011), ("dst_bef", 2011)],
)
def test_the_year_is_known_only_when_every_file_it_looks_into_has_come(source: str, period: int) -> None:
    """The window reaches two years back, the exit and the residence into the next year."""
    without = {source: [p for p in ALWAYS if p != period]}
    found = count(goal, without, child_measure=drawn("child_measure", A_MEASURE_EACH), person=people(PUPILS))
    assert 2010 not in found.years("I01")
    assert 2010 in pupils().years("I01")


@pytest.mark.parametrize(("first", "then", "years"), [("1995", "1996", [2012]), ("1996", "1995", [2011])])
def test_a_corrected_birth_date_turns_16_once(first: str, then: str, years: list[int]) -> None:
    """The number in force holds the birth date; the years before it hold the old one."""
    before, after = (
        people(f"person  born  in_population\nali  {y}-05-05  {t}")
        for y, t in ((first, "2009-2012"), (then, "2013-2014"))
    )
    found = count(
        goal,
        child_measure=drawn("child_measure", "person  start_date  end_date\nali  2009-03-01  -"),
        person=pl.concat([before, after]),
    )
    assert [t for t in range(2009, 2014) if found("I01", t) != NOBODY or found("I01_left", t) == "1"] == years
