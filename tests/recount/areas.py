"""Goals 10 and 11: exposed areas and high-risk departments, and who lives there on transfer income."""

from collections.abc import Iterator
from datetime import date, timedelta

from tests.recount.counting import TOTAL, Counted, band, definition, sliced
from tests.recount.layouts import Row
from tests.recount.people import City, Who, code_list

AREA, DEPARTMENT = "omraade", "afdeling"
BASE = 2010
COUNTED = {row["code"] for row in code_list("benefit") if row["use"] == "counted"}
EARLY_RETIREMENT = {row["code"] for row in code_list("benefit") if row["category"] == "early_retirement"}
WORKING_AGE = sliced("18-64", by_sex=True, by_age=band)
LOOKS_AT = {"housing_residents": (0,), "dst_dream": (0,), "dst_bef": (0,)}
CURRENT_LOOKS_AT = LOOKS_AT | {"housing_areas": (0,)}
EVERYBODY = Who(("all",), "total", None)


def listed(city: City, year: int, kind: str) -> set[str]:
    """Areas or departments on the list of the year."""
    rows = city.deliveries.of("housing_areas", year)
    return {r["OMRAADE_ID"] for r in rows if r["OMRAADE_TYPE"] == kind and r["PAA_LISTEN"]}


def reference_week(year: int) -> str:
    """The last week from Monday to Sunday that lies wholly in November, as its DREAM variable."""
    sunday = date(year, 11, 30)
    while sunday.isoweekday() != 7:
        sunday -= timedelta(days=1)
    iso = sunday.isocalendar()
    return f"Y_{iso.year % 100:02d}{iso.week:02d}"


def residents(city: City, year: int, kind: str, of_year: int) -> Iterator[tuple[Who, Row]]:
    """Residents of 18 to 64 of the areas listed in a year, with their weeks of benefits."""
    places = listed(city, of_year, kind)
    dream = {row["PNR"]: row for row in city.deliveries.of("dst_dream", year)}
    for row in city.deliveries.of("housing_residents", year):
        if row["OMRAADE_TYPE"] == kind and row["OMRAADE_ID"] in places:
            who = city.who(row["CPR"], year)
            if who.age is not None and 18 <= who.age <= 64:
                yield who, dream.get(row["CPR"], {})


def in_reference_week(city: City, year: int, kind: str, of_year: int, codes: set[str]) -> Iterator[Counted]:
    week = reference_week(year)
    for who, weeks in residents(city, year, kind, of_year):
        yield Counted(who, weeks.get(week) in codes, 1)


def half_the_year(city: City, year: int, kind: str) -> Iterator[Counted]:
    for who, weeks in residents(city, year, kind, BASE):
        of_year = [code for name, code in weeks.items() if name.startswith(f"Y_{year % 100:02d}")]
        yield Counted(who, bool(of_year) and 2 * sum(code in COUNTED for code in of_year) >= len(of_year), 1)


@definition("I12a", "1", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def transfer_income_in_areas(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, AREA, BASE, COUNTED)


@definition("I12b", "1", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def transfer_income_in_departments(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, DEPARTMENT, BASE, COUNTED)


@definition("I12a_current", "1", CURRENT_LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def transfer_income_in_areas_of_the_year(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, AREA, year, COUNTED)


@definition("I12b_current", "1", CURRENT_LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def transfer_income_in_departments_of_the_year(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, DEPARTMENT, year, COUNTED)


@definition("I12a_half_year", "1", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def half_the_year_in_areas(city: City, year: int) -> Iterator[Counted]:
    yield from half_the_year(city, year, AREA)


@definition("I12b_half_year", "1", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def half_the_year_in_departments(city: City, year: int) -> Iterator[Counted]:
    yield from half_the_year(city, year, DEPARTMENT)


@definition("I12a_early_retirement", "1", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def early_retirement_in_areas(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, AREA, BASE, COUNTED | EARLY_RETIREMENT)


@definition("I12b_early_retirement", "1", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def early_retirement_in_departments(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, DEPARTMENT, BASE, COUNTED | EARLY_RETIREMENT)


def new_areas(city: City, year: int, meets: str) -> int:
    rows = city.deliveries.of("housing_areas", year)
    now = {r["OMRAADE_ID"] for r in rows if r["OMRAADE_TYPE"] == AREA and r[meets]}
    return len(now - listed(city, BASE, AREA))


@definition("I13a", "1", {"housing_areas": (0,)}, TOTAL, first_year=BASE + 1, groups=("all",))
def areas_not_on_the_list_of_2010(city: City, year: int) -> Iterator[Counted]:
    yield Counted(EVERYBODY, value=new_areas(city, year, "PAA_LISTEN"))


@definition("I13a_constant", "1", {"housing_areas": (0,)}, TOTAL, first_year=BASE + 1, groups=("all",))
def areas_by_the_criteria_of_2010(city: City, year: int) -> Iterator[Counted]:
    yield Counted(EVERYBODY, value=new_areas(city, year, "KRITERIER_2010"))
