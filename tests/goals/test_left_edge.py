"""An indicator that looks back needs the period before; a year that lacks it says so and is no baseline."""

import polars as pl
import pytest

from assets.goals import goal_04_shelter_stays, goal_08_violence_duration
from handleplan_pipeline.catalogue import load_catalogue
from tests.lib.counting import Cells, count
from tests.lib.drawn import drawn, people
from tests.lib.readings import read, two

ADA = people(
    """
    person  born        in_population
    ada     1960-06-01  2005-2016
    """
)
TWO_FACILITIES = """
    person  facility  start_date  end_date
    ada     F1        2009-09-01  2009-12-31
    ada     F2        2010-01-01  2010-02-10   # night 121 and later of a stay that began in 2009
    ada     F1        2011-05-01  2011-05-10
"""
EVERY_YEAR = "person  start_date  end_date\n" + "\n".join(
    f"ada  {y}-05-01  {y}-05-10" for y in (2008, 2009, 2011, 2012)
)


def caveats(found: Cells, indicator: str) -> dict[int, bool]:
    rows = found.frame.filter(pl.col("indicator_id") == indicator).unique(["year", "caveats"]).sort("year")
    return {y: "left_edge" in (c or "").split(";") for y, c in rows.select("year", "caveats").rows()}


@pytest.mark.parametrize(
    ("first", "said", "cut"),
    [
        (2009, "1 of 1", {2009: True, 2010: False, 2011: False}),
        (2010, "0 of 1", {2010: True, 2011: False}),  # cannot be known: the caveat says it
    ],
)
def test_b11_the_first_delivered_year_of_long_stays_is_cut_off(first: int, said: str, cut: dict[int, bool]) -> None:
    stays = drawn("shelter_stay", TWO_FACILITIES).filter(pl.col("end_date").dt.year() >= first)
    found = count(
        goal_04_shelter_stays,
        {"section_110_stays": range(first, 2012), "dst_bef": range(2005, 2017)},
        shelter_stay=stays,
        person=ADA,
    )
    assert found("I04", 2010) == said
    assert caveats(found, "I04") == cut


def test_a_gap_in_the_deliveries_is_an_edge_too() -> None:
    found = count(
        goal_04_shelter_stays,
        {"section_110_stays": [2008, 2009, 2011, 2012]},
        shelter_stay=drawn("shelter_stay", EVERY_YEAR),
        person=ADA,
    )
    assert caveats(found, "I04") == {2008: True, 2009: False, 2011: True, 2012: False}


@pytest.mark.parametrize(("first_centre", "cut"), [(2007, False), (2008, True)])
def test_first_contact_ever_looks_back_three_years_as_far_as_the_source_exists(first_centre: int, cut: bool) -> None:
    """Of 2010 the crisis centres of 2007-2009 are asked; the team's log begins in 2011, so nobody can deliver it."""
    found = count(
        goal_08_violence_duration,
        {"special_team_log": range(2011, 2015), "crisis_centre_stays": range(first_centre, 2015)},
        contact=drawn("contact", "person  contact_date  months_of_violence  door\nada  2010-05-01  12  crisis_centre"),
        person=people("person  born  sex  in_population\nada  1960-06-01  women  2005-2016"),
    )
    assert caveats(found, "I09")[2010] is cut


def test_a_year_with_a_left_edge_is_no_baseline() -> None:
    """40 of 100 and 40 of 100 in 2010, 20 and 20 now: equally reduced, unless 2010 was cut off."""
    now = two("I04", 2014, (200, 1000), (200, 1000))
    then = two("I04", 2010, (400, 1000), (400, 1000))
    whole = read(then + now)["I04", 2014]
    cut = read([c | {"caveats": "superpopulation_interval;left_edge"} for c in then] + now)["I04", 2014]
    assert "series_break" not in (whole["remarks"] or "")
    assert (cut["result"], cut["literal_met"]) == ("cannot_tell", None)
    assert "series_break" in cut["remarks"]


def test_what_looks_back_says_so() -> None:
    looks = {i.id: i.looks_back for i in load_catalogue().indicators if i.looks_back}
    assert looks["I04"] == {"section_110_stays": 1}
    assert looks["I09"] == {"special_team_log": 3, "crisis_centre_stays": 3}
    # reports of violence are asked for three years back and nothing is counted without them
    assert load_catalogue().indicator("I09_register").needs["dst_victims"] == [-3, -2, -1, 0]
