"""Goal 6: the open drug scene.

> Resultatmål 6: At nedbringe antallet af kaotiske stofmisbrugere på den åbne stofscene, som integrerer misbrug,
> psykiske problemer og kriminalitet, hvor der er en majoritet med en ikke vestlig baggrund uden forsørgelse og fast
> bolig. (Handleplan 2011-2014, side 12)

Counted (I06): residents aged 15 and over with a guilty decision in the year for street disorder (a), the euphoriants
act (b) or dealing and smuggling (c); the total counts each person once. Counted (I07) of year t: who enrolled in drug
treatment in t-1; the outcome is homeless on day 365: a shelter night within 30 days, no abode on the day, or homeless
by the nearest status of the drug register at most 183 days from the day. Ole enrols on 1 June 2010; day 365 is 1 June
2011.
"""

import polars as pl
import pytest

from assets.goals import goal_06_open_drug_scene as goal
from tests.lib.counting import NOBODY, Cells, count, cte, rows
from tests.lib.drawn import drawn, people

OLE = """
    person  ancestry
    ole     immigrant_non_western
"""


def scene(decisions: str, population: str = OLE) -> Cells:
    return count(goal, decision=drawn("decision", decisions), person=people(population))


def test_each_row_counts_its_offences_and_the_total_each_person_once() -> None:
    found = scene("""
        person  decision_date  offence_code  guilty
        ole     2010-02-01     3810507       yes      # public order
        ole     2010-03-01     3210505       yes      # euphoriants act
        ole     2010-04-01     1440505       yes      # smuggling
        ole     2010-04-02     3210510       yes      # the euphoriants act again
        ole     2010-05-01     3810510       yes      # a warning only: left out of the list
        ole     2011-05-01     3210505       no       # not guilty
    """)
    assert found.who(2010, "non_western") == dict.fromkeys(("I06a", "I06b", "I06c", "I06_total", "I06_place"), "1 of 1")
    assert found.who(2011, "non_western") == {}


@pytest.mark.parametrize(("code", "series"), [("1435505", "I06c"), ("3210510", "I06b"), ("3810514", "I06a")])
def test_what_each_offence_is(code: str, series: str) -> None:
    found = scene(f"person  decision_date  offence_code\nole  2010-02-01  {code}")
    assert set(found.who(2010, "non_western")) == {series, "I06_total", "I06_place"}


def test_the_rate_is_of_residents_aged_15_and_over_and_borgere_are_everybody() -> None:
    found = scene(
        """
        person   decision_date  offence_code  offence_municipality
        ole      2010-02-01     3210505       101
        eva      2010-02-01     3210505       147                    # a resident, elsewhere
        guest    2010-02-01     3210505       101                    # here, a resident of another city
        tourist  2010-02-01     3210505       101                    # here, in no population
        child    2010-02-01     3210505       101                    # 14 on 1 January
        """,
        """
        person  ancestry               born        lives_in
        ole     immigrant_non_western  1970-06-01  101
        eva     danish                 1995-01-01  101       # 15 on 1 January
        max     danish                 1970-06-01  101
        guest   danish                 1970-06-01  147
        child   danish                 1995-01-02  101
        """,
    )
    assert found("I06_total", 2010, "all") == "2 of 3"
    assert found("I06_total", 2010, "non_western") == "1 of 1"
    assert found("I06_total", 2010, "danish") == "1 of 2"
    assert found("I06_place", 2010, "danish") == "2 of 2"  # guest and child; the place decides, not the residence
    assert found("I06_place", 2010, "all") == "4 of 3"


@pytest.mark.parametrize(("when", "year"), [("2010-12-31", 2010), ("2011-01-01", 2011)])
def test_the_decision_decides_the_year(when: str, year: int) -> None:
    found = scene(f"person  decision_date  offence_code\nole  {when}  3210505")
    assert [t for t in (2010, 2011) if found("I06_total", t, "non_western") == "1 of 1"] == [year]


ENROLLED = """
    person  start_date  end_date
    ole     2010-06-01  2011-01-01
"""


def enrolled(contacts: str = ENROLLED, population: str = OLE, **tables: pl.DataFrame) -> Cells:
    return count(goal, treatment_contact=drawn("treatment_contact", contacts), person=people(population), **tables)


def shelter(text: str) -> pl.DataFrame:
    return drawn("shelter_stay", f"person  start_date  end_date  facility_municipality\n{text}")


def status(text: str) -> pl.DataFrame:
    return drawn("treatment_status", f"person  status_date  homeless\n{text}")


def home(text: str) -> pl.DataFrame:
    return drawn("housing_situation", f"person  start_date  end_date  situation  geography\n{text}")


def test_the_share_of_each_group_that_is_homeless_a_year_after_enrolment() -> None:
    found = enrolled(
        """
        person    start_date  end_date    main_drug
        ole       2010-06-01  2011-01-01  kokain
        bo        2010-06-01  2011-01-01  heroin      # any drug
        eva       2010-06-01  2011-01-01  hash
        stranger  2010-06-01  2011-01-01  hash
        """,
        """
        person  ancestry
        ole     immigrant_non_western
        bo      descendant_non_western
        eva     danish
        """,
        housing_situation=home("ole  2011-05-01  -  no_abode  101\nstranger  2011-05-01  -  no_abode  101"),
    )
    assert found("I07", 2011, "non_western") == "1 of 2"
    assert found("I07", 2011, "danish") == "0 of 1"
    assert found("I07", 2011, "unknown") == "1 of 1"


@pytest.mark.parametrize(
    ("nights", "said"),
    [
        ("ole  2011-06-30  2011-07-03  101", "1 of 1"),
        ("ole  2011-07-01  2011-07-02  101", "1 of 1"),  # day 30 after
        ("ole  2011-07-02  2011-07-03  101", "0 of 1"),
        ("ole  2011-05-02  2011-05-03  101", "1 of 1"),  # day 30 before
        ("ole  2011-05-01  2011-05-02  101", "0 of 1"),
        ("ole  2011-06-01  2011-06-02  147", "1 of 1"),  # homeless is homeless in any city
        ("ole  2011-06-01  2011-06-01  101", "0 of 1"),  # no night
    ],
)
def test_a_shelter_night_within_30_days_to_either_side(nights: str, said: str) -> None:
    assert enrolled(shelter_stay=shelter(nights))("I07", 2011, "non_western") == said
    assert enrolled()("I07", 2011, "non_western") == "0 of 1"


@pytest.mark.parametrize(
    ("street", "said"),
    [
        ("ole  2011-05-01  -           no_abode  101", "1 of 1"),
        ("ole  2011-06-01  -           no_abode  147", "1 of 1"),
        ("ole  2011-06-02  -           no_abode  101", "0 of 1"),  # the street is asked on the day itself
        ("ole  2011-01-01  2011-06-01  no_abode  101", "0 of 1"),
    ],
)
def test_no_abode_on_the_day(street: str, said: str) -> None:
    assert enrolled(housing_situation=home(street))("I07", 2011, "non_western") == said


def test_homeless_by_the_drug_registers_nearest_status() -> None:
    one = status("ole  2010-12-01  yes")
    assert enrolled(treatment_status=one)("I07", 2011, "non_western") == "1 of 1"
    nearer = status("ole  2010-12-01  yes\nole  2011-05-01  no")
    assert enrolled(treatment_status=nearer)("I07", 2011, "non_western") == "0 of 1"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        # I07, within 90 days, however far
        ("2010-06-01", ("0 of 1", "0 of 1", "1 of 1")),  # at intake
        ("2010-11-29", ("0 of 1", "0 of 1", "1 of 1")),  # 184 days before 1 June 2011
        ("2010-11-30", ("1 of 1", "0 of 1", "1 of 1")),  # 183
        ("2011-03-02", ("1 of 1", "0 of 1", "1 of 1")),  # 91
        ("2011-03-03", ("1 of 1", "1 of 1", "1 of 1")),  # 90
        ("2011-12-01", ("1 of 1", "0 of 1", "1 of 1")),  # 183 after
        ("2011-12-02", ("0 of 1", "0 of 1", "1 of 1")),
    ],
)
def test_a_status_far_from_the_day_says_nothing_about_it(at: str, said: tuple[str, str, str]) -> None:
    """Finding G1: homeless at intake, own address, treatment over after a month was "homeless on day 365"."""
    month = "person  start_date  end_date\nole  2010-06-01  2010-07-01"
    found = enrolled(month, treatment_status=status(f"ole  {at}  yes"))
    series = ("I07", "I07_status_90", "I07_status_any")
    assert tuple(found(s, 2011, "non_western") for s in series) == said


def test_of_two_statuses_as_near_the_earlier_stands() -> None:
    """As with addresses; 91 days before and after 1 June 2011."""
    both = status("ole  2011-03-02  yes\nole  2011-08-31  no")
    assert enrolled(treatment_status=both)("I07", 2011, "non_western") == "1 of 1"
    other = status("ole  2011-03-02  no\nole  2011-08-31  yes")
    assert enrolled(treatment_status=other)("I07", 2011, "non_western") == "0 of 1"


@pytest.mark.parametrize("order", [("K1", "K2"), ("K2", "K1")])
def test_of_two_statuses_of_one_day_homelessness_stands_whatever_the_ids(order: tuple[str, str]) -> None:
    both = drawn(
        "treatment_status",
        f"""
        person  contact_id  status_date  homeless
        ole     {order[0]}  2011-06-01   yes
        ole     {order[1]}  2011-06-01   no
        """,
    )
    assert enrolled(treatment_status=both)("I07", 2011, "non_western") == "1 of 1"


def test_the_nearest_status_decides_also_in_the_sensitivities() -> None:
    found = enrolled(treatment_status=status("ole  2010-10-01  yes\nole  2010-12-15  no"))
    assert found("I07_status_any", 2011, "non_western") == "0 of 1"  # 15 December is nearer than 1 October


def test_who_left_is_counted_beside_and_is_homeless_in_the_sensitivity_series_only() -> None:
    assert enrolled()("I07_left_failed", 2011, "non_western") == "0 of 1"
    found = enrolled(housing_situation=home("ole  2011-05-01  -  dead  -"))
    assert found("I07", 2011, "non_western") == NOBODY
    assert found("I07_left", 2011, "non_western") == "1"
    assert found("I07_left_failed", 2011, "non_western") == "1 of 1"


def test_a_person_who_enrols_twice_in_a_year_is_one_followed_from_the_first() -> None:
    found = enrolled(
        "person  start_date  end_date\nole  2010-06-01  2010-07-01\nole  2010-08-01  2010-09-01",
        housing_situation=home("ole  2011-06-01  2011-06-02  no_abode  101"),
    )
    assert found("I07", 2011, "non_western") == "1 of 1"  # homeless on day 365 of the first, not of the second


def test_the_year_needs_what_follows_the_day_and_the_addresses_of_both_years() -> None:
    rows_, here = drawn("treatment_contact", ENROLLED), people(OLE)
    for source, missing in (("section_110_stays", 2012), ("address_history", 2011), ("drug_treatment", 2012)):
        without = {source: [p for p in range(2000, 2017) if p != missing]}
        assert 2011 not in count(goal, without, treatment_contact=rows_, person=here).years("I07"), source


# The query, part by part -------------------------------------------------------------------------------------------


def test_sentenced_is_a_person_and_category_once_a_year() -> None:
    found = cte(
        goal,
        "sentenced",
        "person year category here",
        decision=drawn(
            "decision",
            """
        person  decision_date  offence_code  offence_municipality  guilty
        ole     2010-02-01     3210505       101                   yes
        ole     2010-03-01     3210510       101                   yes    # the same category, the same place
        ole     2010-03-01     3210510       147                   yes
        ole     2010-04-01     3810507       -                     yes    # place unknown is not here
        ole     2010-04-01     1285005       101                   yes    # theft
        ole     2010-04-01     1440505       101                   no
    """,
        ),
    )
    assert found == rows("""
        person  year  category         here
        ole     2010  euphoriants_act  yes
        ole     2010  euphoriants_act  no
        ole     2010  street_disorder  no
    """)


def test_resident_is_who_lived_here_on_1_january_of_the_year() -> None:
    both = "person  decision_date  offence_code\nole  2010-02-01  3210505\neva  2010-02-01  3210505"
    found = cte(
        goal,
        "resident",
        "person year category",
        decision=drawn("decision", both),
        person=people("person  lives_in\nole  101\neva  147"),
    )
    assert found == rows("person  year  category\nole  2010  euphoriants_act")


def test_enrolled_is_the_first_start_of_the_year() -> None:
    found = cte(
        goal,
        "enrolled",
        "person index_year index_day",
        treatment_contact=drawn(
            "treatment_contact",
            """
        person  start_date  end_date    geography
        ole     2010-03-01  2010-04-01  101
        ole     2010-06-01  2011-06-01  101
        ole     2011-09-01  2011-10-01  101
        eva     2010-03-01  2010-04-01  147
    """,
        ),
    )
    assert found == rows("""
        person  index_year  index_day
        ole     2010        2010-03-01
        ole     2011        2011-09-01
    """)


def test_follow_is_365_days_on() -> None:
    found = cte(goal, "follow", "kind person follow_up", treatment_contact=drawn("treatment_contact", ENROLLED))
    assert found == rows("kind  person  follow_up\nday_365  ole  2011-06-01")


@pytest.mark.parametrize(
    ("covering", "situation"),
    [("2011-06-01  -", "own_home"), ("2011-06-02  -", "own_home"), ("2011-07-02  -", "no_record")],
)
def test_at_follow_up_takes_the_record_of_the_day_or_the_nearest_in_the_window(covering: str, situation: str) -> None:
    found = cte(
        goal,
        "at_follow_up",
        "person situation",
        treatment_contact=drawn("treatment_contact", ENROLLED),
        housing_situation=home(f"ole  {covering}  own_home  101"),
    )
    assert found == rows(f"person  situation\nole  {situation}")


def test_status_is_the_nearest_of_two_and_of_equally_near_the_earlier() -> None:
    contacts = drawn(
        "treatment_contact",
        "person  start_date  end_date\nole  2010-06-01  2011-01-01\nole  2011-02-01  2011-03-01",
    )
    # 22 May is ten days before 1 June 2011, 11 June ten days after
    near = status("ole  2011-05-22  yes\nole  2011-06-11  no")
    found = cte(goal, "status", "person index_year homeless", treatment_contact=contacts, treatment_status=near)
    assert found == rows("""
        person  index_year  homeless
        ole     2010        yes
        ole     2011        no
    """)


@pytest.mark.parametrize(("first", "then", "homeless"), [("yes", "no", "no"), ("no", "yes", "yes")])
def test_of_two_words_on_the_same_day_the_later_delivery_has_the_last(first: str, then: str, homeless: str) -> None:
    two = drawn(
        "treatment_status",
        f"person  status_date  homeless  period\nole  2011-05-22  {first}  2011\nole  2011-05-22  {then}  2012",
    )
    contacts = drawn("treatment_contact", ENROLLED)
    found = cte(goal, "status", "person index_year homeless", treatment_contact=contacts, treatment_status=two)
    assert found == rows(f"person  index_year  homeless\nole  2010  {homeless}")


def test_followed_says_who_is_gone_and_who_is_homeless() -> None:
    found = cte(
        goal,
        "followed",
        "person gone homeless",
        treatment_contact=drawn(
            "treatment_contact", "person  start_date\nole  2010-06-01\neva  2010-06-01\nkim  2010-06-01"
        ),
        housing_situation=home("ole  2011-05-01  -  no_abode  101\neva  2011-05-01  -  emigrated  -"),
    )
    assert found == rows("""
        person  gone  homeless
        ole     no    yes
        eva     yes   no
        kim     no    no
    """)


def open_tables(value: dict[str, int | None], own: str = "101") -> tuple[pl.DataFrame, pl.DataFrame]:
    """SYNTHETIC. STRAFNA7 of 2010 with these numbers by offence, and 100 residents of every age from 0 to 125."""
    guilty = [
        {"omraade": area, "overtraed": code, "year": 2010, "value": n, "data_kind": "official"}
        for area in (own, "000")
        for code, n in value.items()
    ]
    people = [
        {"omraade": own, "alder": str(age), "year": 2010, "value": 100, "data_kind": "official"} for age in range(126)
    ]
    return pl.DataFrame(guilty, schema_overrides={"value": pl.Int64}), pl.DataFrame(people)


def said(cells: pl.DataFrame) -> dict[str, tuple[int | None, int | None, str]]:
    return {r["indicator_id"]: (r["numerator"], r["denominator"], r["cell_state"]) for r in cells.to_dicts()}


def test_the_open_series_by_residence_by_hand() -> None:
    """I06k: 1220 public order, 3210 euphoriants act, 1435 trafficking, 1440 smuggling; all of 15 and over below."""
    cells = goal.open_series(*open_tables({"1": 999, "1220": 4, "1435": 20, "1440": 7, "3210": 300}))
    assert said(cells) == {
        "I06k_a": (4, None, "value"),
        "I06k_b": (300, None, "value"),
        "I06k_c": (27, None, "value"),
        "I06k": (331, None, "value"),
        "I06k_rate": (331, 11_100, "value"),
    }
    assert set(cells["geography"]) == {"101"}


def test_a_hidden_offence_hides_the_sums_it_is_part_of() -> None:
    cells = goal.open_series(*open_tables({"1220": 4, "1435": 20, "1440": None, "3210": 300}))
    hidden = {i for i, (n, _, state) in said(cells).items() if n is None and state == "blanked"}
    assert hidden == {"I06k_c", "I06k", "I06k_rate"}


def test_open_tables_nobody_pulled_say_so() -> None:
    guilty, people = open_tables({"1220": 4, "1435": 20, "1440": 7, "3210": 300})
    nothing = goal.open_series(guilty.clear(), people.clear())
    assert set(nothing["caveats"]) == {"not_pulled"}
    assert set(nothing["year"]) == {2010, 2011, 2012, 2013, 2014}
    without_people = goal.open_series(guilty, people.clear()).filter(pl.col("caveats") == "not_pulled")
    assert set(without_people["indicator_id"]) == {"I06k_rate"}


def test_another_municipality_is_never_given_these_numbers() -> None:
    nothing = goal.open_series(*open_tables({"1220": 4, "1435": 20, "1440": 7, "3210": 300}, own="751"))
    assert set(nothing["caveats"]) == {"not_pulled"}
