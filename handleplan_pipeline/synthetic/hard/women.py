"""Hard cases of the special team's log and the crisis centres: men, women without violence, changed numbers."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from handleplan_pipeline.synthetic.crime import completed_months
from handleplan_pipeline.synthetic.hard.cast import DANISH, GERMAN, IRAQI, Cast, Player
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.hard.roofless import FAR
from handleplan_pipeline.synthetic.women import TEAM_FROM

TEAM, OTHER, CENTRE = "S", "A", "centre"
LONG_MONTHS = 36


@dataclass(frozen=True)
class Contact:
    """A contact to the team or another offer, or a stay at a crisis centre; `player` is None for an anonymous one."""

    player: Player | None
    day: date
    door: str
    since: date | None = None
    exposed: bool = True


class Women:
    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.contacts: list[Contact] = []
        d = date
        # men who were exposed, and a woman who was not
        for born, origin in ((d(1970, 3, 15), IRAQI), (d(1971, 4, 16), DANISH)):
            man = cast.person("man_in_the_log", born, origin=origin)
            self.contacts += [Contact(man, d(2012, 5, 6), TEAM, d(2011, 1, 1)), Contact(man, d(2013, 5, 6), OTHER)]
        woman = cast.person("contact_without_violence", d(1972, 5, 17), sex=2)
        self.contacts.append(Contact(woman, d(2012, 5, 7), TEAM, exposed=False))
        # one woman under two numbers: one woman, two contacts, and her first contact is the first number's
        woman = cast.person("changed_number_in_the_log", d(1973, 6, 18), sex=2)
        cast.renumber(woman, d(2012, 7, 1), 2)
        self.contacts += [
            Contact(woman, d(2012, 6, 1), TEAM, d(2009, 6, 1)),
            Contact(woman, d(2012, 8, 1), TEAM, d(2009, 6, 1)),
            Contact(woman, d(2013, 8, 1), CENTRE, d(2009, 6, 1)),
        ]
        # in a centre before the team exists, to the team after: the first is the centre's
        woman = cast.person("centre_before_the_team", d(1974, 7, 19), sex=2)
        self.contacts += [
            Contact(woman, d(2010, 3, 1), CENTRE, d(2007, 2, 1)),
            Contact(woman, d(2011, 3, 1), TEAM, d(2007, 2, 1)),
        ]
        # two stays from one day on, and two contacts of one day to two doors
        woman = cast.person("two_doors_of_one_day", d(1975, 8, 20), sex=2, origin=DANISH)
        self.contacts += [Contact(woman, d(2011, 9, 1), CENTRE), Contact(woman, d(2011, 9, 1), CENTRE)]
        self.contacts += [Contact(woman, d(2012, 9, 1), TEAM), Contact(woman, d(2012, 9, 1), OTHER)]
        # no resident of 18-64: in the count, in no rate
        for born, kom in ((d(1940, 9, 21), None), (d(1996, 10, 22), None), (d(1976, 11, 23), FAR)):
            woman = cast.person("woman_outside_the_rate", born, sex=2, kom=kom)
            self.contacts.append(Contact(woman, d(2012, 10, 1), TEAM, d(2012, 2, 1)))
        # ancestry corrected between two contacts
        change = {y: {"ie_type": "2", "origin": "5180"} for y in range(2013, 2100)}
        woman = cast.person("changed_ancestry_of_a_woman", d(1977, 12, 24), sex=2, origin=DANISH, bef=change)
        self.contacts += [Contact(woman, d(2012, 11, 1), TEAM), Contact(woman, d(2013, 11, 1), TEAM)]
        woman = cast.person(
            "woman_in_no_register", d(1978, 1, 25), sex=2, origin=GERMAN, bef=dict.fromkeys(range(2000, 2100))
        )
        self.contacts.append(Contact(woman, d(2012, 12, 1), TEAM, d(2012, 6, 2)))
        self.contacts.append(Contact(None, d(2012, 12, 2), TEAM))
        cast.planted.setdefault("anonymous_contact", set()).add("")

    def write(self) -> None:
        for k, c in enumerate(self.contacts):
            number = "" if c.player is None else c.player.number(c.day)
            if c.door == CENTRE:
                self.cast.send(
                    "crisis_centre_stays",
                    c.day.year,
                    OPHOLD_ID=f"HARD{k:04d}",
                    CPR=number,
                    INDFLYTNING=c.day,
                    UDFLYTNING=c.day + timedelta(days=10),
                    ANONYM=c.player is None,
                    VOLDSSTART=c.since,
                )
                continue
            row = None if c.player is None else c.player.row(c.day.year)
            self.cast.send(
                "special_team_log",
                c.day.year,
                HENVENDELSE_ID=f"HARD{k:04d}",
                CPR=number,
                DATO=c.day,
                ANONYM=c.player is None,
                KOEN="M" if row is not None and row.sex == 1 else "K",
                PARTNERVOLD=c.exposed,
                TILBUD=c.door,
                VOLDSSTART=c.since,
            )


def _woman(c: Contact) -> bool:
    row = None if c.player is None else c.player.row(c.day.year)
    return row is None or row.sex == 2


def reckon(r: Reckoning, cast: Women) -> None:
    counted = [c for c in cast.contacts if c.exposed and _woman(c)]
    first: dict[int, Contact] = {}
    for c in sorted(counted, key=lambda c: c.day):
        if c.player is not None and c.door != OTHER:
            first.setdefault(id(c.player), c)
    for t in r.years:
        rows = [c for c in counted if c.day.year == t]
        team = [c for c in rows if c.door == TEAM]
        r.add("I08_companion", t, [c.player for c in rows if c.door != TEAM])
        r.add("I08_system", t, [c.player for c in rows])
        if t >= TEAM_FROM:
            named = [c.player for c in team if c.player is not None]
            women = list({id(p): p for p in named}.values())
            r.add("I08_contacts", t, named)
            r.add("I08_women", t, women)
            r.add("I08_women_rate", t, [p for p in women if p.resident(t) and 18 <= p.age(t) <= 64])
            r.row("I08_anonymous", t, "unknown", ("women", "total"), sum(c.player is None for c in team), None)
        _durations(r, t, [c for c in first.values() if c.day.year == t and c.since is not None])


def _durations(r: Reckoning, t: int, rows: list[Contact]) -> None:
    months = [(c.player, float(completed_months(np.datetime64(c.since), np.datetime64(c.day)))) for c in rows]
    r.add("I09_over36", t, [p for p, _ in months], [m > LONG_MONTHS for _, m in months])
    r.middle("I09", t, [(p, [m]) for p, m in months], ("women", "total"))
