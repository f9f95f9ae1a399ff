"""Hand-made cases per definition, goals 5 to 11 and ancestry: every boundary the definitions name."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from assets.goals import (
    goal_05_treatment_access,
    goal_06_open_drug_scene,
    goal_07_women_reach_services,
    goal_08_violence_duration,
    goal_09_psychiatric_follow_up,
    goal_10_transfer_income,
    goal_11_exposed_areas,
)
from assets.registers import person as person_asset
from assets.registers import treatment_episode as treatment_episode_asset
from handleplan_pipeline.codes import code_list
from handleplan_pipeline.engine import DuckDbEngine
from schemas.registers.area_resident import AREA_RESIDENT
from schemas.registers.benefit import BENEFIT
from schemas.registers.contact import CONTACT
from schemas.registers.decision import DECISION
from schemas.registers.discharge import DISCHARGE
from schemas.registers.housing_area import HOUSING_AREA
from schemas.registers.housing_situation import HOUSING_SITUATION
from schemas.registers.person import PERSON_YEAR
from schemas.registers.psychiatric_contact import PSYCHIATRIC_CONTACT
from schemas.registers.shelter_stay import SHELTER_STAY
from schemas.registers.social_psychiatry_service import SOCIAL_PSYCHIATRY_SERVICE
from schemas.registers.treatment_contact import TREATMENT_CONTACT
from schemas.registers.treatment_episode import TREATMENT_EPISODE
from schemas.registers.victimisation import VICTIMISATION
from tests.goals.frames import counted, person, table
from tests.goals.test_definitions import YEARS, address, decision, stay


def contacts(*spans: tuple[date, date | None], drug: str = "kokain") -> pl.DataFrame:
    return table(TREATMENT_CONTACT, *(
        {"person": "ole", "contact_id": f"K{i}", "start_date": a, "end_date": b, "main_drug": drug, "geography": "101",
         "request_date": a - timedelta(days=15), "any_cocaine": drug == "kokain", "residential": False}
        for i, (a, b) in enumerate(spans)
    ))  # fmt: skip


def merged(rows: pl.DataFrame) -> pl.DataFrame:
    found = DuckDbEngine().query(treatment_episode_asset.QUERY, {"treatment_contact": rows}, {"gap_days": 10})
    return found.select(pl.col(c.name).cast(c.dtype) for c in TREATMENT_EPISODE.columns).sort("start_date")


@pytest.mark.parametrize(("gap", "number"), [(10, 1), (11, 2)])
def test_treatment_contacts_10_days_apart_are_one_and_11_are_two(gap: int, number: int) -> None:
    end = date(2010, 3, 1)
    later = end + timedelta(days=gap)
    assert merged(contacts((date(2010, 1, 1), end), (later, later + timedelta(days=30)))).height == number


def test_an_open_treatment_contact_swallows_what_follows() -> None:
    found = merged(contacts((date(2010, 1, 1), None), (date(2012, 1, 1), date(2012, 2, 1))))
    assert found["end_date"].to_list() == [None]


def treatment(rows: pl.DataFrame) -> Any:
    people = table(PERSON_YEAR, *(person("ole", y, "immigrant_non_western") for y in YEARS))
    return counted(
        goal_05_treatment_access.COUNTED, goal_05_treatment_access.COUNTS, YEARS, treatment_contact=rows,
        treatment_episode=merged(rows), person=people,
    )  # fmt: skip


@pytest.mark.parametrize(("quiet", "again"), [(89, False), (90, False), (91, True)])
def test_goal_5_a_start_needs_90_days_without_treatment(quiet: int, again: bool) -> None:
    end = date(2010, 12, 1)
    start = end + timedelta(days=quiet)
    found = treatment(contacts((date(2010, 6, 1), end), (start, start + timedelta(days=200))))
    assert found[("I05", 2010, "immigrant_non_western")] == (1, 1)
    assert (("I05", 2011, "immigrant_non_western") in found) == again


def test_goal_5_waiting_more_than_14_days_and_leaving_within_90() -> None:
    found = treatment(contacts((date(2010, 6, 1), date(2010, 8, 30))))
    assert found[("I05b", 2010, "immigrant_non_western")] == (1, 1)
    assert found[("I05c", 2010, "immigrant_non_western")] == (1, 1)
    assert treatment(contacts((date(2010, 6, 1), date(2010, 8, 31))))[("I05c", 2010, "immigrant_non_western")] == (1, 0)
    assert ("I05", 2010, "immigrant_non_western") not in treatment(contacts((date(2010, 6, 1), None), drug="hash"))


def scene(*rows: dict[str, Any], **tables: pl.DataFrame) -> Any:
    base = {
        "decision": table(DECISION, *rows), "treatment_contact": table(TREATMENT_CONTACT),
        "treatment_episode": table(TREATMENT_EPISODE), "shelter_stay": table(SHELTER_STAY),
        "housing_situation": table(HOUSING_SITUATION),
        "person": table(PERSON_YEAR, *(person("ole", y, "immigrant_non_western") for y in YEARS)),
    } | tables  # fmt: skip
    return counted(goal_06_open_drug_scene.COUNTED, goal_06_open_drug_scene.COUNTS, YEARS, **base)


def test_goal_6_each_row_counts_its_offences_and_the_total_each_person_once() -> None:
    found = scene(
        decision("ole", date(2010, 2, 1), "3810507"), decision("ole", date(2010, 3, 1), "3210505", case="S-2"),
        decision("ole", date(2010, 4, 1), "1440505", case="S-3"),
        decision("ole", date(2010, 5, 1), "3810510", case="S-4"), place_of_nothing := decision(
            "ole", date(2011, 5, 1), "3210505", case="S-5", guilty=False),
    )  # fmt: skip
    assert place_of_nothing["guilty"] is False
    expected = dict.fromkeys(("I06a", "I06b", "I06c", "I06_total", "I06_place"), (1, 1))
    assert {k[0]: v for k, v in found.items() if k[1] == 2010} == expected
    assert not [k for k in found if k[1] == 2011]


def test_goal_6_homeless_a_year_after_enrolment_by_shelter_street_or_status() -> None:
    rows = contacts((date(2010, 6, 1), date(2011, 1, 1)))
    base = {"treatment_contact": rows, "treatment_episode": merged(rows)}
    key = ("I07", 2011, "immigrant_non_western")
    assert scene(**base)[key] == (1, 0)
    near = table(SHELTER_STAY, stay("ole", date(2011, 6, 30), 3))
    assert scene(**base, shelter_stay=near)[key] == (1, 1)
    far = table(SHELTER_STAY, stay("ole", date(2011, 7, 2), 3))
    assert scene(**base, shelter_stay=far)[key] == (1, 0)
    street = table(HOUSING_SITUATION, address("ole", date(2011, 5, 1), "no_abode"))
    assert scene(**base, housing_situation=street)[key] == (1, 1)
    gone = table(HOUSING_SITUATION, address("ole", date(2011, 5, 1), "dead", place=None))
    assert scene(**base, housing_situation=gone)[("I07_left", 2011, "immigrant_non_western")] == (1, 1)
    status = rows.with_columns(status_date=pl.lit(date(2010, 12, 1)), status_homeless=pl.lit(True))
    assert scene(**base | {"treatment_contact": status})[key] == (1, 1)


def woman(
    n: str, when: date, name: str | None, door: str = "special_team", months: int | None = None
) -> dict[str, Any]:
    return {"contact_id": n, "person": name, "contact_date": when, "door": door, "anonymous": name is None,
            "counted": True, "months_of_violence": months}  # fmt: skip


def test_goal_7_an_anonymous_contact_is_unknown_and_never_a_woman_of_a_group() -> None:
    rows = table(CONTACT, woman("1", date(2012, 1, 5), "ada"), woman("2", date(2012, 2, 5), "ada"),
                 woman("3", date(2012, 2, 6), None), woman("4", date(2012, 3, 1), "ada", "crisis_centre"))  # fmt: skip
    people = table(PERSON_YEAR, person("ada", 2012, "descendant_western", sex="women"))
    found = counted(
        goal_07_women_reach_services.COUNTED, goal_07_women_reach_services.COUNTS, YEARS, contact=rows, person=people
    )
    assert found == {
        ("I08_contacts", 2012, "descendant_western"): (2, 2), ("I08_women", 2012, "descendant_western"): (1, 1),
        ("I08_anonymous", 2012, "unknown"): (1, 1), ("I08_companion", 2012, "descendant_western"): (1, 1),
        ("I08_system", 2012, "descendant_western"): (3, 3), ("I08_system", 2012, "unknown"): (1, 1),
    }  # fmt: skip


def test_goal_8_only_the_first_contact_ever_and_only_with_a_stated_start() -> None:
    rows = table(CONTACT, woman("1", date(2010, 1, 5), "ada", "crisis_centre", 40),
                 woman("2", date(2011, 2, 5), "ada", months=53), woman("3", date(2011, 2, 6), "bea"))  # fmt: skip
    people = table(PERSON_YEAR, *(person(n, y, sex="women") for n in ("ada", "bea") for y in YEARS))
    reports = table(VICTIMISATION, {"person": "ada", "case_id": "1", "offence_date": date(2009, 3, 15)},
                    {"person": "ada", "case_id": "2", "offence_date": date(2012, 3, 14)},
                    {"person": "ada", "case_id": "3", "offence_date": date(2012, 3, 15)})  # fmt: skip
    found = counted(
        goal_08_violence_duration.COUNTED, goal_08_violence_duration.COUNTS, YEARS, contact=rows, victimisation=reports,
        person=people,
    )  # fmt: skip
    assert found == {("I09", 2010, "danish"): (1, 1), ("I09_register", 2012, "danish"): (1, 1)}


def psychiatry(contact_rows: pl.DataFrame, services: pl.DataFrame, out: pl.DataFrame | None = None) -> Any:
    people = table(PERSON_YEAR, *(person("kim", y, "immigrant_western") for y in YEARS))
    return counted(
        goal_09_psychiatric_follow_up.COUNTED, goal_09_psychiatric_follow_up.COUNTS, YEARS,
        psychiatric_contact=contact_rows, social_psychiatry_service=services,
        discharge=table(DISCHARGE) if out is None else out, person=people,
    )  # fmt: skip


def service(start: date, own: bool = False) -> dict[str, Any]:
    return {"person": "kim", "section": "99", "start_date": start, "end_date": start, "own_initiative": own}


def test_goal_9_emergency_is_no_contact_and_a_substitute_number_is_unknown() -> None:
    rows = table(PSYCHIATRIC_CONTACT,
                 {"person": "kim", "contact_id": "1", "start_date": date(2010, 5, 1), "end_date": date(2010, 5, 9),
                  "patient_type": "outpatient"},
                 {"person": "kim", "contact_id": "2", "start_date": date(2011, 5, 1), "end_date": date(2011, 5, 9),
                  "patient_type": "emergency"},
                 {"person": "substitute", "contact_id": "3", "start_date": date(2010, 5, 1), "end_date": None,
                  "patient_type": "inpatient"})  # fmt: skip
    found = psychiatry(rows, table(SOCIAL_PSYCHIATRY_SERVICE, service(date(2011, 5, 1))))
    assert found[("I10_t", 2010, "immigrant_western")] == (1, 1)
    assert ("I10_t", 2011, "immigrant_western") not in found
    assert found[("I10_t_unknown", 2010, "unknown")] == (1, 1)
    assert ("I10_t", 2010, "unknown") not in found
    # 365 days from 1 May 2010 is 1 May 2011
    assert found[("I10_coverage", 2010, "immigrant_western")] == (1, 1)
    later = psychiatry(rows, table(SOCIAL_PSYCHIATRY_SERVICE, service(date(2011, 5, 2))))
    assert later[("I10_coverage", 2010, "immigrant_western")] == (1, 0)


@pytest.mark.parametrize(
    ("services", "expected"),
    [([], (1, 0)), ([(90, False)], (1, 1)), ([(91, False)], (1, 0)), ([(14, True)], None), ([(15, True)], (1, 0)),
     ([(15, True), (20, False)], (1, 1))],
)  # fmt: skip
def test_goal_9_contact_after_discharge(services: list[tuple[int, bool]], expected: tuple[int, int] | None) -> None:
    out = table(DISCHARGE, {"person": "kim", "discharge_date": date(2010, 5, 1), "needs_further_effort": True,
                            "notified": True})  # fmt: skip
    rows = table(
        SOCIAL_PSYCHIATRY_SERVICE, *(service(date(2010, 5, 1) + timedelta(days=d), own) for d, own in services)
    )
    found = psychiatry(table(PSYCHIATRIC_CONTACT), rows, out)
    assert found.get(("I11", 2010, "immigrant_western")) == expected


def area(year: int, key: str, kind: str = "exposed_area", listed: bool = True, meets: bool = True,
         version: str = "v2010") -> dict[str, Any]:  # fmt: skip
    return {"year": year, "area_key": key, "area_kind": kind, "listed": listed, "meets_2010_criteria": meets,
            "criteria_version": version, "dwellings": 60}  # fmt: skip


def test_goal_10_the_fixed_set_of_2010_bears_and_the_own_list_stands_beside() -> None:
    areas = table(HOUSING_AREA, area(2010, "A"), area(2012, "A", listed=False), area(2012, "B"))
    residents = table(AREA_RESIDENT, *({"person": n, "year": 2012, "area_key": k, "area_kind": "exposed_area"}
                                       for n, k in (("p", "A"), ("q", "B"), ("old", "A"))))  # fmt: skip
    benefits = table(BENEFIT, {"person": "p", "year": 2012, "reference_week": "1247", "on_transfer": True,
                               "half_year": False})  # fmt: skip
    people = table(PERSON_YEAR, person("p", 2012), person("q", 2012), person("old", 2012, born=date(1947, 12, 31)))
    found = counted(
        goal_10_transfer_income.COUNTED, goal_10_transfer_income.COUNTS, YEARS, area_resident=residents,
        housing_area=areas, benefit=benefits, person=people,
    )  # fmt: skip
    assert found == {("I12a", 2012, "danish"): (2, 1), ("I12a_current", 2012, "danish"): (1, 0),
                     ("I12a_half_year", 2012, "danish"): (2, 0),
                     ("I12a_early_retirement", 2012, "danish"): (2, 1)}  # fmt: skip


def test_goal_11_new_areas_are_counted_within_one_version_of_the_criteria_only() -> None:
    rows = table(HOUSING_AREA, area(2010, "A"), area(2011, "A"), area(2011, "B"), area(2012, "B", version="v2014"),
                 area(2012, "D", "high_risk_department"))  # fmt: skip
    found = {(r[0], r[1]): r[7] for r in goal_11_exposed_areas.delivered_counts(rows, 2010).rows()}
    assert found[("I13a", 2011)] == 1
    assert ("I13a", 2012) not in found
    assert found[("I13a_constant", 2012)] == 1
    assert found[("I13b", 2012)] == 1


@pytest.mark.parametrize(
    ("ie_type", "country", "ancestry"),
    [("1", "5100", "danish"), ("2", "5180", "immigrant_western"), ("2", "5750", "immigrant_non_western"),
     ("3", "5172", "descendant_non_western"), ("2", "5000", "immigrant"), ("2", None, "immigrant"),
     (None, "5100", "unknown"), ("0", "5172", "unknown"), ("2", "5101", "immigrant_western")],
)  # fmt: skip
def test_ancestry_is_never_guessed_and_croatia_stays_where_it_was_in_2010(
    ie_type: str | None, country: str | None, ancestry: str
) -> None:
    row = {"person": "x", "period": 2014, "birth_date": date(1970, 5, 5), "sex": "1", "ie_type": ie_type,
           "origin_country": country, "municipality": "101", "set_aside": None, "key_id": "k",
           "data_kind": "synthetic", "delivery_id": "d"}  # fmt: skip
    frame = pl.DataFrame([row], schema_overrides={"ie_type": pl.String, "origin_country": pl.String})
    inputs = {"dst_bef": frame, "origin_country": code_list("origin_country")}
    found = DuckDbEngine().query(person_asset.QUERY, inputs)
    assert found["ancestry"].to_list() == [ancestry]
    assert found["age"].to_list() == [43]
