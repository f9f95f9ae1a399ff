"""The comparison can fail: one row less, or a boundary moved by a day or a year, is seen in every goal."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from tests.recount import areas, children, crime, housing, people, psychiatry, records, shelters, treatment, violence
from tests.recount.cities import Both
from tests.recount.comparison import Difference, differences, recount
from tests.recount.files import Deliveries
from tests.recount.layouts import Row
from tests.recount.people import COPENHAGEN, City

YEARS = range(2010, 2015)


def seen(both: Both, indicator: str) -> list[Difference]:
    deliveries, theirs = both
    ours = recount(Deliveries(deliveries.rows, named=deliveries.named), only={indicator})
    return differences(ours, {key: cell for key, cell in theirs.items() if key.indicator == indicator})


Unmoved = Callable[[str], list[Difference]]


@pytest.fixture(scope="module")
def unmoved(both: Both) -> Unmoved:
    """What is seen of an indicator when nothing was changed; reckoned once for all its mutations."""
    return cache(lambda indicator: seen(both, indicator))


def first(rows: Iterable[Row]) -> Row:
    return next(iter(rows))


def ninth_grade(city: City) -> Row:
    """The only leaving of 9th grade of one of the cohort."""
    here = {p for p in children.cohort(city, 2012) if city.in_denmark(p, 2013)}
    rows = [r for r in city.deliveries.every("dst_kotre") if r["PNR"] in here and r["AUDD"] not in (None, "0")]
    return first(r for r in rows if [x["PNR"] for x in rows].count(r["PNR"]) == 1)


def decision(city: City) -> Row:
    young = city.residents(2012, 15, 17)
    guilty = [r for r in city.deliveries.of("dst_kraf", 2012) if r["AFG_AFGTYP3"] in crime.GUILTY]
    rows = [r for r in guilty if r["PNR"] in young and crime.of_the_laws(r)]
    return first(r for r in rows if [x["PNR"] for x in rows].count(r["PNR"]) == 1)


def scene_decision(city: City) -> Row:
    adults = city.residents(2012, 15)
    guilty = [r for r in city.deliveries.of("dst_kraf", 2012) if r["AFG_AFGTYP3"] in crime.GUILTY]
    rows = [r for r in guilty if r["PNR"] in adults and r["AFG_GER7"] in crime.SCENE]
    return first(r for r in rows if [x["PNR"] for x in rows].count(r["PNR"]) == 1)


def home(city: City) -> Row:
    """The address on which somebody counts as housed."""
    return first(f.address.row for f in housing.followed(city, 2012) if f.address and f.known and f.housed)


def long_stay(city: City) -> Row:
    """The stay of somebody who has that one only, and more than 120 nights of it."""
    every = [s.person for s in shelters.stays(city)]
    return first(
        s.row
        for s in shelters.stays(city)
        if s.row["BOFORM_KOM"] == COPENHAGEN
        and every.count(s.person) == 1
        and any(s.person in shelters.long_stays(city, year) for year in YEARS)
    )


def treatment_start(city: City) -> Row:
    return first(e.contacts[0] for e in treatment.starts(city, 2012) if e.cocaine)


def enrolment(city: City) -> Row:
    """The only contact of an adult resident, enrolled in the year."""
    adults = city.residents(2012, 18)
    rows = [r for r in city.deliveries.of("drug_treatment", 2012) if r["CPR"] in adults and r["KOM"] == COPENHAGEN]
    only = [r for r in rows if [x["CPR"] for x in city.deliveries.every("drug_treatment")].count(r["CPR"]) == 1]
    return first(r for r in only if r["INDSKRIVNINGSDATO"].year == 2012)


def log_entry(city: City) -> Row:
    team = [r for r in city.deliveries.of("special_team_log", 2012) if r["TILBUD"] == "S" and r["PARTNERVOLD"]]
    return first(r for r in team if r["CPR"] and [x["CPR"] for x in team].count(r["CPR"]) == 1)


def crisis_stay(city: City) -> Row:
    began = dict(violence.months_before_contact(city, 2012))
    return first(r for r in city.deliveries.of("crisis_centre_stays", 2012) if r["CPR"] in began and r["VOLDSSTART"])


def hospital_contact(city: City) -> Row:
    """The only contact of an adult resident of known ancestry."""
    known = {p for p, who in city.residents(2012, 18).items() if who.ancestry_known}
    rows = psychiatry.hospital_contacts(city, 2012)
    return first(r for r in rows if r["V_CPR"] in known and [x["V_CPR"] for x in rows].count(r["V_CPR"]) == 1)


def weeks(city: City) -> Row:
    week, listed = areas.reference_week(2012), {p.key for p in areas.lists(city).base(areas.AREA)}
    here = {r["CPR"] for r in city.deliveries.of("housing_residents", 2012) if r["OMRAADE_ID"] in listed}
    working = city.residents(2012, 18, 64)
    rows = city.deliveries.of("dst_dream", 2012)
    return first(r for r in rows if r["PNR"] in here & set(working) and r[week] in areas.COUNTED)


def department(city: City) -> Row:
    rows = city.deliveries.of("housing_areas", 2012)
    return first(r for r in rows if r["OMRAADE_TYPE"] == areas.DEPARTMENT and r["PAA_LISTEN"])


ROWS: list[tuple[str, str, Callable[[City], Row]]] = [
    ("I01", "dst_kotre", ninth_grade),
    ("I02", "dst_kraf", decision),
    ("I03", "address_history", home),
    ("I04", "section_110_stays", long_stay),
    ("I05", "drug_treatment", treatment_start),
    ("I06_total", "dst_kraf", scene_decision),
    ("I07", "drug_treatment", enrolment),
    ("I08_women", "special_team_log", log_entry),
    ("I09_over36", "crisis_centre_stays", crisis_stay),
    ("I10_t", "psychiatry_contacts", hospital_contact),
    ("I12a", "dst_dream", weeks),
    ("I13b", "housing_areas", department),
]


@pytest.mark.parametrize(("indicator", "source", "which"), ROWS, ids=[r[0] for r in ROWS])
def test_one_row_less_is_seen(
    both: Both, unmoved: Unmoved, indicator: str, source: str, which: Callable[[City], Row]
) -> None:
    deliveries, theirs = both
    row = which(City(deliveries))
    assert seen((deliveries.without(source, row), theirs), indicator) != unmoved(indicator)


DAY = timedelta(days=1)
BOUNDARIES: list[tuple[str, ModuleType, str, Any]] = [
    ("I01", children, "COHORT_AGE", 17),
    ("I02", crime, "CRIMINAL_AGE", 16),
    ("I02", crime, "GUILTY", crime.GUILTY - {"311"}),
    ("I03", housing, "FOLLOW_UP", 350 * DAY),
    ("I03", housing, "PERMANENT_ACCOMMODATION", "4"),
    ("I04", shelters, "LONG_FROM", 120),
    ("I04", shelters, "LONG_FROM", 122),
    ("I04", shelters, "GAP", 0),
    ("I04", shelters, "GAP", 2),
    ("I05", treatment, "FREE_OF_TREATMENT", 89 * DAY),
    ("I05", treatment, "FREE_OF_TREATMENT", 91 * DAY),
    ("I05b", treatment, "LONG_WAIT", 13 * DAY),
    ("I05b", treatment, "LONG_WAIT", 15 * DAY),
    ("I05c", treatment, "EARLY", 89 * DAY),
    ("I05c", treatment, "EARLY", 91 * DAY),
    ("I06_total", crime, "CRIMINAL_AGE", 16),
    ("I07", treatment, "HOMELESS", "3"),
    ("I08_women", violence, "TEAM", "A"),
    ("I09_over36", violence, "LONG_MONTHS", 35),
    ("I09_over36", violence, "LONG_MONTHS", 37),
    ("I10_t", psychiatry, "ADULT", 19),
    ("I10_t", psychiatry, "EMERGENCY", "2"),
    ("I10_coverage", psychiatry, "COVERED_WITHIN", 364 * DAY),
    ("I10_coverage", psychiatry, "COVERED_WITHIN", 366 * DAY),
    ("I11", psychiatry, "OWN_CONTACT", 13 * DAY),
    ("I11", psychiatry, "REACHED", 91 * DAY),
    ("I12a", areas, "COUNTED", areas.COUNTED - {"783"}),
    ("I12a", areas, "reference_week", lambda year: f"Y_{year % 100:02d}46"),
    ("I13a", areas, "CRITERIA", "ghetto_2010"),
    ("I01", records, "_correct", lambda *records: None),
    ("I04", records, "_correct", lambda *records: None),
    ("I01_exam", children, "COMPULSORY", children.COMPULSORY - {"ENG"}),
    ("I01_exam", children, "EXAM", "Standpunkt"),
    ("I03", housing, "FOLLOW_UP", 364 * DAY),
    ("I03", housing, "TEMPORARY", "108"),
    ("I03_left", housing, "NO_RESIDENCE", "70"),
    ("I03_unknown", housing, "WINDOW", 29 * DAY),
    ("I03b", housing, "TEMPORARY", "108"),
    ("I05", people, "GROUP_OF_COUNTRY", {}),
    ("I05d", treatment, "BROKEN_OFF", "U"),
    ("I07", treatment, "STATUS_WINDOW", 182 * DAY),
    ("I07_status_90", treatment, "NARROW_STATUS_WINDOW", 91 * DAY),
    ("I09_register", violence, "WINDOW_MONTHS", 37),
    ("I11_notified_late", psychiatry, "REACHED", 89 * DAY),
]
"""What the city, with its people at the edge, is dense enough for."""


def named(case: tuple[str, ModuleType, str, Any]) -> str:
    return f"{case[0]}-{case[2]}-{case[3].days if isinstance(case[3], timedelta) else ''}"


@pytest.mark.parametrize(("indicator", "module", "name", "other"), BOUNDARIES, ids=map(named, BOUNDARIES))
def test_a_moved_boundary_is_seen(
    both: Both,
    unmoved: Unmoved,
    monkeypatch: pytest.MonkeyPatch,
    indicator: str,
    module: ModuleType,
    name: str,
    other: Any,
) -> None:
    before = unmoved(indicator)
    monkeypatch.setattr(module, name, other)
    assert seen(both, indicator) != before


def test_every_goal_has_been_tried() -> None:
    goals = {"I01": 1, "I02": 2, "I03": 3, "I04": 4, "I05": 5, "I06_total": 6, "I07": 6, "I08_women": 7}
    goals |= {"I09_over36": 8, "I10_t": 9, "I12a": 10, "I13b": 11}
    assert {goals[indicator] for indicator, *_ in ROWS} == set(range(1, 12))
    assert {*goals, "I13a"} - {"I13b"} <= {indicator for indicator, *_ in BOUNDARIES}
