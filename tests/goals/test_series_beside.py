"""Hand-made cases for the series beside the goal-bearing ones: who left counted as failure, doors, lists, benefits."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from assets.goals import (
    goal_07_women_reach_services,
    goal_08_violence_duration,
    goal_09_psychiatric_follow_up,
    goal_10_transfer_income,
    goal_11_exposed_areas,
)
from assets.registers import benefit as benefit_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells import Count, cells_of_goal, years_of
from handleplan_pipeline.codes import code_list
from handleplan_pipeline.engine import DuckDbEngine
from handleplan_pipeline.observations import observe
from schemas.goals.goal_07_women_reach_services import CELL, GOAL
from schemas.registers.area_resident import AREA_RESIDENT
from schemas.registers.benefit import BENEFIT
from schemas.registers.contact import CONTACT
from schemas.registers.discharge import DISCHARGE
from schemas.registers.housing_area import HOUSING_AREA
from schemas.registers.person import PERSON_YEAR
from schemas.registers.psychiatric_contact import PSYCHIATRIC_CONTACT
from schemas.registers.social_psychiatry_service import SOCIAL_PSYCHIATRY_SERVICE
from schemas.sources.summed_counts import TABLE as SUMMED
from tests.goals.frames import counted, person, table
from tests.goals.test_definitions import BEFORE, YEARS, address, children, homes, long_stays, measure, school, stay
from tests.goals.test_definitions_later import area, contacts, merged, scene, service, woman


def test_goal_1_who_left_is_a_failure_in_the_sensitivity_series_only() -> None:
    case = [measure("mia", date(2009, 3, 1), None), measure("ali", date(2009, 3, 1), None)]
    done = [school("ali", date(2010, 6, 25), True)]
    stayed = children(*case, school=done)
    assert stayed[("I01_left_failed", 2010, "danish")] == (1, 0)
    assert stayed[("I01_left_failed", 2010, "immigrant_non_western")] == (1, 1)
    left = children(*case, school=done, stays_until=2010)
    assert ("I01", 2010, "immigrant_non_western") not in left
    assert left[("I01_left_failed", 2010, "immigrant_non_western")] == (1, 0)


@pytest.mark.parametrize("how", ["dead", "emigrated"])
def test_goal_3_who_left_is_a_failure_in_the_sensitivity_series_only(how: str) -> None:
    first = [stay("eva", date(2010, 3, 1), 5)]
    found = homes(BEFORE, address("eva", date(2010, 9, 1), how, place=None), stays=first)
    assert ("I03", 2011, "danish") not in found
    assert found[("I03_left_failed", 2011, "danish")] == (1, 0)
    assert found[("I03_fixed_date_left", 2011, "danish")] == (1, 1)
    housed = homes(BEFORE, address("eva", date(2010, 9, 1), "own_home"), stays=first)
    assert housed[("I03_left_failed", 2011, "danish")] == (1, 1)
    assert ("I03_fixed_date_left", 2011, "danish") not in housed


def test_goal_3_who_left_after_being_housed_is_reported_apart_from_the_kept() -> None:
    rows = [BEFORE, address("eva", date(2010, 9, 1), "own_home", date(2011, 9, 1)),
            address("eva", date(2011, 9, 1), "dead", place=None)]  # fmt: skip
    found = homes(*rows, stays=[stay("eva", date(2010, 3, 1), 5)])
    assert ("I03b", 2012, "danish") not in found
    assert found[("I03b_left", 2012, "danish")] == (1, 1)
    assert found[("I03b_left_failed", 2012, "danish")] == (1, 0)


def test_goal_3_kept_looks_at_every_shelter_and_every_citys_streets() -> None:
    housed, first = [BEFORE, address("eva", date(2010, 9, 1), "own_home")], stay("eva", date(2010, 3, 1), 5)
    elsewhere = stay("eva", date(2011, 6, 1), 3, here="147")
    assert homes(*housed, stays=[first, elsewhere])[("I03b", 2012, "danish")] == (1, 0)
    street = [BEFORE, address("eva", date(2010, 9, 1), "own_home", date(2011, 6, 1)),
              address("eva", date(2011, 6, 1), "no_abode", date(2011, 7, 1), place="147"),
              address("eva", date(2011, 7, 1), "own_home")]  # fmt: skip
    assert homes(*street, stays=[first])[("I03b", 2012, "danish")] == (1, 0)


def test_goal_4_a_stay_goes_on_across_shelters_of_two_cities() -> None:
    away = stay("a", date(2010, 2, 1), 100, "B9", here="147")
    back = stay("a", away["end_date"] + timedelta(days=1), 30)
    found = long_stays(away, back)
    assert found[("I04", 2010, "danish")] == (1, 1)
    assert found[("I04_paying", 2010, "danish")] == (1, 1)
    # who was only in another city's shelter is not counted, however long
    assert ("I04", 2010, "danish") not in long_stays(stay("a", date(2010, 2, 1), 200, here="147"))


def test_goal_6_who_left_is_homeless_in_the_sensitivity_series_only() -> None:
    rows = contacts((date(2010, 6, 1), date(2011, 1, 1)))
    base = {"treatment_contact": rows, "treatment_episode": merged(rows)}
    key = ("I07_left_failed", 2011, "immigrant_non_western")
    assert scene(**base)[key] == (1, 0)
    from schemas.registers.housing_situation import HOUSING_SITUATION

    gone = table(HOUSING_SITUATION, address("ole", date(2011, 5, 1), "dead", place=None))
    assert scene(**base, housing_situation=gone)[key] == (1, 1)


@pytest.mark.parametrize(("night", "homeless"), [(date(2011, 7, 1), 1), (date(2011, 7, 2), 0), (date(2011, 5, 1), 0)])
def test_goal_6_the_window_is_30_days_to_either_side(night: date, homeless: int) -> None:
    from schemas.registers.shelter_stay import SHELTER_STAY

    rows = contacts((date(2010, 6, 1), date(2011, 1, 1)))
    found = scene(treatment_contact=rows, treatment_episode=merged(rows),
                  shelter_stay=table(SHELTER_STAY, stay("ole", night, 1)))  # fmt: skip
    assert found[("I07", 2011, "immigrant_non_western")] == (1, homeless)


def women(*rows: dict[str, Any]) -> Any:
    people = table(PERSON_YEAR, *(person(n, y, sex="women") for n in ("ada", "bea") for y in YEARS))
    return counted(
        goal_07_women_reach_services.COUNTED, goal_07_women_reach_services.COUNTS, YEARS, contact=table(CONTACT, *rows),
        person=people,
    )  # fmt: skip


def test_goal_7_the_whole_system_holds_every_door() -> None:
    found = women(
        woman("1", date(2012, 1, 5), "ada"), woman("2", date(2012, 2, 5), "bea", "crisis_centre"),
        woman("3", date(2012, 3, 5), "ada", "other"), woman("4", date(2012, 3, 6), None, "other"),
    )  # fmt: skip
    assert found[("I08_system", 2012, "danish")] == (3, 3)
    assert found[("I08_system", 2012, "unknown")] == (1, 1)
    assert found[("I08_companion", 2012, "danish")] == (2, 2)


def test_goal_7_the_rate_is_per_women_of_the_group_aged_18_to_64() -> None:
    people = table(PERSON_YEAR, *(person(n, 2012, born=date(b, 6, 1), sex="women")
                                  for n, b in (("ada", 1970), ("bea", 1990), ("old", 1940))))  # fmt: skip
    rows = table(CONTACT, woman("1", date(2012, 1, 5), "ada"), woman("2", date(2012, 2, 5), "ada"))
    account = pl.DataFrame([(s, 2012, "delivered", "synthetic") for s in ("special_team_log", "dst_bef")],
                           schema=["source", "period", "outcome", "data_kind"], orient="row")  # fmt: skip
    module = goal_07_women_reach_services
    found = cells_of_goal(
        load_catalogue(), CELL, module.COUNTED, module.COUNTS, {"contact": rows, "person": people}, account,
        SUMMED.empty(), population_sql=module.POPULATION,
    ).frame  # fmt: skip
    whole = found.filter((pl.col("age_group") == "total") & (pl.col("population_group") == "danish"))
    known = {i: (n, d) for i, n, d in whole.select("indicator_id", "numerator", "denominator").rows()}
    assert known["I08_women_rate"] == known["I08_women"] == (1, 2)
    assert known["I08_contacts"] == (2, 2)
    rate = observe(load_catalogue(), 7, found, GOAL).filter(pl.col("indicator_id") == "I08_women_rate")
    assert rate.filter(pl.col("population_group") == "danish")["value"].to_list() == [5000.0]


def test_goal_7_and_8_wait_for_the_teams_log_once_there_is_a_team() -> None:
    """A year without the log is not delivered: counting crisis centres alone would be a fall that never was."""
    columns = ["source", "period"]
    rows = [(s, y) for s in ("crisis_centre_stays", "dst_bef") for y in range(2009, 2013)]
    without = pl.DataFrame(rows, schema=columns, orient="row")
    with_log = pl.concat([without, pl.DataFrame([("special_team_log", 2011)], schema=columns, orient="row")])
    for module, name in ((goal_07_women_reach_services, "I08_companion"), (goal_08_violence_duration, "I09")):
        count = next(c for c in module.COUNTS if c.indicator == name)
        indicator = load_catalogue().indicator(name)
        assert years_of(count, indicator, without, range(2009, 2013)) == [2009, 2010]
        assert years_of(count, indicator, with_log, range(2009, 2013)) == [2009, 2010, 2011]


def test_a_source_is_needed_from_the_year_it_exists() -> None:
    about = load_catalogue().indicator("I09").model_copy(update={"needs": {"a": [0, 1]}, "exists_from": {"a": 2012}})
    have = pl.DataFrame([("a", 2012)], schema=["source", "period"], orient="row")
    assert years_of(Count("I09", "median"), about, have, range(2009, 2014)) == [2009, 2010, 2011]


def leaving(*gone: dict[str, Any], until: int, rows: tuple[dict[str, Any], ...] = ()) -> Any:
    people = table(PERSON_YEAR, *(person("kim", y, "immigrant_western") for y in YEARS if y <= until))
    treated = {"person": "kim", "contact_id": "1", "start_date": date(2010, 5, 1), "end_date": date(2010, 5, 9),
               "patient_type": "inpatient"}  # fmt: skip
    return counted(
        goal_09_psychiatric_follow_up.COUNTED, goal_09_psychiatric_follow_up.COUNTS, YEARS,
        psychiatric_contact=table(PSYCHIATRIC_CONTACT, treated), discharge=table(DISCHARGE, *gone),
        social_psychiatry_service=table(SOCIAL_PSYCHIATRY_SERVICE, *rows), person=people,
    )  # fmt: skip


def out(when: date) -> dict[str, Any]:
    return {"person": "kim", "discharge_date": when, "needs_further_effort": True, "notified": True}


def test_goal_9_who_left_is_a_failure_in_the_sensitivity_series_only() -> None:
    cared_for = (service(date(2010, 6, 1)),)
    here = leaving(out(date(2010, 5, 9)), until=2013, rows=cared_for)
    for name in ("I10_coverage", "I11", "I10_coverage_left_failed", "I11_left_failed"):
        assert here[(name, 2010, "immigrant_western")] == (1, 1), name
    gone = leaving(out(date(2010, 5, 9)), until=2010, rows=cared_for)
    for name in ("I10_coverage_left_failed", "I11_left_failed"):
        assert gone[(name, 2010, "immigrant_western")] == (1, 0), name
    for name in ("I10_coverage", "I11"):
        assert (name, 2010, "immigrant_western") not in gone
        assert gone[(f"{name}_left", 2010, "immigrant_western")] == (1, 1)


def test_goal_9_a_person_discharged_twice_in_a_pool_is_one_by_the_first_discharge() -> None:
    found = leaving(out(date(2011, 5, 9)), out(date(2012, 5, 9)), until=2012)
    assert found[("I11", 2012, "immigrant_western")] == (1, 0)
    assert ("I11_left", 2012, "immigrant_western") not in found
    assert found[("I11_left_failed", 2012, "immigrant_western")] == (1, 0)


def test_goal_9_nobody_of_a_minority_in_social_psychiatry_is_a_ratio_of_zero_not_a_gap() -> None:
    def share(name: str, n: int, d: int) -> dict[str, Any]:
        return {"indicator_id": name, "year": 2010, "population_group": "minority", "sex": "total", "age_group": "18+",
                "numerator": n, "denominator": d, "value": None}  # fmt: skip

    def ratio(*rows: dict[str, Any]) -> list[float]:
        frame = pl.DataFrame(list(rows), schema_overrides={"value": pl.Float64})
        found = goal_09_psychiatric_follow_up.representation(frame)
        return found.filter(pl.col("indicator_id") == "I10")["value"].to_list()

    assert ratio(share("I10_s", 0, 50), share("I10_t", 10, 100)) == [0.0]
    assert ratio(share("I10_s", 5, 50), share("I10_t", 0, 100)) == []


def test_goal_10_both_rows_have_each_years_list_half_the_year_and_early_retirement() -> None:
    kind = "high_risk_department"
    areas = table(HOUSING_AREA, area(2010, "A"), area(2010, "X", kind), area(2012, "A"), area(2012, "Y", kind))
    places = (("p", "A", "exposed_area"), ("q", "X", kind), ("r", "Y", kind))
    residents = table(
        AREA_RESIDENT, *({"person": n, "year": 2012, "area_key": k, "area_kind": a} for n, k, a in places)
    )
    week = {"year": 2012, "reference_week": "1247"}
    benefits = table(
        BENEFIT,
        {"person": "p", "on_transfer": False, "half_year": True, "early_retirement": True} | week,
        {"person": "q", "on_transfer": True, "half_year": False, "early_retirement": False} | week,
    )
    people = table(PERSON_YEAR, *(person(n, 2012) for n in "pqr"))
    found = counted(
        goal_10_transfer_income.COUNTED, goal_10_transfer_income.COUNTS, YEARS, area_resident=residents,
        housing_area=areas, benefit=benefits, person=people,
    )  # fmt: skip
    assert {k[0]: v for k, v in found.items()} == {
        "I12a": (1, 0), "I12a_current": (1, 0), "I12a_half_year": (1, 1), "I12a_early_retirement": (1, 1),
        "I12b": (1, 1), "I12b_current": (1, 0), "I12b_half_year": (1, 0), "I12b_early_retirement": (1, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "counts"),
    [("130", (True, False)), ("783", (True, False)), ("621", (False, True)), ("651", (False, False)),
     ("998", (False, False)), (None, (False, False)), ("555", (False, False))],
)  # fmt: skip
def test_goal_10_which_benefits_count(code: str | None, counts: tuple[bool, bool]) -> None:
    row = {"person": "x", "period": 2012, "reference_week": "1247", "reference_code": code, "transfer_weeks": 26,
           "weeks": 52, "set_aside": None, "key_id": "k", "data_kind": "synthetic", "delivery_id": "d"}  # fmt: skip
    frame = pl.DataFrame([row], schema_overrides={"reference_code": pl.String, "set_aside": pl.String})
    found = DuckDbEngine().query(benefit_asset.QUERY, {"dst_dream": frame, "benefit": code_list("benefit")})
    assert found.select("on_transfer", "early_retirement", "half_year").row(0) == (*counts, True)


def test_goal_11_a_list_that_became_empty_has_no_new_areas_and_is_not_a_gap() -> None:
    rows = table(
        HOUSING_AREA, area(2010, "A"), area(2011, "A", listed=False), area(2012, "A", listed=False, version="v9")
    )
    found = {(r[0], r[1]): r[7] for r in goal_11_exposed_areas.delivered_counts(rows, 2010).rows()}
    assert found[("I13a", 2011)] == 0
    assert ("I13a", 2012) not in found


def test_baseline_years_of_the_series_beside_are_the_first_that_can_be_compared() -> None:
    known = {i.id: i.baseline_year for i in load_catalogue().indicators}
    assert known["I03"] == known["I03_fixed_date"] == 2011
    assert known["I03b"] == 2012
    assert known["I08_companion"] == known["I08_system"] == 2010
