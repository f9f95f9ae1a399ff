"""A synthetic Copenhagen: persons with numbers nobody can own, ancestry, and where they live each 1 January."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from handleplan_pipeline.synthetic.files import day
from handleplan_pipeline.synthetic.places import home, neighbour

Ints = NDArray[np.int64]
RESIDENTS = 528_000
"""Residents of Copenhagen on 1 January 2010, rounded (FOLK1E)."""


class Ancestry(NamedTuple):
    """IE_TYPE of the population register (0 is none) and the country of origin."""

    ie_type: int
    origin: int


ANCESTRY_SHARES = {
    Ancestry(1, 5100): 0.776,
    Ancestry(2, 5180): 0.06,
    Ancestry(2, 5472): 0.06,
    Ancestry(2, 5448): 0.035,
    Ancestry(2, 5750): 0.005,
    Ancestry(3, 5180): 0.01,
    Ancestry(3, 5172): 0.048,
    Ancestry(0, 0): 0.006,
}
"""About 22 % minority and 14-15 % non-western (the plan, and FOLK1E for Copenhagen); 5750 is Croatia, 5180 Germany."""
LEAVE_RATE, LEAVE_TO_NEIGHBOUR = 0.07, 0.02
LEAVES_DENMARK = 0.25
"""Of those whom no delivery holds any more: who died or emigrated; the others moved within Denmark. Ours, version 1."""
NEVER = 9999
OLDEST, ENTRANT_AGES = 96, (0, 40)
WEIGHTS = np.array([4, 3, 2, 7, 6, 5, 4, 3, 2, 1])
YOUNG_ADULT_PEAK = 3.0
"""Copenhagen has about three times as many persons per year of age in the twenties as at 50."""


@dataclass(frozen=True)
class Population:
    """Persons 0..n-1. `municipality` has a row per 1 January: 0 is not in the population, `home` is resident."""

    number: pl.Series
    birth: NDArray[np.datetime64]
    sex: NDArray[np.int8]
    ie_type: NDArray[np.int8]
    origin: NDArray[np.int16]
    years: tuple[int, ...]
    municipality: NDArray[np.int16]
    home: int
    gone: Ints
    """The first year without a row of who is known to be dead or abroad; NEVER of the others."""

    @property
    def size(self) -> int:
        return len(self.number)

    def in_population(self, year: int) -> NDArray[np.bool_]:
        """Who has a row that 1 January; nobody in a year outside the simulation."""
        if year not in self.years:
            return np.zeros(self.size, dtype=bool)
        found: NDArray[np.bool_] = self.municipality[self.years.index(year)] > 0
        return found

    def resident(self, year: int) -> NDArray[np.bool_]:
        if year not in self.years:
            return np.zeros(self.size, dtype=bool)
        found: NDArray[np.bool_] = self.municipality[self.years.index(year)] == self.home
        return found

    @cached_property
    def _birth_year(self) -> NDArray[np.int64]:
        return self.birth.astype("datetime64[Y]").astype(np.int64) + 1970

    def register(self, persons: Ints, years: Ints, municipality: NDArray[np.int16]) -> None:
        """Writes where `persons` live on 1 January of `years`; 0 is dead or abroad from then on.

        To be called before anything is drawn from the population.
        """
        self.municipality[years - self.years[0], persons] = municipality
        left = municipality == 0
        np.minimum.at(self.gone, persons[left], years[left])

    def years_of(self, persons: Ints, first: Ints, last: Ints) -> NDArray[np.bool_]:
        """Years x persons: who has a spell of days since 1970, first to last, that reaches into the year."""
        found = np.zeros(self.municipality.shape, dtype=bool)
        for k, y in enumerate(self.years):
            begins, after = day(y, 1, 1), day(y + 1, 1, 1)
            found[k, persons[(persons >= 0) & (first < after) & (last >= begins)]] = True
        return found

    def settle(self, mentioned: NDArray[np.bool_], rng: np.random.Generator) -> None:
        """Gives everybody whom a delivery of a year holds (years x persons) a home in Denmark, if not in the city.

        So it is from the first to the last such year and, unless the person left the country, the year after. Nobody is
        given one after death or emigration. To be called before anything is planted or written.
        """
        seen = np.maximum.accumulate(mentioned, axis=0)
        to_come = np.maximum.accumulate(mentioned[::-1], axis=0)[::-1]
        to_come[1:] |= to_come[:-1] & (rng.random(self.size) >= LEAVES_DENMARK)
        alive = np.array(self.years)[:, None] < self.gone
        self.municipality[seen & to_come & alive & (self.municipality == 0)] = int(neighbour())

    def age(self, year: int) -> NDArray[np.int64]:
        """Whole years on 1 January; nobody is born on 1 January."""
        return year - self._birth_year - 1

    def known(self, year: int, persons: Ints) -> NDArray[np.bool_]:
        """Who of `persons` has a row on that 1 January or one of the five before."""
        found = np.zeros(len(persons), dtype=bool)
        for k, y in enumerate(self.years):
            if year - 5 <= y <= year:
                found |= self.municipality[k, persons] > 0
        return found


def _birth_dates(rng: np.random.Generator, year: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """A day of each year that is not 1 January: numbers of that day may be real although modulus 11 fails."""
    day = rng.integers(1, 365, len(year))
    return np.asarray((year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + day.astype("timedelta64[D]"))


def person_numbers(birth: NDArray[np.datetime64], sex: NDArray[np.int8]) -> pl.Series:
    """Ten digits by the century rule that fail modulus 11: no such number was ever issued for these days.

    Within a day and sex persons get every second serial; of two neighbouring serials at most one meets modulus 11.
    """
    days = birth.astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((sex, days))
    key = days[order] * 2 + (sex[order] == 1)
    starts = np.r_[True, key[1:] != key[:-1]]
    rank = np.empty(len(days), dtype=np.int64)
    position = np.arange(len(days))
    rank[order] = position - np.maximum.accumulate(np.where(starts, position, 0))
    months = birth.astype("datetime64[M]")
    dd = (birth.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64) + 1
    mm = months.astype(np.int64) % 12 + 1
    year = birth.astype("datetime64[Y]").astype(np.int64) + 1970
    parity = (sex == 1).astype(np.int64)
    base = np.where(year >= 2000, 4000, 0)

    def digits(serial: NDArray[np.int64]) -> NDArray[np.int64]:
        whole = ((dd * 100 + mm) * 100 + year % 100) * 10_000 + serial
        return np.asarray(whole[:, None] // 10 ** np.arange(9, -1, -1) % 10)

    first = base + rank * 4 + parity
    fits = digits(first) @ WEIGHTS % 11 == 0
    serial = np.where(fits, first + 2, first)
    number = ((dd * 100 + mm) * 100 + year % 100) * 10_000 + serial
    return pl.Series(number).cast(pl.String).str.zfill(10)


def _ages(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    ages = np.arange(OLDEST)
    weight = np.where((ages >= 20) & (ages < 36), YOUNG_ADULT_PEAK, np.where(ages < 20, 0.9, 1.2 * np.exp(-ages / 90)))
    return rng.choice(ages, n, p=weight / weight.sum())


def make_population(scale: float, years: range, rng: np.random.Generator) -> Population:
    """A population with turnover: every year some die, move or emigrate and as many are born or move in.

    `years` are the 1 Januaries with a row, ascending. A person keeps ancestry; a few who leave live next door.
    """
    resident = max(int(RESIDENTS * scale), 400)
    yearly = int(resident * (LEAVE_RATE + 0.01))
    counts = [resident] + [yearly] * (len(years) - 1)
    entry = np.repeat(np.arange(len(years)), counts)
    age = np.concatenate([_ages(rng, resident), *(rng.integers(*ENTRANT_AGES, yearly) for _ in years[1:])])
    n = len(entry)
    birth = _birth_dates(rng, np.array(list(years))[entry] - 1 - age)
    sex = rng.integers(1, 3, n).astype(np.int8)
    kinds = list(ANCESTRY_SHARES)
    share = np.array(list(ANCESTRY_SHARES.values()))
    kind = rng.choice(len(kinds), n, p=share / share.sum())
    stay = rng.geometric(LEAVE_RATE, n)
    index = np.arange(len(years))[:, None]
    here = (index >= entry) & (index < entry + stay)
    here &= (np.array(list(years))[:, None] - 1 - (birth.astype("datetime64[Y]").astype(np.int64) + 1970)) < OLDEST + 8
    next_door = rng.random(n) < LEAVE_TO_NEIGHBOUR
    here_code, beside = int(home()), int(neighbour())
    municipality = np.where(here, here_code, np.where((index >= entry + stay) & next_door, beside, 0)).astype(np.int16)
    return Population(
        person_numbers(birth, sex),
        birth,
        sex,
        np.array([k.ie_type for k in kinds], dtype=np.int8)[kind],
        np.array([k.origin for k in kinds], dtype=np.int16)[kind],
        tuple(years),
        municipality,
        here_code,
        np.full(n, NEVER, dtype=np.int64),
    )
