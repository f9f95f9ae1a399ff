"""Goal 9: treatment psychiatry, social psychiatry, and the way from the one to the other."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.recount.counting import DEFINITIONS, TOTAL, Cell, Counted, Key, band, cells_of, definition, sliced
from tests.recount.layouts import Row
from tests.recount.people import City, Who, remembered

ADULT = 18
EMERGENCY = "3"
COVERED_WITHIN = timedelta(days=365)
OWN_CONTACT, REACHED = timedelta(days=14), timedelta(days=90)
CITIZEN, ADMINISTRATION = "B", "S"
ADULTS = sliced("18+", by_sex=True, by_age=band)
ALL_ADULTS = sliced("18+")
KNOWN = ("danish", "minority", "immigrant", "descendant", "western", "non_western")
LOOKS_AT = {"psychiatry_contacts": (0,), "social_psychiatry_services": (0,), "dst_bef": (0,)}
COVERAGE_LOOKS_AT = {"psychiatry_contacts": (0,), "social_psychiatry_services": (0, 1), "dst_bef": (0, 1)}
DISCHARGE_LOOKS_AT = {
    "psychiatry_discharge_notifications": (-1, 0),
    "social_psychiatry_services": (-1, 0, 1),
    "dst_bef": (-1, 0, 1),
}


def in_year(first: date, last: date, year: int) -> bool:
    return first.year <= year <= last.year


def hospital_contacts(city: City, year: int) -> list[Row]:
    """Contacts of in-patients, day patients and out-patients in the year; an emergency visit alone is none."""
    return [
        row
        for row in city.deliveries.latest("psychiatry_contacts")
        if row["C_PATTYPE"] != EMERGENCY and in_year(row["D_INDDTO"], row["_known_until"], year)
    ]


@remembered
def patients(city: City, year: int) -> set[str]:
    return {row["V_CPR"] for row in hospital_contacts(city, year)}


@remembered
def users(city: City, year: int) -> set[str]:
    """Persons with a day of social psychiatry in the year."""
    return {
        row["CPR"]
        for row in city.deliveries.latest("social_psychiatry_services")
        if in_year(row["STARTDATO"], row["_known_until"], year)
    }


@remembered
def adults(city: City, year: int) -> dict[str, Who]:
    """Adults living in the city, those too whose row of the year has a fault in it."""
    named = {n: who for n, who in city.named_residents(year).items() if who.age is not None and who.age >= ADULT}
    return city.residents(year, ADULT) | named


def shares(city: City, year: int, persons: set[str], wanted: str) -> Iterator[Counted]:
    """Adult residents of the service whose ancestry is known, each part of the numerator of their own groups only."""
    for person, who in adults(city, year).items():
        if person in persons and who.ancestry_known:
            yield Counted(Who((wanted,), who.sex, who.age), wanted in who.groups, 1)


@definition("I10_s", "1", LOOKS_AT, ADULTS)
def share_of_social_psychiatry(city: City, year: int) -> Iterator[Counted]:
    for group in KNOWN:
        yield from shares(city, year, users(city, year), group)


@definition("I10_t", "1", LOOKS_AT, ADULTS)
def share_of_treatment_psychiatry(city: City, year: int) -> Iterator[Counted]:
    for group in KNOWN:
        yield from shares(city, year, patients(city, year), group)


def unknown(city: City, year: int, persons: set[str]) -> Iterator[Counted]:
    for person in persons:
        who = city.who(person, year)
        yield Counted(who, not who.ancestry_known)


@definition("I10_s_unknown", "1", LOOKS_AT, TOTAL, groups=("unknown",))
def unknown_in_social_psychiatry(city: City, year: int) -> Iterator[Counted]:
    yield from unknown(city, year, users(city, year))


@definition("I10_t_unknown", "1", LOOKS_AT, TOTAL, groups=("unknown",))
def unknown_in_treatment_psychiatry(city: City, year: int) -> Iterator[Counted]:
    yield from unknown(city, year, patients(city, year))


def representation(city: City, years: list[int]) -> dict[Key, Cell]:
    """I10, version 1: the minority's share of social psychiatry over its share of treatment psychiatry."""
    found = {}
    s, t = (cells_of(city, DEFINITIONS[i], years) for i in ("I10_s", "I10_t"))
    for year in years:
        part = s.get(Key("I10_s", year, "minority", "total", "18+"))
        whole = t.get(Key("I10_t", year, "minority", "total", "18+"))
        if part and whole and whole.numerator:
            ratio = (part.numerator / part.denominator) / (whole.numerator / whole.denominator)
            found[Key("I10", year, "minority", "total", "18+")] = Cell(0, 0, ratio, "1")
    return found


@remembered
def services(city: City) -> dict[str, list[tuple[date, date]]]:
    """First and last known day of each service of a person."""
    found: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for row in city.deliveries.latest("social_psychiatry_services"):
        found[row["CPR"]].append((row["STARTDATO"], row["_known_until"]))
    return found


def covered(city: City, year: int) -> Iterator[tuple[Who, bool, bool]]:
    """Adult resident patients: still in the population a year on, and in social psychiatry within 365 days."""
    known = services(city)
    first: dict[str, date] = {}
    for row in hospital_contacts(city, year):
        day = max(row["D_INDDTO"], date(year, 1, 1))
        first[row["V_CPR"]] = min(day, first.get(row["V_CPR"], day))
    for person, who in adults(city, year).items():
        if person in first:
            reached = any(a <= first[person] + COVERED_WITHIN and b >= first[person] for a, b in known[person])
            yield who, city.in_denmark(person, year + 1), reached


@definition("I10_coverage", "1", COVERAGE_LOOKS_AT, ADULTS)
def coverage(city: City, year: int) -> Iterator[Counted]:
    for who, here, reached in covered(city, year):
        if here:
            yield Counted(who, reached, 1)


@definition("I10_coverage_left", "2", COVERAGE_LOOKS_AT, ALL_ADULTS)
def coverage_left(city: City, year: int) -> Iterator[Counted]:
    for who, here, _ in covered(city, year):
        yield Counted(who, not here)


@definition("I10_coverage_left_failed", "1", COVERAGE_LOOKS_AT, ALL_ADULTS)
def coverage_left_is_failure(city: City, year: int) -> Iterator[Counted]:
    for who, here, reached in covered(city, year):
        yield Counted(who, reached and here, 1)


class Discharges(NamedTuple):
    """`counted` are who counts, in Denmark on the next 1 January, and reached; the others by why they do not count."""

    counted: list[tuple[Who, bool, bool]]
    in_contact: list[Who]
    notified_late: list[Who]


@remembered
def discharged(city: City, year: int) -> Discharges:
    """Residents discharged in the year or the one before, in need and notified, who did not come themselves in 14 days.

    A discharge counts that was notified within 90 days and found no service running. A person counts by the first that
    does; who has none is in contact if a service was running at one of them, else notified late.
    """
    begun: dict[tuple[str, str], list[date]] = defaultdict(list)
    for row in city.deliveries.latest("social_psychiatry_services"):
        begun[row["CPR"], row["INITIATIV"]].append(row["STARTDATO"])
    counted: dict[str, tuple[Who, bool, bool]] = {}
    in_contact: dict[str, Who] = {}
    late: dict[str, Who] = {}
    rows = [
        row
        for back in (1, 0)
        for row in city.deliveries.of("psychiatry_discharge_notifications", year - back)
        if row["BEHOV_VURDERET"] and row["UNDERRETNINGSDATO"]
    ]
    for row in sorted(rows, key=lambda r: r["D_UDDTO"]):
        person, day = row["V_CPR"], row["D_UDDTO"]
        own = any(day <= d <= day + OWN_CONTACT for d in begun[person, CITIZEN])
        if own or person not in {**city.residents(day.year), **city.named_residents(day.year)}:
            continue
        who = city.who(person, day.year)
        if any(first < day <= last for first, last in services(city)[person]):
            in_contact.setdefault(person, who)
        elif row["UNDERRETNINGSDATO"] > day + REACHED:
            late.setdefault(person, who)
        elif person not in counted:
            reached = any(day <= d <= day + REACHED for d in begun[person, ADMINISTRATION])
            counted[person] = who, city.in_denmark(person, day.year + 1), reached
    return Discharges(
        list(counted.values()),
        [who for person, who in in_contact.items() if person not in counted],
        [who for person, who in late.items() if person not in counted and person not in in_contact],
    )


@definition("I11", "2", DISCHARGE_LOOKS_AT, TOTAL, first_year=2008, every=2)
def contact_after_discharge(city: City, year: int) -> Iterator[Counted]:
    for who, here, reached in discharged(city, year).counted:
        if here:
            yield Counted(who, reached, 1)


@definition("I11_left", "2", DISCHARGE_LOOKS_AT, TOTAL, first_year=2008, every=2)
def discharged_and_left(city: City, year: int) -> Iterator[Counted]:
    for who, here, _ in discharged(city, year).counted:
        yield Counted(who, not here)


@definition("I11_left_failed", "2", DISCHARGE_LOOKS_AT, TOTAL, first_year=2008, every=2)
def discharged_left_is_failure(city: City, year: int) -> Iterator[Counted]:
    for who, here, reached in discharged(city, year).counted:
        yield Counted(who, reached and here, 1)


@definition("I11_in_contact", "1", DISCHARGE_LOOKS_AT, TOTAL, first_year=2008, every=2)
def in_contact_at_discharge(city: City, year: int) -> Iterator[Counted]:
    for who in discharged(city, year).in_contact:
        yield Counted(who, 1)


@definition("I11_notified_late", "1", DISCHARGE_LOOKS_AT, TOTAL, first_year=2008, every=2)
def notified_after_the_window(city: City, year: int) -> Iterator[Counted]:
    for who in discharged(city, year).notified_late:
        yield Counted(who, 1)
