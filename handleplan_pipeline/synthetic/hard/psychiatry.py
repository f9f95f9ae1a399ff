"""Hard cases of psychiatry: lost ends, services that run at discharge, two discharges, contacts in the new layout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from handleplan_pipeline.synthetic.hard.cast import DANISH, IRAQI, TURKISH, Cast, Player, Spell, Told
from handleplan_pipeline.synthetic.hard.codes import listed
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.hard.roofless import FAR

OWN, FOLLOW, COVERED = 14, 90, 365
EMERGENCY = "3"
SERVICES, SERVICE = "social_psychiatry_services", ("CPR", "STARTDATO", "SLUTDATO")
LPR3, LPR3_FROM = "psychiatry_contacts_lpr3", 2019
GROUPS = ("danish", "minority", "immigrant", "descendant", "western", "non_western")


@dataclass(frozen=True)
class Discharge:
    """Out of hospital: was a need assessed, and when was the city told, if ever."""

    day: date
    needs: bool = True
    told: date | None = None


@dataclass
class Patient:
    """A person with contacts and services (last day inclusive) and discharges."""

    player: Player
    contacts: list[Spell] = field(default_factory=list)
    services: list[Spell] = field(default_factory=list)
    discharges: list[Discharge] = field(default_factory=list)


def service(
    section: str, start: date, end: date | None, own: bool = False, told: Mapping[int, Told] | None = None
) -> Spell:
    return Spell(start, end, {"PARAGRAF": section, "INITIATIV": "B" if own else "S"}, told)


class Psychiatry:
    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.people: list[Patient] = []
        self.contacts = 0
        self._records()
        self._followed()
        self._every_code()
        if LPR3_FROM in self.cast.years:
            self._new_layout()

    def _new(self, case: str, born: date, **who: Any) -> Patient:
        patient = Patient(self.cast.person(case, born, **who))
        self.people.append(patient)
        return patient

    def _contact(self, start: date, end: date | None, kind: str = "0", told: Mapping[int, Told] | None = None) -> Spell:
        self.contacts += 1
        return Spell(start, end, {"K_RECNUM": f"HARD{self.contacts:05d}", "C_PATTYPE": kind, "C_DIAG": "DF200"}, told)

    def _records(self) -> None:
        d = date
        lost = {2008: Told(d(2008, 2, 1), None)}
        who = self._new("lost_end_of_service", d(1960, 3, 4))
        who.services.append(service("99", d(2008, 2, 1), d(2008, 12, 31), told=lost))
        who = self._new("lost_end_of_contact", d(1961, 4, 5), origin=DANISH)
        who.contacts.append(self._contact(d(2008, 2, 1), d(2008, 12, 31), "2", lost))
        # told to begin in October 2009, corrected to December
        who = self._new("corrected_service", d(1962, 5, 6))
        told = {2009: Told(d(2009, 10, 1), None), 2010: Told(d(2009, 12, 20), d(2010, 6, 1))}
        who.services.append(service("85", d(2009, 12, 20), d(2010, 6, 1), told=told))
        # lost in the file of 2010, and another one of that section begins there: it corrects nothing
        who = self._new("service_after_a_lost_end", d(1962, 6, 7))
        who.services += [
            service("85", d(2009, 10, 1), d(2009, 12, 31), told={2009: Told(d(2009, 10, 1), None)}),
            service("85", d(2010, 2, 1), d(2010, 6, 1)),
        ]
        # two rows of one key that differ: nobody can tell which is right, so neither counts
        who = self._new("rows_that_differ", d(1962, 7, 8))
        for end in (d(2013, 5, 1), d(2013, 11, 1)):
            differing = service("85", d(2013, 3, 1), end, told={2013: Told(d(2013, 3, 1), end)})
            self.cast.report(SERVICES, who.player.number(date.max), [differing], SERVICE)
        # an emergency contact is no treatment, and one beside it is
        who = self._new("overlapping_contacts_of_a_patient", d(1963, 6, 7))
        who.contacts += [
            self._contact(d(2012, 3, 1), d(2012, 5, 1)),
            self._contact(d(2012, 4, 1), d(2012, 4, 1), EMERGENCY),
            self._contact(d(2012, 4, 15), d(2012, 8, 1), "2"),
        ]
        who.services.append(service("103", d(2012, 4, 20), d(2012, 9, 1)))
        who = self._new("patient_of_another_municipality", d(1964, 7, 8), kom=FAR)
        who.contacts.append(self._contact(d(2012, 3, 1), d(2012, 5, 1)))
        who.services.append(service("107", d(2012, 4, 20), d(2012, 9, 1)))
        # one service from one day on under two paragraphs
        who = self._new("two_services_of_one_day", d(1965, 8, 9), origin=TURKISH)
        who.services += [service("85", d(2011, 3, 1), d(2011, 9, 1)), service("104", d(2011, 3, 1), d(2013, 9, 1))]
        # two numbers: in treatment under one, in social psychiatry under the other
        who = self._new("changed_number_of_a_patient", d(1966, 9, 10))
        self.cast.renumber(who.player, d(2012, 8, 1), 1)
        who.contacts.append(self._contact(d(2012, 2, 1), d(2012, 7, 1)))
        who.services.append(service("99", d(2012, 9, 1), d(2013, 3, 1)))

    def _followed(self) -> None:
        d = date
        # already in contact on the day of discharge: out of the denominator
        who = self._new("service_running_at_discharge", d(1960, 1, 2))
        who.services.append(service("108", d(2010, 1, 1), None))
        who.discharges.append(Discharge(d(2011, 3, 1), told=d(2011, 2, 28)))
        who = self._new("service_running_at_discharge", d(1961, 2, 3), origin=DANISH)
        who.services += [service("85", d(2011, 5, 1), d(2011, 6, 1)), service("99", d(2011, 7, 1), d(2011, 8, 1))]
        who.discharges.append(Discharge(d(2011, 6, 1), told=d(2011, 5, 31)))
        # told of after the window in which contact counts
        who = self._new("notified_late", d(1960, 1, 6))
        who.services.append(service("99", d(2012, 3, 10), d(2012, 5, 1)))
        who.discharges.append(Discharge(d(2012, 2, 1), told=d(2012, 5, 22)))
        # the first discharge is followed by an own contact, the second is not
        who = self._new("second_discharge_counts", d(1960, 1, 8), origin=DANISH)
        who.services += [
            service("103", d(2011, 2, 10), d(2011, 2, 12), own=True),
            service("99", d(2012, 2, 20), d(2012, 4, 1)),
        ]
        who.discharges += [Discharge(d(2011, 2, 1), told=d(2011, 1, 31)), Discharge(d(2012, 2, 1), told=d(2012, 1, 31))]
        # no need, or never told
        who = self._new("discharge_that_is_not_counted", d(1962, 3, 10))
        who.discharges += [Discharge(d(2011, 2, 1), False, d(2011, 1, 31)), Discharge(d(2012, 2, 1))]
        who = self._new("emigrated_after_discharge", d(1963, 4, 11), bef=dict.fromkeys(range(2013, 2100)))
        who.services.append(service("99", d(2012, 9, 10), d(2012, 10, 1)))
        who.discharges.append(Discharge(d(2012, 8, 1), told=d(2012, 7, 31)))

    def _every_code(self) -> None:
        for k, section in enumerate(listed("social_psychiatry_services", "PARAGRAF", 2013)):
            who = self._new("every_section", date(1970 + k, 5, 12 + k), origin=(IRAQI, DANISH)[k % 2])
            who.services.append(service(section, date(2013, 2, 1 + k), date(2013, 4, 1)))
        for k, kind in enumerate(listed("psychiatry_contacts", "C_PATTYPE", 2013)):
            who = self._new("every_kind_of_contact", date(1980 + k, 6, 13))
            who.contacts.append(self._contact(date(2013, 2, 1), date(2013, 3, 1), kind))

    def _new_layout(self) -> None:
        """LPR3: an acute contact that lasts is in-patient care, one of a day is an emergency."""
        codes = listed(LPR3, "kont_type", LPR3_FROM)
        for k, (priority, end) in enumerate((("ATA1", 20), ("ATA1", 1), ("ATA3", 1), ("ATA3", 9))):
            who = self._new("contact_in_the_new_layout", date(1990 + k, 7, 14))
            start = date(LPR3_FROM, 4, 1)
            kind = EMERGENCY if priority == "ATA1" and end == 1 else "0" if priority == "ATA1" else "2"
            says = {"C_PATTYPE": kind, "prioritet": priority, "kont_type": codes[k % len(codes)], "LPR3": f"HARD{k}"}
            who.contacts.append(Spell(start, date(LPR3_FROM, 4, end), says))

    def write(self) -> None:
        for who in self.people:
            p = who.player
            for c in who.contacts:
                if "LPR3" in c.says:
                    self._write_new_layout(p, c)
                    continue
                self.cast.report("psychiatry_contacts", p.number(c.start), [c], ("V_CPR", "D_INDDTO", "D_UDDTO"))
            for s in who.services:
                self.cast.report(SERVICES, p.number(s.start), [s], SERVICE)
            for x in who.discharges:
                self.cast.send(
                    "psychiatry_discharge_notifications",
                    x.day.year,
                    V_CPR=p.number(x.day),
                    D_UDDTO=x.day,
                    BEHOV_VURDERET=x.needs,
                    UNDERRETNINGSDATO=x.told,
                )

    def _write_new_layout(self, p: Player, c: Spell) -> None:
        self.cast.send(
            LPR3,
            c.start.year,
            pnr=p.number(c.start),
            dw_ek_kontakt=c.says["LPR3"],
            kont_starttidspunkt=c.start,
            kont_sluttidspunkt=c.end,
            kont_type=c.says["kont_type"],
            prioritet=c.says["prioritet"],
            borger_bo_kom=p.bef[c.start.year].municipality,
        )


def live(s: Spell, first: date, last: date) -> bool:
    return s.start <= last and (s.end is None or s.end >= first)


def reckon(r: Reckoning, cast: Psychiatry) -> None:
    for t in r.years:
        first, last = date(t, 1, 1), date(t, 12, 31)
        treated = {
            n: max(min(c.start for c in w.contacts if _treatment(c) and live(c, first, last)), first)
            for n, w in enumerate(cast.people)
            if any(_treatment(c) and live(c, first, last) for c in w.contacts)
        }
        served = [w.player for w in cast.people if any(live(s, first, last) for s in w.services)]
        for name, persons in (("I10_t", [cast.people[n].player for n in treated]), ("I10_s", served)):
            unknown = sum("unknown" in r.groups(p, t) for p in persons)
            r.row(f"{name}_unknown", t, "unknown", ("total", "total"), unknown, None)
            _known_share(r, name, t, [p for p in persons if p.resident(t) and p.age(t) >= 18])
        if t + 1 <= r.years[-1]:
            _coverage(r, t, [(cast.people[n], begin) for n, begin in treated.items()])
    for t in r.years:
        if t % 2 == 0 and t - 1 >= r.years[0] and t + 1 <= r.years[-1]:
            _followed_up(r, t, cast.people)


def _treatment(c: Spell) -> bool:
    return str(c.says["C_PATTYPE"]) != EMERGENCY


def _known_share(r: Reckoning, name: str, t: int, here: list[Player]) -> None:
    """The share of each group among those of known ancestry, by sex and age."""
    shape = r.crowd.shapes["I10_coverage"]
    for g in GROUPS:
        for where in {w for p in here for w in r.places(p, t, name, shape)}:
            inside = [p for p in here if where in r.places(p, t, name, shape)]
            known = sum("unknown" not in r.groups(p, t) for p in inside)
            r.row(name, t, g, where, sum(g in r.groups(p, t) for p in inside), known)


def _coverage(r: Reckoning, t: int, treated: list[tuple[Patient, date]]) -> None:
    adults = [(w, begin) for w, begin in treated if w.player.resident(t) and w.player.age(t) >= 18]
    stays = [(w, begin) for w, begin in adults if t + 1 in w.player.bef]
    left = [w.player for w, _ in adults if t + 1 not in w.player.bef]
    hits = [any(live(s, begin, begin + timedelta(days=COVERED)) for s in w.services) for w, begin in stays]
    r.add("I10_coverage", t, [w.player for w, _ in stays], hits)
    r.add("I10_coverage_left", t, left)
    r.add("I10_coverage_left_failed", t, [w.player for w, _ in stays] + left, hits + [False] * len(left))


class Counted(NamedTuple):
    """A discharge that is notified: its year, whether the city made contact, and what keeps it out of the figure."""

    year: int
    hit: bool
    running: bool
    late: bool


def _followed_up(r: Reckoning, t: int, people: list[Patient]) -> None:
    """The pool of t-1 and t: the first discharge of each that counts, with the attributes of its own year.

    Who has none that counts is beside it: already in contact, else notified after the window.
    """
    for w in people:
        found = [c for x in sorted(w.discharges, key=lambda x: x.day) if (c := _counted(w, x)) and c.year in (t - 1, t)]
        kinds = (
            ("I11", [c for c in found if not c.running and not c.late]),
            ("I11_in_contact", [c for c in found if c.running]),
            ("I11_notified_late", [c for c in found if c.late and not c.running]),
        )
        name, mine = next(((name, mine) for name, mine in kinds if mine), ("", []))
        if mine:
            _one(r, t, name, w.player, mine[0])


def _counted(w: Patient, x: Discharge) -> Counted | None:
    """None for a discharge without need, without notification, of no resident, or followed by an own contact."""
    if not x.needs or x.told is None or not w.player.resident(x.day.year):
        return None
    after = [s for s in w.services if s.start >= x.day]
    if any(s.says["INITIATIV"] == "B" and (s.start - x.day).days <= OWN for s in after):
        return None
    hit = any(s.says["INITIATIV"] == "S" and (s.start - x.day).days <= FOLLOW for s in after)
    running = any(s.start < x.day and (s.end is None or s.end >= x.day) for s in w.services)
    return Counted(x.day.year, hit, running, (x.told - x.day).days > FOLLOW)


def _one(r: Reckoning, t: int, name: str, p: Player, c: Counted) -> None:
    """A person of the pool, in every group that the person has in the year of the discharge."""
    whole = ("total", "total")
    for g in r.groups(p, c.year):
        if name != "I11":
            r.row(name, t, g, whole, 1, None)
            continue
        stays = c.year + 1 in p.bef
        if stays:
            r.row("I11", t, g, whole, int(c.hit), 1)
        else:
            r.row("I11_left", t, g, whole, 1, None)
        r.row("I11_left_failed", t, g, whole, int(c.hit and stays), 1)
