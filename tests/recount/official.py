"""Figures that are no count of delivered persons: published tables, the plan's own figures, SFI's forms, and B1.

They give cells directly; what is in a published table is not broken down any further than it is printed.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.recount.areas import lists
from tests.recount.counting import Cell, Key
from tests.recount.people import COPENHAGEN, City
from tests.recount.shelters import had_a_night, nights_of, quantile, stays_in_city

REFERENCE = Path(__file__).parents[2] / "data_lake" / "reference"
CLASSES = {"danish": ("1",), "minority": ("24", "25", "34", "35"), "non_western": ("25", "35")}
SEXES = {"men": ("M", "1"), "women": ("K", "2")}
SERIES_FROM = 2009
"""The baseline is 2009 and 2010, and the series goes on."""
BESIDE = 5


def table(name: str, delimiter: str = ",") -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text, delimiter=delimiter))


def national_youth_crime() -> dict[Key, Cell]:
    """I02n, version 1: persons of 15 to 29 found guilty (STRAFNA9) of the population of that age (FOLK1E)."""
    guilty: dict[tuple[str, str, str], int] = {}
    for row in table("statbank/strafna9_2008_2024.csv", ";"):
        if row["ALDER"] == "15-29":
            guilty[row["KOEN"], row["HERKOMST"], row["TID"]] = int(row["INDHOLD"])
    people: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in table("statbank/folk1e_2010_2021_age15_29.csv", ";"):
        people[row["KØN"], row["HERKOMST"], row["TID"].removesuffix("K1")] += int(row["INDHOLD"])
    found = {}
    for year in range(2010, 2022):
        for group, classes in CLASSES.items():
            for sex, codes in (SEXES | {"total": ("", "")}).items():
                of_sex = [codes] if codes[0] else list(SEXES.values())
                n = sum(guilty[a, c, str(year)] for a, _ in of_sex for c in classes)
                d = sum(people[b, c, str(year)] for _, b in of_sex for c in classes)
                found[Key("I02n", year, group, sex, "15-29")] = Cell(n, d, None, "1")
    return found


def listed_areas() -> dict[Key, Cell]:
    """I13a_areas: areas on the ministry's list as published, by the version of the criteria; the dated list of a year
    and version stands before one whose date is only a year."""
    found: dict[Key, Cell] = {}
    for row in sorted(table("published/exposed_area_count.csv"), key=lambda r: bool(r["list_date_iso"])):
        if row["geography"] == COPENHAGEN and row["year"]:
            key = Key("I13a_areas", int(row["year"]), row["criteria_version"], "total", "total")
            found[key] = Cell(0, 0, float(row["value"]), row["criteria_version"])
    return found


def departments(city: City, years: Iterable[int]) -> dict[Key, Cell]:
    """I13b and I13b_dwellings, version 1: the municipality's count at year end; a figure of the plan goes before."""
    found = {}
    for year in sorted(set(years) & city.deliveries.years("housing_areas")):
        of_year = [r for r in lists(city).departments(year) if r["PAA_LISTEN"]]
        found[Key("I13b", year, "all", "total", "total")] = Cell(0, 0, float(len(of_year)), "1")
        dwellings = float(sum(r["BOLIGER"] or 0 for r in of_year))
        found[Key("I13b_dwellings", year, "all", "total", "total")] = Cell(0, 0, dwellings, "1")
    for row in table("published/high_risk_department.csv"):
        indicator = {"departments": "I13b", "dwellings": "I13b_dwellings"}[row["measure"]]
        found[Key(indicator, int(row["year"]), "all", "total", "total")] = Cell(0, 0, float(row["value"]), "1")
    return found


FORM_GROUPS = {
    "dansk": ("all", "danish"),
    "groenlandsk": ("all", "danish"),
    "indvandrer": ("all", "minority"),
    "efterkommer": ("all", "minority"),
    "uoplyst": ("all", "unknown"),
}
"""By the judgement of staff; Greenland is part of the realm and no minority."""
FORM_SHARES = {
    "B1_share_on_housing_list": ("SKREVET_OP_BOLIG", "J", "U"),
    "B1_share_cash_benefit": ("FORSOERGELSE", "kontanthjaelp", "uoplyst"),
    "B1_share_disability_pension": ("FORSOERGELSE", "foertidspension", "uoplyst"),
    "B1_share_no_income": ("FORSOERGELSE", "ingen", "uoplyst"),
}


def homeless_in_week_6(city: City) -> dict[Key, Cell]:
    """B1: the forms of the week, and the shares of them that say so among those that say anything."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for year in (y for y in city.deliveries.years("sfi_person_forms") if y >= SERIES_FROM):
        for row in city.deliveries.of("sfi_person_forms", year):
            if row["KOMMUNE"] != COPENHAGEN:
                continue
            for group in FORM_GROUPS[row["ETNISK_BAGGRUND"]]:
                sums[Key("B1_homeless_week6", year, group, "total", "total")][0] += 1
                for indicator, (variable, wanted, unknown) in FORM_SHARES.items():
                    if group != "all" and row[variable] != unknown:
                        of = sums[Key(indicator, year, group, "total", "total")]
                        of[0] += row[variable] == wanted
                        of[1] += 1
    return {key: Cell(n, d, None, "1") for key, (n, d) in sums.items()}


def told(stays_of: list[list[int]], share: float) -> float | None:
    """A quantile of all stays, where at least five persons have a stay up to it, and five one from it on."""
    found = quantile([float(nights) for nights_of in stays_of for nights in nights_of], share)
    below = sum(min(nights_of) <= found for nights_of in stays_of)
    above = sum(max(nights_of) >= found for nights_of in stays_of)
    return found if min(below, above) >= BESIDE else None


def shelter_baseline(city: City) -> dict[Key, Cell]:
    """B1: nights of persons with a night in the city, and median and ninth decile of their continuous stays."""
    found = {}
    for year in city.deliveries.years("section_110_stays") & city.deliveries.years("dst_bef"):
        if year < SERIES_FROM:
            continue
        persons = had_a_night(city, year, "BOFORM_KOM")
        merged = stays_in_city(city, year)
        nights = nights_of(city, year)
        for group in ("danish", "minority", "unknown"):
            of_group = [p for p in persons if group in city.who(p, year).groups]
            stays_of = [merged[p] for p in of_group]
            if of_group:
                total = float(sum(nights[p] for p in of_group))
                found[Key("B1_section_110_persons", year, group, "total", "total")] = Cell(len(of_group), 0, None, "1")
                for indicator, value in (
                    ("B1_section_110_nights", total),
                    ("B1_stay_median", told(stays_of, 0.5)),
                    ("B1_stay_p90", told(stays_of, 0.9)),
                ):
                    found[Key(indicator, year, group, "total", "total")] = Cell(0, len(of_group), value, "1")
    return found
