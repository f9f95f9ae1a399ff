"""Goal 9: contact with discharged patients.

> Resultatmål 9: At sikre, at SOF etablerer kontakt til de udskrevne patienter, som fra regionen vurderes at have
> behov for yderligere indsats, men som ikke selv opsøger Socialforvaltningen. (Handleplan 2011-2014, side 16)

Counted (I10) of year t: residents aged 18 and over with a service of social psychiatry (S) and with an inpatient or
outpatient contact in treatment psychiatry (T); R is the minority share in S divided by the one in T, among persons of
known ancestry. I10_coverage: of those in T, who had social psychiatry within 365 days. I11, our reading of the goal's
own sentence: discharged, in need, notified and without own contact in 14 days; contacted by the city within 90 days;
two years are pooled (2009-2010 stands under 2010) and a person counts by the first discharge of the pool.
"""

import polars as pl
import pytest

from assets.goals import goal_09_psychiatric_follow_up as goal
from tests.lib.counting import NOBODY, Cells, count, cte, rows
from tests.lib.drawn import drawn, people

KIM = """
    person  ancestry
    kim     immigrant_western
"""


def psychiatry(population: str = KIM, **tables: str) -> Cells:
    return count(goal, person=people(population), **{n: drawn(n, t) for n, t in tables.items()})


def test_the_share_of_a_minority_in_either_psychiatry_and_their_ratio() -> None:
    found = psychiatry(
        """
        person  ancestry               born
        kim     immigrant_western      1970-06-01
        ali     immigrant_non_western  1970-06-01
        eva     danish                 1970-06-01
        bo      danish                 1970-06-01
        max     unknown                1970-06-01
        """,
        social_psychiatry_service="""
            person  start_date
            kim     2010-05-01
            eva     2010-05-01
            bo      2010-05-01
            bo      2010-06-01    # once
            ole     2010-05-01    # a number that is in no population
        """,
        psychiatric_contact="""
            person  start_date
            kim     2010-05-01
            ali     2010-05-01
            eva     2010-05-01
            max     2010-05-01    # origin unknown: beside, not in the share
        """,
    )
    assert found("I10_s", 2010, "minority") == "1 of 3"
    assert found("I10_t", 2010, "minority") == "2 of 3"
    assert found("I10", 2010, "minority") == "0.5"  # one third against two thirds
    assert found("I10_s_unknown", 2010, "unknown") == "1"
    assert found("I10_t_unknown", 2010, "unknown") == "1"


@pytest.mark.parametrize(("kind", "said"), [("inpatient", "1 of 1"), ("outpatient", "1 of 1"), ("emergency", NOBODY)])
def test_an_emergency_is_no_contact(kind: str, said: str) -> None:
    found = psychiatry(psychiatric_contact=f"person  start_date  patient_type\nkim  2010-05-01  {kind}")
    assert found("I10_t", 2010, "minority") == said


def test_a_substitute_number_is_counted_as_unknown_and_in_no_share() -> None:
    found = psychiatry(psychiatric_contact="person  start_date\nsubstitute  2010-05-01\nkim  2010-05-01")
    assert found("I10_t_unknown", 2010, "unknown") == "1"
    assert found("I10_t", 2010, "minority") == "1 of 1"


@pytest.mark.parametrize(
    ("born", "lives_in", "counted"),
    [("1992-01-01", "101", True), ("1992-01-02", "101", False), ("1970-06-01", "147", False)],
)
def test_adults_who_live_in_the_city_on_1_january(born: str, lives_in: str, counted: bool) -> None:
    found = psychiatry(
        f"person  ancestry  born  lives_in\nkim  immigrant_western  {born}  {lives_in}",
        psychiatric_contact="person  start_date\nkim  2010-05-01",
    )
    assert (found("I10_t", 2010, "minority") == "1 of 1") == counted


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        ("2010-12-31", "2010-12-31", [2010]),
        ("2009-12-01", "2010-01-01", [2009, 2010]),  # in force on 1 January
        ("2010-06-01", "-", [2010, 2011, 2012, 2013]),  # not ended, as long as Kim lives here
    ],
)
def test_a_service_counts_in_every_year_it_is_in_force(start: str, end: str, years: list[int]) -> None:
    found = psychiatry(social_psychiatry_service=f"person  start_date  end_date\nkim  {start}  {end}")
    assert [t for t in range(2008, 2014) if found("I10_s", t, "minority") == "1 of 1"] == years


def test_nobody_of_a_minority_in_social_psychiatry_is_a_ratio_of_zero_not_a_gap() -> None:
    def ratio(s: tuple[int, int], t: tuple[int, int]) -> list[float]:
        shared = {"year": 2010, "population_group": "minority", "sex": "total", "age_group": "18+", "value": None}
        shares = {"I10_s": s, "I10_t": t}
        cells = [shared | {"indicator_id": i, "numerator": n, "denominator": d} for i, (n, d) in shares.items()]
        frame = pl.DataFrame(cells, schema_overrides={"value": pl.Float64})
        return goal.representation(frame).filter(pl.col("indicator_id") == "I10")["value"].to_list()

    assert ratio((0, 50), (10, 100)) == [0.0]
    assert ratio((5, 50), (0, 100)) == []  # nothing to be proportional to


@pytest.mark.parametrize(
    ("served", "said"),
    [
        ("2010-04-30  2010-04-30", "0 of 1"),  # over before the contact
        ("2010-04-01  2010-05-01", "1 of 1"),
        ("2011-05-01  2011-05-01", "1 of 1"),  # day 365
        ("2011-05-02  2011-05-02", "0 of 1"),
    ],
)
def test_covered_is_social_psychiatry_within_365_days_of_the_first_contact(served: str, said: str) -> None:
    found = psychiatry(
        psychiatric_contact="person  start_date\nkim  2010-05-01\nkim  2010-11-01",
        social_psychiatry_service=f"person  start_date  end_date\nkim  {served}",
    )
    assert found("I10_coverage", 2010, "minority") == said


DISCHARGED = "person  discharge_date\nkim  2010-05-01"
SERVICE = "person  start_date  own_initiative\n"


@pytest.mark.parametrize(
    ("contacts", "said"),
    [
        ([], "0 of 1"),
        (["kim  2010-07-30  no"], "1 of 1"),  # day 90
        (["kim  2010-07-31  no"], "0 of 1"),
        (["kim  2010-05-15  yes"], NOBODY),  # own contact on day 14: the goal is not about Kim
        (["kim  2010-05-16  yes"], "0 of 1"),  # own contact later is no contact by the city
        (["kim  2010-05-16  yes", "kim  2010-05-21  no"], "1 of 1"),
    ],
)
def test_contact_after_discharge(contacts: list[str], said: str) -> None:
    services = {"social_psychiatry_service": SERVICE + "\n".join(contacts)} if contacts else {}
    assert psychiatry(discharge=DISCHARGED, **services)("I11", 2010, "minority") == said


@pytest.mark.parametrize(
    ("need", "notified", "said"),
    [
        ("yes", "2010-05-01", "0 of 1"),
        ("yes", "2010-07-30", "0 of 1"),  # day 90
        ("no", "2010-05-01", NOBODY),
        ("yes", "-", NOBODY),
    ],
)
def test_in_need_and_notified(need: str, notified: str, said: str) -> None:
    found = psychiatry(
        discharge=f"person  discharge_date  needs_further_effort  notified_date\nkim  2010-05-01  {need}  {notified}"
    )
    assert found("I11", 2010, "minority") == said


@pytest.mark.parametrize(
    ("running", "standing"),
    [
        ("kim  2009-01-01  -           no", "in_contact"),  # lives in a section 108 home before and after
        ("kim  2010-04-30  2010-05-01  no", "in_contact"),  # on the day of discharge still
        ("kim  2010-04-01  2010-06-01  yes", "in_contact"),  # whoever took the initiative
        ("kim  2010-04-01  2010-04-30  no", "counts"),  # over the day before
        ("kim  2010-05-01  2010-06-01  no", "counts"),  # began on the day: a contact after discharge
    ],
)
def test_a_service_that_runs_at_discharge_is_contact_already(running: str, standing: str) -> None:
    """Finding G4: she was "not reached"."""
    found = psychiatry(
        discharge=DISCHARGED, social_psychiatry_service=f"person  start_date  end_date  own_initiative\n{running}"
    )
    assert (found("I11", 2010, "minority") != NOBODY) == (standing == "counts")
    assert found("I11_in_contact", 2010, "minority") == ("1" if standing == "in_contact" else "0")


def test_notified_after_the_window_is_a_row_of_its_own() -> None:
    """Finding G4: a notification 111 days after the discharge counted."""
    found = psychiatry(discharge="person  discharge_date  notified_date\nkim  2010-05-01  2010-07-31")
    assert found("I11", 2010, "minority") == NOBODY
    assert found("I11_notified_late", 2010, "minority") == "1"
    assert found("I11_in_contact", 2010, "minority") == "0"


def test_a_person_stands_beside_only_where_no_discharge_counts() -> None:
    found = psychiatry(
        discharge="""
            person  discharge_date  notified_date
            kim     2009-05-01      2009-12-01      # late
            kim     2010-05-01      2010-05-01      # a service runs
            kim     2010-09-01      2010-09-01      # counts
        """,
        social_psychiatry_service="person  start_date  end_date\nkim  2010-04-01  2010-05-02",
    )
    assert found("I11", 2010, "minority") == "0 of 1"
    assert found("I11_notified_late", 2010, "minority") == found("I11_in_contact", 2010, "minority") == "0"


@pytest.mark.parametrize(("lives_in", "left"), [("147", False), ("-", True)])
def test_a_move_within_denmark_is_not_leaving(lives_in: str, left: bool) -> None:
    """Finding G3: movers left the denominator, because the population file held the city's residents only."""
    year_later = "" if left else "\nkim  immigrant_western  2011-2012  147"
    found = psychiatry(
        "person  ancestry  in_population  lives_in\nkim  immigrant_western  2008-2010  101" + year_later,
        psychiatric_contact="person  start_date\nkim  2010-05-01",
        discharge="person  discharge_date\nkim  2010-05-09",
    )
    for name in ("I10_coverage", "I11"):
        assert (found(name, 2010, "minority") == "0 of 1") == (not left), name
        assert found(f"{name}_left", 2010, "minority") == ("1" if left else "0"), name


def test_who_is_named_by_a_population_row_that_was_set_aside_has_not_left() -> None:
    found = psychiatry(
        "person  ancestry  in_population\nkim  immigrant_western  2008-2010",
        psychiatric_contact="person  start_date\nkim  2010-05-01",
        discharge="person  discharge_date\nkim  2010-05-09",
        person_set_aside="person  year  geography\nkim  2011  -",
    )
    for name in ("I10_coverage", "I11"):
        assert found(name, 2010, "minority") == "0 of 1", name
        assert found(f"{name}_left", 2010, "minority") == "0", name


@pytest.mark.parametrize(("place", "counted"), [("101", True), ("147", False), ("-", False)])
def test_who_is_named_as_living_here_by_a_row_that_was_set_aside_is_a_resident_as_earlier_rows_say(
    place: str, counted: bool
) -> None:
    found = psychiatry(
        "person  ancestry  born  in_population\nkim  immigrant_western  1992-01-01  2007-2009",
        psychiatric_contact="person  start_date\nkim  2010-05-01",
        discharge="person  discharge_date\nkim  2010-05-09",
        person_set_aside=f"person  year  geography\nkim  2010  {place}\nkim  2011  {place}",
    )
    said = "0 of 1" if counted else NOBODY
    assert [found(i, 2010, "minority") for i in ("I10_coverage", "I11")] == [said, said]


def test_two_years_are_one_pool_and_a_person_counts_by_the_first_discharge() -> None:
    found = psychiatry(discharge="person  discharge_date\nkim  2011-05-09\nkim  2012-05-09")
    assert found.years("I11") == [2012]
    assert found("I11", 2012, "minority") == "0 of 1"


def test_who_left_is_counted_beside_and_is_a_failure_in_the_sensitivity_series_only() -> None:
    tables = {
        "psychiatric_contact": "person  start_date\nkim  2010-05-01",
        "social_psychiatry_service": "person  start_date\nkim  2010-06-01",
        "discharge": "person  discharge_date\nkim  2010-05-09",
    }
    here = psychiatry("person  ancestry  in_population\nkim  immigrant_western  2008-2013", **tables)
    for name in ("I10_coverage", "I11", "I10_coverage_left_failed", "I11_left_failed"):
        assert here(name, 2010, "minority") == "1 of 1", name
    gone = psychiatry("person  ancestry  in_population\nkim  immigrant_western  2008-2010", **tables)
    for name in ("I10_coverage", "I11"):
        assert gone(name, 2010, "minority") == NOBODY, name
        assert gone(f"{name}_left", 2010, "minority") == "1", name
        assert gone(f"{name}_left_failed", 2010, "minority") == "0 of 1", name


def test_who_leaves_after_the_first_of_two_discharges_stays_in_by_the_first() -> None:
    found = psychiatry(
        "person  ancestry  in_population\nkim  immigrant_western  2008-2012",
        discharge="person  discharge_date\nkim  2011-05-09\nkim  2012-05-09",
    )
    assert found("I11", 2012, "minority") == "0 of 1"
    assert found("I11_left", 2012, "minority") == "0"
    assert found("I11_left_failed", 2012, "minority") == "0 of 1"


def test_a_year_without_either_psychiatry_is_not_known() -> None:
    tables = {
        "psychiatric_contact": drawn("psychiatric_contact", "person  start_date\nkim  2010-05-01"),
        "social_psychiatry_service": drawn("social_psychiatry_service", "person  start_date\nkim  2010-05-01"),
    }
    for source in ("psychiatry_contacts", "social_psychiatry_services"):
        found = count(goal, {source: [2009, 2011]}, person=people(KIM), **tables)
        assert 2010 not in found.years("I10"), source
    assert 2010 not in count(goal, {"social_psychiatry_services": [2010]}, person=people(KIM), **tables).years(
        "I10_coverage"
    )


# The query, part by part -------------------------------------------------------------------------------------------


def part(name: str, columns: str, population: str = KIM, **tables: str) -> list[dict[str, str]]:
    return cte(goal, name, columns, person=people(population), **{n: drawn(n, t) for n, t in tables.items()})


def test_served_is_a_person_and_year() -> None:
    found = part(
        "served",
        "person year",
        social_psychiatry_service="""
        person  section  start_date  end_date
        kim     99       2010-05-01  2011-02-01
        kim     85       2010-06-01  2010-07-01
    """,
    )
    assert found == rows("person  year\nkim  2010\nkim  2011")


def test_treated_has_the_first_day_in_the_year() -> None:
    found = part(
        "treated",
        "person year first_day",
        psychiatric_contact="""
        person  start_date  end_date    patient_type
        kim     2010-12-01  2011-01-15  inpatient
        kim     2011-06-01  2011-06-01  outpatient
        kim     2010-03-01  2010-03-01  emergency
    """,
    )
    assert found == rows("""
        person  year  first_day
        kim     2010  2010-12-01
        kim     2011  2011-01-01
    """)


def test_adult_is_a_resident_of_18_and_over() -> None:
    population = """
        person  born        in_population  lives_in
        kim     1992-01-01  2010-2010      101
        eva     1992-01-02  2010-2010      101
        ole     1970-06-01  2010-2010      147
    """
    assert part("adult", "person year", population) == rows("person  year\nkim  2010")


def test_covered_says_who_is_gone_and_who_was_reached() -> None:
    found = part(
        "covered",
        "person year gone outcome",
        "person  in_population\nkim  2010-2011\neva  2010-2010",
        psychiatric_contact="person  start_date\nkim  2010-05-01\neva  2010-05-01\nmax  2010-05-01",
        social_psychiatry_service="person  start_date\neva  2010-05-02",
    )
    assert found == rows("""
        person  year  gone  outcome
        kim     2010  no    no
        eva     2010  yes   yes
    """)


def test_notified_leaves_out_who_came_alone_within_14_days() -> None:
    found = part(
        "notified",
        "person discharge_date gone",
        discharge="person  discharge_date\nkim  2010-05-01\nkim  2010-09-01",
        social_psychiatry_service="person  start_date  own_initiative\nkim  2010-05-15  yes\nkim  2010-09-02  no",
    )
    assert found == rows("person  discharge_date  gone\nkim  2010-09-01  no")


def test_first_of_pool_is_one_discharge_per_person_and_two_years() -> None:
    found = part(
        "first_of_pool",
        "person pool discharge_date",
        discharge="""
        person  discharge_date
        kim     2009-09-01
        kim     2010-05-01
        kim     2011-05-01
    """,
    )
    assert found == rows("""
        person  pool  discharge_date
        kim     2010  2009-09-01
        kim     2012  2011-05-01
    """)


def test_pooled_asks_for_a_contact_by_the_city() -> None:
    found = part(
        "pooled",
        "person pool reached",
        discharge="person  discharge_date\nkim  2010-05-01\nkim  2011-05-01",
        social_psychiatry_service="person  start_date  own_initiative\nkim  2010-06-01  yes\nkim  2011-06-01  no",
    )
    assert found == rows("""
        person  pool  reached
        kim     2010  no
        kim     2012  yes
    """)
