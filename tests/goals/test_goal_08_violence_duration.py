"""Goal 8: a shorter period of partner violence.

> Resultatmål 8: At perioden, hvor kvinder med etnisk minoritetsbaggrund udsættes for partnervold, forkortes.
> (Handleplan 2011-2014, side 14)

The plan has no indicator; this one is ours. Counted of year t: women whose first contact ever to the special team or
a crisis centre lies in t and who state when the violence began; the figure is the median of completed months up to
that contact. Beside it, from reports: months between a woman's first and last offence within 36 months of the first.
"""

import pytest

from assets.goals import goal_08_violence_duration as goal
from tests.lib.counting import ALWAYS, NOBODY, Cells, count
from tests.lib.drawn import drawn, people

WOMEN = """
    person  ancestry               sex
    ada     danish                 women
    bea     danish                 women
    eva     immigrant_non_western  women
"""


def violence(contacts: str | None = None, reports: str | None = None) -> Cells:
    tables = {"contact": contacts, "victimisation": reports}
    return count(goal, person=people(WOMEN), **{n: drawn(n, t) for n, t in tables.items() if t})


def test_the_median_of_each_group() -> None:
    found = violence("""
        person    contact_date  months_of_violence
        ada       2012-01-05    10
        bea       2012-02-05    20
        eva       2012-02-05    60
        stranger  2012-02-05    90                    # origin unknown
    """)
    assert found("I09", 2012, "danish") == "15 of 2"  # halfway between the two
    assert found("I09", 2012, "minority") == "60 of 1"
    assert found("I09", 2012, "unknown") == "90 of 1"


def test_only_the_first_contact_ever_and_only_with_a_stated_start() -> None:
    found = violence("""
        person  contact_date  door           months_of_violence
        ada     2010-01-05    crisis_centre  40
        ada     2011-02-05    special_team   53                   # not her first
        bea     2011-02-06    special_team   -                    # does not say
    """)
    assert found("I09", 2010) == "40 of 1"
    assert found("I09", 2011) == NOBODY


def test_a_first_contact_without_a_stated_start_is_not_replaced_by_a_later_one() -> None:
    found = violence("""
        person  contact_date  months_of_violence
        ada     2011-01-05    -
        ada     2012-01-05    12
    """)
    assert found("I09", 2012) == NOBODY


@pytest.mark.parametrize(
    ("door", "counted", "known"),
    [
        ("special_team", "yes", True),
        ("crisis_centre", "yes", True),
        ("other", "yes", False),
        ("special_team", "no", False),
    ],
)
def test_the_doors_of_the_definition_and_partner_violence_only(door: str, counted: str, known: bool) -> None:
    found = violence(f"person  contact_date  door  counted  months_of_violence\nada  2012-01-05  {door}  {counted}  12")
    assert (found("I09", 2012) != NOBODY) == known


def test_an_anonymous_contact_says_nothing_of_a_first() -> None:
    assert violence("person  contact_date  months_of_violence\n-  2012-01-05  12")("I09", 2012, "unknown") == NOBODY


@pytest.mark.parametrize(("months", "said"), [(36, "0 of 1"), (37, "1 of 1")])
def test_over_36_months_is_strict(months: int, said: str) -> None:
    found = violence(f"person  contact_date  months_of_violence\nada  2012-01-05  {months}")
    assert found("I09_over36", 2012) == said


def test_reports_within_36_months_of_the_first_in_completed_months() -> None:
    found = violence(
        reports="""
        person  offence_date
        ada     2009-03-15
        ada     2012-03-14    # the last day of the window: 35 completed months after
        ada     2012-03-15    # outside
        bea     2009-05-01    # a single report: no months between
    """
    )
    assert found("I09_register", 2012) == "17.5 of 2"  # halfway between 35 and 0, in the year the window closes
    assert found("I09_register", 2009) == NOBODY


@pytest.mark.parametrize("order", [("A1", "A2"), ("A2", "A1")])
def test_of_two_first_contacts_of_one_day_the_longest_stated_violence_counts(order: tuple[str, str]) -> None:
    found = violence(
        f"""
        person  contact_id  contact_date  door          months_of_violence
        ada     {order[0]}  2012-01-05    special_team  12
        ada     {order[1]}  2012-01-05    special_team  40
        """
    )
    assert found("I09_over36", 2012) == "1 of 1"


def test_a_year_of_the_team_without_its_log_is_not_known_and_before_2011_none_is_needed() -> None:
    rows = drawn(
        "contact",
        """
        person  contact_date  door           months_of_violence
        ada     2010-01-05    crisis_centre  12
        bea     2011-01-05    crisis_centre  12
        eva     2012-01-05    crisis_centre  12
        """,
    )
    found = count(goal, {"special_team_log": [2011]}, contact=rows, person=people(WOMEN))
    assert found.years("I09") == [2010, 2011]
    assert 2012 in ALWAYS


def test_men_are_in_neither_figure() -> None:
    both = """
        person  ancestry  sex
        ada     danish    women
        bo      danish    men
    """
    contacts = drawn(
        "contact",
        """
        person  contact_date  door           months_of_violence
        ada     2012-01-05    crisis_centre  12
        bo      2012-01-05    crisis_centre  60
    """,
    )
    reports = drawn("victimisation", "person  offence_date\nada  2009-03-15\nbo  2009-03-15\nbo  2010-03-15")
    found = count(goal, person=people(both), contact=contacts, victimisation=reports)
    assert (found("I09", 2012), found("I09_register", 2012)) == ("12 of 1", "0 of 1")
