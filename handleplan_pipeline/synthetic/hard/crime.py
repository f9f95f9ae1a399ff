"""Hard cases of decisions and reports: several under one journal, persons without a number, every code."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.synthetic.crime import DEALING, DISORDER, EUPHORIANTS, completed_months
from handleplan_pipeline.synthetic.hard.cast import DANISH, IRAQI, Cast, Player
from handleplan_pipeline.synthetic.hard.codes import chapters, listed
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.hard.roofless import FAR
from handleplan_pipeline.synthetic.places import home

THEFT, TRAFFIC, WEAPONS = "1285005", "2130505", "3410505"


class Decision(NamedTuple):
    """A decision: its day, that of the offence, offence, kind, journal and where (None is not known)."""

    day: date
    offence: date
    code: str
    kind: str
    journal: str
    place: str | None


@dataclass
class Charged:
    """Somebody decisions are about; `player` is None for one who has no number."""

    player: Player | None
    decisions: list[Decision] = field(default_factory=list)
    number: str = ""


@dataclass
class Victim:
    player: Player
    reports: list[date]


class Crime:
    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.people: list[Charged] = []
        self.victims: list[Victim] = []
        self.journals = 0
        self._decisions()
        self._without_number()
        self._every_code()
        self._reports()

    def _new(self, case: str, born: date, **who: Any) -> Charged:
        charged = Charged(self.cast.person(case, born, **who))
        self.people.append(charged)
        return charged

    def _decide(
        self,
        who: Charged,
        day: date,
        code: str,
        kind: str = "212",
        journal: str | None = None,
        place: str | None = None,
    ) -> None:
        if journal is None:
            self.journals += 1
            journal = f"HARD-{self.journals:04d}"
        offence = max(day.replace(year=day.year - 1), date(2006, 1, 1)) if who.player is None else day
        who.decisions.append(Decision(day, offence, code, kind, journal, place or home()))

    def _decisions(self) -> None:
        d = date
        # acquitted of one and guilty of the other, in one journal and in either order
        for born, kinds in ((d(1994, 3, 5), ("511", "111")), (d(1994, 4, 6), ("111", "511"))):
            who = self._new("decisions_of_one_journal", born)
            for code, kind in zip((THEFT, EUPHORIANTS[0]), kinds, strict=True):
                self._decide(who, d(2011, 5, 4), code, kind, f"HARD-J{born.month}")
        # two decisions of a journal half a year apart, the later one for the scene
        who = self._new("decisions_of_one_journal", d(1980, 5, 7), origin=DANISH)
        self._decide(who, d(2012, 2, 1), TRAFFIC, "212", "HARD-J9")
        self._decide(who, d(2012, 8, 1), DISORDER[0], "212", "HARD-J9")
        # one journal of two persons
        for born in (d(1981, 6, 8), d(1982, 7, 9)):
            self._decide(self._new("decisions_of_one_journal", born), d(2013, 3, 1), DEALING[0], "111", "HARD-J10")
        # of two places
        who = self._new("offence_elsewhere", d(1983, 8, 10))
        self._decide(who, d(2012, 3, 1), EUPHORIANTS[0], place=FAR)
        who = self._new("offence_elsewhere", d(1984, 9, 11), kom=FAR)
        self._decide(who, d(2012, 3, 1), EUPHORIANTS[0])
        # sex and ancestry are those of 1 January of the year
        who = self._new(
            "decided_after_change",
            d(1995, 10, 12),
            bef={y: {"ie_type": "3", "origin": "5432"} for y in range(2012, 2100)},
            origin=DANISH,
        )
        self._decide(who, d(2011, 3, 1), THEFT)
        self._decide(who, d(2012, 3, 1), THEFT)

    def _without_number(self) -> None:
        """Foreigners: a blank number, and numbers of unidentified persons."""
        for k, number in enumerate(("", "", "300200AB01", "300200CD02")):
            who = Charged(None, number=number)
            self.people.append(who)
            self.cast.planted.setdefault("person_without_number", set()).add(number)
            self._decide(who, date(2012, 4, 1 + k), EUPHORIANTS[0])

    def _every_code(self) -> None:
        for k, kind in enumerate(listed("dst_kraf", "AFG_AFGTYP3", 2012)):
            who = self._new("every_decision_type", date(1996, 1 + k % 12, 2 + k // 12), origin=(IRAQI, DANISH)[k % 2])
            self._decide(who, date(2012, 9, 1 + k % 28), THEFT, kind)
        codes = listed("dst_kraf", "AFG_GER7", 2013) + chapters("dst_kraf", "AFG_GER7", 2013)
        for k in range(0, len(codes), 4):
            who = self._new(
                "every_offence", date(1985, 1 + k // 4 % 12, 2 + k // 48), origin=(IRAQI, DANISH)[k % 8 // 4]
            )
            for n, code in enumerate(codes[k : k + 4]):
                self._decide(who, date(2013, 9, 1 + n), code)

    def _reports(self) -> None:
        d = date
        for born, reports in (
            (d(1979, 3, 5), [d(2009, 3, 1), d(2009, 3, 1), d(2011, 5, 2)]),
            (d(1978, 4, 6), [d(2010, 2, 28), d(2013, 2, 27)]),
            (d(1977, 5, 7), [d(2010, 2, 28), d(2013, 2, 28)]),
        ):
            self.victims.append(Victim(self.cast.person("reports_of_one_day_and_of_36_months", born, sex=2), reports))
        woman = self.cast.person("changed_number_of_a_victim", d(1976, 6, 8), sex=2)
        self.cast.renumber(woman, d(2011, 1, 1), 2)
        self.victims.append(Victim(woman, [d(2010, 3, 1), d(2012, 4, 2)]))

    def write(self) -> None:
        for who in self.people:
            for x in who.decisions:
                self.cast.send(
                    "dst_kraf",
                    x.day.year,
                    PNR=who.number if who.player is None else who.player.number(x.day),
                    AFG_AFGDTO=x.day,
                    AFG_GERDTO=x.offence,
                    AFG_GER7=x.code,
                    AFG_AFGTYP3=x.kind,
                    AFG_GERKOM=x.place,
                    JOURNR=x.journal,
                )
        for v, victim in enumerate(self.victims):
            for k, day in enumerate(victim.reports):
                self.cast.send(
                    "dst_victims",
                    day.year,
                    PNR=victim.player.number(day),
                    OFFER_GERDTO=day,
                    OFFER_GER7="1235020",
                    JOURNR=f"HARD-V{v}-{k}",
                )


def birthday(birth: date, age: int) -> date:
    """The birthday of an age; that of a leap day falls on 28 February."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 2, 28)


def reckon(r: Reckoning, cast: Crime) -> None:
    guilt = dict(code_list("decision_type").select("code", pl.col("guilty") == "true").rows())
    scene = {
        name: _codes(category)
        for name, category in (("I06a", "street_disorder"), ("I06b", "euphoriants_act"), ("I06c", "drug_dealing"))
    }
    scene["I06_total"] = scene["I06a"] | scene["I06b"] | scene["I06c"]
    for t in r.years:
        guilty = [(c.player, x) for c in cast.people for x in c.decisions if x.day.year == t and guilt[x.kind]]
        _young(r, t, [(p, x) for p, x in guilty if p is not None])
        for name, codes in scene.items():
            mine = {
                id(p): p for p, x in guilty if p is not None and x.code in codes and p.resident(t) and p.age(t) >= 15
            }
            r.add(name, t, list(mine.values()))
        placed = {id(p): p for p, x in guilty if p is not None and x.code in scene["I06_total"] and x.place == home()}
        r.add("I06_place", t, list(placed.values()))
    _months(r, cast)


def _codes(category: str) -> set[str]:
    """Offences of the open drug scene, as the list of the goal says."""
    listed = code_list("offence").filter((pl.col("category") == category) & (pl.col("use") == "counted"))
    return set(listed["code"].to_list())


def _young(r: Reckoning, t: int, guilty: list[tuple[Player, Decision]]) -> None:
    serious: dict[int, Player] = {}
    traffic: dict[int, Player] = {}
    for p, x in guilty:
        if not (p.resident(t) and 15 <= p.age(t) <= 24 and x.offence >= birthday(p.birth, 15)):
            continue
        if x.code[0] == "1" or x.code[:2] in ("32", "34"):
            serious[id(p)] = traffic[id(p)] = p
        elif x.code[0] == "2":
            traffic[id(p)] = p
    minors = [p for p in serious.values() if p.age(t) <= 17]
    r.add("I02", t, minors)
    r.add("I02_crude", t, minors)
    r.add("I02_age15_24", t, list(serious.values()))
    r.add("I02_traffic", t, [p for p in traffic.values() if p.age(t) <= 17])


def _months(r: Reckoning, cast: Crime) -> None:
    """Months from first to last report within 36 months, in the year in which these end."""
    found: dict[int, list[tuple[Player | None, list[float]]]] = {}
    for v in cast.victims:
        first = min(v.reports)
        closes = birthday(first, 3)
        inside = max(x for x in v.reports if x < closes)
        months = completed_months(np.datetime64(first), np.datetime64(inside))
        found.setdefault(closes.year, []).append((v.player, [float(months)]))
    for t, women in found.items():
        if t in r.years and t - 3 >= r.years[0]:
            r.middle("I09_register", t, women, ("women", "total"))
