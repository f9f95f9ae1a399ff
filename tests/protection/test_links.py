"""Counts that follow from one another in the data are linked in the catalogue, or the plan would not know."""

from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.counted import protected_indicators, tables_of
from tests.lib.lakes import COUNTED_CITY, counted

CATALOGUE = load_catalogue()


@pytest.fixture(scope="module")
def counted_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hard city: in a plain one nobody sleeps in a shelter and has an address, and such counts agree by chance."""
    return counted(tmp_path_factory, *COUNTED_CITY, "--hard")[1]


Part = tuple[str, str]
Column = dict[tuple[int, str], int]
LEAST = 8
"""Years and groups in which both counts must be there, and not zero, before equality says something."""


def columns(lake: Path) -> dict[Part, Column]:
    """The whole counts of every series by year and group; what is public anyway is left out."""
    folder = lake / "tables/cell"
    files = [*sorted(folder.glob("goal_*.parquet")), folder / "baseline_homelessness.parquet"]
    tables = tables_of(CATALOGUE, pl.concat(pl.read_parquet(f) for f in files))
    measure = {i: x.measure for i, x in protected_indicators(CATALOGUE).items()}
    found: dict[Part, Column] = {}
    for name, table in tables.items():
        for k, part in enumerate(("numerator", "denominator")):
            if part == "denominator" and measure[name] == "rate":
                continue
            found[name, part] = {
                (y, at.population_group): int(r[k] or 0)
                for (y, at), r in table.rows.items()
                if r[k] is not None and (at.sex, at.age_group) == table.whole
            }
    return {p: c for p, c in found.items() if len(c) >= LEAST}


def atoms(part: Part) -> tuple[str, frozenset[int], bool] | None:
    """Block, atoms, and whether the count is of everybody known, of a declared series."""
    for block in CATALOGUE.disclosure.blocks:
        for s in block.series:
            if s.indicator == part[0]:
                known = s.share_of_known and part[1] == "denominator"
                return block.id, frozenset(block.of(getattr(s, part[1]) or s.numerator)), known
    return None


def linked(whole: Part, *parts: Part) -> bool:
    found = [atoms(p) for p in (whole, *parts)]
    if any(f is None for f in found):
        return False
    blocks, sets, _ = zip(*[f for f in found if f is not None], strict=True)
    return len(set(blocks)) == 1 and sets[0] == frozenset().union(*sets[1:])


def values(columns: dict[Part, Column], parts: tuple[Part, ...], shifts: tuple[int, ...]) -> list[np.ndarray]:  # type: ignore[type-arg]
    """The counts side by side in the years and groups that all have."""
    places = [
        (y, g)
        for y, g in columns[parts[0]]
        if all((y + s, g) in columns[p] for p, s in zip(parts[1:], shifts, strict=True))
    ]
    shifted = [(parts[0], 0), *zip(parts[1:], shifts, strict=True)]
    return [np.array([columns[p][y + s, g] for y, g in places]) for p, s in shifted]


def test_equal_counts_are_in_one_block(counted_lake: Path) -> None:
    found, seen = columns(counted_lake), 0
    for a, b in combinations(found, 2):
        for shift in (-1, 0, 1):
            x, y = values(found, (a, b), (shift,))
            if (x > 0).sum() >= LEAST and (x == y).all():
                seen += 1
                assert linked(a, b), f"{a} is {b} in every year and group ({shift} years later)"
    assert seen > 10


def test_a_count_that_is_the_sum_of_two_others_is_in_their_block(counted_lake: Path) -> None:
    found, seen = columns(counted_lake), 0
    goal = {i.id: i.goals[0] for i in CATALOGUE.indicators if i.goals}
    for number in {*goal.values()}:
        mine = [p for p in found if goal.get(p[0]) == number]
        for whole in mine:
            for a, b in combinations([p for p in mine if p != whole], 2):
                for shift in (-1, 0):
                    w, x, y = values(found, (whole, a, b), (shift, shift))
                    if (x > 0).sum() < LEAST or (y > 0).sum() < LEAST or not (w == x + y).all():
                        continue
                    seen += 1
                    assert linked(whole, a, b), f"{whole} is {a} and {b} in every year and group"
    assert seen > 3
