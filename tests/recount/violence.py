"""Goals 7 and 8: women exposed to partner violence, the doors they come through, and how long it had lasted."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from tests.recount.counting import WOMEN, WOMEN_BY_AGE, Counted, definition
from tests.recount.people import City, remembered

TEAM, ELSEWHERE, CRISIS_CENTRE = "S", "A", "C"
TEAM_FROM = 2011
"""The special team does not exist before; a year without its log is then not delivered."""
LONG_MONTHS = 36
WINDOW_MONTHS = 36
TEAM_LOOKS_AT = {"special_team_log": (0,), "dst_bef": (0,)}
STAYS_LOOK_AT = {"crisis_centre_stays": (0,), "dst_bef": (0,)}


class Contact(NamedTuple):
    """A woman's contact; without a number she is anonymous."""

    person: str | None
    day: date
    door: str
    violence_from: date | None


@remembered
def contacts(city: City) -> list[Contact]:
    team = [
        Contact(row["CPR"], row["DATO"], row["TILBUD"], row["VOLDSSTART"])
        for row in city.deliveries.latest("special_team_log")
        if row["KOEN"] == "K" and row["PARTNERVOLD"]
    ]
    centres = [
        Contact(row["CPR"], row["INDFLYTNING"], CRISIS_CENTRE, row["VOLDSSTART"])
        for row in city.deliveries.latest("crisis_centre_stays")
        if city.who(row["CPR"], row["INDFLYTNING"].year).sex != "men"  # sons live there with their mothers
    ]
    return team + centres


def through(city: City, year: int, *doors: str) -> Iterator[Contact]:
    yield from (c for c in contacts(city) if c.day.year == year and c.door in doors)


def women_18_64(city: City, year: int) -> Iterator[Counted]:
    yield from (Counted(who, 0, 1) for who in city.residents(year, 18, 64).values() if who.sex == "women")


@definition("I08_women", "1", TEAM_LOOKS_AT, WOMEN_BY_AGE, first_year=TEAM_FROM)
def women(city: City, year: int) -> Iterator[Counted]:
    for person in {c.person for c in through(city, year, TEAM) if c.person}:
        yield Counted(city.who(person, year), 1)
    yield from women_18_64(city, year)


@definition("I08_women_rate", "2", TEAM_LOOKS_AT, WOMEN, first_year=TEAM_FROM)
def women_per_woman(city: City, year: int) -> Iterator[Counted]:
    """Women of 18 to 64 of the city, and those of them who came."""
    came = {c.person for c in through(city, year, TEAM)}
    for person, who in city.residents(year, 18, 64).items():
        if who.sex == "women":
            yield Counted(who, person in came, 1)


@definition("I08_contacts", "1", TEAM_LOOKS_AT, WOMEN_BY_AGE, first_year=TEAM_FROM)
def team_contacts(city: City, year: int) -> Iterator[Counted]:
    for contact in through(city, year, TEAM):
        if contact.person:
            yield Counted(city.who(contact.person, year), 1)
    yield from women_18_64(city, year)


@definition("I08_anonymous", "1", {"special_team_log": (0,)}, WOMEN, first_year=TEAM_FROM, groups=("unknown",))
def anonymous(city: City, year: int) -> Iterator[Counted]:
    for contact in through(city, year, TEAM):
        if not contact.person:
            yield Counted(city.who(None, year), 1)


@definition("I08_companion", "2", STAYS_LOOK_AT, WOMEN)
def other_doors(city: City, year: int) -> Iterator[Counted]:
    for contact in through(city, year, ELSEWHERE, CRISIS_CENTRE):
        yield Counted(city.who(contact.person, year), 1)


@definition("I08_system", "2", STAYS_LOOK_AT, WOMEN)
def every_door(city: City, year: int) -> Iterator[Counted]:
    for contact in through(city, year, TEAM, ELSEWHERE, CRISIS_CENTRE):
        yield Counted(city.who(contact.person, year), 1)
    yield from women_18_64(city, year)


def completed_months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def sooner(contact: Contact) -> tuple[date, date]:
    """Contacts in order; of those of one day the one that states the earliest start of the violence."""
    return contact.day, contact.violence_from or date.max


def months_before_contact(city: City, year: int) -> Iterator[tuple[str, int]]:
    """Women whose first contact ever, with the team or a crisis centre, is in the year and states a start."""
    first: dict[str, Contact] = {}
    for contact in contacts(city):
        if contact.person and contact.door in (TEAM, CRISIS_CENTRE):
            known = first.get(contact.person)
            if known is None or sooner(contact) < sooner(known):
                first[contact.person] = contact
    for person, contact in first.items():
        if contact.day.year == year and contact.violence_from:
            yield person, completed_months(contact.violence_from, contact.day)


@definition("I09", "2", STAYS_LOOK_AT, WOMEN)
def months_of_violence(city: City, year: int) -> Iterator[Counted]:
    for person, months in months_before_contact(city, year):
        yield Counted(city.who(person, year), 0, 1, months)


@definition("I09_over36", "2", STAYS_LOOK_AT, WOMEN)
def over_36_months(city: City, year: int) -> Iterator[Counted]:
    for person, months in months_before_contact(city, year):
        yield Counted(city.who(person, year), months > LONG_MONTHS, 1)


@definition("I09_register", "1", {"dst_victims": (-3, -2, -1, 0), "dst_bef": (0,)}, WOMEN)
def months_between_reports(city: City, year: int) -> Iterator[Counted]:
    """Women first reported three years before: months from the first to the last report within 36 months."""
    reports: dict[str, list[date]] = defaultdict(list)
    for row in city.deliveries.latest("dst_victims"):
        if city.who(row["PNR"], row["OFFER_GERDTO"].year).sex != "men":
            reports[row["PNR"]].append(row["OFFER_GERDTO"])
    for person, days in reports.items():
        first = min(days)
        months = [completed_months(first, d) for d in days if completed_months(first, d) < WINDOW_MONTHS]
        if first.year == year - 3:
            yield Counted(city.who(person, year), 0, 1, max(months))
