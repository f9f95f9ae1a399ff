"""Goal 3: a home of one's own.

> Resultatmål 3: At hjemløse med etnisk minoritetsbaggrund opnår og fastholder egen bolig i lige så stort omfang som
> hjemløse med etnisk dansk baggrund. (Handleplan 2011-2014, side 9)

Counted of year t: who had a night in a section 110 shelter of the city, or was registered there without abode, in
t-1. Achieved: by address a dwelling of one's own or permanent accommodation on day 365 after the first such day, and
no night in a section 107 or 110 facility on it. Kept (I03b, a year later): who was housed on day 365 had no such
night and no lack of abode through day 730. Without an address record within 30 days of the day, nobody knows.

Eva's first qualifying day is 1 March 2010 unless another is drawn; day 365 is 1 March 2011, day 730 is 29 February
2012.
"""

from datetime import date
from typing import Any

import polars as pl
import pytest

from assets.goals import goal_03_stable_housing as goal
from assets.registers import housing_situation as housing_situation_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake.engine import DuckDbEngine
from tests.lib.counting import NOBODY, Cells, count, cte, rows
from tests.lib.drawn import drawn, people

EVA = "person  ancestry\neva  danish"
IN_MARCH = """
    person  start_date  end_date
    eva     2010-03-01  2010-03-06
"""
ONCE_AT_FRIENDS = "eva     2000-01-01  2010-09-01  care_of"
HEADER = "person  start_date  end_date  situation  geography\n"


def addresses(*written: str) -> str:
    """A drawn table of addresses; the city is Copenhagen where the fifth column is left out."""
    return HEADER + "\n".join(w if len(w.split()) == 5 else f"{w}  101" for w in written)


def homes(
    *written: str, stays: str | None = IN_MARCH, population: str = EVA, periods: Any = None, services: str | None = None
) -> Cells:
    shelter = {"shelter_stay": drawn("shelter_stay", stays)} if stays else {}
    if services:
        shelter["social_psychiatry_service"] = drawn("social_psychiatry_service", services)
    return count(
        goal,
        periods,
        housing_situation=drawn("housing_situation", addresses(*written)),
        person=people(population),
        **shelter,
    )


def test_the_share_of_each_group_that_is_housed_a_year_after() -> None:
    found = homes(
        "eva     2010-09-01  -           own_home",
        "ole     2010-06-01  2010-12-01  no_abode",
        "ole     2010-12-01  -           permanent_accommodation",
        "kim     2010-06-01  2010-12-01  no_abode",
        "kim     2010-12-01  -           shelter",
        "max     2010-06-01  2010-12-01  no_abode",
        "max     2010-12-01  -           own_home",
        population="""
            person  ancestry
            eva     danish
            ole     immigrant_non_western
            kim     descendant_western
        """,
    )
    assert found("I03", 2011, "danish") == "1 of 1"
    assert found("I03", 2011, "minority") == "1 of 2"
    assert found("I03", 2011, "unknown") == "1 of 1"  # Max is in no population: unknown, never guessed


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        ("own_home", "1 of 1"),
        ("permanent_accommodation", "1 of 1"),  # section 108
        ("temporary_accommodation", "0 of 1"),  # section 107
        ("care_of", "0 of 1"),
        ("institution", "0 of 1"),
        ("shelter", "0 of 1"),
        ("no_abode", "0 of 1"),
        ("unknown", "0 of 1"),
    ],
)
def test_a_dwelling_of_her_own_on_day_365(situation: str, said: str) -> None:
    assert homes(ONCE_AT_FRIENDS, f"eva  2010-09-01  -  {situation}")("I03", 2011) == said


@pytest.mark.parametrize(("moved", "said"), [("2011-03-01", "1 of 1"), ("2011-03-02", "0 of 1")])
def test_day_365_and_not_366(moved: str, said: str) -> None:
    assert homes(f"eva  2000-01-01  {moved}  care_of", f"eva  {moved}  -  own_home")("I03", 2011) == said


@pytest.mark.parametrize(("lost", "said"), [("2011-03-01", "0 of 1"), ("2011-03-02", "1 of 1")])
def test_a_home_lost_on_the_day_is_no_home(lost: str, said: str) -> None:
    """The end of an address is the first day of the next one."""
    assert homes(f"eva  2010-09-01  {lost}  own_home", f"eva  {lost}  -  care_of")("I03", 2011) == said


@pytest.mark.parametrize("how", ["dead", "emigrated"])
def test_who_died_or_emigrated_before_leaves_the_denominator_and_is_counted_beside(how: str) -> None:
    found = homes(ONCE_AT_FRIENDS, f"eva  2010-09-01  -  {how}  -")
    assert found("I03", 2011) == NOBODY
    assert found("I03_left", 2011) == "1"
    assert found("I03_left_failed", 2011) == "0 of 1"  # a failure in the sensitivity series only
    assert found("I03_fixed_date_left", 2011) == "1"
    housed = homes(ONCE_AT_FRIENDS, "eva  2010-09-01  -  own_home")
    assert housed("I03_left_failed", 2011) == "1 of 1"
    assert housed("I03_left", 2011) == housed("I03_fixed_date_left", 2011) == "0"


@pytest.mark.parametrize(("died", "left"), [("2011-03-01", "1"), ("2011-03-02", "0")])
def test_dead_on_day_365_has_left_and_on_day_366_has_not(died: str, left: str) -> None:
    assert homes(f"eva  2010-09-01  {died}  own_home", f"eva  {died}  -  dead  -")("I03_left", 2011) == left


@pytest.mark.parametrize("how", ["dead", "emigrated"])
def test_who_dies_or_emigrates_after_the_day_was_there_on_it(how: str) -> None:
    """Day 365 is 1 March 2011; the home ended nine days before, and the death is nearer."""
    home = "eva  2010-09-01  2011-02-20  own_home"
    found = homes(home, f"eva  2011-03-03  -  {how}  -")
    assert (found("I03", 2011), found("I03_left", 2011)) == ("1 of 1", "0")
    # and where nothing else is near, nobody knows
    far = homes("eva  2010-06-01  2010-09-01  own_home", f"eva  2011-03-03  -  {how}  -")
    assert (far("I03_left", 2011), far("I03_unknown", 2011)) == ("0", "1")


def test_without_abode_qualifies_and_the_window_finds_the_nearest_record() -> None:
    street = "eva  2010-06-01  2011-05-20  no_abode"
    # day 365 is 1 June 2011; there is no record on it, and the nearest within 30 days is the home of 11 June
    assert homes(street, "eva  2011-06-11  -  own_home", stays=None)("I03", 2011) == "1 of 1"
    later = homes(street, "eva  2011-07-20  -  own_home", stays=None)
    assert later("I03", 2011) == "0 of 1"  # the street of 19 May, 13 days before


def test_the_nearer_record_stands_and_a_tie_goes_to_the_earlier() -> None:
    # the last day of the record before is 21 May, eleven days before; the next begins eleven or nine days after
    street = ["eva  2010-06-01  2010-07-01  no_abode", "eva  2010-07-01  2011-05-22  care_of"]
    assert homes(*street, "eva  2011-06-12  -  own_home", stays=None)("I03", 2011) == "0 of 1"
    assert homes(*street, "eva  2011-06-10  -  own_home", stays=None)("I03", 2011) == "1 of 1"


@pytest.mark.parametrize(
    ("stay", "counted"),
    [
        ("eva  2009-12-01  2010-01-01  101", False),  # the last night was New Year's Eve of 2009
        ("eva  2009-12-01  2010-01-02  101", True),
        ("eva  2010-12-31  2011-01-01  101", True),
        ("eva  2011-01-01  2011-01-05  101", False),
        ("eva  2010-06-01  2010-06-10  147", False),  # another city's shelter
    ],
)
def test_a_night_in_a_shelter_of_the_city_in_the_year_before(stay: str, counted: bool) -> None:
    found = homes("eva  2000-01-01  -  care_of", stays=f"person  start_date  end_date  facility_municipality\n{stay}")
    assert (found("I03", 2011) != NOBODY) == counted


def test_the_street_of_another_city_does_not_qualify() -> None:
    assert homes("eva  2010-06-01  -  no_abode  147", stays=None)("I03", 2011) == NOBODY
    assert homes("eva  2010-06-01  -  no_abode  101", stays=None)("I03", 2011) == "0 of 1"


def test_the_fixed_date_asks_on_31_december() -> None:
    found = homes("eva  2010-09-01  2011-12-31  care_of", "eva  2011-12-31  -  own_home")
    assert found("I03", 2011) == "0 of 1"
    assert found("I03_fixed_date", 2011) == "1 of 1"


HOUSED = [ONCE_AT_FRIENDS, "eva  2010-09-01  -  own_home"]


@pytest.mark.parametrize(
    ("again", "city", "said"),
    [
        ("2011-03-02  2011-03-05", "101", "0 of 1"),  # the day after day 365
        ("2012-02-29  2012-03-03", "101", "0 of 1"),  # day 730
        ("2011-06-01  2011-06-01", "101", "1 of 1"),  # in and out on one day: no night
        ("2012-03-01  2012-03-04", "101", "1 of 1"),  # day 731
        ("2011-06-01  2011-06-04", "147", "0 of 1"),  # any city's shelter
    ],
)
def test_kept_means_no_shelter_night_through_day_730(again: str, city: str, said: str) -> None:
    stays = f"""
        person  start_date  end_date    facility_municipality
        eva     2010-03-01  2010-03-06  101
        eva     {again}  {city}
    """
    assert homes(*HOUSED, stays=stays)("I03b", 2012) == said
    assert homes(*HOUSED)("I03b", 2012) == "1 of 1"


def test_kept_means_no_street_in_any_city() -> None:
    found = homes(
        ONCE_AT_FRIENDS,
        "eva  2010-09-01  2011-06-01  own_home",
        "eva  2011-06-01  2011-07-01  no_abode  147",
        "eva  2011-07-01  -           own_home",
    )
    assert found("I03b", 2012) == "0 of 1"


def test_who_was_not_housed_on_day_365_has_nothing_to_keep() -> None:
    found = homes("eva  2000-01-01  2011-03-02  care_of", "eva  2011-03-02  -  own_home")
    assert found("I03b", 2012) == NOBODY


def test_who_left_after_being_housed_is_counted_beside_the_kept() -> None:
    found = homes(ONCE_AT_FRIENDS, "eva  2010-09-01  2011-09-01  own_home", "eva  2011-09-01  -  dead  -")
    assert found("I03b", 2012) == NOBODY
    assert found("I03b_left", 2012) == "1"
    assert found("I03b_left_failed", 2012) == "0 of 1"


def test_the_first_cohort_that_can_be_followed_is_that_of_2010() -> None:
    first = {i.id: i.baseline_year for i in load_catalogue().indicators}
    assert first["I03"] == first["I03_fixed_date"] == 2011
    assert first["I03b"] == 2012


def test_the_year_needs_addresses_and_stays_of_both_years() -> None:
    for source, missing in (("section_110_stays", 2010), ("address_history", 2010), ("address_history", 2011)):
        without = {source: [p for p in range(2000, 2017) if p != missing]}
        assert 2011 not in homes(*HOUSED, periods=without).years("I03"), source
    # where the night of follow-up was spent
    for source in ("section_110_stays", "social_psychiatry_services"):
        without = {source: [p for p in range(2000, 2017) if p != 2011]}
        assert 2011 not in homes(*HOUSED, periods=without).years("I03"), source
    assert 2011 in homes(*HOUSED, periods={"social_psychiatry_services": [2011]}).years("I03")


# Where the night was spent -----------------------------------------------------------------------------------------


def test_who_keeps_an_address_and_lives_in_a_shelter_is_not_housed() -> None:
    """Finding G2: one stay 2010-03-01 to 2012-03-01, a dwelling of her own by address all the time."""
    found = homes("eva  2000-01-01  -  own_home", stays="person  start_date  end_date\neva  2010-03-01  2012-03-01")
    assert [found("I03", y) for y in (2011, 2012)] == ["0 of 1", "0 of 1"]
    # index day 1 January 2012, day 365 is 31 December 2012: she has left the shelter
    assert found("I03", 2013) == "1 of 1"
    assert [found("I03_address_only", y) for y in (2011, 2012, 2013)] == ["1 of 1", "1 of 1", "1 of 1"]
    assert found("I03_fixed_date", 2011) == "0 of 1"
    assert [found("I03b", y) for y in (2012, 2013)] == [NOBODY, NOBODY]  # nothing to keep before 2013's success


@pytest.mark.parametrize(
    ("again", "city", "said"),
    [
        ("2011-02-20  2011-03-01", "101", "1 of 1"),  # left on the day: the night of day 365 was not spent there
        ("2011-02-20  2011-03-02", "101", "0 of 1"),
        ("2011-03-01  2011-03-02", "147", "0 of 1"),  # any city's facility
        ("2011-03-01  2011-03-01", "101", "1 of 1"),  # in and out: no night
        ("2011-03-02  2011-03-09", "101", "1 of 1"),  # the night after is a matter of keeping
    ],
)
def test_the_night_of_day_365_in_a_shelter(again: str, city: str, said: str) -> None:
    stays = f"""
        person  start_date  end_date    facility_municipality
        eva     2010-03-01  2010-03-06  101
        eva     {again}  {city}
    """
    assert homes(*HOUSED, stays=stays)("I03", 2011) == said


@pytest.mark.parametrize(
    ("section", "dates", "said"),
    [
        ("107", "2011-02-20  2011-03-02", "0 of 1"),
        ("107", "2011-02-20  2011-03-01", "1 of 1"),  # moved out on the day
        ("107", "2011-02-20  -", "0 of 1"),
        ("108", "2011-02-20  2011-06-01", "1 of 1"),  # permanent accommodation is a home
        ("99", "2011-02-20  2011-06-01", "1 of 1"),  # a contact person is no facility
    ],
)
def test_the_night_of_day_365_in_temporary_accommodation(section: str, dates: str, said: str) -> None:
    services = f"person  section  start_date  end_date\neva  {section}  {dates}"
    assert homes(*HOUSED, services=services)("I03", 2011) == said


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ("2011-03-02  2011-03-03", "0 of 1"),  # the first night of the year between
        ("2012-02-29  2012-05-01", "0 of 1"),  # day 730
        ("2012-03-01  2012-05-01", "1 of 1"),
    ],
)
def test_kept_means_no_night_in_temporary_accommodation_either(dates: str, said: str) -> None:
    services = f"person  section  start_date  end_date\neva  107  {dates}"
    assert homes(*HOUSED, services=services)("I03b", 2012) == said


def test_kept_asks_from_day_365_on_and_not_who_found_a_home_before() -> None:
    """Finding B9: housed on day 184, and no longer on day 337; on day 365 there is nothing to keep."""
    found = homes(ONCE_AT_FRIENDS, "eva  2010-09-01  2011-02-01  own_home", "eva  2011-02-01  -  care_of")
    assert found("I03", 2011) == "0 of 1"
    assert found("I03b", 2012) == NOBODY
    assert "day 365" in load_catalogue().indicator("I03b").definition_en
    assert "dag 365" in load_catalogue().indicator("I03b").definition_da


# Nobody knows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "eva  2005-01-01  2010-12-01  own_home",  # a gap of more than 30 days
        "ole  2005-01-01  -           own_home",  # no record of hers at all
        "eva  2005-01-01  -           status_unknown",  # a number annulled or changed, or a person who disappeared
    ],
)
def test_without_an_address_record_the_outcome_is_unknown(written: str) -> None:
    """Finding G6: she stayed in the denominator as not housed."""
    found = homes(written)
    assert found.who(2011) == {
        "I03_unknown": "1",
        "I03_unknown_failed": "0 of 1",  # both bounds
        "I03_unknown_housed": "1 of 1",
        "I03_fixed_date_unknown": "1",
    }


def test_a_number_that_was_given_up_hides_no_home() -> None:
    """The record of the old number begins later and never ends; it is about the number."""
    gone = "eva  2010-06-01  -  number_only"
    assert homes("eva  2005-01-01  -  own_home", gone)("I03", 2011) == "1 of 1"
    assert homes(gone)("I03_unknown", 2011) == "1"
    near = homes("eva  2005-01-01  2011-02-20  own_home", gone)
    assert near("I03", 2011) == homes("eva  2005-01-01  2011-02-20  own_home")("I03", 2011)


def test_the_bounds_hold_those_who_are_known_too() -> None:
    found = homes(
        *HOUSED,
        "kim  2000-01-01  -  care_of",
        stays="person  start_date  end_date\neva  2010-03-01  2010-03-06\nkim  2010-03-01  2010-03-06\n"
        "ole  2010-03-01  2010-03-06",
        population="person\neva\nkim\nole",
    )
    assert found("I03", 2011) == "1 of 2"
    assert (found("I03_unknown_failed", 2011), found("I03_unknown_housed", 2011)) == ("1 of 3", "2 of 3")
    assert found("I03_left_failed", 2011) == "1 of 2"


def test_a_year_later_unknown_unless_the_loss_was_seen() -> None:
    kept = [ONCE_AT_FRIENDS, "eva  2010-09-01  2011-08-01  own_home"]
    found = homes(*kept)
    assert (found("I03b", 2012), found("I03b_unknown", 2012)) == (NOBODY, "1")
    seen = homes(*kept, "eva  2011-08-01  2011-09-01  no_abode")
    assert (seen("I03b", 2012), seen("I03b_unknown", 2012)) == ("0 of 1", "0")


# The query, part by part -------------------------------------------------------------------------------------------

STAYS = """
    person  start_date  end_date    facility  facility_municipality
    eva     2009-11-01  2010-02-01  B1        101                     # over New Year: qualifies in both years
    eva     2010-05-01  2010-05-04  B2        101
    ole     2010-05-01  2010-05-04  B9        147                     # elsewhere
"""


def part(name: str, columns: str, *written: str, stays: str = STAYS) -> list[dict[str, str]]:
    return cte(
        goal,
        name,
        columns,
        shelter_stay=drawn("shelter_stay", stays),
        housing_situation=drawn("housing_situation", addresses(*written)),
    )


def test_qualifying_has_a_day_for_every_stay_and_street_of_the_year() -> None:
    found = part("qualifying", "person index_year day", "ole  2010-03-01  2010-03-10  no_abode")
    assert found == rows("""
        person  index_year  day
        eva     2009        2009-11-01
        eva     2010        2010-01-01   # a stay from the year before begins to count on 1 January
        eva     2010        2010-05-01
        ole     2010        2010-03-01
    """)


def test_indexed_keeps_the_first_day_of_each_year() -> None:
    assert part("indexed", "person index_year index_day", "eva  2000-01-01  -  own_home") == rows("""
        person  index_year  index_day
        eva     2009        2009-11-01
        eva     2010        2010-01-01
    """)


def test_follow_asks_three_times() -> None:
    found = part("follow", "kind person follow_up", "eva  2000-01-01  -  own_home", stays=IN_MARCH)
    assert found == rows("""
        kind     person  follow_up
        day_365  eva     2011-03-01
        day_730  eva     2012-02-29
        fixed    eva     2011-12-31
    """)


def test_covering_is_the_record_on_the_day_and_of_two_the_later_begun() -> None:
    found = part(
        "covering",
        "kind situation",
        "eva  2000-01-01  -  own_home",
        "eva  2011-02-01  2011-12-31  care_of",
        stays=IN_MARCH,
    )
    assert found == rows("""
        kind     situation
        day_365  care_of
        day_730  own_home
        fixed    own_home    # on 31 December the other one has ended
    """)


def test_nearest_looks_30_days_to_either_side_and_only_beside_the_day() -> None:
    found = part(
        "nearest",
        "kind situation",
        "eva  2010-01-01  2011-01-30  care_of",
        "eva  2011-03-31  2011-05-01  own_home",
        stays=IN_MARCH,
    )
    assert found == rows("""
        kind     situation
        day_365  own_home      # 31 March is day 30; what ended on 29 January was 31 days before
    """)


def test_at_follow_up_says_that_there_is_no_record() -> None:
    found = part("at_follow_up", "kind situation", "eva  2010-01-01  2010-12-01  own_home", stays=IN_MARCH)
    assert found == rows("""
        kind     situation
        day_365  no_record
        day_730  no_record
        fixed    no_record
    """)


def test_housed_names_success_and_who_is_gone() -> None:
    found = part(
        "housed",
        "kind success gone unknown",
        "eva  2010-06-01  2011-06-01  permanent_accommodation",
        "eva  2011-06-01  -  emigrated  -",
        stays=IN_MARCH,
    )
    assert found == rows("""
        kind     success  gone  unknown
        day_365  yes      no    no
        day_730  no       yes   no
        fixed    no       yes   no
    """)


def test_kept_follows_those_who_were_housed_on_day_365_only() -> None:
    written = ["eva  2010-06-01  -  own_home", "ole  2010-03-01  2010-06-01  no_abode", "ole  2010-06-01  -  care_of"]
    assert part("kept", "person index_year gone outcome", *written, stays=IN_MARCH) == rows("""
        person  index_year  gone  outcome
        eva     2010        no    yes
    """)


# What an address is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "situation"),
    [
        ({}, "own_home"),
        ({"care_of": True}, "care_of"),
        ({"use_of_address": "2"}, "institution"),
        ({"use_of_address": "3"}, "shelter"),
        ({"use_of_address": "4"}, "temporary_accommodation"),
        ({"use_of_address": "5"}, "permanent_accommodation"),
        ({"road_code": "9950"}, "unknown"),  # reserved for the administration, and not on the city's list
        ({"no_abode": True, "road_code": "9901", "cpr_status": "03"}, "no_abode"),
        ({"cpr_status": "90"}, "dead"),
        ({"cpr_status": "80"}, "emigrated"),
        ({"cpr_status": "70"}, "status_unknown"),
        ({"use_of_address": None}, "unknown"),
    ],
)
def test_what_an_address_is(columns: dict[str, Any], situation: str) -> None:
    row = {
        "person": "x",
        "start_date": date(2010, 1, 1),
        "end_date": None,
        "municipality": "101",
        "road_code": "0123",
        "cpr_status": "01",
        "use_of_address": "1",
        "care_of": False,
        "no_abode": False,
        "period": 2010,
        "set_aside": None,
        "key_id": "k",
        "data_kind": "synthetic",
        "delivery_id": "d",
    } | columns
    found = DuckDbEngine().query(
        housing_situation_asset.QUERY, {"address_history": pl.DataFrame([row], infer_schema_length=None)}
    )
    assert found["situation"].to_list() == [situation]
