"""Goal 7: women make use of the municipal services.

> Resultatmål 7: At kvinder med etnisk minoritetsbaggrund i større omfang får kendskab til og gør brug af de kommunale
> tilbud. (Handleplan 2011-2014, side 14)

Counted of year t: women exposed to partner violence who contact the special team in t, and their contacts; beside
them the women of the group aged 18-64 in the city. An anonymous contact has no origin: it is its own row and counts
as unknown, never as a woman of a group. Contacts at other doors stand beside, so that a shift between doors is seen.
"""

import pytest

from assets.goals import goal_07_women_reach_services as goal
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.observations import observe
from schemas.goals.goal_07_women_reach_services import GOAL
from tests.lib.counting import ALWAYS, NOBODY, Cells, count
from tests.lib.drawn import drawn, people

WOMEN = """
    person  ancestry            born        sex
    ada     danish              1970-06-01  women
    bea     danish              1990-06-01  women
    eva     descendant_western  1970-06-01  women
"""


def doors(text: str, population: str = WOMEN) -> Cells:
    return count(goal, contact=drawn("contact", text), person=people(population))


def test_women_contacts_and_the_rate_of_each_group() -> None:
    found = doors(
        """
        person    contact_date
        ada       2012-01-05
        ada       2012-02-05    # two contacts, one woman
        eva       2012-02-05
        stranger  2012-02-06    # known by number, in no population: a woman of unknown origin
        """,
        WOMEN
        + """
        old     danish              1940-06-01  women
        girl    danish              1996-06-01  women
        bo      danish              1970-06-01  men
        """,
    )
    assert found("I08_women", 2012, "danish") == "1 of 2"  # Ada and Bea are the women of 18 to 64
    assert found("I08_women_rate", 2012, "danish") == "1 of 2"
    assert found("I08_contacts", 2012, "danish") == "2 of 2"
    assert found("I08_women", 2012, "minority") == "1 of 1"
    assert found("I08_women", 2012, "unknown") == "1"
    rate = observe(load_catalogue(), 7, found.frame, GOAL)
    rate = rate.filter((rate["indicator_id"] == "I08_women_rate") & (rate["population_group"] == "danish"))
    assert rate.filter(rate["year"] == 2012)["value"].to_list() == [5000.0]  # per 10,000


def test_the_rate_counts_the_women_who_are_in_its_population() -> None:
    """Finding G9: 20 women per residents of 18-64, of whom 17 had come."""
    found = doors(
        "person  contact_date\nada  2012-01-05\nold  2012-01-05\nfar  2012-01-05\ngirl  2012-01-05",
        WOMEN
        + """
        old     danish              1940-06-01  women
        girl    danish              1996-06-01  women
        """,
    )
    assert found("I08_women", 2012, "danish") == "3 of 2"  # the count stays the count
    assert found("I08_women_rate", 2012, "danish") == "1 of 2"


def test_an_anonymous_contact_is_unknown_and_never_a_woman_of_a_group() -> None:
    found = doors("""
        person  contact_date  door
        eva     2012-01-05    special_team
        eva     2012-02-05    special_team
        -       2012-02-06    special_team
        eva     2012-03-01    crisis_centre
    """)
    assert found.who(2012, "minority") == {
        "I08_women": "1 of 1",
        "I08_women_rate": "1 of 1",
        "I08_contacts": "2 of 1",
        "I08_companion": "1",
        "I08_system": "3 of 1",
    }
    assert found.who(2012, "unknown") == {"I08_anonymous": "1", "I08_system": "1"}
    assert found.who(2012, "danish") == {}


def test_the_whole_system_is_every_door_together() -> None:
    found = doors("""
        person  contact_date  door
        ada     2012-01-05    special_team
        bea     2012-02-05    crisis_centre
        ada     2012-03-05    other
        -       2012-03-06    other
    """)
    assert found("I08_system", 2012, "danish") == "3 of 2"
    assert found("I08_system", 2012, "unknown") == "1"
    assert found("I08_companion", 2012, "danish") == "2"
    assert found("I08_companion", 2012, "unknown") == "1"
    assert found("I08_anonymous", 2012, "unknown") == "0"  # the anonymous one did not come to the team


def test_only_women_exposed_to_partner_violence_are_counted() -> None:
    found = doors("""
        person  contact_date  counted
        ada     2012-01-05    no        # another matter, or a man
    """)
    assert found.who(2012, "danish") == {}


@pytest.mark.parametrize(("when", "year"), [("2011-12-31", 2011), ("2012-01-01", 2012)])
def test_the_contact_decides_the_year(when: str, year: int) -> None:
    found = doors(f"person  contact_date\nada  {when}")
    assert [t for t in (2011, 2012) if found("I08_women", t) == "1 of 2"] == [year]


def test_a_year_of_the_team_without_its_log_is_not_known_and_before_2011_none_is_needed() -> None:
    """Counting crisis centres alone would be a fall that never was."""
    rows, here = drawn("contact", "person  contact_date  door\nada  2010-01-05  crisis_centre"), people(WOMEN)
    log = {"special_team_log": [2011]}
    found = count(goal, log, contact=rows, person=here)
    assert found.years("I08_women") == [2011]
    assert [t for t in ALWAYS if t >= 2009 and t in found.years("I08_companion")] == [2009, 2010, 2011]
    assert found("I08_companion", 2010) == "1"
    assert found("I08_women", 2010) == NOBODY


def test_the_first_years_that_can_be_compared() -> None:
    """Finding B10: other offers come in the team's log, so 2010 is crisis centres only."""
    first = {i.id: i.baseline_year for i in load_catalogue().indicators}
    assert first["I08_companion"] == first["I08_system"] == first["I09"] == first["I09_over36"] == 2011
    for series in ("I08_companion", "I08_system", "I09", "I09_over36"):
        assert load_catalogue().broken(series, 2010, 2014), series
        assert not load_catalogue().broken(series, 2011, 2014), series
        assert 2011 in load_catalogue().break_years(series), series


def test_a_boy_at_a_crisis_centre_is_no_woman() -> None:
    """Sons live there with their mothers. Who is in no population is a woman: the centre is for women."""
    found = doors(
        """
        person    contact_date  door
        ada       2012-01-05    crisis_centre
        son       2012-01-05    crisis_centre
        stranger  2012-01-06    crisis_centre
        """,
        WOMEN + "    son     danish              2006-06-01  men\n",
    )
    assert found("I08_companion", 2012, "danish") == found("I08_system", 2012, "danish").split()[0] == "1"
    assert found("I08_companion", 2012, "unknown") == "1"
