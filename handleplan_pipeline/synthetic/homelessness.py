"""Section 110 stays, address history and drug treatment: files and truth from the day-by-day lives.

Plants I03, I04, I05, I07 and the shelter part of B1.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.synthetic import lives as code
from handleplan_pipeline.synthetic.files import dates, day, write_delivery
from handleplan_pipeline.synthetic.lives import Contact, Lives
from handleplan_pipeline.synthetic.places import home, neighbour, third
from handleplan_pipeline.synthetic.truth import Truth
from schemas.sources import address_history, drug_treatment, section_110_stays

FOLLOW, WINDOW, LONG = 365, 30, 120
MERGE, QUIET = 10, 90
GONE, HOUSED = (code.DEAD, code.EMIGRATED), (code.HOME, code.PERMANENT, code.HOME_ELSEWHERE)
COCAINE = "kokain"


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
            gone = np.isin(state, GONE)
            kept = who[~gone]
            self.truth.add(name, t, self.person[kept], np.isin(state[~gone], HOUSED), at=t - 1)
            self.truth.add(f"{name}_left", t, self.person[who[gone]], at=t - 1)
            if name == "I03":
                self.truth.add("I03_left_failed", t, self.person[who], np.isin(state, HOUSED), at=t - 1)

    def _kept(self, t: int) -> None:
        who, index = self._index(t - 2)
        first = index + FOLLOW
        housed = np.isin(self.address[who, first], HOUSED)
        who, first = who[housed], first[housed]
        gone = np.isin(self.address[who, first + FOLLOW], GONE)
        good = np.ones(len(who), dtype=bool)
        for j, (i, f) in enumerate(zip(who, first, strict=True)):
            on_street = (self.address[i, f + 1 : f + FOLLOW + 1] == code.NO_ABODE).any()
            back = any(f < s.start - self.lives.first <= f + FOLLOW for s in self.lives.lives[i].stays)
            good[j] = not (on_street or back)
        self.truth.add("I03b", t, self.person[who[~gone]], good[~gone], at=t - 2)
        self.truth.add("I03b_left", t, self.person[who[gone]], at=t - 2)
        self.truth.add("I03b_left_failed", t, self.person[who], good & ~gone, at=t - 2)

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
                self._baseline(t, who, nights[:, this])

    def _baseline(self, t: int, who: NDArray[np.int64], nights: NDArray[np.bool_]) -> None:
        number = self.night_number[:, self._year(t)]
        for g, mask in self.truth.group_masks(self.person[who], t).items():
            if g not in ("minority", "danish", "unknown"):
                continue
            where = ("total", "total")
            self.truth.row("B1_section_110_persons", t, g, where, int(mask.sum()), None)
            self.truth.row("B1_section_110_nights", t, g, where, int(nights[who[mask]].sum()), None)
            lengths = [n for i in who[mask] for n in lengths_of_runs(number[i], nights[i])]
            if lengths:
                self.truth.row("B1_stay_median", t, g, where, None, None, float(np.median(lengths)))
                self.truth.row("B1_stay_p90", t, g, where, None, None, float(np.quantile(lengths, 0.9)))

    def _episodes(self, i: int) -> list[tuple[int, int | None, Contact]]:
        """Merged episodes of one person: first day, last day (None is open) and the intake contact."""
        found: list[tuple[int, int | None, Contact]] = []
        for c in sorted((c for c in self.lives.lives[i].contacts if c.here), key=lambda c: c.start):
            if found and (found[-1][1] is None or c.start - found[-1][1] <= MERGE):
                start, end, intake = found[-1]
                merged = None if end is None or c.end is None else max(end, c.end)
                found[-1] = (start, merged, intake)
            else:
                found.append((c.start, c.end, c))
        return found

    def _treated(self, t: int) -> None:
        first, last = day(t, 1, 1), day(t, 12, 31)
        fresh: list[tuple[int, int, int | None, Contact]] = []
        main, stock = [], []
        enrolled: dict[int, int] = {}
        for i in range(len(self.lives.lives)):
            episodes = self._episodes(i)
            counted = False
            for k, (start, end, intake) in enumerate(episodes):
                cocaine = COCAINE in intake.drugs
                if cocaine and start <= last and (end is None or end >= first):
                    stock.append(i)
                if day(t - 1, 1, 1) <= start < first:
                    enrolled.setdefault(i, start)
                quiet = k == 0 or (episodes[k - 1][1] is not None and (episodes[k - 1][1] or 0) < start - QUIET)
                if not (first <= start <= last and quiet):
                    continue
                if cocaine and not counted:
                    fresh.append((i, start, end, intake))
                    counted = True
                if intake.drugs[0] == COCAINE:
                    main.append(i)
        if t - 1 >= self.years[0]:
            self._starts(t, fresh, sorted(set(main)), sorted(set(stock)))
            if t + 1 <= self.years[-1]:
                self._followed(t, enrolled)

    def _starts(
        self, t: int, fresh: list[tuple[int, int, int | None, Contact]], main: list[int], stock: list[int]
    ) -> None:
        truth, p = self.truth, self.lives.population
        who = self.person[[f[0] for f in fresh]]
        adults = np.flatnonzero(p.resident(t) & (p.age(t) >= 18) & (p.age(t) <= 64))
        truth.add("I05", t, who)
        truth.add("I05_main_drug", t, self.person[main])
        truth.add("I05_stock", t, self.person[stock])
        truth.add("I05_rate", t, who, splits=("sex",), per=adults)
        asked = [f for f in fresh if f[3].request is not None]
        waited = np.array([f[1] - (f[3].request or 0) > 14 for f in asked], dtype=bool)
        truth.add("I05b", t, self.person[[f[0] for f in asked]], waited, splits=("sex",))
        if t + 1 <= self.years[-1]:
            left = np.array([f[2] is not None and f[2] - f[1] <= 90 for f in fresh], dtype=bool)
            truth.add("I05c", t, who, left, splits=("sex",))
        ended = [
            (i, c.reason == "A") for i, life in enumerate(self.lives.lives) for c in life.contacts
            if c.here and c.residential and c.end is not None and day(t, 1, 1) <= c.end <= day(t, 12, 31)
            and COCAINE in c.drugs
        ]  # fmt: skip
        truth.add("I05d", t, self.person[[e[0] for e in ended]], np.array([e[1] for e in ended], dtype=bool),
                  splits=("sex",))  # fmt: skip

    def _followed(self, t: int, enrolled: dict[int, int]) -> None:
        who = np.array(sorted(enrolled), dtype=np.int64)
        at = np.array([enrolled[int(i)] for i in who], dtype=np.int64) - self.lives.first + FOLLOW
        gone = np.isin(self.address[who, at], GONE)
        homeless = np.zeros(len(who), dtype=bool)
        for j, (i, f) in enumerate(zip(who, at, strict=True)):
            statuses = [
                (c.status_day - self.lives.first, c.housing == "2")
                for c in self.lives.lives[i].contacts if c.here and c.status_day is not None
            ]  # fmt: skip
            nearest = min(statuses, key=lambda s: (abs(s[0] - f), s[0] < f))[1] if statuses else False
            night = self.anywhere[i, max(f - WINDOW, 0) : f + WINDOW + 1].any()
            homeless[j] = night or self.address[i, f] == code.NO_ABODE or nearest
        self.truth.add("I07", t, self.person[who[~gone]], homeless[~gone], at=t - 1)
        self.truth.add("I07_left", t, self.person[who[gone]], at=t - 1)
        self.truth.add("I07_left_failed", t, self.person[who], homeless | gone, at=t - 1)

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
        rows = [(x.number, s) for x in self.lives.lives for s in x.stays
                if s.start < after and s.end >= first and (s.here or s.paid)]  # fmt: skip
        write_delivery(out, section_110_stays.DELIVERY, t, {
            "CPR": [r[0] for r in rows], "BOFORM_ID": [r[1].facility for r in rows],
            "BOFORM_KOM": [home() if r[1].here else neighbour() for r in rows],
            "BETALINGSKOM": [home() if r[1].paid else third() for r in rows],
            "INDSKREVET": dates([r[1].start for r in rows]),
            "UDSKREVET": dates([r[1].end if r[1].end < after else -1 for r in rows]),
        })  # fmt: skip

    def _write_addresses(self, out: Path, t: int) -> None:
        first, after = day(t, 1, 1), day(t + 1, 1, 1)
        rows = []
        for x in self.lives.lives:
            for k, (start, state) in enumerate(x.homes):
                end = x.homes[k + 1][0] if k + 1 < len(x.homes) else None
                if start < after and (end is None or end >= first) and (end is None or end > start):
                    rows.append((x.number, start, end if end is not None and end < after else -1, state))
        kind = np.array([r[3] for r in rows], dtype=np.int64)
        use = {code.INSTITUTION: "2", code.SHELTER: "3", code.TEMPORARY: "4", code.PERMANENT: "5", code.HOME: "1",
               code.CARE_OF: "1", code.HOME_ELSEWHERE: "1"}  # fmt: skip
        status = {code.DEAD: "90", code.EMIGRATED: "80", code.NO_ABODE: "03", code.HIGH_CODE: "03"}
        gone = np.isin(kind, GONE)
        elsewhere = kind == code.HOME_ELSEWHERE
        write_delivery(out, address_history.DELIVERY, t, {
            "CPR": [r[0] for r in rows], "TILFLYTDTO": dates([r[1] for r in rows]),
            "FRAFLYTDTO": dates([r[2] for r in rows]),
            "KOMKOD": np.select([gone, elsewhere], ["", neighbour()], home()),
            "VEJKOD": np.select([gone, kind == code.NO_ABODE, kind == code.HIGH_CODE], ["", "9901", "9950"], "0123"),
            "CPRSTATUS": [status.get(int(k), "01") for k in kind], "ANVENDELSE": [use.get(int(k), "") for k in kind],
            "CO_ADRESSE": kind == code.CARE_OF, "UDEN_FAST_BOPAEL": kind == code.NO_ABODE,
        })  # fmt: skip

    def _write_treatment(self, out: Path, t: int) -> None:
        first, after = day(t, 1, 1), day(t + 1, 1, 1)
        rows = [(x.number, c) for x in self.lives.lives for c in x.contacts
                if c.start < after and (c.end is None or c.end >= first)]  # fmt: skip
        closed = [r[1].end is not None and r[1].end < after for r in rows]
        # a status that is not known yet is not in the year's file
        status = [c.status_day if c.status_day is not None and c.status_day < after else -1 for _, c in rows]
        write_delivery(out, drug_treatment.DELIVERY, t, {
            "CPR": [r[0] for r in rows], "KONTAKTFORLOEBID": [r[1].identifier for r in rows],
            "KOM": [home() if r[1].here else neighbour() for r in rows],
            "ANMODNINGSDATO": dates([-1 if r[1].request is None else r[1].request for r in rows]),
            "INDSKRIVNINGSDATO": dates([r[1].start for r in rows]),
            "BEHANDLINGAFSLUTTETDATO": dates([r[1].end if c else -1 for r, c in zip(rows, closed, strict=True)]),
            "HOVEDSTOF": [r[1].drugs[0] for r in rows], "BISTOF1": [r[1].drugs[1] for r in rows],
            "BISTOF2": [r[1].drugs[2] for r in rows],
            "BEHANDLINGSTYPE": ["D" if r[1].residential else "A" for r in rows],
            "AFSLUTNINGSAARSAG": [r[1].reason if c else "" for r, c in zip(rows, closed, strict=True)],
            "STATUSDATO": dates(status),
            "BOLIGSITUATION": [r[1].housing if s >= 0 else "" for r, s in zip(rows, status, strict=True)],
        })  # fmt: skip


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
