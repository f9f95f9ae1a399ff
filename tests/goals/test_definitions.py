"""Hand-made cases per definition, goals 1 to 4: every boundary they name, on registers small enough to count."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.goals import (
    goal_01_ninth_grade,
    goal_02_youth_crime,
    goal_03_stable_housing,
    goal_04_shelter_stays,
)
from assets.registers import housing_situation as housing_situation_asset
from assets.registers import shelter_episode as shelter_episode_asset
from handleplan_pipeline.engine import DuckDbEngine
from schemas.registers.child_measure import CHILD_MEASURE
from schemas.registers.decision import DECISION
from schemas.registers.housing_situation import HOUSING_SITUATION
from schemas.registers.person import PERSON_YEAR
from schemas.registers.schooling import SCHOOLING
from schemas.registers.shelter_episode import SHELTER_EPISODE
from schemas.registers.shelter_stay import SHELTER_STAY
from tests.goals.frames import counted, person, table

YEARS = range(2008, 2014)


def stay(name: str, start: date, nights: int | None, facility: str = "B1", here: str = "101") -> dict[str, Any]:
    end = None if nights is None else start + timedelta(days=nights)
    return {"person": name, "facility": facility, "start_date": start, "end_date": end,
            "observed_end": end or date(2014, 1, 1), "facility_municipality": here,
            "paying_municipality": "101"}  # fmt: skip


def episodes(*stays: dict[str, Any]) -> pl.DataFrame:
    found = DuckDbEngine().query(
        shelter_episode_asset.QUERY, {"shelter_stay": table(SHELTER_STAY, *stays)}, {"gap_days": 1}
    )
    return found.select(pl.col(c.name).cast(c.dtype) for c in SHELTER_EPISODE.columns)


def long_stays(*stays: dict[str, Any]) -> dict[tuple[str, int, str], Any]:
    people = table(PERSON_YEAR, *(person(s, y) for s in {x["person"] for x in stays} for y in YEARS))
    return counted(
        goal_04_shelter_stays.COUNTED, goal_04_shelter_stays.COUNTS, YEARS, shelter_episode=episodes(*stays),
        shelter_stay=table(SHELTER_STAY, *stays), person=people,
    )  # fmt: skip


@pytest.mark.parametrize(("nights", "hit"), [(119, 0), (120, 0), (121, 1)])
def test_goal_4_more_than_120_nights_is_strict(nights: int, hit: int) -> None:
    assert long_stays(stay("a", date(2010, 2, 1), nights))[("I04", 2010, "danish")] == (1, hit)


def test_goal_4_a_stay_over_new_year_counts_in_the_year_of_night_121() -> None:
    # 1 October 2010 + 120 nights: night 121 is 29 January 2011
    found = long_stays(stay("a", date(2010, 10, 1), 125))
    assert found[("I04", 2010, "danish")] == (1, 0)
    assert found[("I04", 2011, "danish")] == (1, 1)


@pytest.mark.parametrize(("gap", "hit"), [(0, 1), (1, 1), (2, 0)])
@pytest.mark.parametrize("facility", ["B1", "B2"])
def test_goal_4_stays_one_day_apart_are_one_also_across_shelters(gap: int, hit: int, facility: str) -> None:
    first = stay("a", date(2010, 1, 10), 70)
    second = stay("a", first["end_date"] + timedelta(days=gap), 70, facility)
    assert long_stays(first, second)[("I04", 2010, "danish")] == (1, hit)


def test_goal_4_an_open_stay_counts_as_long_as_it_is_known() -> None:
    found = long_stays(stay("a", date(2012, 12, 1), None))
    assert found[("I04", 2012, "danish")] == (1, 0)
    assert found[("I04", 2013, "danish")] == (1, 1)


def test_goal_4_another_citys_shelter_counts_only_where_the_city_pays() -> None:
    found = long_stays(stay("a", date(2010, 2, 1), 130, here="147"))
    assert ("I04", 2010, "danish") not in found
    # who pays is told by its own series
    assert found[("I04_paying", 2010, "danish")] == (1, 1)


def test_goal_4_nobody_without_a_night_in_the_year() -> None:
    assert ("I04", 2011, "danish") not in long_stays(stay("a", date(2010, 12, 1), 31))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), min_size=1, max_size=6, unique_by=lambda x: x[0]))
def test_merged_stays_are_the_runs_of_nights_with_gaps_of_one_filled(spans: list[tuple[int, int]]) -> None:
    origin = date(2010, 1, 1)
    found = episodes(*(stay("a", origin + timedelta(days=s), n, f"B{i}") for i, (s, n) in enumerate(spans)))
    nights = {d for s, n in spans for d in range(s, s + n)}
    filled = nights | {d for d in range(400) if d - 1 in nights and d + 1 in nights}
    starts = sorted(d for d in filled if d - 1 not in filled)
    assert sorted((d - origin).days for d in found["start_date"]) == starts
    assert int(found["source_rows"].sum()) == int(found["stays"].sum()) == len(spans)


def children(*rows: dict[str, Any], school: list[dict[str, Any]] | None = None, stays_until: int = 2011) -> Any:
    people = [person(n, y, a, date(1994, 5, 5)) for n, a in (("mia", "danish"), ("ali", "immigrant_non_western"))
              for y in range(2008, stays_until + 1)]  # fmt: skip
    return counted(
        goal_01_ninth_grade.COUNTED, goal_01_ninth_grade.COUNTS, range(2010, 2011),
        child_measure=table(CHILD_MEASURE, *rows), schooling=table(SCHOOLING, *(school or [])),
        person=table(PERSON_YEAR, *people),
    )  # fmt: skip


def measure(name: str, start: date, end: date | None, code: str = "210", by: str = "101") -> dict[str, Any]:
    return {"person": name, "measure_code": code, "start_date": start, "end_date": end, "acting_municipality": by}


def test_goal_1_a_child_with_three_measures_is_one_child() -> None:
    rows = [measure("mia", date(2009, 3, 1), date(2010, 3, 1), code) for code in ("210", "215", "220")]
    assert children(*rows)[("I01", 2010, "danish")] == (1, 0)


@pytest.mark.parametrize(
    ("start", "end", "counted_in"),
    [(date(2007, 1, 1), date(2008, 7, 31), False), (date(2007, 1, 1), date(2008, 8, 1), True),
     (date(2010, 7, 31), None, True), (date(2010, 8, 1), None, False), (date(2000, 1, 1), None, True)],
)  # fmt: skip
def test_goal_1_the_window_is_24_months_to_31_july(start: date, end: date | None, counted_in: bool) -> None:
    assert (("I01", 2010, "danish") in children(measure("mia", start, end))) == counted_in


def test_goal_1_another_citys_child_is_not_counted() -> None:
    assert not children(measure("mia", date(2009, 3, 1), None, by="147"))


def school(name: str, when: date, completed: bool) -> dict[str, Any]:
    return {"person": name, "event": "exit", "event_date": when, "subject": "29", "completed": completed}


@pytest.mark.parametrize(
    ("when", "completed", "hit"),
    [(date(2010, 6, 25), True, 1), (date(2010, 6, 25), False, 0), (date(2011, 10, 1), True, 1),
     (date(2011, 10, 2), True, 0)],
)  # fmt: skip
def test_goal_1_completed_by_1_october_of_the_next_year(when: date, completed: bool, hit: int) -> None:
    found = children(measure("ali", date(2009, 3, 1), None), school=[school("ali", when, completed)])
    assert found[("I01", 2010, "immigrant_non_western")] == (1, hit)


def test_goal_1_who_left_denmark_is_reported_apart() -> None:
    found = children(measure("mia", date(2009, 3, 1), None), stays_until=2010)
    assert found == {("I01_left", 2010, "danish"): (1, 1), ("I01_left_failed", 2010, "danish"): (1, 0)}


def mark(name: str, outcome: str, test: str = "Bundne prøvefag", subject: str = "MAT") -> dict[str, Any]:
    return {"person": name, "event": "mark", "event_date": date(2010, 6, 1), "subject": f"{subject} {test}",
            "mark_class": outcome}  # fmt: skip


def test_goal_1_a_missing_or_exempt_mark_is_unknown_and_a_teachers_mark_is_no_exam() -> None:
    case = measure("mia", date(2009, 3, 1), None)
    assert children(case)[("I01_exam_unknown", 2010, "danish")] == (1, 1)
    assert ("I01_exam", 2010, "danish") not in children(case)
    assert children(case, school=[mark("mia", "passed")])[("I01_exam", 2010, "danish")] == (1, 1)
    assert children(case, school=[mark("mia", "failed")])[("I01_exam", 2010, "danish")] == (1, 0)
    exempt = [mark("mia", "passed"), mark("mia", "no_mark", subject="DAN")]
    assert ("I01_exam", 2010, "danish") not in children(case, school=exempt)
    assert ("I01_exam", 2010, "danish") not in children(case, school=[mark("mia", "failed", "Standpunkt")])


def decision(name: str, when: date, code: str = "1285005", offence: date | None = None, guilty: bool = True,
             case: str = "S-1", place: str = "101") -> dict[str, Any]:  # fmt: skip
    return {"person": name, "case_id": case, "decision_date": when, "offence_date": offence or when,
            "offence_code": code, "guilty": guilty, "offence_municipality": place}  # fmt: skip


def crime(*rows: dict[str, Any], born: date = date(1994, 5, 5)) -> Any:
    people = table(PERSON_YEAR, *(person("bo", y, "descendant_non_western", born) for y in (2010, 2011)))
    return counted(
        goal_02_youth_crime.COUNTED, goal_02_youth_crime.COUNTS, range(2010, 2012),
        decision=table(DECISION, *rows), person=people,
    )  # fmt: skip


def test_goal_2_a_person_with_two_decisions_counts_once() -> None:
    found = crime(decision("bo", date(2010, 3, 1)), decision("bo", date(2010, 9, 1), case="S-2"))
    assert found[("I02", 2010, "descendant_non_western")] == (1, 1)


@pytest.mark.parametrize(
    ("row", "names"),
    [(decision("bo", date(2010, 3, 1), guilty=False), set()),
     (decision("bo", date(2010, 3, 1), "2130505"), {"I02_traffic"}),
     (decision("bo", date(2010, 3, 1), "3410505"), {"I02", "I02_age15_24", "I02_traffic"}),
     (decision("bo", date(2010, 3, 1), "3810507"), set()),
     (decision("bo", date(2010, 3, 1), offence=date(2009, 5, 4)), set()),
     (decision("bo", date(2010, 3, 1), offence=date(2009, 5, 5)), {"I02", "I02_age15_24", "I02_traffic"})],
)  # fmt: skip
def test_goal_2_guilt_laws_and_the_age_of_15_at_the_offence(row: dict[str, Any], names: set[str]) -> None:
    assert {k[0] for k in crime(row)} == names


def test_goal_2_age_18_on_1_january_is_only_in_the_wider_band() -> None:
    assert {k[0] for k in crime(decision("bo", date(2010, 3, 1)), born=date(1991, 5, 5))} == {"I02_age15_24"}


def address(
    name: str, start: date, situation: str, end: date | None = None, place: str | None = "101"
) -> dict[str, Any]:
    return {"person": name, "start_date": start, "end_date": end, "situation": situation, "geography": place}


def homes(*addresses: dict[str, Any], stays: list[dict[str, Any]] | None = None) -> Any:
    people = table(PERSON_YEAR, *(person("eva", y, "danish", sex="women") for y in YEARS))
    return counted(
        goal_03_stable_housing.COUNTED, goal_03_stable_housing.COUNTS, YEARS,
        shelter_stay=table(SHELTER_STAY, *(stays or [])), person=people,
        housing_situation=table(HOUSING_SITUATION, *addresses),
    )  # fmt: skip


BEFORE = address("eva", date(2000, 1, 1), "care_of", date(2010, 9, 1))


@pytest.mark.parametrize(
    ("situation", "hit"),
    [("own_home", 1), ("permanent_accommodation", 1), ("care_of", 0), ("temporary_accommodation", 0),
     ("institution", 0), ("shelter", 0), ("no_abode", 0), ("unknown", 0)],
)  # fmt: skip
def test_goal_3_a_dwelling_of_her_own_on_day_365(situation: str, hit: int) -> None:
    found = homes(BEFORE, address("eva", date(2010, 9, 1), situation), stays=[stay("eva", date(2010, 3, 1), 5)])
    assert found[("I03", 2011, "danish")] == (1, hit)


def test_goal_3_day_365_and_not_366() -> None:
    # index day 1 March 2010, day 365 is 1 March 2011
    moved = [
        address("eva", date(2000, 1, 1), "care_of", date(2011, 3, 1)),
        address("eva", date(2011, 3, 1), "own_home"),
    ]
    assert homes(*moved, stays=[stay("eva", date(2010, 3, 1), 5)])[("I03", 2011, "danish")] == (1, 1)
    late = [address("eva", date(2000, 1, 1), "care_of", date(2011, 3, 2)), address("eva", date(2011, 3, 2), "own_home")]
    assert homes(*late, stays=[stay("eva", date(2010, 3, 1), 5)])[("I03", 2011, "danish")] == (1, 0)


@pytest.mark.parametrize("how", ["dead", "emigrated"])
def test_goal_3_death_and_emigration_before_follow_up_leave_the_denominator(how: str) -> None:
    found = homes(BEFORE, address("eva", date(2010, 9, 1), how, place=None), stays=[stay("eva", date(2010, 3, 1), 5)])
    assert ("I03", 2011, "danish") not in found
    assert found[("I03_left", 2011, "danish")] == (1, 1)


def test_goal_3_without_abode_qualifies_and_the_window_finds_the_nearest_record() -> None:
    street = address("eva", date(2010, 6, 1), "no_abode", date(2011, 5, 20))
    # no record on 1 June 2011, the nearest within 30 days is the new home ten days later
    assert homes(street, address("eva", date(2011, 6, 11), "own_home"))[("I03", 2011, "danish")] == (1, 1)
    assert homes(street, address("eva", date(2011, 7, 20), "own_home"))[("I03", 2011, "danish")] == (1, 0)


def test_goal_3_kept_means_no_new_stay_and_no_street_for_a_year() -> None:
    housed = [BEFORE, address("eva", date(2010, 9, 1), "own_home")]
    first = stay("eva", date(2010, 3, 1), 5)
    assert homes(*housed, stays=[first])[("I03b", 2012, "danish")] == (1, 1)
    again = stay("eva", date(2011, 3, 2), 3)
    assert homes(*housed, stays=[first, again])[("I03b", 2012, "danish")] == (1, 0)
    later = stay("eva", date(2012, 3, 1), 3)
    assert homes(*housed, stays=[first, later])[("I03b", 2012, "danish")] == (1, 1)


@pytest.mark.parametrize(
    ("columns", "situation"),
    [({}, "own_home"), ({"care_of": True}, "care_of"), ({"use_of_address": "2"}, "institution"),
     ({"use_of_address": "3"}, "shelter"), ({"use_of_address": "4"}, "temporary_accommodation"),
     ({"use_of_address": "5"}, "permanent_accommodation"), ({"road_code": "9950"}, "unknown"),
     ({"no_abode": True, "road_code": "9901", "cpr_status": "03"}, "no_abode"), ({"cpr_status": "90"}, "dead"),
     ({"cpr_status": "80"}, "emigrated"), ({"cpr_status": "70"}, "unknown"), ({"use_of_address": None}, "unknown")],
)  # fmt: skip
def test_what_an_address_is(columns: dict[str, Any], situation: str) -> None:
    row = {"person": "x", "start_date": date(2010, 1, 1), "end_date": None, "municipality": "101", "road_code": "0123",
           "cpr_status": "01", "use_of_address": "1", "care_of": False, "no_abode": False, "period": 2010,
           "set_aside": None, "key_id": "k", "data_kind": "synthetic", "delivery_id": "d"} | columns  # fmt: skip
    found = DuckDbEngine().query(
        housing_situation_asset.QUERY, {"address_history": pl.DataFrame([row], infer_schema_length=None)}
    )
    assert found["situation"].to_list() == [situation]
