"""Goal 3: homeless persons, and whether they have a home of their own a year later."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.recount.counting import SEX_AND_AGE, Counted, definition
from tests.recount.layouts import Row
from tests.recount.people import COPENHAGEN, City, Who, remembered
from tests.recount.shelters import stays

FOLLOW_UP = timedelta(days=365)
WINDOW = timedelta(days=30)
"""How far from the day an address record may lie that speaks for it."""
EMIGRATED, DEAD, LIVES_THERE = "80", "90", "01"
DWELLING, PERMANENT_ACCOMMODATION = "1", "5"
FOREVER = date.max
LOOKS_AT = {"section_110_stays": (-1,), "address_history": (-1, 0), "dst_bef": (-1,)}
KEPT_LOOKS_AT = {"section_110_stays": (-2, -1, 0), "address_history": (-2, -1, 0), "dst_bef": (-2,)}


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
        found[row["CPR"]].append(Address(row["TILFLYTDTO"], row["FRAFLYTDTO"] or FOREVER, row))
    return found


def on_day(known: list[Address], day: date) -> Address | None:
    """The record that covers the day, else the nearest within the window; the earlier of two as near."""
    covering = [a for a in known if a.first <= day < a.out]
    if covering:
        return max(covering, key=lambda a: a.first)

    def distance(a: Address) -> timedelta:
        return a.first - day if a.first > day else day - (a.out - timedelta(days=1))

    near = [a for a in known if distance(a) <= WINDOW]
    return min(near, key=lambda a: (distance(a), a.first), default=None)


def has_left(address: Address | None) -> bool:
    return address is not None and address.row["CPRSTATUS"] in (EMIGRATED, DEAD)


def is_home(address: Address | None) -> bool:
    """A dwelling of one's own, or permanent accommodation; not c/o, and not a road code that stands for no abode."""
    if address is None or address.row["CPRSTATUS"] != LIVES_THERE or address.row["UDEN_FAST_BOPAEL"]:
        return False
    if address.row["ANVENDELSE"] == PERMANENT_ACCOMMODATION:
        return True
    return address.row["ANVENDELSE"] == DWELLING and not address.row["CO_ADRESSE"]


@remembered
def cohort(city: City, year: int) -> list[Homeless]:
    """Persons with a shelter stay in the city, or registered there without abode, on a day of the year."""
    first_day, after = date(year, 1, 1), date(year + 1, 1, 1)
    days: dict[str, list[date]] = defaultdict(list)
    for stay in stays(city):
        if stay.row["BOFORM_KOM"] == COPENHAGEN and stay.first < after and stay.out > first_day:
            days[stay.person].append(max(stay.first, first_day))
    for person, known in addresses(city).items():
        for a in known:
            if a.row["UDEN_FAST_BOPAEL"] and a.row["KOMKOD"] == COPENHAGEN and a.first < after and a.out > first_day:
                days[person].append(max(a.first, first_day))
    return [Homeless(person, city.who(person, year), min(found)) for person, found in days.items()]


def followed(city: City, year: int, fixed: bool = False) -> Iterator[tuple[Homeless, Address | None]]:
    """The cohort of the year before, with where they are registered a year after the index day or on 31 December."""
    known = addresses(city)
    for one in cohort(city, year - 1):
        day = date(year, 12, 31) if fixed else one.index + FOLLOW_UP
        yield one, on_day(known.get(one.person, []), day)


@definition("I03", "1", LOOKS_AT, SEX_AND_AGE)
def housed(city: City, year: int) -> Iterator[Counted]:
    for one, address in followed(city, year):
        if not has_left(address):
            yield Counted(one.who, is_home(address), 1)


@definition("I03_left", "1", LOOKS_AT, SEX_AND_AGE)
def left(city: City, year: int) -> Iterator[Counted]:
    for one, address in followed(city, year):
        yield Counted(one.who, has_left(address))


@definition("I03_left_failed", "1", LOOKS_AT, SEX_AND_AGE)
def left_is_failure(city: City, year: int) -> Iterator[Counted]:
    for one, address in followed(city, year):
        yield Counted(one.who, is_home(address), 1)


@definition("I03_fixed_date", "1", LOOKS_AT, SEX_AND_AGE)
def housed_on_31_december(city: City, year: int) -> Iterator[Counted]:
    for one, address in followed(city, year, fixed=True):
        if not has_left(address):
            yield Counted(one.who, is_home(address), 1)


@definition("I03_fixed_date_left", "1", LOOKS_AT, SEX_AND_AGE)
def left_by_31_december(city: City, year: int) -> Iterator[Counted]:
    for one, address in followed(city, year, fixed=True):
        yield Counted(one.who, has_left(address))


class Kept(NamedTuple):
    who: Who
    left: bool
    kept: bool


def keeping(city: City, year: int) -> Iterator[Kept]:
    """Those housed on day 365, through day 730: a new stay or a day without abode, in any city, is a home lost."""
    admitted: dict[str, list[date]] = defaultdict(list)
    for stay in stays(city):
        admitted[stay.person].append(stay.first)
    known = addresses(city)
    for one, address in followed(city, year - 1):
        if has_left(address) or not is_home(address):
            continue
        start, end = one.index + FOLLOW_UP, one.index + 2 * FOLLOW_UP
        lost = any(start < day <= end for day in admitted[one.person]) or any(
            a.row["UDEN_FAST_BOPAEL"] and a.first <= end and a.out > start + timedelta(days=1)
            for a in known[one.person]
        )
        yield Kept(one.who, has_left(on_day(known[one.person], end)), not lost)


@definition("I03b", "1", KEPT_LOOKS_AT, SEX_AND_AGE)
def home_kept(city: City, year: int) -> Iterator[Counted]:
    for one in keeping(city, year):
        if not one.left:
            yield Counted(one.who, one.kept, 1)


@definition("I03b_left", "1", KEPT_LOOKS_AT, SEX_AND_AGE)
def left_while_keeping(city: City, year: int) -> Iterator[Counted]:
    for one in keeping(city, year):
        yield Counted(one.who, one.left)


@definition("I03b_left_failed", "1", KEPT_LOOKS_AT, SEX_AND_AGE)
def left_is_not_kept(city: City, year: int) -> Iterator[Counted]:
    for one in keeping(city, year):
        yield Counted(one.who, one.kept and not one.left, 1)
