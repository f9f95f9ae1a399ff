"""Section 110 stays, address history and drug treatment: the truth, from the day-by-day lives.

Plants I03, I04, I05, I07 and the shelter part of B1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.synthetic import lives as code
from handleplan_pipeline.synthetic.files import day
from handleplan_pipeline.synthetic.lives import Contact, Lives
from handleplan_pipeline.synthetic.truth import FIRST_OF_B1, Bools, Truth

FOLLOW, WINDOW, LONG = 365, 30, 120
MERGE, QUIET = 10, 90
BESIDE = 5
"""Persons on either side of a quantile that is told (methods 4.2, rule 5)."""
LONGEST_WAIT, EARLY = 14, 90
LEFT, HOUSED = (code.DEAD, code.EMIGRATED), (code.HOME, code.PERMANENT, code.HOME_ELSEWHERE)
COCAINE = "kokain"
NOT_STATED = "9"
"""A housing status that tells nothing."""
STATUS_WINDOWS = {"I07": 183, "I07_status_90": 90, "I07_status_any": None}
"""How far from day 365 a status of the drug register may lie."""


@dataclass(frozen=True)
class Episode:
    """Contacts of one person that go on: first day, last day (None is open) and the contact it began with."""

    start: int
    end: int | None
    intake: Contact

    def goes_on_in(self, c: Contact) -> bool:
        return self.end is None or c.start - self.end <= MERGE

    def followed_by(self, c: Contact) -> "Episode":
        end = None if self.end is None or c.end is None else max(self.end, c.end)
        return Episode(self.start, end, self.intake)

    def ended_before(self, when: int) -> bool:
        return self.end is not None and self.end < when

    def lasts_into(self, first: int, last: int) -> bool:
        """Whether a day of the episode lies in first..last."""
        return self.start <= last and (self.end is None or self.end >= first)


class Start(NamedTuple):
    """An episode that counts as new, of the person at place `life`."""

    life: int
    episode: Episode

    @property
    def waited(self) -> int | None:
        """Days from the request, None where no request is known."""
        request = self.episode.intake.request
        return None if request is None else self.episode.start - request

    @property
    def left_early(self) -> bool:
        return self.episode.end is not None and self.episode.end - self.episode.start <= EARLY


class Completion(NamedTuple):
    """A residential contact that ended, of the person at place `life`."""

    life: int
    reason: str


class Status(NamedTuple):
    """What a contact says of housing on a day of the calendar."""

    at: int
    homeless: bool


class Accommodated(NamedTuple):
    """Nights of a person in temporary accommodation: start..end-1."""

    person: int
    start: int
    end: int


class Homelessness:
    """Reads the truth off the calendars."""

    def __init__(self, lives: Lives, truth: Truth, years: range, accommodated: Iterable[Accommodated] = ()) -> None:
        """`accommodated` are the days of other persons of the plan in temporary accommodation (section 107)."""
        self.lives, self.truth, self.years = lives, truth, years
        earlier, self.address, self.anywhere, self.here, self.paid = lives.calendar()
        # a stay goes on across facilities, cities and one night in between
        nights = np.concatenate([earlier, self.anywhere], axis=1)
        self.night_number = run_number(fill_gaps(nights, 1))[:, earlier.shape[1] :]
        self.person = np.array([x.person for x in lives.lives], dtype=np.int64)
        self.in_facility = self._nights_in_facilities(accommodated)

    def _nights_in_facilities(self, accommodated: Iterable[Accommodated]) -> NDArray[np.bool_]:
        """Persons x days: a night in a section 110 shelter anywhere or in temporary accommodation."""
        nights = self.anywhere.copy()
        place = {int(person): i for i, person in enumerate(self.person) if person >= 0}
        for a in accommodated:
            if a.person in place:
                first, after = (max(d - self.lives.first, 0) for d in (a.start, a.end))
                nights[place[a.person], first:after] = True
        return nights

    def _at(self, y: int, m: int = 1, d: int = 1) -> int:
        return day(y, m, d) - self.lives.first

    def _year(self, y: int) -> slice:
        return slice(self._at(y), self._at(y, 12, 31) + 1)

    def plant(self) -> None:
        for t in self.years:
            self._nights(t)
            if t - 1 >= self.years[0]:
                self._housed(t)
            if t - 2 >= self.years[0]:
                self._kept(t)
            self._treated(t)

    def _index(self, y: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Who was homeless in y, and on which day first (position in the calendar)."""
        homeless = (self.here | (self.address == code.NO_ABODE))[:, self._year(y)]
        who = np.flatnonzero(homeless.any(axis=1))
        return who, homeless[who].argmax(axis=1) + self._at(y)

    def _state(self, who: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The address on a day; where there is no record, the nearest within the window, of two the earlier."""
        state = self.address[who, at].copy()
        for days in range(1, WINDOW + 1):
            for other in (at - days, at + days):
                inside = (state == code.NONE) & (other >= 0) & (other < self.address.shape[1])
                state[inside] = self.address[who[inside], other[inside]]
        return state

    def _housed(self, t: int) -> None:
        who, index = self._index(t - 1)
        for name, at in (("I03", index + FOLLOW), ("I03_fixed_date", np.full(len(who), self._at(t, 12, 31)))):
            state = self._state(who, at)
            left, unknown = np.isin(state, LEFT), state == code.NONE
            by_address = np.isin(state, HOUSED)
            housed = by_address & ~self.in_facility[who, at]
            self._share(name, t, who, housed, ~left & ~unknown)
            self.truth.add(f"{name}_left", t, self.person[who[left]], at=t - 1)
            self.truth.add(f"{name}_unknown", t, self.person[who[unknown]], at=t - 1)
            if name == "I03":
                self._share("I03_left_failed", t, who, housed, ~unknown)
                self._share("I03_unknown_failed", t, who, housed, ~left)
                self._share("I03_unknown_housed", t, who, housed | unknown, ~left)
                self._share("I03_address_only", t, who, by_address, ~left & ~unknown)

    def _share(self, name: str, t: int, who: NDArray[np.int64], hit: Bools, counted: Bools) -> None:
        """A share of those who are `counted`, with the attributes of the year before."""
        self.truth.add(name, t, self.person[who[counted]], hit[counted], at=t - 1)

    def _kept(self, t: int) -> None:
        who, index = self._index(t - 2)
        first = index + FOLLOW
        housed = np.isin(self._state(who, first), HOUSED) & ~self.in_facility[who, first]
        who, first = who[housed], first[housed]
        state = self._state(who, first + FOLLOW)
        left, unseen = np.isin(state, LEFT), state == code.NONE
        good = np.ones(len(who), dtype=bool)
        for j, (i, f) in enumerate(zip(who, first, strict=True)):
            between = slice(f + 1, f + FOLLOW + 1)
            on_street = (self.address[i, between] == code.NO_ABODE).any()
            good[j] = not (on_street or self.in_facility[i, between].any())
        unknown = unseen & good
        known, stayed = self.person[who[~unknown]], ~unknown & ~left
        self.truth.add("I03b", t, self.person[who[stayed]], good[stayed], at=t - 2)
        self.truth.add("I03b_left", t, self.person[who[left]], at=t - 2)
        self.truth.add("I03b_unknown", t, self.person[who[unknown]], at=t - 2)
        self.truth.add("I03b_left_failed", t, known, (good & ~left)[~unknown], at=t - 2)

    def _nights(self, t: int) -> None:
        this = self._year(t)
        for name, nights in (("I04", self.here), ("I04_paying", self.paid)):
            who = np.flatnonzero(nights[:, this].any(axis=1))
            long = np.asarray((self.night_number[who][:, this] > LONG).any(axis=1))
            self.truth.add(name, t, self.person[who], long)
            if name == "I04":
                self.truth.add("I04_count", t, self.person[who[long]])
                if t >= 2009:
                    self.truth.add("I04_2009", t, self.person[who], long, splits=())
                if t >= FIRST_OF_B1:
                    self._baseline(t, who, nights[:, this])

    def _baseline(self, t: int, who: NDArray[np.int64], nights: NDArray[np.bool_]) -> None:
        number = self.night_number[:, self._year(t)]
        for g, mask in self.truth.group_masks(self.person[who], t).items():
            if g not in ("minority", "danish", "unknown"):
                continue
            where = ("total", "total")
            persons = int(mask.sum())
            self.truth.row("B1_section_110_persons", t, g, where, persons, None)
            if not persons:
                continue
            total = float(nights[who[mask]].sum())
            self.truth.row("B1_section_110_nights", t, g, where, None, persons, total)
            stays = [[float(n) for n in lengths_of_runs(number[i], nights[i])] for i in who[mask]]
            for name, share in (("B1_stay_median", 0.5), ("B1_stay_p90", 0.9)):
                self.truth.middle(name, t, g, where, stays, share, beside=BESIDE)

    def _episodes(self, i: int) -> list[Episode]:
        """Merged episodes of one person, by first day."""
        episodes: list[Episode] = []
        for c in sorted((c for c in self.lives.lives[i].contacts if c.here), key=lambda c: c.start):
            if episodes and episodes[-1].goes_on_in(c):
                episodes[-1] = episodes[-1].followed_by(c)
            else:
                episodes.append(Episode(c.start, c.end, c))
        return episodes

    def _treated(self, t: int) -> None:
        first, last = day(t, 1, 1), day(t, 12, 31)
        fresh: list[Start] = []
        cocaine_users: list[int] = []
        main, stock = [], []
        enrolled: dict[int, int] = {}
        for i in range(len(self.lives.lives)):
            episodes = self._episodes(i)
            counted = False
            for k, e in enumerate(episodes):
                cocaine = COCAINE in e.intake.drugs
                if cocaine and e.lasts_into(first, last):
                    stock.append(i)
                if day(t - 1, 1, 1) <= e.start < first:
                    enrolled.setdefault(i, e.start)
                quiet = k == 0 or episodes[k - 1].ended_before(e.start - QUIET)
                if not (first <= e.start <= last and quiet):
                    continue
                if not counted:
                    fresh.append(Start(i, e))
                    counted = True
                if cocaine:
                    cocaine_users.append(i)
                if e.intake.drugs[0] == COCAINE:
                    main.append(i)
        if t - 1 >= self.years[0]:
            self._starts(t, fresh, sorted(set(cocaine_users)), sorted(set(main)), sorted(set(stock)))
            if t + 1 <= self.years[-1]:
                self._followed(t, enrolled)

    def _starts(self, t: int, fresh: list[Start], cocaine: list[int], main: list[int], stock: list[int]) -> None:
        truth, p = self.truth, self.lives.population
        who, users = self.person[[f.life for f in fresh]], self.person[cocaine]
        adults = np.flatnonzero(p.resident(t) & (p.age(t) >= 18) & (p.age(t) <= 64))
        truth.add("I05", t, users)
        truth.add("I05_main_drug", t, self.person[main])
        truth.add("I05_stock", t, self.person[stock])
        truth.add("I05_rate", t, users[np.isin(users, adults)], splits=("sex",), per=adults)
        waits = {f.life: f.waited for f in fresh if f.waited is not None}
        waited = np.array([w > LONGEST_WAIT for w in waits.values()], dtype=bool)
        truth.add("I05b", t, self.person[list(waits)], waited, splits=("sex",))
        if t + 1 <= self.years[-1]:
            left = np.array([f.left_early for f in fresh], dtype=bool)
            truth.add("I05c", t, who, left, splits=("sex",))
        ended = [
            Completion(i, c.reason)
            for i, life in enumerate(self.lives.lives)
            for c in life.contacts
            if c.here and c.residential and c.end is not None and day(t, 1, 1) <= c.end <= day(t, 12, 31)
        ]
        told = [e for e in ended if e.reason]
        early = np.array([e.reason == "A" for e in told], dtype=bool)
        truth.add("I05d", t, self.person[[e.life for e in told]], early, splits=("sex",))
        truth.add("I05d_unknown", t, self.person[[e.life for e in ended if not e.reason]], splits=("sex",))

    def _followed(self, t: int, enrolled: dict[int, int]) -> None:
        who = np.array(sorted(enrolled), dtype=np.int64)
        at = np.array([enrolled[int(i)] for i in who], dtype=np.int64) - self.lives.first + FOLLOW
        left = np.isin(self._state(who, at), LEFT)
        homeless = {name: np.zeros(len(who), dtype=bool) for name in STATUS_WINDOWS}
        for j, (i, f) in enumerate(zip(who, at, strict=True)):
            statuses = [
                Status(c.status_day - self.lives.first, c.housing == "2")
                for c in self.lives.lives[i].contacts
                if c.here and c.status_day is not None and c.housing != NOT_STATED
            ]
            nearest = min(statuses, key=lambda s: (abs(s.at - f), s.at), default=None)
            night = self.anywhere[i, max(f - WINDOW, 0) : f + WINDOW + 1].any()
            seen = night or self.address[i, f] == code.NO_ABODE
            by_status = nearest is not None and nearest.homeless
            for name, window in STATUS_WINDOWS.items():
                near = nearest is not None and (window is None or abs(nearest.at - f) <= window)
                homeless[name][j] = seen or (by_status and near)
        for name, hit in homeless.items():
            self.truth.add(name, t, self.person[who[~left]], hit[~left], at=t - 1)
        self.truth.add("I07_left", t, self.person[who[left]], at=t - 1)
        self.truth.add("I07_left_failed", t, self.person[who], homeless["I07"] | left, at=t - 1)


def fill_gaps(nights: NDArray[np.bool_], longest: int) -> NDArray[np.bool_]:
    """Nights with gaps of at most `longest` nights between two stays filled."""
    filled = nights.copy()
    for gap in range(1, longest + 1):
        between = nights[:, : -gap - 1] & nights[:, gap + 1 :]
        for k in range(1, gap + 1):
            filled[:, k : k + between.shape[1]] |= between
    return filled


def lengths_of_runs(number: NDArray[np.int16], here: NDArray[np.bool_]) -> list[int]:
    """The number of the last night of every run of a year in which a night was spent here."""
    ends = np.flatnonzero((number > 0) & (np.append(number[1:], 0) == 0))
    starts = np.r_[0, ends[:-1] + 1]
    return [int(number[e]) for s, e in zip(starts, ends, strict=True) if here[s : e + 1].any()]


def run_number(nights: NDArray[np.bool_]) -> NDArray[np.int16]:
    """The number of each night within its run, from 1; 0 outside."""
    number = np.zeros(nights.shape, dtype=np.int16)
    number[:, 0] = nights[:, 0]
    for d in range(1, nights.shape[1]):
        number[:, d] = (number[:, d - 1] + 1) * nights[:, d]
    return number
