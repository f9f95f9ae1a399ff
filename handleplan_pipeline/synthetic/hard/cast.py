"""The persons of the hard cases: numbers nobody can own, rows of the population register, lives and what files say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from handleplan_pipeline.synthetic.places import home
from handleplan_pipeline.synthetic.population import WEIGHTS

DANISH, IRAQI, TURKISH, GERMAN = ("1", "5100"), ("2", "5432"), ("3", "5172"), ("2", "5180")
"""IE_TYPE and OPR_LAND of most persons."""
LAST_SERIAL = {False: 3999, True: 4999}
"""Serials count down from here, by whether the person is born in or after 2000; the crowd's count up from the first."""


class Bef(NamedTuple):
    """What the population register says of a person on a 1 January."""

    sex: int
    municipality: str
    ie_type: str
    origin: str

    @property
    def here(self) -> bool:
        return self.municipality == home()


@dataclass(frozen=True)
class Spell:
    """A stay, contact, service, measure or address as it was: first day, end (None is open) and what is said of it.

    Whether `end` is the last day or the day after is the source's matter. `told` is what each year's file says of the
    dates instead, for records that are lost or corrected; None is an honest file.
    """

    start: date
    end: date | None = None
    says: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[int, "Told"] | None = None

    def in_file(self, year: int) -> "list[Told]":
        """The rows of the file of `year`: none where it has no day there or the file says nothing of it."""
        if self.told is not None:
            return [self.told[year]] if year in self.told else []
        first, last = date(year, 1, 1), date(year, 12, 31)
        if self.start > last or (self.end is not None and self.end < first):
            return []
        return [Told(self.start, self.end if self.end is not None and self.end <= last else None)]


class Told(NamedTuple):
    """What a file says of a spell: its dates, and what it says otherwise than the others."""

    start: date
    end: date | None
    says: Mapping[str, Any] = {}


@dataclass
class Player:
    """A person of a case. `bef` is the register by year; `numbers` are (from day, number), the first from always."""

    case: str
    numbers: list[tuple[date, str]]
    birth: date
    bef: dict[int, Bef]

    def number(self, day: date) -> str:
        return [n for since, n in self.numbers if since <= day][-1]

    def row(self, year: int) -> Bef | None:
        """The row of that 1 January, or the latest of the five before."""
        return next((self.bef[y] for y in range(year, year - 6, -1) if y in self.bef), None)

    def resident(self, year: int) -> bool:
        return year in self.bef and self.bef[year].here

    def age(self, year: int) -> int:
        """Whole years on 1 January; nobody is born on 1 January."""
        return year - self.birth.year - 1


def digits_of(birth: date, serial: int) -> str:
    return f"{birth:%d%m%y}{serial:04d}"


def meets_modulus_11(number: str) -> bool:
    return int(np.array([int(d) for d in number]) @ WEIGHTS) % 11 == 0


@dataclass
class Cast:
    """Everybody of the hard cases, and the rows that files hold of them: (source, year) -> rows by variable."""

    years: range
    players: list[Player] = field(default_factory=list)
    rows: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)
    planted: dict[str, set[str]] = field(default_factory=dict)
    """Case -> numbers of its persons; a case of areas has none."""
    used: dict[tuple[date, int], int] = field(default_factory=dict)

    def fresh_number(self, birth: date, sex: int) -> str:
        """A number of that day and sex that fails modulus 11 and that nobody of the crowd has."""
        if (birth.month, birth.day) == (1, 1):
            raise ValueError("numbers of 1 January may be real although modulus 11 fails")
        top = LAST_SERIAL[birth.year >= 2000]
        serial = self.used.get((birth, sex), top + 1 if sex == 2 else top + 2) - 2
        while meets_modulus_11(digits_of(birth, serial)):
            serial -= 2
        self.used[birth, sex] = serial
        return digits_of(birth, serial)

    def person(
        self,
        case: str,
        born: date,
        sex: int = 1,
        origin: tuple[str, str] = IRAQI,
        kom: str | None = None,
        bef: Mapping[int, Mapping[str, Any] | None] | None = None,
    ) -> Player:
        """A new person of `case`, in every year's population but where `bef` says otherwise (None is no row)."""
        usual = Bef(sex, home() if kom is None else kom, *origin)
        register = {y: usual for y in self.years if y > born.year}
        for y, change in (bef or {}).items():
            if change is None:
                register.pop(y, None)
            elif y in self.years:
                register[y] = usual._replace(**change)
        number = self.fresh_number(born, sex)
        player = Player(case, [(date.min, number)], born, register)
        self.players.append(player)
        self.planted.setdefault(case, set()).add(number)
        return player

    def renumber(self, player: Player, since: date, sex: int) -> None:
        """Gives a person another number from a day on, of this sex."""
        number = self.fresh_number(player.birth, sex)
        player.numbers.append((since, number))
        self.planted[player.case].add(number)

    def send(self, source: str, year: int, **values: Any) -> None:
        """A row of the file of `year`, by the register's own variable names; nothing outside the delivered years."""
        if year in self.years:
            self.rows.setdefault((source, year), []).append(values)

    def report(self, source: str, number: str, spells: list[Spell], columns: tuple[str, str, str]) -> None:
        """The rows of spells in every year's file; `columns` are those of the person, the start and the end."""
        who, start, end = columns
        for year in self.years:
            for spell in spells:
                for told in spell.in_file(year):
                    says = {**spell.says, **told.says}
                    self.send(source, year, **{who: number, start: told.start, end: told.end}, **says)

    def changes(self) -> None:
        """The link of every number that was given up to the one that came after it."""
        for p in self.players:
            for (_, old), (since, new) in pairwise(p.numbers):
                self.send("person_number_changes", since.year, CPR_NYT=new, CPR_GAMMELT=old, AENDRET=since)

    def register(self) -> None:
        """The rows of the population register."""
        for p in self.players:
            for year, row in p.bef.items():
                self.send(
                    "dst_bef",
                    year,
                    PNR=p.number(date(year, 1, 1)),
                    KOEN=str(row.sex),
                    FOED_DAG=p.birth,
                    KOM=row.municipality,
                    IE_TYPE=row.ie_type,
                    OPR_LAND=row.origin,
                    REFERENCEDATO=date(year, 1, 1),
                )


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`."""
    return (first + timedelta(n) for n in range((last - first).days + 1))


def until(end: date | None, last: date) -> date:
    return last if end is None else min(end, last)
