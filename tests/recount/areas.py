"""Goals 10 and 11: exposed areas and high-risk departments, and who lives there on transfer income."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.recount.codes import code_list
from tests.recount.counting import TOTAL, Counted, band, definition, sliced
from tests.recount.layouts import Row
from tests.recount.people import City, Who, remembered

AREA, DEPARTMENT = "omraade", "afdeling"
BASE = 2010
BASE_FROM, BASE_TO = date(2010, 1, 1), date(2010, 1, 31)
CRITERIA = "kombineret_udlejning_2010"
"""The plan measures from the list of January 2010; other lists, by other criteria, stand beside it."""
COUNTED = {row["code"] for row in code_list("benefit") if row["use"] == "counted"}
EARLY_RETIREMENT = {row["code"] for row in code_list("benefit") if row["category"] == "early_retirement"}
WORKING_AGE = sliced("18-64", by_sex=True, by_age=band)
LOOKS_AT = {"housing_residents": (0,), "dst_dream": (0,), "dst_bef": (0,)}
CURRENT_LOOKS_AT = LOOKS_AT | {"housing_areas": (0,)}
EVERYBODY = Who(("all",), "total", None)


class Place(NamedTuple):
    """An area or department, by the key it had on a day."""

    key: str
    day: date


class Lists:
    """The lists of areas and departments, and what became of a key."""

    def __init__(self, city: City) -> None:
        self.rows = {year: city.deliveries.of("housing_areas", year) for year in city.deliveries.years("housing_areas")}
        self.changes = list(city.deliveries.every("housing_area_keys"))

    def areas(self, year: int) -> list[Row]:
        return [r for r in self.rows.get(year, []) if r["OMRAADE_TYPE"] == AREA]

    def departments(self, year: int) -> list[Row]:
        """Each department as the last status of the year has it."""
        rows = [r for r in self.rows.get(year, []) if r["OMRAADE_TYPE"] == DEPARTMENT]
        return list({r["OMRAADE_ID"]: r for r in sorted(rows, key=lambda r: r["STATUSDATO"])}.values())

    def base(self, kind: str) -> set[Place]:
        """Areas of the list of January 2010; departments of the end of that year."""
        if kind == DEPARTMENT:
            return _listed(self.departments(BASE))
        return _listed(
            r for r in self.areas(BASE) if BASE_FROM <= r["STATUSDATO"] <= BASE_TO and r["KRITERIEVERSION"] == CRITERIA
        )

    def of_year(self, kind: str, year: int) -> set[Place]:
        """The year's own list: where lists stand side by side, the one by the criteria of the baseline."""
        if kind == DEPARTMENT:
            return _listed(self.departments(year))
        rows = self.areas(year)
        return _listed([r for r in rows if r["KRITERIEVERSION"] == CRITERIA] or rows)

    def before(self, kind: str, key: str, day: date, back_to: date) -> set[str]:
        """What a key of that day was on an earlier day: itself, those it was made of, or nothing, being a new place."""
        changes = [r for r in self.changes if r["OMRAADE_TYPE"] == kind and back_to < r["GYLDIG_FRA"] <= day]
        made = max((r["GYLDIG_FRA"] for r in changes if r["OMRAADE_ID_NY"] == key), default=date.min)
        given_away = max((r["GYLDIG_FRA"] for r in changes if r["OMRAADE_ID_FOER"] == key), default=date.min)
        if made == given_away == date.min:
            return {key}
        if given_away > made:
            return set()
        parts = {r["OMRAADE_ID_FOER"] for r in changes if r["OMRAADE_ID_NY"] == key and r["GYLDIG_FRA"] == made}
        return set().union(*(self.before(kind, part, made - timedelta(days=1), back_to) for part in parts))

    def same(self, kind: str, key: str, day: date, place: Place) -> bool:
        """Whether a key of a day is the place or a part of it; one that was on the list is enough of a merged one."""
        if day >= place.day:
            return place.key in self.before(kind, key, day, place.day)
        return key in self.before(kind, place.key, place.day, day)

    def among(self, kind: str, key: str, day: date, places: Iterable[Place]) -> bool:
        return any(self.same(kind, key, day, place) for place in places)


def _listed(rows: Iterable[Row], meets: str = "PAA_LISTEN") -> set[Place]:
    return {Place(r["OMRAADE_ID"], r["STATUSDATO"]) for r in rows if r[meets]}


@remembered
def lists(city: City) -> Lists:
    return Lists(city)


def reference_week(year: int) -> str:
    """The last week from Monday to Sunday that lies wholly in November, as its DREAM variable."""
    sunday = date(year, 11, 30)
    while sunday.isoweekday() != 7:
        sunday -= timedelta(days=1)
    iso = sunday.isocalendar()
    return f"Y_{iso.year % 100:02d}{iso.week:02d}"


@remembered
def residents(city: City, year: int, kind: str, own_list: bool) -> list[tuple[Who, Row]]:
    """Residents of 18 to 64 of the places of 2010, or of the year's own list, with their weeks of benefits."""
    known = lists(city)
    places = known.of_year(kind, year) if own_list else known.base(kind)
    there = {row["OMRAADE_ID"] for row in city.deliveries.of("housing_residents", year) if row["OMRAADE_TYPE"] == kind}
    there = {key for key in there if known.among(kind, key, date(year, 1, 1), places)}
    dream = {row["PNR"]: row for row in city.deliveries.of("dst_dream", year)}
    found = []
    for row in city.deliveries.of("housing_residents", year):
        if row["OMRAADE_TYPE"] == kind and row["OMRAADE_ID"] in there:
            who = city.who(row["CPR"], year)
            if who.age is not None and 18 <= who.age <= 64:
                found.append((who, dream.get(row["CPR"], {})))
    return found


def in_reference_week(city: City, year: int, kind: str, own_list: bool, codes: set[str]) -> Iterator[Counted]:
    week = reference_week(year)
    for who, weeks in residents(city, year, kind, own_list):
        yield Counted(who, weeks.get(week) in codes, 1)


def half_the_year(city: City, year: int, kind: str) -> Iterator[Counted]:
    for who, weeks in residents(city, year, kind, False):
        of_year = [code for name, code in weeks.items() if name.startswith(f"Y_{year % 100:02d}")]
        yield Counted(who, bool(of_year) and 2 * sum(code in COUNTED for code in of_year) >= len(of_year), 1)


@definition("I12a", "2", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def transfer_income_in_areas(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, AREA, False, COUNTED)


@definition("I12b", "2", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def transfer_income_in_departments(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, DEPARTMENT, False, COUNTED)


@definition("I12a_current", "2", CURRENT_LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def transfer_income_in_areas_of_the_year(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, AREA, True, COUNTED)


@definition("I12b_current", "2", CURRENT_LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def transfer_income_in_departments_of_the_year(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, DEPARTMENT, True, COUNTED)


@definition("I12a_half_year", "2", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def half_the_year_in_areas(city: City, year: int) -> Iterator[Counted]:
    yield from half_the_year(city, year, AREA)


@definition("I12b_half_year", "2", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def half_the_year_in_departments(city: City, year: int) -> Iterator[Counted]:
    yield from half_the_year(city, year, DEPARTMENT)


@definition("I12a_early_retirement", "2", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def early_retirement_in_areas(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, AREA, False, COUNTED | EARLY_RETIREMENT)


@definition("I12b_early_retirement", "2", LOOKS_AT, WORKING_AGE, first_year=BASE, groups=("all",))
def early_retirement_in_departments(city: City, year: int) -> Iterator[Counted]:
    yield from in_reference_week(city, year, DEPARTMENT, False, COUNTED | EARLY_RETIREMENT)


def new_areas(city: City, places: set[Place]) -> int:
    known = lists(city)
    base = known.base(AREA)
    return len({p.key for p in places if not known.among(AREA, p.key, p.day, base)})


@definition("I13a", "2", {"housing_areas": (0,)}, TOTAL, first_year=BASE + 1, groups=("all",))
def areas_not_on_the_list_of_2010(city: City, year: int) -> Iterator[Counted]:
    """By the criteria of the baseline; a year with lists by others only cannot be compared."""
    rows = lists(city).areas(year)
    comparable = [r for r in rows if r["KRITERIEVERSION"] == CRITERIA]
    if comparable or not rows:
        yield Counted(EVERYBODY, value=new_areas(city, _listed(comparable)))


@definition("I13a_constant", "2", {"housing_areas": (0,)}, TOTAL, first_year=BASE + 1, groups=("all",))
def areas_by_the_criteria_of_2010(city: City, year: int) -> Iterator[Counted]:
    yield Counted(EVERYBODY, value=new_areas(city, _listed(lists(city).areas(year), "KRITERIER_2010")))
