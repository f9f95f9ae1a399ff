"""Day by day: where homeless and treated persons sleep, are registered and are treated. The plan behind the files.

Every person has a row in calendars of one byte per day. Files are cut from the plan; the truth is read off the
calendars, so neither is made from the other.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.synthetic.files import day
from handleplan_pipeline.synthetic.places import neighbour
from handleplan_pipeline.synthetic.population import Population

HOMELESS_PERSONS = 4_200
"""Over ten years, so that about 1,500 are homeless in a year (SFI 2009: 1,494 in week 6)."""
TREATED_PERSONS = 7_000
"""Over ten years, so that about 2,800 are in drug treatment in a year (KK 2012)."""
WARM_UP = 3 * 365
"""Days before the first delivered one on which lives may begin: the first year is no emptier than the others."""
MINORITY_SHARE = {"homeless": 0.33, "treated": 0.11}
"""33 % of the homeless (the plan); with those of the homeless who are treated too, 13 % of those in drug treatment:
the plan has 12 % of all and 14 % of the new ones."""
(
    NONE,
    HOME,
    INSTITUTION,
    SHELTER,
    TEMPORARY,
    PERMANENT,
    CARE_OF,
    NO_ABODE,
    DEAD,
    EMIGRATED,
    HIGH_CODE,
    HOME_ELSEWHERE,
) = range(12)
OUTCOMES = (HOME, CARE_OF, TEMPORARY, PERMANENT, INSTITUTION, NO_ABODE, DEAD, EMIGRATED, HIGH_CODE, HOME_ELSEWHERE)
OUTCOME_SHARES = (0.42, 0.09, 0.09, 0.08, 0.04, 0.14, 0.04, 0.04, 0.02, 0.04)
PATTERNS = ("short", "long", "exactly_120", "exactly_121", "gap_one", "gap_two", "new_year", "street")
PATTERN_SHARES = (0.4, 0.14, 0.04, 0.04, 0.08, 0.08, 0.1, 0.12)
DRUGS, DRUG_SHARES = ("heroin", "kokain", "hash", "amfetamin", "metadon", "andet"), (0.35, 0.2, 0.25, 0.05, 0.1, 0.05)
GAPS = (10, 11, 5, 60, 89, 90, 91, 92, 150, 300)
WAITS = (0, 5, 14, 15, 30)
ONE_REASON_NOT_STATED_IN = 23
"""Contacts that end for a reason that nobody stated: those begun on every 23rd day."""


class Home(NamedTuple):
    """Where a person is registered from a day on: an address code."""

    start: int
    address: int


class Calendar(NamedTuple):
    """Persons x days: address code, and nights in any shelter, in one of the city, and in one it pays.

    `earlier` are the nights in any shelter of stays that the first file holds, before it begins.
    """

    earlier: NDArray[np.bool_]
    address: NDArray[np.uint8]
    anywhere: NDArray[np.bool_]
    here: NDArray[np.bool_]
    paid: NDArray[np.bool_]


LOST_SIGHT_OF, AFTER = 7, {0: 400, 1: 90}
"""Of every seven housed at last, two have no address record any more so many days later."""


@dataclass
class Stay:
    """One section 110 stay: nights start..end-1; `here` and `paid` say whether the city hosts and pays."""

    start: int
    end: int
    facility: str
    here: bool
    paid: bool


@dataclass
class Contact:
    """One treatment contact, days start..end (end None is open)."""

    start: int
    end: int | None
    request: int | None
    drugs: tuple[str, str, str]
    residential: bool
    reason: str
    status_day: int | None
    housing: str
    here: bool
    identifier: str = ""


@dataclass
class Life:
    """The plan of one person. `person` is an index, or -1 for an administrative number nobody can match."""

    person: int
    number: str
    stays: list[Stay] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    """By first day; empty for a person the address history does not know."""


def _lost_sight_of(life: Life, home: Home) -> list[Home]:
    """The day from which the address history knows nothing of a person who was housed."""
    after = AFTER.get(life.person % LOST_SIGHT_OF)
    lost = after is not None and home.address in (HOME, PERMANENT)
    return [Home(home.start + after, NONE)] if lost and after else []


class Lives:
    """The plans of all homeless and treated persons between the first and the last delivered day."""

    def __init__(self, population: Population, years: range, scale: float, rng: np.random.Generator) -> None:
        self.population, self.rng = population, rng
        self.first, self.last = day(years[0], 1, 1), day(years[-1], 12, 31)
        self.begin = self.first - WARM_UP
        self.new_years = {day(y, 1, 1) for y in range(years[0] - WARM_UP // 365, years[-1] + 3)}
        more = (self.last - self.begin) / (self.last - self.first)
        homeless = self._draw(int(max(HOMELESS_PERSONS * scale, 60) * more), MINORITY_SHARE["homeless"])
        treated = self._draw(int(max(TREATED_PERSONS * scale, 60) * more), MINORITY_SHARE["treated"])
        both = self.rng.permutation(homeless)[: len(homeless) // 6]
        treated = np.unique(np.concatenate([treated, both]))
        everyone = np.unique(np.concatenate([homeless, treated]))
        is_homeless, is_treated = np.isin(everyone, homeless), np.isin(everyone, treated)
        self.lives = [self._life(int(k), h, t) for k, h, t in zip(everyone, is_homeless, is_treated, strict=True)]
        self._register()

    def _draw(self, n: int, minority_share: float) -> NDArray[np.int64]:
        p = self.population
        adult = (p.municipality > 0).any(axis=0) & (p.age(p.years[len(p.years) // 2]) >= 20)
        minority = np.flatnonzero(adult & (p.ie_type >= 2))
        other = np.flatnonzero(adult & (p.ie_type < 2))
        m = int(n * minority_share)
        found = [
            self.rng.choice(minority, min(m, len(minority)), replace=False),
            self.rng.choice(other, min(n - m, len(other)), replace=False),
        ]
        return np.concatenate(found)

    def _life(self, person: int, homeless: bool, treated: bool) -> Life:
        number = str(self.population.number[person])
        life = Life(person, number)
        if self.rng.random() < 0.01:
            # 60 added to the day: an administrative number that never matches the population
            life = Life(-1, f"{int(number[:2]) + 60}{number[2:]}")
        onset = int(self.rng.integers(self.begin, self.last - 5))
        home = [Home(self.begin - 1500, HOME)]
        if homeless:
            end = self._stays(life, onset)
            during = int(self.rng.choice([SHELTER, NO_ABODE, CARE_OF], p=[0.45, 0.35, 0.2]))
            if not life.stays:
                during = NO_ABODE
            home.append(Home(onset, during))
            home += self._afterwards(life, end)
        elif self.rng.random() < 0.12:
            home.append(Home(onset, int(self.rng.choice([NO_ABODE, DEAD, EMIGRATED, CARE_OF]))))
        if self.rng.random() > 0.03:
            life.homes = [h for h in [*home, *_lost_sight_of(life, home[-1])] if h.start <= self.last]
        if treated:
            self._treatment(life)
            self._end_with(life, home)
        # what was over before the first file begins is in no file, and nobody knows of it
        life.stays = [s for s in life.stays if s.end >= self.first]
        life.contacts = [c for c in life.contacts if c.end is None or c.end >= self.first]
        return life

    def _end_with(self, life: Life, homes: list[Home]) -> None:
        """Nobody is treated after death or emigration."""
        left = next((h.start for h in homes if h.address in (DEAD, EMIGRATED)), None)
        if left is None:
            return
        life.contacts = [c for c in life.contacts if c.start < left]
        for c in life.contacts:
            if c.end is None or c.end > left:
                c.end, c.reason = left, c.reason or self._reason(c.start)
            if c.status_day is not None and c.status_day > left:
                c.status_day = None

    def _register(self) -> None:
        """Everybody's rows of the population as the address history has them on each 1 January."""
        p = self.population
        years = np.array(p.years)
        at = np.array([day(y, 1, 1) for y in p.years])
        beside, persons, when, where = int(neighbour()), [], [], []
        for life in self.lives:
            if life.person < 0 or not life.homes:
                continue
            now = np.searchsorted([h.start for h in life.homes], at, side="right") - 1
            for y, k in zip(years, now, strict=True):
                address = life.homes[k].address
                if k >= 0 and address != NONE:
                    persons.append(life.person)
                    when.append(y)
                    where.append(0 if address in (DEAD, EMIGRATED) else beside if address == HOME_ELSEWHERE else p.home)
        p.register(np.array(persons), np.array(when), np.array(where, dtype=np.int16))

    def mentioned(self) -> NDArray[np.bool_]:
        """Years x persons of the population: whom a file of the year holds as living in Denmark."""
        spells: list[tuple[int, int, int]] = []
        for life in self.lives:
            if life.person >= 0:
                last = next((h.start for h in life.homes if h.address in (DEAD, EMIGRATED)), self.last)
                spells += [(life.person, s.start, min(s.end, last)) for s in life.stays]
                spells += [(life.person, c.start, last if c.end is None else min(c.end, last)) for c in life.contacts]
                if life.homes:
                    spells.append((life.person, self.first, last))
        return self.population.years_of(*np.array(spells).T)

    def _stay(self, start: int, nights: int, facility: int | None = None) -> Stay:
        here = self.rng.random() < 0.94
        paid = True if not here else bool(self.rng.random() < 0.95)
        number = int(self.rng.integers(1, 30)) if facility is None else facility
        # in a small file one admission on 1 January looks like a technical cut, and the file is refused
        start += start in self.new_years
        return Stay(start, start + nights, f"B{number:03d}", bool(here), paid)

    def _stays(self, life: Life, onset: int) -> int:
        """Plans the stays from `onset` and returns the day homelessness ends."""
        pattern = self.rng.choice(PATTERNS, p=PATTERN_SHARES)
        if pattern == "street":
            return onset + int(self.rng.integers(30, 500))
        if pattern == "new_year":
            year = int(np.datetime64(onset, "D").astype("datetime64[Y]").astype(int)) + 1970
            start = day(year, 12, 31) - int(self.rng.integers(10, 60))
            life.stays.append(self._stay(start, int(self.rng.integers(70, 160))))
        elif pattern in ("gap_one", "gap_two"):
            first = self._stay(onset, 70, 1)
            gap = 1 if pattern == "gap_one" else 2
            second = self._stay(first.end + gap, 70, 2)
            # one in four goes on in another city's shelter, or comes back from there
            second.here = first.here if self.rng.random() < 0.75 else not first.here
            second.paid = first.paid if second.here else True
            life.stays += [first, second]
        else:
            nights = {"exactly_120": 120, "exactly_121": 121, "long": int(self.rng.integers(125, 400))}
            start = onset
            for _ in range(1 if pattern in nights else int(self.rng.integers(1, 4))):
                life.stays.append(self._stay(start, nights.get(str(pattern), int(self.rng.integers(3, 60)))))
                start = life.stays[-1].end + int(self.rng.integers(2, 40))
        return max(life.stays[-1].end, onset + 1)

    def _afterwards(self, life: Life, end: int) -> list[Home]:
        outcome = int(self.rng.choice(OUTCOMES, p=OUTCOME_SHARES))
        later = [Home(end + int(self.rng.integers(0, 250)), outcome)]
        if outcome in (HOME, PERMANENT) and self.rng.random() < 0.25:
            back = later[0].start + int(self.rng.integers(120, 700))
            if self.rng.random() < 0.6:
                life.stays.append(self._stay(back, int(self.rng.integers(10, 90))))
            else:
                later.append(Home(back, NO_ABODE))
        elif outcome in (HOME, PERMANENT) and self.rng.random() < 0.3:
            # housed, and dead or abroad a year or so later
            when = later[0].start + int(self.rng.integers(250, 600))
            later.append(Home(when, int(self.rng.choice([DEAD, EMIGRATED]))))
        return later

    def _treatment(self, life: Life) -> None:
        start = int(self.rng.integers(self.begin, self.last - 40))
        for _ in range(int(self.rng.integers(1, 5))):
            if start > self.last - 40:
                return
            length = int(self.rng.choice([20, 60, 89, 90, 91, 200, 400]))
            end: int | None = start + length
            if start + length > self.last - 5 or self.rng.random() < 0.05:
                end = None
            request = None if self.rng.random() < 0.05 else start - int(self.rng.choice(WAITS))
            drugs = [str(d) for d in self.rng.choice(DRUGS, 2, replace=False, p=DRUG_SHARES)]
            closes = end if end is not None else self.last
            status = None if self.rng.random() < 0.1 else int(self.rng.integers(start, closes + 1))
            life.contacts.append(
                Contact(
                    start,
                    end,
                    request,
                    (drugs[0], drugs[1] if self.rng.random() < 0.6 else "", ""),
                    bool(self.rng.random() < 0.15),
                    self._reason(start) if end is not None else "",
                    status,
                    str(self.rng.choice(["1", "2", "3", "9"], p=[0.6, 0.15, 0.15, 0.1])),
                    bool(self.rng.random() < 0.98),
                )
            )
            if end is None:
                return
            start = end + int(self.rng.choice(GAPS))

    def _reason(self, start: int) -> str:
        """Why a contact ended: completed, ended early, otherwise; or nobody stated it."""
        drawn = str(self.rng.choice(["F", "A", "U"]))
        return drawn if start % ONE_REASON_NOT_STATED_IN else ""

    def calendar(self) -> Calendar:
        n, days = len(self.lives), self.last - self.first + 1
        address = np.zeros((n, days), dtype=np.uint8)
        anywhere, here, paid = (np.zeros((n, days), dtype=bool) for _ in range(3))
        earlier = np.zeros((n, WARM_UP), dtype=bool)
        for i, life in enumerate(self.lives):
            for home in life.homes:
                address[i, max(home.start - self.first, 0) :] = home.address
            for s in life.stays:
                nights = slice(max(s.start - self.first, 0), max(min(s.end - self.first, days), 0))
                anywhere[i, nights] = True
                earlier[i, max(s.start - self.begin, 0) : max(s.end - self.begin, 0)] = True
                here[i, nights] |= s.here
                paid[i, nights] |= s.paid
        return Calendar(earlier, address, anywhere, here, paid)
