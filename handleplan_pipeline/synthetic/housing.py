"""Exposed areas, high-risk departments, their residents and benefits, and the SFI count. Plants I12, I13 and B1."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from handleplan_pipeline.sources.deliveries.parse import reference_week
from handleplan_pipeline.synthetic.files import dates, day, numbers_of, write_delivery
from handleplan_pipeline.synthetic.places import home
from handleplan_pipeline.synthetic.population import Population
from handleplan_pipeline.synthetic.truth import FIRST_OF_B1, Truth
from schemas.sources import dst_dream, housing_areas, housing_residents, sfi_person_forms

AREAS, DEPARTMENTS = 8, 26
LISTED_2010 = 6
"""Copenhagen had six areas on the list of January 2010 (the plan)."""
AREA_SHARE, DEPARTMENT_SHARE = 0.02, 0.004
TRANSFER = 0.42
"""More than 40 per cent outside the labour market (the criterion)."""
EARLY_RETIREMENT, STUDY_GRANT = "621", "651"
VERSION = "kombineret_udlejning_2010"
SFI_HOMELESS = 1_494
"""The count of week 6, 2009 (SFI)."""
ORIGINS = ("dansk", "indvandrer", "efterkommer", "groenlandsk", "uoplyst")
YOUNG_SHARES, OLDER_SHARES = (0.52, 0.20, 0.21, 0.05, 0.02), (0.564, 0.236, 0.084, 0.096, 0.02)
"""33 % minority of all (23 % immigrants, 10 % descendants), 41 % among those aged 18-24 (the plan)."""
INCOMES = ("kontanthjaelp", "foertidspension", "loen", "dagpenge", "anden", "ingen", "uoplyst")
INCOME_SHARES = (0.58, 0.18, 0.04, 0.03, 0.05, 0.07, 0.05)
PREFIX = {"omraade": "OMR", "afdeling": "AFD"}
WORKING_BANDS = ("18-24", "25-39", "40-64")


class Area(NamedTuple):
    """An exposed area or a high-risk department in a year: is it on the list, and does it meet the criteria of 2010."""

    kind: str
    number: int
    listed: bool
    meets: bool

    @property
    def code(self) -> str:
        return f"{PREFIX[self.kind]}{self.number:02d}"


class Benefits(NamedTuple):
    """Who of the population has transfer income in the reference week, who half the year or longer, and who has early
    retirement benefit in the reference week."""

    on: np.ndarray
    half: np.ndarray
    retired: np.ndarray


class Counted(NamedTuple):
    """Who is counted, and who of the population has the outcome."""

    persons: np.ndarray
    outcome: np.ndarray


class Housing:
    def __init__(self, population: Population, years: range, scale: float, rng: np.random.Generator) -> None:
        self.population, self.years, self.scale, self.rng = population, years, scale, rng
        draw = rng.random(population.size)
        self.area = np.where(draw < AREA_SHARE * AREAS / LISTED_2010, rng.integers(1, AREAS + 1, population.size), 0)
        draw = rng.random(population.size)
        self.department = np.where(draw < DEPARTMENT_SHARE, rng.integers(1, DEPARTMENTS + 1, population.size), 0)

    def mentioned(self) -> NDArray[np.bool_]:
        """Years x persons of the population: who may be in a file of the year."""
        somewhere = (self.area > 0) | (self.department > 0)
        return np.array([self.population.resident(y) & somewhere for y in self.years])

    def listed_areas(self, y: int) -> set[int]:
        """Six areas until 2012; then the sixth leaves and from 2013 the seventh is new."""
        found = set(range(1, LISTED_2010 + 1))
        if y >= 2012:
            found.discard(6)
        if y >= 2013:
            found.add(7)
        return found

    def listed_departments(self, y: int) -> set[int]:
        return set(range(1, max(DEPARTMENTS - 2 - max(y - 2008, 0), 4)))

    def year(self, out: Path, truth: Truth, y: int) -> None:
        areas, departments = self.listed_areas(y), self.listed_departments(y)
        meets = areas | ({8} if y >= 2014 else set())
        self._write_areas(out, y, areas, departments, meets)
        if y > 2010:
            fixed = self.listed_areas(2010)
            truth.row("I13a", y, "all", ("total", "total"), None, None, float(len(areas - fixed)))
            truth.row("I13a_constant", y, "all", ("total", "total"), None, None, float(len(meets - fixed)))
        truth.row("I13b", y, "all", ("total", "total"), None, None, float(len(departments)))
        truth.row("I13b_dwellings", y, "all", ("total", "total"), None, None, float(60 * len(departments)))
        p = self.population
        here = p.resident(y)
        areas_shown = areas | self.listed_areas(2010)
        departments_shown = departments | self.listed_departments(2010)
        in_area = here & np.isin(self.area, list(areas_shown))
        in_department = here & np.isin(self.department, list(departments_shown))
        a, d = np.flatnonzero(in_area), np.flatnonzero(in_department)
        write_delivery(
            out,
            housing_residents.DELIVERY,
            y,
            {
                "CPR": numbers_of(p.number, np.concatenate([a, d])),
                "OMRAADE_ID": [f"OMR{k:02d}" for k in self.area[a]] + [f"AFD{k:02d}" for k in self.department[d]],
                "OMRAADE_TYPE": ["omraade"] * len(a) + ["afdeling"] * len(d),
                "REFERENCEDATO": dates(np.full(len(a) + len(d), day(y, 1, 1))),
            },
        )
        benefits = self._benefits(out, y, np.unique(np.concatenate([a, d])))
        if y < 2010:
            return
        age = p.age(y)
        working = (age >= 18) & (age <= 64)
        of_2010 = {
            "I12a": in_area & np.isin(self.area, list(self.listed_areas(2010))),
            "I12b": in_department & np.isin(self.department, list(self.listed_departments(2010))),
        }
        sets = {
            "I12a_current": Counted(in_area & np.isin(self.area, list(areas)), benefits.on),
            "I12b_current": Counted(in_department & np.isin(self.department, list(departments)), benefits.on),
        }
        for name, mask in of_2010.items():
            sets |= {
                name: Counted(mask, benefits.on),
                f"{name}_half_year": Counted(mask, benefits.half),
                f"{name}_early_retirement": Counted(mask, benefits.on | benefits.retired),
            }
        for name, counted in sets.items():
            persons = np.flatnonzero(counted.persons & working)
            truth.add(name, y, persons, counted.outcome[persons], bands=WORKING_BANDS, groups=("all",))

    def _write_areas(self, out: Path, y: int, areas: set[int], departments: set[int], meets: set[int]) -> None:
        rows = [Area("omraade", k, k in areas, k in meets) for k in range(1, AREAS + 1)]
        rows += [Area("afdeling", k, k in departments, k in departments) for k in range(1, DEPARTMENTS + 1)]
        write_delivery(
            out,
            housing_areas.DELIVERY,
            y,
            {
                "OMRAADE_ID": [r.code for r in rows],
                "OMRAADE_TYPE": [r.kind for r in rows],
                "STATUSDATO": dates([day(y, 1, 15) if r.kind == "omraade" else day(y, 12, 31) for r in rows]),
                "KRITERIEVERSION": [VERSION] * len(rows),
                "PAA_LISTEN": [r.listed for r in rows],
                "KRITERIER_2010": [r.meets for r in rows],
                "BOLIGER": [1000 if r.kind == "omraade" else 60 for r in rows],
            },
        )

    def _benefits(self, out: Path, y: int, persons: np.ndarray) -> Benefits:
        """Writes a code per week and returns who has what."""
        p, rng = self.population, self.rng
        age = p.age(y)
        persons = persons[(age[persons] >= 18) & (age[persons] <= 64)]
        n = len(persons)
        weeks = 53 if y in (2009, 2015, 2020) else 52
        block = rng.choice([0, 10, 25, 26, 27, weeks], n, p=[1 - TRANSFER - 0.1, 0.1, 0.05, 0.08, 0.09, 0.2])
        start = rng.integers(0, weeks, n)
        start = np.minimum(start, weeks - block)
        week = np.arange(weeks)
        inside = (week >= start[:, None]) & (week < (start + block)[:, None])
        benefit = np.array(["130", "783", "111", "890"])[rng.integers(0, 4, n)]
        other = np.where(age[persons] >= 60, EARLY_RETIREMENT, np.where(rng.random(n) < 0.1, STUDY_GRANT, ""))
        codes = np.where(inside, benefit[:, None], other[:, None])
        names = [f"Y_{y % 100:02d}{w + 1:02d}" for w in week]
        shown = inside.any(axis=1) | (other != "")
        columns: dict[str, object] = {
            "PNR": numbers_of(p.number, persons[shown]),
            "AAR": np.full(int(shown.sum()), y),
        }
        write_delivery(out, dst_dream.DELIVERY, y, columns | {m: codes[shown, j] for j, m in enumerate(names)})
        on, half, retired = (np.zeros(p.size, dtype=bool) for _ in range(3))
        reference = names.index(f"Y_{reference_week(y)}")
        on[persons] = inside[:, reference]
        half[persons] = inside.sum(axis=1) * 2 >= weeks
        retired[persons] = codes[:, reference] == EARLY_RETIREMENT
        return Benefits(on, half, retired)

    def count_homeless(self, out: Path, truth: Truth, y: int) -> None:
        """The SFI count of an odd year: a form per person."""
        forms = sfi_forms(self.rng, max(int(SFI_HOMELESS * self.scale), 60), date(y, 2, 4))
        write_delivery(out, sfi_person_forms.DELIVERY, y, dict(forms.to_dict()))
        origin, income, listed = (forms[c].to_numpy() for c in ("ETNISK_BAGGRUND", "FORSOERGELSE", "SKREVET_OP_BOLIG"))
        group = np.select(
            [np.isin(origin, ("dansk", "groenlandsk")), origin == "uoplyst"], ["danish", "unknown"], "minority"
        )
        known = income != "uoplyst"
        quantities = {
            "share_on_housing_list": (listed == "J", listed != "U"),
            "share_no_income": (income == "ingen", known),
            "share_disability_pension": (income == "foertidspension", known),
            "share_cash_benefit": (income == "kontanthjaelp", known),
        }
        if y < FIRST_OF_B1:
            return
        truth.row("B1_homeless_week6", y, "all", ("total", "total"), len(group), None)
        for g in ("minority", "danish", "unknown"):
            mine = group == g
            truth.row("B1_homeless_week6", y, g, ("total", "total"), int(mine.sum()), None)
            for q, (hit, answered) in quantities.items():
                truth.row(
                    f"B1_{q}",
                    y,
                    g,
                    ("total", "total"),
                    int((mine & hit & answered).sum()),
                    int((mine & answered).sum()),
                )


def sfi_forms(rng: np.random.Generator, n: int, counted_on: date) -> pl.DataFrame:
    """`n` person forms of one count, in the form's own names."""
    age = rng.integers(18, 75, n)
    origin = np.where(age < 25, rng.choice(ORIGINS, n, p=YOUNG_SHARES), rng.choice(ORIGINS, n, p=OLDER_SHARES))
    return pl.DataFrame(
        {
            "SKEMA_ID": [f"F{k:05d}" for k in range(n)],
            "TAELLEDATO": [counted_on] * n,
            "KOMMUNE": [home()] * n,
            "KOEN": rng.choice(["1", "2"], n, p=[0.78, 0.22]),
            "ALDER": age,
            "ETNISK_BAGGRUND": origin,
            "SITUATION": rng.integers(1, 10, n).astype(str),
            "FORSOERGELSE": rng.choice(INCOMES, n, p=INCOME_SHARES),
            "SKREVET_OP_BOLIG": rng.choice(["J", "N", "U"], n, p=[0.45, 0.45, 0.1]),
        }
    )
