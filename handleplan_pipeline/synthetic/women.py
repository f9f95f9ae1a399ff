"""Contacts to the special team, other offers and crisis centres. Plants I08 and I09."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.synthetic.crime import completed_months
from handleplan_pipeline.synthetic.files import dates, day, numbers_of, write_delivery
from handleplan_pipeline.synthetic.population import Population
from handleplan_pipeline.synthetic.truth import Truth
from schemas.sources import crisis_centre_stays, special_team_log

TEAM_FROM = 2011
"""The team does not exist before (the plan)."""
TEAM_CONTACTS, CRISIS_STAYS = 260, 350
"""About 140 contacts to crisis centres before the plan, 700 adults a year in 2012 (KK); the team is our assumption."""
MINORITY_SHARE = 0.5
"""About half of the women in crisis centres (the plan; 50 % in 2018)."""
ANONYMOUS = 0.09
"""About 9 % anonymous stays (DST, from 2017)."""


@dataclass
class Row:
    """One contact or stay. `person` is -1 for an anonymous one."""

    identifier: str
    person: int
    when: int
    kind: str
    counted: bool
    since: int | None


class Women:
    def __init__(self, population: Population, years: range, scale: float, rng: np.random.Generator) -> None:
        self.population, self.years, self.rng = population, years, rng
        self.rows: dict[int, list[Row]] = {}
        taken: set[tuple[int, int]] = set()
        for y in years:
            women = np.flatnonzero(population.in_population(y) & (population.sex == 2) & (population.age(y) >= 16))
            minority = women[population.ie_type[women] >= 2]
            kinds = ["crisis_centre"] * max(int(CRISIS_STAYS * scale), 24)
            if y >= TEAM_FROM:
                kinds += ["special_team"] * max(int(TEAM_CONTACTS * scale), 24) + ["other"] * 8
            self.rows[y] = []
            regulars = rng.choice(minority, 6)
            for k, kind in enumerate(kinds):
                pool = minority if rng.random() < MINORITY_SHARE else women
                person = int(rng.choice(regulars if rng.random() < 0.1 else pool))
                when = day(y, 1, 1) + int(rng.integers(0, 365))
                if rng.random() < ANONYMOUS:
                    person = -1
                elif (person, when) in taken:
                    continue
                taken.add((person, when))
                since = None if rng.random() < 0.25 else when - int(rng.integers(0, 2600))
                counted = kind == "crisis_centre" or bool(rng.random() < 0.95)
                self.rows[y].append(Row(f"{kind[0].upper()}{y}{k:05d}", person, when, kind, counted, since))

    def mentioned(self) -> NDArray[np.bool_]:
        """Years x persons of the population: who is in a file of the year."""
        found = np.zeros(self.population.municipality.shape, dtype=bool)
        for k, y in enumerate(self.years):
            found[k, [r.person for r in self.rows[y] if r.person >= 0]] = True
        return found

    def write(self, out: Path) -> None:
        number = self.population.number
        for y in self.years:
            team = [r for r in self.rows[y] if r.kind != "crisis_centre"]
            if y >= TEAM_FROM:
                write_delivery(
                    out,
                    special_team_log.DELIVERY,
                    y,
                    {
                        "HENVENDELSE_ID": [r.identifier for r in team],
                        "CPR": numbers_of(number, [r.person for r in team]),
                        "DATO": dates([r.when for r in team]),
                        "ANONYM": [r.person < 0 for r in team],
                        "KOEN": ["K"] * len(team),
                        "PARTNERVOLD": [r.counted for r in team],
                        "TILBUD": ["S" if r.kind == "special_team" else "A" for r in team],
                        "VOLDSSTART": dates([-1 if r.since is None else r.since for r in team]),
                    },
                )
            stays = [r for r in self.rows[y] if r.kind == "crisis_centre"]
            write_delivery(
                out,
                crisis_centre_stays.DELIVERY,
                y,
                {
                    "OPHOLD_ID": [r.identifier for r in stays],
                    "CPR": numbers_of(number, [r.person for r in stays]),
                    "INDFLYTNING": dates([r.when for r in stays]),
                    "UDFLYTNING": dates([r.when + 40 if k % 5 else -1 for k, r in enumerate(stays)]),
                    "ANONYM": [r.person < 0 for r in stays],
                    "VOLDSSTART": dates([-1 if r.since is None else r.since for r in stays]),
                },
            )

    def plant(self, truth: Truth) -> None:
        p = self.population
        first: dict[int, Row] = {}
        for r in sorted((r for y in self.years for r in self.rows[y]), key=lambda r: r.when):
            if r.person >= 0 and r.counted and r.kind != "other":
                first.setdefault(r.person, r)
        for t in self.years:
            rows = [r for r in self.rows[t] if r.counted]
            others = np.array([r.person for r in rows if r.kind != "special_team"], dtype=np.int64)
            women = np.flatnonzero(p.resident(t) & (p.sex == 2) & (p.age(t) >= 18) & (p.age(t) <= 64))
            truth.add("I08_companion", t, others, splits=())
            truth.add("I08_system", t, np.array([r.person for r in rows], dtype=np.int64), splits=(), per=women)
            if t >= TEAM_FROM:
                team = [r for r in rows if r.kind == "special_team"]
                named = np.array([r.person for r in team if r.person >= 0], dtype=np.int64)
                truth.add("I08_contacts", t, named, splits=("age",), per=women)
                truth.add("I08_women", t, np.unique(named), splits=("age",), per=women)
                truth.add("I08_women_rate", t, np.intersect1d(named, women), splits=(), per=women)
                anonymous = sum(1 for r in team if r.person < 0)
                truth.row("I08_anonymous", t, "unknown", ("women", "total"), anonymous, None)
            of_year = {id(r) for r in rows}
            self._durations(truth, t, [r for r in first.values() if r.since is not None and id(r) in of_year])

    def _durations(self, truth: Truth, t: int, rows: list[Row]) -> None:
        persons = np.array([r.person for r in rows], dtype=np.int64)
        months = np.array(
            [completed_months(np.datetime64(r.since or 0, "D"), np.datetime64(r.when, "D")) for r in rows]
        )
        truth.add("I09_over36", t, persons, months > 36 if len(months) else np.zeros(0, dtype=bool), splits=())
        for g, mask in truth.group_masks(persons, t).items():
            if mask.any():
                truth.middle("I09", t, g, ("women", "total"), [[m] for m in months[mask].tolist()])
