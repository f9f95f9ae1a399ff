"""Goal 5 and the second half of goal 6: drug treatment, who starts it, and who is homeless a year later."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.recount.counting import SEX, SEX_AND_AGE, Counted, definition
from tests.recount.housing import FOLLOW_UP, FOREVER, WINDOW, addresses, has_left, on_day
from tests.recount.layouts import Row
from tests.recount.people import COPENHAGEN, City, Who, remembered
from tests.recount.shelters import stays

MERGED_UP_TO = timedelta(days=10)
FREE_OF_TREATMENT = timedelta(days=90)
LONG_WAIT = timedelta(days=14)
EARLY = timedelta(days=90)
COCAINE, RESIDENTIAL, BROKEN_OFF, HOMELESS = "kokain", "D", "A", "2"
LOOKS_AT = {"drug_treatment": (-1, 0), "dst_bef": (0,)}
HOMELESS_LOOKS_AT = {
    "drug_treatment": (-1, 0),
    "section_110_stays": (-1, 0, 1),
    "address_history": (-1, 0),
    "dst_bef": (-1,),
}


class Episode(NamedTuple):
    """Contacts of a person with at most 10 days between; the first of them is the intake."""

    person: str
    first: date
    last: date
    contacts: tuple[Row, ...]

    @property
    def main_drug(self) -> str:
        return str(self.contacts[0]["HOVEDSTOF"])

    @property
    def cocaine(self) -> bool:
        return COCAINE in drugs(self.contacts[0])


def drugs(contact: Row) -> set[str | None]:
    """Main and secondary drugs."""
    return {contact[drug] for drug in ("HOVEDSTOF", "BISTOF1", "BISTOF2")}


@remembered
def contacts(city: City) -> list[Row]:
    """Contacts the city acts for."""
    return [row for row in city.deliveries.latest("drug_treatment") if row["KOM"] == COPENHAGEN]


@remembered
def episodes(city: City) -> dict[str, list[Episode]]:
    found: dict[str, list[Episode]] = defaultdict(list)
    for row in sorted(contacts(city), key=lambda r: (r["CPR"], r["INDSKRIVNINGSDATO"], r["KONTAKTFORLOEBID"])):
        first, last = row["INDSKRIVNINGSDATO"], row["BEHANDLINGAFSLUTTETDATO"] or FOREVER
        before = found[row["CPR"]]
        if before and (before[-1].last == FOREVER or first - before[-1].last <= MERGED_UP_TO):
            one = before.pop()
            before.append(one._replace(last=max(one.last, last), contacts=(*one.contacts, row)))
        else:
            before.append(Episode(row["CPR"], first, last, (row,)))
    return found


def starts(city: City, year: int) -> Iterator[Episode]:
    """Episodes that begin in the year, with no open treatment in the 90 days before."""
    for found in episodes(city).values():
        for before, one in zip([None, *found], found, strict=False):
            free = before is None or one.first - before.last > FREE_OF_TREATMENT
            if one.first.year == year and free:
                yield one


@remembered
def cocaine_starts(city: City, year: int) -> dict[str, list[Episode]]:
    found: dict[str, list[Episode]] = defaultdict(list)
    for one in starts(city, year):
        if one.cocaine:
            found[one.person].append(one)
    return found


@definition("I05", "1", LOOKS_AT, SEX_AND_AGE)
def starting_treatment(city: City, year: int) -> Iterator[Counted]:
    for person in cocaine_starts(city, year):
        yield Counted(city.who(person, year), 1)


@definition("I05_main_drug", "1", LOOKS_AT, SEX_AND_AGE)
def starting_with_main_drug(city: City, year: int) -> Iterator[Counted]:
    for person, found in cocaine_starts(city, year).items():
        yield Counted(city.who(person, year), any(one.main_drug == COCAINE for one in found))


@definition("I05_stock", "1", LOOKS_AT, SEX_AND_AGE)
def in_treatment(city: City, year: int) -> Iterator[Counted]:
    for person, found in episodes(city).items():
        if any(e.cocaine and e.first.year <= year <= e.last.year for e in found):
            yield Counted(city.who(person, year), 1)


@definition("I05_rate", "1", LOOKS_AT, SEX, rate=True)
def starting_per_resident(city: City, year: int) -> Iterator[Counted]:
    """All who start, beside the residents of 18 to 64."""
    yield from starting_treatment(city, year)
    for who in city.residents(year, 18, 64).values():
        yield Counted(who, 0, 1)


@definition("I05b", "1", LOOKS_AT, SEX)
def long_wait(city: City, year: int) -> Iterator[Counted]:
    """Of those who start with cocaine: more than 14 days from request to their first start of the year."""
    for person, found in cocaine_starts(city, year).items():
        first = found[0]
        asked = first.contacts[0]["ANMODNINGSDATO"]
        if asked:
            yield Counted(city.who(person, year), first.first - asked > LONG_WAIT, 1)


@definition("I05c", "1", LOOKS_AT | {"drug_treatment": (-1, 0, 1)}, SEX)
def leaves_early(city: City, year: int) -> Iterator[Counted]:
    """Of those who start with cocaine: out again within 90 days of their first start of the year."""
    for person, found in cocaine_starts(city, year).items():
        yield Counted(city.who(person, year), found[0].last - found[0].first <= EARLY, 1)


@definition("I05d", "1", LOOKS_AT, SEX)
def residential_stay_broken_off(city: City, year: int) -> Iterator[Counted]:
    """Residential stays that end in the year, each of them, of whom cocaine is a drug of the stay itself."""
    for row in contacts(city):
        ended = row["BEHANDLINGAFSLUTTETDATO"]
        if row["BEHANDLINGSTYPE"] == RESIDENTIAL and COCAINE in drugs(row) and ended and ended.year == year:
            yield Counted(city.who(row["CPR"], year), row["AFSLUTNINGSAARSAG"] == BROKEN_OFF, 1)


class Enrolled(NamedTuple):
    who: Who
    left: bool
    homeless: bool


def enrolled(city: City, year: int) -> Iterator[Enrolled]:
    """Who was enrolled in the year before, and whether homeless on day 365: in a shelter within 30 days of it,
    registered without abode, or so by the status of the drug register nearest to it."""
    sheltered: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for stay in stays(city):
        sheltered[stay.person].append((stay.first, stay.out))
    statuses: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in contacts(city):
        if row["STATUSDATO"] and row["BOLIGSITUATION"]:
            statuses[row["CPR"]].append((row["STATUSDATO"], row["BOLIGSITUATION"]))
    known = addresses(city)
    for person, found in episodes(city).items():
        first = min((e.first for e in found if e.first.year == year - 1), default=None)
        if first is None:
            continue
        day = first + FOLLOW_UP
        address = on_day(known.get(person, []), day)
        near = min(statuses[person], key=lambda s: (abs(s[0] - day), s[0]), default=None)
        homeless = (
            any(a <= day + WINDOW and out > day - WINDOW for a, out in sheltered[person])
            or (address is not None and address.row["UDEN_FAST_BOPAEL"])
            or (near is not None and near[1] == HOMELESS)
        )
        yield Enrolled(city.who(person, year - 1), has_left(address), homeless)


@definition("I07", "1", HOMELESS_LOOKS_AT, SEX_AND_AGE)
def homeless_after_a_year(city: City, year: int) -> Iterator[Counted]:
    for one in enrolled(city, year):
        if not one.left:
            yield Counted(one.who, one.homeless, 1)


@definition("I07_left", "1", HOMELESS_LOOKS_AT, SEX_AND_AGE)
def left(city: City, year: int) -> Iterator[Counted]:
    for one in enrolled(city, year):
        yield Counted(one.who, one.left)


@definition("I07_left_failed", "1", HOMELESS_LOOKS_AT, SEX_AND_AGE)
def left_is_homeless(city: City, year: int) -> Iterator[Counted]:
    for one in enrolled(city, year):
        yield Counted(one.who, one.homeless or one.left, 1)
