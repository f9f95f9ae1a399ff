"""Goal 4 and the shelter half of the homelessness baseline: nights in section 110 facilities, and continuous stays."""

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.recount.counting import SEX_AND_AGE, TOTAL, Counted, definition
from tests.recount.layouts import Row
from tests.recount.people import COPENHAGEN, City, remembered

LONG_FROM = 121
"""More than 120 days: the night that has this number, from admission."""
GAP = 1
"""Days between two stays that are one continuous stay, whatever the facility or its city."""
DAY = timedelta(days=1)
LOOKS_AT = {"section_110_stays": (0,), "dst_bef": (0,)}


class Stay(NamedTuple):
    """Nights are the dates from `first` to the day before `out`."""

    person: str
    first: date
    out: date
    row: Row


@remembered
def stays(city: City) -> list[Stay]:
    """All stays; one without a discharge is known until the end of the last year whose file holds it."""
    return [
        Stay(row["CPR"], row["INDSKREVET"], row["UDSKREVET"] or row["_known_until"] + DAY, row)
        for row in city.deliveries.latest("section_110_stays")
    ]


@remembered
def continuous(city: City) -> dict[str, list[tuple[date, date]]]:
    """First night and discharge of each person's continuous stays, across facilities and cities; of nights alone."""
    found: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for stay in sorted(stays(city), key=lambda s: (s.person, s.first)):
        if stay.out <= stay.first:
            continue  # a visit without a night
        merged = found[stay.person]
        if merged and stay.first <= merged[-1][1] + GAP * DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stay.out))
        else:
            merged.append((stay.first, stay.out))
    return found


def nights_in(first: date, out: date, year: int) -> int:
    return max(0, (min(out, date(year + 1, 1, 1)) - max(first, date(year, 1, 1))).days)


@remembered
def had_a_night(city: City, year: int, whose: str) -> set[str]:
    """Persons with a night of the year in a shelter of the city, or paid by it."""
    return {s.person for s in stays(city) if s.row[whose] == COPENHAGEN and nights_in(s.first, s.out, year)}


@remembered
def nights_of(city: City, year: int) -> dict[str, int]:
    """Nights of the year of each person in shelters of the city; in two of them at once is one night."""
    dates: dict[str, set[date]] = defaultdict(set)
    for stay in stays(city):
        if stay.row["BOFORM_KOM"] == COPENHAGEN:
            start = max(stay.first, date(year, 1, 1))
            dates[stay.person] |= {start + n * DAY for n in range(nights_in(stay.first, stay.out, year))}
    return {person: len(nights) for person, nights in dates.items()}


@remembered
def long_stays(city: City, year: int) -> set[str]:
    """Night 121 or later of a continuous stay lies in the year."""
    return {
        person
        for person, merged in continuous(city).items()
        if any(nights_in(first + (LONG_FROM - 1) * DAY, out, year) for first, out in merged)
    }


def over_120(city: City, year: int, whose: str = "BOFORM_KOM") -> Iterator[Counted]:
    long = long_stays(city, year)
    for person in had_a_night(city, year, whose):
        yield Counted(city.who(person, year), person in long, 1)


@definition("I04", "1", LOOKS_AT, SEX_AND_AGE)
def share_over_120(city: City, year: int) -> Iterator[Counted]:
    yield from over_120(city, year)


@definition("I04_count", "1", LOOKS_AT, SEX_AND_AGE)
def number_over_120(city: City, year: int) -> Iterator[Counted]:
    yield from (one._replace(denominator=0) for one in over_120(city, year))


@definition("I04_paying", "1", LOOKS_AT, SEX_AND_AGE)
def share_paid_by_the_city(city: City, year: int) -> Iterator[Counted]:
    yield from over_120(city, year, "BETALINGSKOM")


@definition("I04_2009", "1", LOOKS_AT, TOTAL, first_year=2009)
def share_against_2009(city: City, year: int) -> Iterator[Counted]:
    yield from over_120(city, year)


def stays_in_city(city: City, year: int) -> dict[str, list[int]]:
    """Each person's continuous stays with a night of the year in the city: nights by the end of the year."""
    there: dict[str, list[date]] = defaultdict(list)
    for stay in stays(city):
        if stay.row["BOFORM_KOM"] == COPENHAGEN and nights_in(stay.first, stay.out, year):
            there[stay.person].append(stay.first)
    return {
        person: [
            (min(out, date(year + 1, 1, 1)) - first).days
            for first, out in continuous(city)[person]
            if any(first <= begun < out for begun in began)
        ]
        for person, began in there.items()
    }


def quantile(values: list[float], share: float) -> float:
    """Between the two nearest of the ordered values, in proportion."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
