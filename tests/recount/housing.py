"""Goal 3: homeless persons, and whether they have a home of their own a year later."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.recount.counting import SEX_AND_AGE, Counted, definition
from tests.recount.layouts import Row
from tests.recount.people import COPENHAGEN, City, Who, remembered
from tests.recount.shelters import DAY, stays

FOLLOW_UP = timedelta(days=365)
WINDOW = timedelta(days=30)
"""How far from the day an address record may lie that speaks for it."""
NO_RESIDENCE, EMIGRATED, DEAD, LIVES_THERE = "20", "80", "90", "01"
NO_ANSWER = {"05", "07"}
"""Greenland: nobody knows by it where somebody lives."""
OF_A_NUMBER = {"30", "50", "60"}
"""A number was annulled, deleted or changed; of whoever has it nothing is said."""
DISAPPEARED = "70"
ADMINISTRATIVE_ROADS_FROM = "9900"
DWELLING, PERMANENT_ACCOMMODATION = "1", "5"
TEMPORARY = "107"
LOOKS_AT = {
    "section_110_stays": (-1, 0),
    "social_psychiatry_services": (0,),
    "address_history": (-1, 0),
    "dst_bef": (-1,),
}
KEPT_LOOKS_AT = {
    "section_110_stays": (-2, -1, 0),
    "social_psychiatry_services": (-1, 0),
    "address_history": (-2, -1, 0),
    "dst_bef": (-2,),
}


class Address(NamedTuple):
    """Registered from `first` to the day before `out`."""

    first: date
    out: date
    row: Row


class Homeless(NamedTuple):
    """Somebody of a cohort, with the first qualifying day; ancestry is that of the cohort's year."""

    person: str
    who: Who
    index: date


@remembered
def addresses(city: City) -> dict[str, list[Address]]:
    found: dict[str, list[Address]] = defaultdict(list)
    for row in city.deliveries.latest("address_history"):
        found[row["CPR"]].append(Address(row["TILFLYTDTO"], row["FRAFLYTDTO"] or row["_known_until"] + DAY, row))
    last = date(max(city.deliveries.years("address_history"), default=1), 12, 31) + DAY
    return {
        person: [_for_ever(a, known, last) for a in known if a.row["CPRSTATUS"] not in OF_A_NUMBER]
        for person, known in found.items()
    }


def _for_ever(one: Address, known: list[Address], last: date) -> Address:
    """Who is dead or gone stays so until something else begins, unless a later file still has them where they were."""
    if not has_left(one) or one.row["FRAFLYTDTO"]:
        return one
    if any(a.first <= one.first and a.row["_last"] > one.row["_last"] for a in known):
        return one
    after = min((a.first for a in known if a.first > one.first), default=last)
    return one._replace(out=max(one.out, after))


def covering(known: list[Address], day: date) -> Address | None:
    """The record that covers the day; of several the one that began last."""
    return max((a for a in known if a.first <= day < a.out), key=lambda a: a.first, default=None)


def on_day(known: list[Address], day: date) -> Address | None:
    """The record that covers the day, else the nearest within the window; the earlier of two as near.

    Who dies or emigrates after the day was still there on it, so such a record tells nothing of the day.
    """
    there = covering(known, day)
    if there:
        return there

    def distance(a: Address) -> timedelta:
        return a.first - day if a.first > day else day - (a.out - timedelta(days=1))

    near = [a for a in known if distance(a) <= WINDOW and not (has_left(a) and a.first > day)]
    return min(near, key=lambda a: (distance(a), a.first), default=None)


def no_abode(address: Address) -> bool:
    """Registered, as somebody who is here, under a road code that stands for no abode."""
    here = address.row["CPRSTATUS"] not in {NO_RESIDENCE, EMIGRATED, DEAD, *NO_ANSWER}
    return bool(address.row["UDEN_FAST_BOPAEL"]) and here


def says_nothing(address: Address | None) -> bool:
    """No record, or one by which nobody knows where the person lives."""
    if address is None or address.row["CPRSTATUS"] in NO_ANSWER:
        return True
    return address.row["CPRSTATUS"] == DISAPPEARED and not no_abode(address)


def has_left(address: Address | None) -> bool:
    return address is not None and address.row["CPRSTATUS"] in (NO_RESIDENCE, EMIGRATED, DEAD)


def is_home(address: Address | None) -> bool:
    """A dwelling of one's own, or permanent accommodation; not c/o, and not a road code that stands for no abode."""
    if address is None or address.row["CPRSTATUS"] != LIVES_THERE or address.row["UDEN_FAST_BOPAEL"]:
        return False
    if (address.row["VEJKOD"] or "") >= ADMINISTRATIVE_ROADS_FROM:
        return False
    if address.row["ANVENDELSE"] == PERMANENT_ACCOMMODATION:
        return True
    return address.row["ANVENDELSE"] == DWELLING and not address.row["CO_ADRESSE"]


@remembered
def cohort(city: City, year: int) -> list[Homeless]:
    """Persons with a shelter stay in the city, or registered there without abode, on a night of the year."""
    first_day, after = date(year, 1, 1), date(year + 1, 1, 1)
    days: dict[str, list[date]] = defaultdict(list)
    for stay in stays(city):
        if stay.row["BOFORM_KOM"] == COPENHAGEN and stay.first < after and stay.out > max(stay.first, first_day):
            days[stay.person].append(max(stay.first, first_day))
    for person, known in addresses(city).items():
        for a in known:
            here = no_abode(a) and a.row["KOMKOD"] == COPENHAGEN
            if here and a.first < after and a.out > max(a.first, first_day):
                days[person].append(max(a.first, first_day))
    return [Homeless(person, city.who(person, year), min(found)) for person, found in days.items()]


@remembered
def nights(city: City) -> dict[str, list[tuple[date, date]]]:
    """First night, and day of leaving, in a section 110 facility of any city or in section 107 accommodation."""
    found: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for stay in stays(city):
        found[stay.person].append((stay.first, stay.out))
    for row in city.deliveries.latest("social_psychiatry_services"):
        if row["PARAGRAF"] == TEMPORARY:
            found[row["CPR"]].append((row["STARTDATO"], row["SLUTDATO"] or row["_known_until"] + DAY))
    return found


class Followed(NamedTuple):
    """Where somebody of a cohort is on the day of follow-up; `address` is nothing where no record speaks for it."""

    who: Who
    person: str
    day: date
    address: Address | None
    asleep: bool

    @property
    def left(self) -> bool:
        return has_left(self.address)

    @property
    def unknown(self) -> bool:
        return says_nothing(self.address)

    @property
    def known(self) -> bool:
        return not self.left and not self.unknown

    @property
    def housed(self) -> bool:
        """A home by the address, and the night not spent in a facility."""
        return is_home(self.address) and not self.asleep


@remembered
def followed(city: City, year: int, fixed: bool = False) -> list[Followed]:
    """The cohort of the year before, a year after the index day or on 31 December."""
    found = []
    for one in cohort(city, year - 1):
        day = date(year, 12, 31) if fixed else one.index + FOLLOW_UP
        asleep = any(first <= day < out for first, out in nights(city).get(one.person, []))
        found.append(Followed(one.who, one.person, day, on_day(addresses(city).get(one.person, []), day), asleep))
    return found


@definition("I03", "2", LOOKS_AT, SEX_AND_AGE)
def housed(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year):
        if one.known:
            yield Counted(one.who, one.housed, 1)


@definition("I03_address_only", "1", LOOKS_AT, SEX_AND_AGE)
def housed_by_address(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year):
        if one.known:
            yield Counted(one.who, is_home(one.address), 1)


@definition("I03_left", "1", LOOKS_AT, SEX_AND_AGE)
def left(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year):
        yield Counted(one.who, one.left)


@definition("I03_left_failed", "2", LOOKS_AT, SEX_AND_AGE)
def left_is_failure(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year):
        if one.known or one.left:
            yield Counted(one.who, one.housed, 1)


@definition("I03_unknown", "1", LOOKS_AT, SEX_AND_AGE)
def unknown(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year):
        yield Counted(one.who, one.unknown)


@definition("I03_unknown_failed", "1", LOOKS_AT, SEX_AND_AGE)
def unknown_is_failure(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year):
        if not one.left:
            yield Counted(one.who, one.housed, 1)


@definition("I03_unknown_housed", "1", LOOKS_AT, SEX_AND_AGE)
def unknown_is_housed(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year):
        if not one.left:
            yield Counted(one.who, one.housed or one.unknown, 1)


@definition("I03_fixed_date", "2", LOOKS_AT, SEX_AND_AGE)
def housed_on_31_december(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year, True):
        if one.known:
            yield Counted(one.who, one.housed, 1)


@definition("I03_fixed_date_left", "1", LOOKS_AT, SEX_AND_AGE)
def left_by_31_december(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year, True):
        yield Counted(one.who, one.left)


@definition("I03_fixed_date_unknown", "1", LOOKS_AT, SEX_AND_AGE)
def unknown_on_31_december(city: City, year: int) -> Iterator[Counted]:
    for one in followed(city, year, True):
        yield Counted(one.who, one.unknown)


class Kept(NamedTuple):
    """Somebody housed on day 365: gone by day 730, or seen without the home before it, or not known on it."""

    who: Who
    left: bool
    lost: bool
    address: Address | None

    @property
    def unknown(self) -> bool:
        return not self.lost and says_nothing(self.address)

    @property
    def known(self) -> bool:
        return not self.left and not self.unknown


def keeping(city: City, year: int) -> Iterator[Kept]:
    """Those housed on day 365, through day 730: a night in a facility or a day without abode is a home lost."""
    for one in followed(city, year - 1):
        if not one.housed:
            continue
        start, end = one.day + DAY, one.day + FOLLOW_UP
        known = addresses(city)[one.person]
        away = any(max(first, start) <= min(out - DAY, end) for first, out in nights(city).get(one.person, []))
        street = any(no_abode(a) and max(a.first, start) <= min(a.out - DAY, end) for a in known)
        address = on_day(known, end)
        yield Kept(one.who, has_left(address), away or street, address)


@definition("I03b", "2", KEPT_LOOKS_AT, SEX_AND_AGE)
def home_kept(city: City, year: int) -> Iterator[Counted]:
    for one in keeping(city, year):
        if one.known:
            yield Counted(one.who, not one.lost, 1)


@definition("I03b_left", "2", KEPT_LOOKS_AT, SEX_AND_AGE)
def left_while_keeping(city: City, year: int) -> Iterator[Counted]:
    for one in keeping(city, year):
        yield Counted(one.who, one.left)


@definition("I03b_left_failed", "2", KEPT_LOOKS_AT, SEX_AND_AGE)
def left_is_not_kept(city: City, year: int) -> Iterator[Counted]:
    for one in keeping(city, year):
        if one.known or one.left:
            yield Counted(one.who, not one.lost and not one.left, 1)


@definition("I03b_unknown", "1", KEPT_LOOKS_AT, SEX_AND_AGE)
def keeping_unknown(city: City, year: int) -> Iterator[Counted]:
    for one in keeping(city, year):
        yield Counted(one.who, one.unknown and not one.left)
