"""Criminal decisions and reported partner violence. Plants I02, I06 and I09_register."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.synthetic.files import dates, day, numbers_of, write_delivery
from handleplan_pipeline.synthetic.places import home, neighbour
from handleplan_pipeline.synthetic.population import Population
from handleplan_pipeline.synthetic.truth import Truth
from schemas.sources import dst_kraf, dst_victims

YOUNG_RATE = {1: 0.030, 2: 0.045, 3: 0.055, 0: 0.03}
"""Yearly share of 15-24 year olds with a decision; 1.5-2 times higher among minorities (STRAFNA9, 2010-2014)."""
ADULT_RATE = 0.006
CODES = ("1435505", "1440505", "3210505", "3210510", "3810507", "3410505", "1285005", "2130505", "3810510")
CODE_SHARES = (0.05, 0.02, 0.25, 0.08, 0.12, 0.06, 0.25, 0.14, 0.03)
DEALING, EUPHORIANTS, DISORDER = ("1435505", "1440505"), ("3210505", "3210510"), ("3810507",)
TYPES, TYPE_SHARES = ("111", "121", "212", "311", "411", "511"), (0.2, 0.2, 0.4, 0.1, 0.05, 0.05)
GUILTY = ("111", "121", "212", "311")
VICTIMS = 0.0012
AGAIN, AGAIN_WITHIN = 0.25, 5
"""Of the women who first reported within so many years, who report in a year again: within or after the 36 months."""


@dataclass(frozen=True)
class Decisions:
    """One year's decisions, an array per column: person, days since 1970, offence code, type of decision, offence in
    the city."""

    person: np.ndarray
    decided: np.ndarray
    offence: np.ndarray
    code: np.ndarray
    type: np.ndarray
    here: np.ndarray


class Reports(NamedTuple):
    """One year's reports of violence: person and day since 1970."""

    person: np.ndarray
    when: np.ndarray


class Reported(NamedTuple):
    """Completed months from a woman's first report to her last within three years."""

    person: int
    months: int


class Crime:
    """Decisions and reports of partner violence of all years."""

    def __init__(self, population: Population, years: range, rng: np.random.Generator) -> None:
        self.population, self.years, self.rng = population, years, rng
        self.decided = {y: self._decisions(y) for y in years}
        self.first_report: dict[int, list[int]] = {}
        self.reported = {y: self._reports(y) for y in (*range(years[0] - AGAIN_WITHIN, years[0]), *years)}

    def mentioned(self) -> NDArray[np.bool_]:
        """Years x persons of the population: who is in a file of the year."""
        found = np.zeros(self.population.municipality.shape, dtype=bool)
        for k, y in enumerate(self.years):
            found[k, self.decided[y].person] = found[k, self.reported[y].person] = True
        return found

    def _decisions(self, y: int) -> Decisions:
        p, rng = self.population, self.rng
        age = p.age(y)
        rate = np.where(
            (age >= 15) & (age <= 24), np.array([YOUNG_RATE[k] for k in (0, 1, 2, 3)])[p.ie_type], ADULT_RATE
        )
        chosen = np.flatnonzero(p.in_population(y) & (age >= 15) & (rng.random(p.size) < rate))
        # one in eight has two decisions in the year and still counts once
        person = np.concatenate([chosen, chosen[rng.random(len(chosen)) < 0.125]])
        decided = day(y, 1, 1) + rng.integers(0, 365, len(person))
        birthday = (p.birth[person].astype("datetime64[D]") - np.datetime64("1970-01-01")).astype(np.int64)
        offence = np.maximum(decided - rng.integers(0, 400, len(person)), birthday + 14 * 365)
        code = np.array(CODES)[rng.choice(len(CODES), len(person), p=CODE_SHARES)]
        kind = np.array(TYPES)[rng.choice(len(TYPES), len(person), p=TYPE_SHARES)]
        return Decisions(person, decided, offence, code, kind, rng.random(len(person)) < 0.8)

    def _fifteenth(self, person: np.ndarray) -> np.ndarray:
        """Day of the 15th birthday; a leap-day birthday falls on 28 February."""
        birth = self.population.birth[person]
        year = birth.astype("datetime64[Y]")
        within = (birth.astype("datetime64[D]") - year.astype("datetime64[D]")).astype(np.int64)
        month = birth.astype("datetime64[M]")
        same_month = month.astype(np.int64) % 12
        target = (year + 15).astype("datetime64[M]") + same_month
        date = (birth.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
        last = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
        assert within.min(initial=0) >= 0
        found = target.astype("datetime64[D]") + np.minimum(date, last)
        return np.asarray((found - np.datetime64("1970-01-01")).astype(np.int64))

    def year(self, out: Path, truth: Truth, y: int) -> None:
        d = self.decided[y]
        self._plant(truth, y, d)
        write_delivery(
            out,
            dst_kraf.DELIVERY,
            y,
            {
                "PNR": numbers_of(self.population.number, d.person),
                "AFG_AFGDTO": dates(d.decided),
                "AFG_GERDTO": dates(d.offence),
                "AFG_GER7": d.code,
                "AFG_AFGTYP3": d.type,
                "AFG_GERKOM": np.where(d.here, home(), neighbour()),
                "JOURNR": np.char.add(f"S{y}-", np.arange(len(d.person)).astype(str)),
            },
        )

    def _plant(self, truth: Truth, y: int, d: Decisions) -> None:
        p = self.population
        age, resident = p.age(y), p.resident(y)
        guilty = np.isin(d.type, GUILTY)
        home = resident[d.person]
        young = home & (age[d.person] <= 24) & guilty & (d.offence >= self._fifteenth(d.person))
        starts = np.array([c[:2] for c in d.code], dtype="<U2")
        serious = (np.char.startswith(starts, "1")) | np.isin(starts, ("32", "34"))
        traffic = np.char.startswith(starts, "2")

        def people(mask: np.ndarray, low: int, high: int) -> np.ndarray:
            found = np.unique(d.person[mask])
            return np.asarray(found[(age[found] >= low) & (age[found] <= high)])

        def living(low: int, high: int) -> np.ndarray:
            return np.flatnonzero(resident & (age >= low) & (age <= high))

        singles = ("15", "16", "17")
        by_both = ("sex", "age", "sex_age")
        truth.add("I02", y, people(young & serious, 15, 17), splits=by_both, bands=singles, per=living(15, 17))
        truth.add("I02_crude", y, people(young & serious, 15, 17), splits=(), per=living(15, 17))
        truth.add("I02_age15_24", y, people(young & serious, 15, 24), bands=("15-17", "18-24"), per=living(15, 24))
        truth.add("I02_traffic", y, people(young & (serious | traffic), 15, 17), bands=singles, per=living(15, 17))
        scene = {"I06a": DISORDER, "I06b": EUPHORIANTS, "I06c": DEALING, "I06_total": DISORDER + EUPHORIANTS + DEALING}
        bands = ("15-17", "18-24", "25-39", "40-64", "65+")
        adults = living(15, 200)
        for name, codes in scene.items():
            truth.add(name, y, people(guilty & home & np.isin(d.code, codes), 15, 200), bands=bands, per=adults)
        placed = np.unique(d.person[guilty & d.here & np.isin(d.code, scene["I06_total"])])
        truth.add("I06_place", y, placed, splits=(), per=adults)

    def _reports(self, y: int) -> Reports:
        """Reports of the year; some women report again within or after three years."""
        p, rng = self.population, self.rng
        at, since = max(y, self.years[0]), day(y - AGAIN_WITHIN, 1, 1)
        living = p.in_population(at)
        fresh = np.flatnonzero(p.resident(at) & (p.sex == 2) & (p.age(y) >= 18) & (rng.random(p.size) < VICTIMS))
        again = [k for k, v in self.first_report.items() if v[0] >= since and rng.random() < AGAIN and living[k]]
        person = np.concatenate([fresh, np.array(again, dtype=np.int64)]).astype(np.int64)
        when = day(y, 1, 1) + rng.integers(0, 365, len(person))
        for k, d in zip(person.tolist(), when.tolist(), strict=True):
            self.first_report.setdefault(k, []).append(d)
        return Reports(person, when)

    def victims(self, out: Path) -> None:
        """Files of the reports."""
        for y in self.years:
            person, when = self.reported[y]
            write_delivery(
                out,
                dst_victims.DELIVERY,
                y,
                {
                    "PNR": numbers_of(self.population.number, person),
                    "OFFER_GERDTO": dates(when),
                    "OFFER_GER7": np.full(len(person), "1235020"),
                    "JOURNR": np.char.add(f"V{y}-", np.arange(len(person)).astype(str)),
                },
            )

    def plant_register(self, truth: Truth, years: range) -> None:
        """I09_register: months from first to last report within 36 months, in the year the window ends."""
        ended: dict[int, list[Reported]] = {}
        for k, reports in self.first_report.items():
            days = [d for d in reports if d >= day(years[0], 1, 1)]
            if not days:
                continue
            first = np.datetime64(min(days), "D")
            month = first.astype("datetime64[M]")
            date = int((first - month.astype("datetime64[D]")).astype(int))
            target = month + 36
            last_date = int(((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(int)) - 1
            closes = target.astype("datetime64[D]") + min(date, last_date)
            inside = [np.datetime64(d, "D") for d in days if np.datetime64(d, "D") < closes]
            ended.setdefault(int(closes.astype("datetime64[Y]").astype(int)) + 1970, []).append(
                Reported(k, completed_months(first, max(inside)))
            )
        for t in years:
            if t - 3 < years[0]:
                continue
            women = ended.get(t, [])
            persons = np.array([w.person for w in women], dtype=np.int64)
            months = np.array([w.months for w in women], dtype=float)
            for g, mask in truth.group_masks(persons, t).items():
                if mask.any():
                    truth.middle("I09_register", t, g, ("women", "total"), [[m] for m in months[mask].tolist()])


def completed_months(first: np.datetime64, last: np.datetime64) -> int:
    """Whole months from `first` to `last`."""
    a, b = first.astype("datetime64[M]"), last.astype("datetime64[M]")
    early = (last - b.astype("datetime64[D]")) < (first - a.astype("datetime64[D]"))
    return int((b - a).astype(int)) - int(early)
