"""Psychiatric contacts, discharges and services of social psychiatry. Plants I10 and I11."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.synthetic.files import dates, day, write_delivery
from handleplan_pipeline.synthetic.homelessness import Accommodated
from handleplan_pipeline.synthetic.population import Population
from handleplan_pipeline.synthetic.truth import GROUPS, Truth
from schemas.sources import psychiatry_contacts, psychiatry_discharge_notifications, social_psychiatry_services

PATIENTS, USERS_ONLY = 0.022, 0.004
"""Patients a year and users of social psychiatry without a contact, as shares of adults: our assumption of size."""
SECTIONS = ("85", "99", "103", "104", "107", "108")
SERVED = {0: 0.3, 1: 0.4, 2: 0.25, 3: 0.25}
"""Share of patients with social psychiatry; lower among minorities, as the plan expects (30-50 persons are missing)."""
OWN, FOLLOW = 14, 90
NOTIFIED = {0: FOLLOW, 1: FOLLOW + 1}
"""Days from the discharge to the notification of those who were notified late, by the person's index modulo 12."""
WARM_UP = 2
"""Years before the first delivered one, so that its file is no emptier of contacts and services than the others."""
ADULT_BANDS = ("18-24", "25-39", "40-64", "65+")


@dataclass
class Spell:
    """A contact or a service: days start..end (-1 is open). `kind` is patient type or section."""

    person: int
    number: str
    start: int
    end: int
    kind: str
    own: bool = False


class Discharge(NamedTuple):
    """A discharge: was a need of social psychiatry assessed, and was the city notified, which is the day before."""

    person: int
    number: str
    day: int
    needs: bool
    notified: bool

    @property
    def notified_on(self) -> int:
        """The day of the notification, -1 where there is none: the day before, or on each side of the limit."""
        return self.day + NOTIFIED.get(self.person % 12, -1) if self.notified else -1


class AfterDischarge(NamedTuple):
    """A service so many days after the discharge, on the person's own initiative or the city's; None is no service."""

    delay: int
    own: bool | None


AFTER_DISCHARGE = (
    AfterDischarge(OWN, True),
    AfterDischarge(OWN + 1, True),
    AfterDischarge(FOLLOW, False),
    AfterDischarge(FOLLOW + 1, False),
    AfterDischarge(30, False),
    AfterDischarge(0, None),
)
"""Equally often: on each side of the two time limits, well within, and never."""


class Treated(NamedTuple):
    """Who was in treatment in a year, and from which of its days."""

    person: int
    begin: int


class Share(NamedTuple):
    """So many of a group among all of known ancestry."""

    persons: int
    known: int


class Counted(NamedTuple):
    """The first discharge of a person that counts: its day and year, and whether the person lived here a year later."""

    day: int
    year: int
    stays: bool


class Psychiatry:
    def __init__(self, population: Population, years: range, rng: np.random.Generator) -> None:
        self.population, self.years, self.rng = population, years, rng
        self.contacts: list[Spell] = []
        self.services: list[Spell] = []
        self.discharges: list[Discharge] = []
        self._taken: set[tuple[int, str, int]] = set()
        for y in (*range(years[0] - WARM_UP, years[0]), *years):
            self._year(y)
        self.discharges = list({(d.person, d.day): d for d in self.discharges}.values())

    def _year(self, y: int) -> None:
        p, rng = self.population, self.rng
        adult = p.in_population(max(y, self.years[0])) & (p.age(y) >= 17)
        patients = np.flatnonzero(adult & (rng.random(p.size) < PATIENTS))
        n = len(patients)
        nameless, discharged = rng.random(n) < 0.01, rng.random(n) < 0.5
        starts = day(y, 1, 1) + rng.integers(0, 365, n)
        ends = starts + rng.choice([3, 20, 60, 200], n)
        kinds = rng.choice(["0", "1", "2", "3"], n, p=[0.25, 0.05, 0.55, 0.15])
        served = rng.random(n) < np.array([SERVED[k] for k in sorted(SERVED)])[p.ie_type[patients]]
        begins = starts + rng.choice([0, 30, 200, 365, 366, 500], n)
        for i, k in enumerate(patients.tolist()):
            person, number = k, str(p.number[k])
            if nameless[i]:
                # hospital substitute: 8 in the seventh place and initials
                person, number = -1, f"{number[:6]}8{'ABCDEFGHKL'[k % 10]}{'MNPRSTUVXZ'[k // 10 % 10]}{k // 100 % 10}"
            self.contacts.append(Spell(person, number, int(starts[i]), int(ends[i]), str(kinds[i])))
            if served[i] and person >= 0:
                self._serve(person, number, int(begins[i]))
            if kinds[i] == "0" and person >= 0 and discharged[i]:
                self._discharge(person, number, int(ends[i]))
        for k in np.flatnonzero(adult & (rng.random(p.size) < USERS_ONLY)).tolist():
            self._serve(k, str(p.number[k]), day(y, 1, 1) + int(rng.integers(0, 365)))

    def _serve(self, person: int, number: str, start: int, own: bool | None = None, days: int | None = None) -> None:
        section = str(self.rng.choice(SECTIONS))
        if (person, section, start) in self._taken or start > day(self.years[-1], 12, 31):
            return
        self._taken.add((person, section, start))
        length = int(self.rng.choice([1, 90, 400])) if days is None else days
        initiative = bool(self.rng.random() < 0.3) if own is None else own
        self.services.append(Spell(person, number, start, start + length, section, initiative))

    def _discharge(self, person: int, number: str, when: int) -> None:
        again = any(d.person == person and d.day == when for d in self.discharges[-50:])
        if again or when > day(self.years[-1], 12, 31):
            return
        needs, notified = bool(self.rng.random() < 0.6), bool(self.rng.random() < 0.8)
        self.discharges.append(Discharge(person, number, when, needs, notified))
        service = AFTER_DISCHARGE[self.rng.integers(0, len(AFTER_DISCHARGE))]
        if service.own is not None:
            self._serve(person, number, when + service.delay, service.own, 1)

    def mentioned(self) -> NDArray[np.bool_]:
        """Years x persons of the population: who is in a file of the year."""
        spells = [(s.person, s.start, s.end) for s in (*self.contacts, *self.services)]
        spells += [(d.person, d.day, d.day) for d in self.discharges]
        return self.population.years_of(*np.array(spells).T)

    def accommodated(self) -> list[Accommodated]:
        """Everybody's nights in temporary accommodation."""
        return [Accommodated(s.person, s.start, s.end) for s in self.services if s.kind == "107"]

    def write(self, out: Path) -> None:
        for t in self.years:
            first, after = day(t, 1, 1), day(t + 1, 1, 1)
            rows = [(i, c) for i, c in enumerate(self.contacts) if c.start < after and c.end >= first]
            write_delivery(
                out,
                psychiatry_contacts.DELIVERY,
                t,
                {
                    "V_CPR": [c.number for _, c in rows],
                    "K_RECNUM": [f"R{i:08d}" for i, _ in rows],
                    "D_INDDTO": dates([c.start for _, c in rows]),
                    "D_UDDTO": dates([c.end if c.end < after else -1 for _, c in rows]),
                    "C_PATTYPE": [c.kind for _, c in rows],
                    "C_DIAG": ["DF200"] * len(rows),
                },
            )
            served = [s for s in self.services if s.start < after and s.end >= first]
            write_delivery(
                out,
                social_psychiatry_services.DELIVERY,
                t,
                {
                    "CPR": [s.number for s in served],
                    "PARAGRAF": [s.kind for s in served],
                    "STARTDATO": dates([s.start for s in served]),
                    "SLUTDATO": dates([s.end if s.end < after else -1 for s in served]),
                    "INITIATIV": ["B" if s.own else "S" for s in served],
                },
            )
            discharged = [d for d in self.discharges if first <= d.day < after]
            write_delivery(
                out,
                psychiatry_discharge_notifications.DELIVERY,
                t,
                {
                    "V_CPR": [d.number for d in discharged],
                    "D_UDDTO": dates([d.day for d in discharged]),
                    "BEHOV_VURDERET": [d.needs for d in discharged],
                    "UNDERRETNINGSDATO": dates([d.notified_on for d in discharged]),
                },
            )

    def plant(self, truth: Truth) -> None:
        p = self.population
        for t in self.years:
            first, last = day(t, 1, 1), day(t, 12, 31)
            treated: dict[str, Treated] = {}
            for c in self.contacts:
                if c.kind != "3" and c.start <= last and c.end >= first:
                    begin = max(c.start, first)
                    earlier = treated.get(c.number)
                    treated[c.number] = Treated(c.person, min(begin, earlier.begin) if earlier else begin)
            served = {s.number: s.person for s in self.services if s.start <= last and s.end >= first}
            adult = p.resident(t) & (p.age(t) >= 18)
            shares: dict[str, dict[str, Share]] = {}
            for name, found in (("I10_t", {n: v.person for n, v in treated.items()}), ("I10_s", served)):
                persons = np.array(sorted(found.values()), dtype=np.int64)
                unknown = int(truth.group_masks(persons, t)["unknown"].sum())
                truth.row(f"{name}_unknown", t, "unknown", ("total", "total"), unknown, None)
                here = persons[(persons >= 0) & adult[persons]]
                shares[name] = self._known_share(truth, name, t, here)
            s, u = shares["I10_s"]["minority"], shares["I10_t"]["minority"]
            if s.known and u.persons:
                ratio = (s.persons / s.known) / (u.persons / u.known)
                truth.row("I10", t, "minority", ("total", "18+"), None, None, ratio)
            if t + 1 <= self.years[-1]:
                self._coverage(truth, t, treated, adult)
        for t in (y for y in self.years if y % 2 == 0 and y - 1 >= self.years[0] and y + 1 <= self.years[-1]):
            self._followed_up(truth, t)

    def _known_share(self, truth: Truth, name: str, t: int, here: np.ndarray) -> dict[str, Share]:
        groups = truth.group_masks(here, t)
        total: dict[str, Share] = {}
        for where, inside in truth.slices(here, t, name, ("sex", "age"), ADULT_BANDS).items():
            known = int((inside & (groups["minority"] | groups["danish"])).sum())
            for g in ("danish", "minority", "immigrant", "descendant", "western", "non_western"):
                n = int((inside & groups[g]).sum())
                if "unknown" not in where:
                    truth.row(name, t, g, where, n, known)
                if where == ("total", "18+"):
                    total[g] = Share(n, known)
        return total

    def _coverage(self, truth: Truth, t: int, treated: dict[str, Treated], adult: np.ndarray) -> None:
        by_person: dict[int, list[Spell]] = {}
        for s in self.services:
            by_person.setdefault(s.person, []).append(s)
        stays, hits, left = [], [], []
        later = self.population.in_population(t + 1)
        for person, begin in treated.values():
            if person < 0 or not adult[person]:
                continue
            if not later[person]:
                left.append(person)
                continue
            stays.append(person)
            hits.append(any(s.start <= begin + 365 and s.end >= begin for s in by_person.get(person, [])))
        truth.add("I10_coverage", t, np.array(stays), np.array(hits, dtype=bool), bands=ADULT_BANDS)
        truth.add("I10_coverage_left", t, np.array(left, dtype=np.int64), splits=())
        everyone = np.array(stays + left, dtype=np.int64)
        failed = np.array(hits + [False] * len(left), dtype=bool)
        truth.add("I10_coverage_left_failed", t, everyone, failed, splits=())

    def _followed_up(self, truth: Truth, t: int) -> None:
        p = self.population
        by_person: dict[int, list[Spell]] = {}
        for s in self.services:
            by_person.setdefault(s.person, []).append(s)
        first: dict[int, Counted] = {}
        in_contact: dict[int, int] = {}
        late: dict[int, int] = {}
        for d in sorted(self.discharges, key=lambda d: d.day):
            y = int(np.datetime64(d.day, "D").astype("datetime64[Y]").astype(int)) + 1970
            if y not in (t - 1, t) or not (d.needs and d.notified) or not p.resident(y)[d.person]:
                continue
            if any(s.own and d.day <= s.start <= d.day + OWN for s in by_person.get(d.person, [])):
                continue
            if any(s.start < d.day <= s.end for s in by_person.get(d.person, [])):
                in_contact.setdefault(d.person, y)
            elif d.notified_on > d.day + FOLLOW:
                late.setdefault(d.person, y)
            else:
                first.setdefault(d.person, Counted(d.day, y, bool(p.in_population(y + 1)[d.person])))
        for y in (t - 1, t):
            assert y in self.years
        self._pool(truth, t, first, by_person)
        self._beside(truth, "I11_in_contact", t, {k: y for k, y in in_contact.items() if k not in first})
        self._beside(truth, "I11_notified_late", t, {k: y for k, y in late.items() if k not in {*first, *in_contact}})

    def _beside(self, truth: Truth, name: str, t: int, whose: dict[int, int]) -> None:
        """A count of persons of a pool who are in no denominator, by the year of their discharge."""
        tally = dict.fromkeys(GROUPS, 0)
        for year in (t - 1, t):
            persons = np.array([person for person, y in whose.items() if y == year], dtype=np.int64)
            for g, mask in truth.group_masks(persons, year).items():
                tally[g] += int(mask.sum())
        for g, n in tally.items():
            truth.row(name, t, g, ("total", "total"), n, None)

    def _pool(self, truth: Truth, t: int, first: dict[int, Counted], by_person: dict[int, list[Spell]]) -> None:
        """Rows of a pool: attributes are those of each discharge's own year."""
        tally: dict[str, dict[str, list[bool]]] = {"I11": {}, "I11_left": {}, "I11_left_failed": {}}
        for person, d in first.items():
            hit = any(not s.own and d.day <= s.start <= d.day + FOLLOW for s in by_person.get(person, []))
            for g, mask in truth.group_masks(np.array([person]), d.year).items():
                if mask[0]:
                    tally["I11" if d.stays else "I11_left"].setdefault(g, []).append(hit)
                    tally["I11_left_failed"].setdefault(g, []).append(hit and d.stays)
        for name in ("I11", "I11_left_failed"):
            for g, hits in tally[name].items():
                truth.row(name, t, g, ("total", "total"), sum(hits), len(hits))
        for g, hits in tally["I11_left"].items():
            truth.row("I11_left", t, g, ("total", "total"), len(hits), None)
