"""What goals 3 to 7 count of the hard cases, person by person from their lives, day by day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from handleplan_pipeline.synthetic.hard.cast import Player, Spell, days, until
from handleplan_pipeline.synthetic.hard.homeless import Homeless
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.hard.roofless import (
    ABROAD,
    DEAD,
    EMIGRATED,
    HOME,
    NO_ABODE,
    PERMANENT,
    UNKNOWN,
    Roofless,
)
from handleplan_pipeline.synthetic.homelessness import BESIDE, NOT_STATED
from handleplan_pipeline.synthetic.places import home
from handleplan_pipeline.synthetic.truth import FIRST_OF_B1

YEAR, WINDOW, LONG = timedelta(days=365), 30, 120
MERGE, QUIET, EARLY, LONGEST_WAIT = 10, 90, 90, 14
STATUS_WINDOW = 183
HOMELESS_STATUS, COCAINE = "2", "kokain"
LEFT, HOUSED = (DEAD, EMIGRATED, ABROAD), (HOME, PERMANENT)
WHOLE = ("total", "total")
DAY = timedelta(days=1)


class Night(NamedTuple):
    """A night in shelters: its number in its continuous stay, and whether one of them is the city's or paid by it."""

    number: int
    here: bool
    paid: bool


@dataclass
class Known:
    """What is known of a person, read off the life once."""

    who: Roofless
    nights: dict[date, Night]
    runs: dict[date, int]
    """Days of a continuous stay, with the day of a gap that does not end it, and their numbers."""

    @property
    def player(self) -> Player:
        return self.who.player

    def address(self, day: date) -> str:
        """The kind of address on a day, or of the nearest record within the window; unknown where there is none."""
        last = date.max
        found = []
        for h in self.who.homes:
            end = last if h.end is None else h.end - DAY
            distance = max((h.start - day).days, (day - end).days, 0)
            if distance <= WINDOW and end >= h.start:
                found.append((distance, h.start, str(h.says["KIND"])))
        return min(found)[2] if found else UNKNOWN

    def without_abode(self, day: date) -> bool:
        """Registered without abode in the city on that very day."""
        return any(
            h.says["KIND"] == NO_ABODE
            and h.says["KOMKOD"] == home()
            and h.start <= day
            and (h.end is None or day < h.end)
            for h in self.who.homes
        )

    def asleep(self, day: date) -> bool:
        return day in self.nights

    def first_homeless(self, year: int) -> date | None:
        of_year = days(date(year, 1, 1), date(year, 12, 31))
        return next((d for d in of_year if (d in self.nights and self.nights[d].here) or self.without_abode(d)), None)

    def of(self, year: int, kind: Callable[[Night], bool]) -> list[Night]:
        return [n for d, n in self.nights.items() if d.year == year and kind(n)]

    def long(self, year: int) -> bool:
        return any(d.year == year and n > LONG for d, n in self.runs.items())

    def lengths(self, year: int) -> list[float]:
        """Of every continuous stay with a night here in the year: the number of its last day of the year."""
        found: list[float] = []
        here = False
        for d in sorted(d for d in self.runs if d.year == year):
            here = here or (d in self.nights and self.nights[d].here)
            following = d + DAY
            if following.year != year or following not in self.runs:
                if here:
                    found.append(float(self.runs[d]))
                here = False
        return found


def known(who: Roofless, last: date) -> Known:
    """The nights of a life until `last`, with one day's absence not ending a stay."""
    slept: dict[date, list[Spell]] = {}
    for s in who.stays:
        for d in days(s.start, until(s.end, last + DAY) - DAY):
            slept.setdefault(d, []).append(s)
    running = set(slept) | {d + DAY for d in slept if d + 2 * DAY in slept}
    runs: dict[date, int] = {}
    for d in sorted(running):
        runs[d] = runs.get(d - DAY, 0) + 1
    nights = {
        d: Night(
            runs[d],
            any(s.says["BOFORM_KOM"] == home() for s in spells),
            any(s.says["BETALINGSKOM"] == home() for s in spells),
        )
        for d, spells in slept.items()
    }
    return Known(who, nights, runs)


Cohort = list[tuple[Known, date]]
"""Those homeless in a year, and the first day of it."""


class Followed(NamedTuple):
    """A person of a cohort at the follow-up: state of the address, and whether the night was spent in a shelter."""

    player: Player
    day: date
    state: str
    asleep: bool

    @property
    def by_address(self) -> bool:
        return self.state in HOUSED

    @property
    def housed(self) -> bool:
        return self.by_address and not self.asleep


def reckon(r: Reckoning, cast: Homeless) -> None:
    last = date(r.years[-1], 12, 31)
    people = [known(p, last) for p in cast.people]
    cohorts = {t: _cohort(people, t) for t in r.years}
    for t in r.years:
        _nights(r, people, t)
        if t - 1 >= r.years[0]:
            _housed(r, cohorts[t - 1], t)
            _treated(r, people, t)
        if t - 2 >= r.years[0]:
            _kept(r, cohorts[t - 2], t)


def _nights(r: Reckoning, people: list[Known], t: int) -> None:
    def here(n: Night) -> bool:
        return n.here

    def paid(n: Night) -> bool:
        return n.paid

    for name, kind in (("I04", here), ("I04_paying", paid)):
        who = [k for k in people if k.of(t, kind)]
        long = [k.long(t) for k in who]
        r.add(name, t, [k.player for k in who], long)
        if name == "I04_paying":
            continue
        r.add("I04_count", t, [k.player for k, hit in zip(who, long, strict=True) if hit])
        if t >= 2009:
            r.add("I04_2009", t, [k.player for k in who], long)
        if t < FIRST_OF_B1:
            continue
        for g in ("minority", "danish", "unknown"):
            mine = [k for k in who if g in r.groups(k.player, t)]
            r.row("B1_section_110_persons", t, g, WHOLE, len(mine), None)
            if mine:
                nights = float(sum(len(k.of(t, here)) for k in mine))
                r.row("B1_section_110_nights", t, g, WHOLE, None, len(mine), nights)
        lengths = [(k.player, [float(n) for n in k.lengths(t)]) for k in who]
        of = ("minority", "danish", "unknown")
        for name, share in (("B1_stay_median", 0.5), ("B1_stay_p90", 0.9)):
            r.middle(name, t, lengths, WHOLE, share=share, beside=BESIDE, groups=of)


def _share(r: Reckoning, name: str, t: int, at: int, rows: list[tuple[Followed, bool]]) -> None:
    r.add(name, t, [f.player for f, _ in rows], [hit for _, hit in rows], at=at)


def _beside(r: Reckoning, name: str, t: int, at: int, gone: list[Followed], unknown: list[Followed]) -> None:
    """Those who left and those whose address is unknown."""
    r.add(f"{name}_left", t, [f.player for f in gone], at=at)
    r.add(f"{name}_unknown", t, [f.player for f in unknown], at=at)


def _follow(k: Known, day: date) -> Followed:
    return Followed(k.player, day, k.address(day), k.asleep(day))


def _cohort(people: list[Known], year: int) -> Cohort:
    return [(k, first) for k in people if (first := k.first_homeless(year)) is not None]


def _housed(r: Reckoning, cohort: Cohort, t: int) -> None:
    for name, followed_on in (
        ("I03", [(k, first + YEAR) for k, first in cohort]),
        ("I03_fixed_date", [(k, date(t, 12, 31)) for k, _ in cohort]),
    ):
        followed = [_follow(k, day) for k, day in followed_on]
        stayed = [f for f in followed if f.state not in LEFT and f.state != UNKNOWN]
        gone = [f for f in followed if f.state in LEFT]
        unknown = [f for f in followed if f.state == UNKNOWN]
        _share(r, name, t, t - 1, [(f, f.housed) for f in stayed])
        _beside(r, name, t, t - 1, gone, unknown)
        if name == "I03":
            known = [(f, f.housed) for f in stayed]
            _share(r, "I03_left_failed", t, t - 1, known + [(f, False) for f in gone])
            _share(r, "I03_unknown_failed", t, t - 1, known + [(f, False) for f in unknown])
            _share(r, "I03_unknown_housed", t, t - 1, known + [(f, True) for f in unknown])
            _share(r, "I03_address_only", t, t - 1, [(f, f.by_address) for f in stayed])


def _kept(r: Reckoning, cohort: Cohort, t: int) -> None:
    """Kept until day 365 after; who lost it before has lost it, whatever is known of that day."""
    rows: list[tuple[Followed, bool]] = []
    for k, first in cohort:
        f = _follow(k, first + YEAR)
        if not f.housed:
            continue
        lost = any(k.without_abode(d) or k.asleep(d) for d in days(f.day + DAY, f.day + YEAR))
        rows.append((_follow(k, f.day + YEAR), not lost))
    unknown = [f for f, kept in rows if f.state == UNKNOWN and kept]
    known = [(f, kept) for f, kept in rows if not (f.state == UNKNOWN and kept)]
    _share(r, "I03b", t, t - 2, [(f, kept) for f, kept in known if f.state not in LEFT])
    _beside(r, "I03b", t, t - 2, [f for f, _ in known if f.state in LEFT], unknown)
    _share(r, "I03b_left_failed", t, t - 2, [(f, kept and f.state not in LEFT) for f, kept in known])


class Episode(NamedTuple):
    """Contacts that go on: first and last day (None is open) and the one it began with."""

    start: date
    end: date | None
    intake: Spell

    @property
    def drugs(self) -> list[str]:
        return [str(self.intake.says[c]) for c in ("HOVEDSTOF", "BISTOF1", "BISTOF2")]


def episodes(who: Roofless) -> list[Episode]:
    found: list[Episode] = []
    mine = sorted((c for c in who.contacts if c.says["KOM"] == home()), key=lambda c: (c.start, c.end or date.max))
    for c in mine:
        before = found[-1] if found else None
        if before is not None and (before.end is None or (c.start - before.end).days <= MERGE):
            end = None if before.end is None or c.end is None else max(before.end, c.end)
            found[-1] = before._replace(end=end)
        else:
            found.append(Episode(c.start, c.end, c))
    return found


def _treated(r: Reckoning, people: list[Known], t: int) -> None:
    first, last = date(t, 1, 1), date(t, 12, 31)
    starts: dict[int, tuple[Player, Episode]] = {}
    cocaine: dict[int, Player] = {}
    main: dict[int, Player] = {}
    stock: dict[int, Player] = {}
    enrolled: list[tuple[Known, date]] = []
    for n, k in enumerate(people):
        found = episodes(k.who)
        before = [e for e in found if e.start.year == t - 1]
        if before:
            enrolled.append((k, before[0].start))
        for j, e in enumerate(found):
            if COCAINE in e.drugs and e.start <= last and (e.end is None or e.end >= first):
                stock[n] = k.player
            earlier = found[j - 1].end if j else date.min
            quiet = earlier is not None and (j == 0 or (e.start - earlier).days > QUIET)
            if e.start.year != t or not quiet:
                continue
            starts.setdefault(n, (k.player, e))
            if COCAINE in e.drugs:
                cocaine.setdefault(n, k.player)
            if e.drugs[0] == COCAINE:
                main.setdefault(n, k.player)
    _starts(r, t, list(cocaine.values()), list(main.values()), list(stock.values()))
    _barriers(r, people, t, list(starts.values()))
    if t + 1 <= r.years[-1]:
        _homeless_after(r, t, enrolled)


def _starts(r: Reckoning, t: int, cocaine: list[Player], main: list[Player], stock: list[Player]) -> None:
    r.add("I05", t, cocaine)
    r.add("I05_main_drug", t, main)
    r.add("I05_stock", t, stock)
    r.add("I05_rate", t, [p for p in cocaine if p.resident(t) and 18 <= p.age(t) <= 64])


def _barriers(r: Reckoning, people: list[Known], t: int, starts: list[tuple[Player, Episode]]) -> None:
    asked = [
        (p, (e.start - e.intake.says["ANMODNINGSDATO"]).days) for p, e in starts if e.intake.says["ANMODNINGSDATO"]
    ]
    r.add("I05b", t, [p for p, _ in asked], [days > LONGEST_WAIT for _, days in asked])
    if t + 1 <= r.years[-1]:
        early = [e.end is not None and (e.end - e.start).days <= EARLY for _, e in starts]
        r.add("I05c", t, [p for p, _ in starts], early)
    ended = [
        (k.player, c.says["AFSLUTNINGSAARSAG"])
        for k in people
        for c in k.who.contacts
        if c.says["KOM"] == home() and c.says["BEHANDLINGSTYPE"] == "D" and c.end is not None and c.end.year == t
    ]
    stated = [(p, reason) for p, reason in ended if reason]
    r.add("I05d", t, [p for p, _ in stated], [reason == "A" for _, reason in stated])
    r.add("I05d_unknown", t, [p for p, reason in ended if not reason])


def _homeless_after(r: Reckoning, t: int, enrolled: list[tuple[Known, date]]) -> None:
    followed, sure, by_status = [], [], []
    for k, start in enrolled:
        f = _follow(k, start + YEAR)
        near = any(k.asleep(f.day + timedelta(n)) for n in range(-WINDOW, WINDOW + 1))
        told = [s for s in k.who.statuses if s.housing != NOT_STATED]
        nearest = min(told, key=lambda s: (abs((s.day - f.day).days), s.day), default=None)
        followed.append(f)
        sure.append(near or k.without_abode(f.day))
        by_status.append(
            (abs((nearest.day - f.day).days), nearest.housing == HOMELESS_STATUS) if nearest else (10**6, False)
        )

    def hits(window: int) -> dict[int, bool]:
        return {
            id(f): s or (distance <= window and homeless)
            for f, s, (distance, homeless) in zip(followed, sure, by_status, strict=True)
        }

    for name, window in (("I07", STATUS_WINDOW), ("I07_status_90", 90), ("I07_status_any", 10**5)):
        found = hits(window)
        _share_of_treated(r, name, t, followed, found)


def _share_of_treated(r: Reckoning, name: str, t: int, followed: list[Followed], found: dict[int, bool]) -> None:
    """I07: whose address is unknown is homeless or not by shelter and status."""
    gone = [f for f in followed if f.state in LEFT]
    stayed = [f for f in followed if f.state not in LEFT]
    r.add(name, t, [f.player for f in stayed], [found[id(f)] for f in stayed], at=t - 1)
    if name == "I07":
        r.add("I07_left", t, [f.player for f in gone], at=t - 1)
        r.add(
            "I07_left_failed", t, [f.player for f in followed], [found[id(f)] or f in gone for f in followed], at=t - 1
        )
