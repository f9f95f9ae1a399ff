"""Goal 5 and the second half of goal 6: drug treatment, who starts it, and who is homeless a year later."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.recount.counting import SEX, SEX_AND_AGE, Counted, definition
from tests.recount.housing import FOLLOW_UP, WINDOW, addresses, covering, has_left, no_abode, on_day
from tests.recount.layouts import Row
from tests.recount.people import COPENHAGEN, City, Who, remembered
from tests.recount.shelters import stays

MERGED_UP_TO = timedelta(days=10)
FREE_OF_TREATMENT = timedelta(days=90)
LONG_WAIT = timedelta(days=14)
EARLY = timedelta(days=90)
STATUS_WINDOW, NARROW_STATUS_WINDOW = timedelta(days=183), timedelta(days=90)
COCAINE, RESIDENTIAL, BROKEN_OFF, HOMELESS = "kokain", "D", "A", "2"
STATED = ("1", HOMELESS, "3")
"""A home of one's own, none, something else; 9 is not stated, and then nobody knows."""
LOOKS_AT = {"drug_treatment": (-1, 0), "dst_bef": (0,)}
HOMELESS_LOOKS_AT = {
    "drug_treatment": (-1, 0, 1),
    "section_110_stays": (-1, 0, 1),
    "address_history": (-1, 0),
    "dst_bef": (-1,),
}


class Episode(NamedTuple):
    """Contacts of a person with at most 10 days between; those of the first day are the intake."""

    person: str
    first: date
    last: date
    contacts: tuple[Row, ...]

    @property
    def intake(self) -> list[Row]:
        return [row for row in self.contacts if row["INDSKRIVNINGSDATO"] == self.first]

    @property
    def mainly_cocaine(self) -> bool:
        return any(row["HOVEDSTOF"] == COCAINE for row in self.intake)

    @property
    def cocaine(self) -> bool:
        return any(COCAINE in drugs(row) for row in self.intake)


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
    for row in sorted(contacts(city), key=lambda r: (r["CPR"], r["INDSKRIVNINGSDATO"])):
        first, last = row["INDSKRIVNINGSDATO"], row["_known_until"]
        before = found[row["CPR"]]
        if before and first - before[-1].last <= MERGED_UP_TO:
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
def first_starts(city: City, year: int) -> dict[str, Episode]:
    """Each person's first start of the year, by any drug."""
    found: dict[str, Episode] = {}
    for one in starts(city, year):
        found.setdefault(one.person, one)
    return found


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
        yield Counted(city.who(person, year), any(one.mainly_cocaine for one in found))


@definition("I05_stock", "1", LOOKS_AT, SEX_AND_AGE)
def in_treatment(city: City, year: int) -> Iterator[Counted]:
    for person, found in episodes(city).items():
        if any(e.cocaine and e.first.year <= year <= e.last.year for e in found):
            yield Counted(city.who(person, year), 1)


@definition("I05_rate", "2", LOOKS_AT, SEX, rate=True)
def starting_per_resident(city: City, year: int) -> Iterator[Counted]:
    """Residents of 18 to 64, and those of them who start with cocaine."""
    starting = cocaine_starts(city, year)
    for person, who in city.residents(year, 18, 64).items():
        yield Counted(who, person in starting, 1)


@definition("I05b", "2", LOOKS_AT, SEX)
def long_wait(city: City, year: int) -> Iterator[Counted]:
    """More than 14 days from request to the first start of the year, where the day of the request is known."""
    for person, one in first_starts(city, year).items():
        asked = min((row["ANMODNINGSDATO"] for row in one.intake if row["ANMODNINGSDATO"]), default=None)
        if asked:
            yield Counted(city.who(person, year), one.first - asked > LONG_WAIT, 1)


def left_early(one: Episode) -> bool:
    """A lost closing too is a leaving, by the end of the last file that holds it at the latest."""
    return one.last - one.first <= EARLY


@definition("I05c", "2", LOOKS_AT | {"drug_treatment": (-1, 0, 1)}, SEX)
def leaves_early(city: City, year: int) -> Iterator[Counted]:
    """Out again within 90 days of the first start of the year."""
    for person, one in first_starts(city, year).items():
        yield Counted(city.who(person, year), left_early(one), 1)


def has_ended(row: Row) -> bool:
    """Ended, or not seen to: it is missing from the file after its last."""
    return not row["_open"]


def residential_stays_ended(city: City, year: int) -> Iterator[tuple[Who, str | None]]:
    """Residential stays that ended in the year, each of them, with the reason; any drug.

    One whose end nobody saw ended in the year of its last file, for no stated reason.
    """
    for row in contacts(city):
        if row["BEHANDLINGSTYPE"] == RESIDENTIAL and has_ended(row) and row["_known_until"].year == year:
            yield city.who(row["CPR"], year), row["AFSLUTNINGSAARSAG"]


@definition("I05d", "2", LOOKS_AT, SEX)
def residential_stay_broken_off(city: City, year: int) -> Iterator[Counted]:
    for who, reason in residential_stays_ended(city, year):
        if reason:
            yield Counted(who, reason == BROKEN_OFF, 1)


@definition("I05d_unknown", "1", LOOKS_AT, SEX)
def residential_stay_ended_for_an_unknown_reason(city: City, year: int) -> Iterator[Counted]:
    for who, reason in residential_stays_ended(city, year):
        yield Counted(who, reason is None)


class Enrolled(NamedTuple):
    """`seen` homeless in a shelter or on the street; `status` is that nearest to the day, and `away` its distance."""

    who: Who
    left: bool
    seen: bool
    status: str | None
    away: timedelta

    def homeless(self, window: timedelta) -> bool:
        return self.seen or (self.status == HOMELESS and self.away <= window)


@remembered
def statuses(city: City) -> dict[str, list[tuple[date, str]]]:
    """All that the register ever said of a person's housing, by day; of one day the later delivery's word, and of two
    contacts in it that of homelessness. A contact that turned out to be another person's says nothing."""
    city.deliveries.latest("drug_treatment")
    now: dict[tuple[str, date], set[str]] = defaultdict(set)
    for row in city.deliveries.every("drug_treatment"):
        if not row["_corrected"]:
            now[row["KONTAKTFORLOEBID"], row["INDSKRIVNINGSDATO"]].add(row["CPR"])
    said: dict[tuple[str, date], str] = {}
    for year in sorted(city.deliveries.years("drug_treatment")):
        rows = [r for r in city.deliveries.of("drug_treatment", year) if r["KOM"] == COPENHAGEN and r["STATUSDATO"]]
        for row in sorted(rows, key=lambda r: r["BOLIGSITUATION"] == HOMELESS):
            whose = now[row["KONTAKTFORLOEBID"], row["INDSKRIVNINGSDATO"]] if row["_corrected"] else set()
            if whose <= {row["CPR"]} and row["BOLIGSITUATION"] in STATED:
                said[row["CPR"], row["STATUSDATO"]] = row["BOLIGSITUATION"]
    found: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for (person, day), status in said.items():
        found[person].append((day, status))
    return found


def nearest(said: list[tuple[date, str]], day: date) -> tuple[date, str] | None:
    """The status nearest to the day; the earlier of two as near, as with addresses."""
    return min(said, key=lambda s: (abs(s[0] - day), s[0]), default=None)


@remembered
def enrolled(city: City, year: int) -> list[Enrolled]:
    """Who was enrolled in the year before, and what is known of them on day 365: in a shelter within 30 days of it,
    registered without abode, or the status of the drug register nearest to it; of two as near the earlier."""
    sheltered: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for stay in stays(city):
        sheltered[stay.person].append((stay.first, stay.out))
    known, found = addresses(city), []
    for person, of_person in episodes(city).items():
        first = min((e.first for e in of_person if e.first.year == year - 1), default=None)
        if first is None:
            continue
        day = first + FOLLOW_UP
        address, there = on_day(known.get(person, []), day), covering(known.get(person, []), day)
        near = nearest(statuses(city).get(person, []), day)
        seen = any(a <= day + WINDOW and out > max(a, day - WINDOW) for a, out in sheltered[person]) or (
            there is not None and no_abode(there)
        )
        status, away = (near[1], abs(near[0] - day)) if near else (None, timedelta.max)
        found.append(Enrolled(city.who(person, year - 1), has_left(address), seen, status, away))
    return found


def homeless(city: City, year: int, window: timedelta) -> Iterator[Counted]:
    for one in enrolled(city, year):
        if not one.left:
            yield Counted(one.who, one.homeless(window), 1)


@definition("I07", "2", HOMELESS_LOOKS_AT, SEX_AND_AGE)
def homeless_after_a_year(city: City, year: int) -> Iterator[Counted]:
    yield from homeless(city, year, STATUS_WINDOW)


@definition("I07_status_90", "1", HOMELESS_LOOKS_AT, SEX_AND_AGE)
def homeless_by_a_status_near(city: City, year: int) -> Iterator[Counted]:
    yield from homeless(city, year, NARROW_STATUS_WINDOW)


@definition("I07_status_any", "1", HOMELESS_LOOKS_AT, SEX_AND_AGE)
def homeless_by_any_status(city: City, year: int) -> Iterator[Counted]:
    yield from homeless(city, year, timedelta.max)


@definition("I07_left", "1", HOMELESS_LOOKS_AT, SEX_AND_AGE)
def left(city: City, year: int) -> Iterator[Counted]:
    for one in enrolled(city, year):
        yield Counted(one.who, one.left)


@definition("I07_left_failed", "2", HOMELESS_LOOKS_AT, SEX_AND_AGE)
def left_is_homeless(city: City, year: int) -> Iterator[Counted]:
    for one in enrolled(city, year):
        yield Counted(one.who, one.homeless(STATUS_WINDOW) or one.left, 1)
