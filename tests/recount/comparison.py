"""The recount beside the pipeline's finished cell tables, in both directions."""

from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from tests.recount import areas, children, crime, housing, official, psychiatry, shelters, treatment, violence
from tests.recount.counting import DEFINITIONS, Cell, Key, cells_of
from tests.recount.files import Deliveries
from tests.recount.people import City

THEMES = (areas, children, crime, housing, official, psychiatry, shelters, treatment, violence)
"""Importing a theme declares its definitions."""
SHOWN = 20
SAME = 1e-9

LEFT_OUT: dict[str, str] = {}
"""Indicators of the pipeline that are not recounted, with the reason."""


class Difference(NamedTuple):
    key: Key
    ours: Cell | None
    theirs: Cell | None

    def __str__(self) -> str:
        def said(cell: Cell | None) -> str:
            if cell is None:
                return "no cell"
            value = "" if cell.value is None else f" = {cell.value:g}"
            return f"{cell.numerator} of {cell.denominator}{value} (version {cell.version})"

        return f"{' '.join(map(str, self.key))}: recount {said(self.ours)}, pipeline {said(self.theirs)}"


def recount(deliveries: Deliveries, only: set[str] | None = None) -> dict[Key, Cell]:
    """Every cell with anybody in it, of all indicators or of these only."""
    city = City(deliveries)
    years = sorted(set().union(*(city.deliveries.years(s) for s in list(city.deliveries.rows))))
    found: dict[Key, Cell] = {}
    for wanted in DEFINITIONS.values():
        if only is None or wanted.indicator in only:
            found |= cells_of(city, wanted, years)
    if only is None or only & {"I10"}:
        found |= psychiatry.representation(city, years)
    rest = official.national_youth_crime() | official.listed_areas() | official.departments(city, years)
    rest |= official.homeless_in_week_6(city) | official.shelter_baseline(city)
    return found | {key: cell for key, cell in rest.items() if only is None or key.indicator in only}


def counted(lake: Path) -> dict[Key, Cell]:
    """The cells of the finished tables of a lake."""
    found = {}
    for file in sorted((lake / "tables" / "cell").glob("*_*.parquet")):
        for row in pq.read_table(file).to_pylist():
            key, cell = _cell(row)
            assert key not in found, f"two cells of {key}"
            found[key] = cell
    return found


def _cell(row: dict[str, Any]) -> tuple[Key, Cell]:
    group = row["population_group"]
    if row["indicator_id"] == "I13a_areas":
        group = row["definition_version"]
    key = Key(row["indicator_id"], row["year"], group, row["sex"], row["age_group"])
    return key, Cell(row["numerator"] or 0, row["denominator"] or 0, row["value"], row["definition_version"])


def differences(ours: dict[Key, Cell], theirs: dict[Key, Cell]) -> list[Difference]:
    """Cells that differ; nobody may be a zero in the one and no cell in the other."""
    found = []
    for key in sorted({*ours, *theirs}):
        if key.indicator not in LEFT_OUT and not _same(ours.get(key), theirs.get(key)):
            found.append(Difference(key, ours.get(key), theirs.get(key)))
    return found


def _same(a: Cell | None, b: Cell | None) -> bool:
    nobody = Cell(0, 0, None, (a or b or Cell(0, 0, None, "")).version)
    a, b = a or nobody, b or nobody
    if (a.value is None) != (b.value is None):
        return False
    values = a.value is None or b.value is None or abs(a.value - b.value) < SAME
    return values and a[:2] == b[:2] and a.version == b.version


def said(found: list[Difference]) -> str:
    lines = [str(d) for d in found[:SHOWN]]
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join([f"{len(found)} cells differ", *lines, *more][:SHOWN])
