"""Section 110 stays, address history and drug treatment: files and truth from the day-by-day lives.

Plants I03, I04, I05, I07 and the shelter part of B1.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.synthetic import lives as code
from handleplan_pipeline.synthetic.files import dates, day, write_delivery
from handleplan_pipeline.synthetic.lives import Contact, Lives, Stay
from handleplan_pipeline.synthetic.places import home, neighbour, third
from handleplan_pipeline.synthetic.truth import Truth
from schemas.sources import address_history, drug_treatment, section_110_stays

FOLLOW, WINDOW, LONG = 365, 30, 120
MERGE, QUIET = 10, 90
BESIDE = 5
"""Persons on either side of a quantile that is told (methods 4.2, rule 5)."""
FIRST_OF_B1 = 2009
"""The parameters of the homelessness baseline are a yearly series from its first year on."""
LONGEST_WAIT, EARLY = 14, 90
LEFT, HOUSED = (code.DEAD, code.EMIGRATED), (code.HOME, code.PERMANENT, code.HOME_ELSEWHERE)
COCAINE = "kokain"


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
    completed: bool


class Status(NamedTuple):
    """What a contact says of housing on a day of the calendar."""

    at: int
    homeless: bool


class StayRow(NamedTuple):
    number: str
    stay: Stay


class ContactRow(NamedTuple):
    number: str
    contact: Contact


class AddressRow(NamedTuple):
    """A row of the address history; `end` is -1 while nobody knows it."""

    number: str
    start: int
    end: int
    address: int


class Homelessness:
    """Reads the truth off the calendars and cuts the files from the plans."""

    def __init__(self, lives: Lives, truth: Truth, years: range) -> None:
        self.lives, self.truth, self.years = lives, truth, years
        self.address, self.anywhere, self.here, self.paid = lives.calendar()
        # a stay goes on across facilities, cities and one night in between
        self.night_number = run_number(fill_gaps(self.anywhere, 1))
        self.person = np.array([x.person for x in lives.lives], dtype=np.int64)

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

    def _housed(self, t: int) -> None:
        who, index = self._index(t - 1)
        for name, at in (("I03", index + FOLLOW), ("I03_fixed_date", np.full(len(who), self._at(t, 12, 31)))):
            state = self.address[who, at]
            left = np.isin(state, LEFT)
            stayed = who[~left]
            self.truth.add(name, t, self.person[stayed], np.isin(state[~left], HOUSED), at=t - 1)
            self.truth.add(f"{name}_left", t, self.person[who[left]], at=t - 1)
            if name == "I03":
                self.truth.add("I03_left_failed", t, self.person[who], np.isin(state, HOUSED), at=t - 1)

    def _kept(self, t: int) -> None:
        who, index = self._index(t - 2)
        first = index + FOLLOW
        housed = np.isin(self.address[who, first], HOUSED)
        who, first = who[housed], first[housed]
        left = np.isin(self.address[who, first + FOLLOW], LEFT)
        good = np.ones(len(who), dtype=bool)
        for j, (i, f) in enumerate(zip(who, first, strict=True)):
            on_street = (self.address[i, f + 1 : f + FOLLOW + 1] == code.NO_ABODE).any()
            back = any(f < s.start - self.lives.first <= f + FOLLOW for s in self.lives.lives[i].stays)
            good[j] = not (on_street or back)
        self.truth.add("I03b", t, self.person[who[~left]], good[~left], at=t - 2)
        self.truth.add("I03b_left", t, self.person[who[left]], at=t - 2)
        self.truth.add("I03b_left_failed", t, self.person[who], good & ~left, at=t - 2)

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
            stays = [lengths_of_runs(number[i], nights[i]) for i in who[mask]]
            for name, share in (("B1_stay_median", 0.5), ("B1_stay_p90", 0.9)):
                self.truth.row(name, t, g, where, None, persons, quantile_told(stays, share))

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
                if cocaine and not counted:
                    fresh.append(Start(i, e))
                    counted = True
                if e.intake.drugs[0] == COCAINE:
                    main.append(i)
        if t - 1 >= self.years[0]:
            self._starts(t, fresh, sorted(set(main)), sorted(set(stock)))
            if t + 1 <= self.years[-1]:
                self._followed(t, enrolled)

    def _starts(self, t: int, fresh: list[Start], main: list[int], stock: list[int]) -> None:
        truth, p = self.truth, self.lives.population
        who = self.person[[f.life for f in fresh]]
        adults = np.flatnonzero(p.resident(t) & (p.age(t) >= 18) & (p.age(t) <= 64))
        truth.add("I05", t, who)
        truth.add("I05_main_drug", t, self.person[main])
        truth.add("I05_stock", t, self.person[stock])
        truth.add("I05_rate", t, who, splits=("sex",), per=adults)
        waits = {f.life: f.waited for f in fresh if f.waited is not None}
        waited = np.array([w > LONGEST_WAIT for w in waits.values()], dtype=bool)
        truth.add("I05b", t, self.person[list(waits)], waited, splits=("sex",))
        if t + 1 <= self.years[-1]:
            left = np.array([f.left_early for f in fresh], dtype=bool)
            truth.add("I05c", t, who, left, splits=("sex",))
        ended = [
            Completion(i, c.reason == "A")
            for i, life in enumerate(self.lives.lives)
            for c in life.contacts
            if c.here
            and c.residential
            and c.end is not None
            and day(t, 1, 1) <= c.end <= day(t, 12, 31)
            and COCAINE in c.drugs
        ]
        completed = np.array([e.completed for e in ended], dtype=bool)
        truth.add("I05d", t, self.person[[e.life for e in ended]], completed, splits=("sex",))

    def _followed(self, t: int, enrolled: dict[int, int]) -> None:
        who = np.array(sorted(enrolled), dtype=np.int64)
        at = np.array([enrolled[int(i)] for i in who], dtype=np.int64) - self.lives.first + FOLLOW
        left = np.isin(self.address[who, at], LEFT)
        homeless = np.zeros(len(who), dtype=bool)
        for j, (i, f) in enumerate(zip(who, at, strict=True)):
            statuses = [
                Status(c.status_day - self.lives.first, c.housing == "2")
                for c in self.lives.lives[i].contacts
                if c.here and c.status_day is not None
            ]
            nearest = min(statuses, key=lambda s: (abs(s.at - f), s.at < f), default=None)
            night = self.anywhere[i, max(f - WINDOW, 0) : f + WINDOW + 1].any()
            homeless[j] = night or self.address[i, f] == code.NO_ABODE or (nearest is not None and nearest.homeless)
        self.truth.add("I07", t, self.person[who[~left]], homeless[~left], at=t - 1)
        self.truth.add("I07_left", t, self.person[who[left]], at=t - 1)
        self.truth.add("I07_left_failed", t, self.person[who], homeless | left, at=t - 1)

    def write(self, out: Path) -> None:
        for i, life in enumerate(self.lives.lives):
            for k, c in enumerate(life.contacts):
                c.identifier = f"K{i:06d}{k}"
        for t in self.years:
            self._write_stays(out, t)
            self._write_addresses(out, t)
            self._write_treatment(out, t)

    def _write_stays(self, out: Path, t: int) -> None:
        first, after = day(t, 1, 1), day(t + 1, 1, 1)
        rows = [
            StayRow(x.number, s)
            for x in self.lives.lives
            for s in x.stays
            if s.start < after and s.end >= first and (s.here or s.paid)
        ]
        write_delivery(
            out,
            section_110_stays.DELIVERY,
            t,
            {
                "CPR": [r.number for r in rows],
                "BOFORM_ID": [r.stay.facility for r in rows],
                "BOFORM_KOM": [home() if r.stay.here else neighbour() for r in rows],
                "BETALINGSKOM": [home() if r.stay.paid else third() for r in rows],
                "INDSKREVET": dates([r.stay.start for r in rows]),
                "UDSKREVET": dates([r.stay.end if r.stay.end < after else -1 for r in rows]),
            },
        )

    def _write_addresses(self, out: Path, t: int) -> None:
        first, after = day(t, 1, 1), day(t + 1, 1, 1)
        rows = []
        for x in self.lives.lives:
            for k, spell in enumerate(x.homes):
                end = x.homes[k + 1].start if k + 1 < len(x.homes) else None
                if spell.start < after and (end is None or end >= first) and (end is None or end > spell.start):
                    known_end = end if end is not None and end < after else -1
                    rows.append(AddressRow(x.number, spell.start, known_end, spell.address))
        kind = np.array([r.address for r in rows], dtype=np.int64)
        use = {
            code.INSTITUTION: "2",
            code.SHELTER: "3",
            code.TEMPORARY: "4",
            code.PERMANENT: "5",
            code.HOME: "1",
            code.CARE_OF: "1",
            code.HOME_ELSEWHERE: "1",
        }
        status = {code.DEAD: "90", code.EMIGRATED: "80", code.NO_ABODE: "03", code.HIGH_CODE: "03"}
        left = np.isin(kind, LEFT)
        elsewhere = kind == code.HOME_ELSEWHERE
        write_delivery(
            out,
            address_history.DELIVERY,
            t,
            {
                "CPR": [r.number for r in rows],
                "TILFLYTDTO": dates([r.start for r in rows]),
                "FRAFLYTDTO": dates([r.end for r in rows]),
                "KOMKOD": np.select([left, elsewhere], ["", neighbour()], home()),
                "VEJKOD": np.select(
                    [left, kind == code.NO_ABODE, kind == code.HIGH_CODE], ["", "9901", "9950"], "0123"
                ),
                "CPRSTATUS": [status.get(int(k), "01") for k in kind],
                "ANVENDELSE": [use.get(int(k), "") for k in kind],
                "CO_ADRESSE": kind == code.CARE_OF,
                "UDEN_FAST_BOPAEL": kind == code.NO_ABODE,
            },
        )

    def _write_treatment(self, out: Path, t: int) -> None:
        first, after = day(t, 1, 1), day(t + 1, 1, 1)
        rows = [
            ContactRow(x.number, c)
            for x in self.lives.lives
            for c in x.contacts
            if c.start < after and (c.end is None or c.end >= first)
        ]
        contacts = [r.contact for r in rows]
        closed = [c.end is not None and c.end < after for c in contacts]
        # a status that is not known yet is not in the year's file
        status = [c.status_day if c.status_day is not None and c.status_day < after else -1 for c in contacts]
        write_delivery(
            out,
            drug_treatment.DELIVERY,
            t,
            {
                "CPR": [r.number for r in rows],
                "KONTAKTFORLOEBID": [c.identifier for c in contacts],
                "KOM": [home() if c.here else neighbour() for c in contacts],
                "ANMODNINGSDATO": dates([-1 if c.request is None else c.request for c in contacts]),
                "INDSKRIVNINGSDATO": dates([c.start for c in contacts]),
                "BEHANDLINGAFSLUTTETDATO": dates(
                    [c.end if done else -1 for c, done in zip(contacts, closed, strict=True)]
                ),
                "HOVEDSTOF": [c.drugs[0] for c in contacts],
                "BISTOF1": [c.drugs[1] for c in contacts],
                "BISTOF2": [c.drugs[2] for c in contacts],
                "BEHANDLINGSTYPE": ["D" if c.residential else "A" for c in contacts],
                "AFSLUTNINGSAARSAG": [c.reason if done else "" for c, done in zip(contacts, closed, strict=True)],
                "STATUSDATO": dates(status),
                "BOLIGSITUATION": [c.housing if s >= 0 else "" for c, s in zip(contacts, status, strict=True)],
            },
        )


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


def quantile_told(stays: list[list[int]], share: float) -> float | None:
    """The quantile of all stays, None with fewer than five persons who have a stay up to it, or one from it on."""
    found = float(np.quantile([n for of_one in stays for n in of_one], share))
    beside = sum(min(of_one) <= found for of_one in stays), sum(max(of_one) >= found for of_one in stays)
    return found if min(beside) >= BESIDE else None


def run_number(nights: NDArray[np.bool_]) -> NDArray[np.int16]:
    """The number of each night within its run, from 1; 0 outside."""
    number = np.zeros(nights.shape, dtype=np.int16)
    number[:, 0] = nights[:, 0]
    for d in range(1, nights.shape[1]):
        number[:, d] = (number[:, d - 1] + 1) * nights[:, d]
    return number
