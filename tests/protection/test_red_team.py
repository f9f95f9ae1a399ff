"""The attacker's turn: with all tables of a release joined, no count of 1 to 4 persons is narrowed within [1, 5]."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.disclosure import attack
from handleplan_pipeline.protection.bands import WITH_COUNTRY, ancestries_of
from handleplan_pipeline.protection.counted import blocks_of
from handleplan_pipeline.protection.proof import printed, tables_of_release
from handleplan_pipeline.protection.system import BlockSystem
from tests.protection.attacker import Attacker
from tests.protection.conftest import released

CATALOGUE = load_catalogue()
T = 5


def truth(lake: Path) -> dict[tuple[str, int, str, str, str], tuple[int | None, int | None]]:
    """The true counts of everything the plan may print or hide; only to judge what the attacker found."""
    cells = pl.concat(pl.read_parquet(f) for f in sorted((lake / "tables/cell").glob("goal_*.parquet")))
    plan = pl.read_parquet(lake / "tables/cell/suppression_plan.parquet")
    keys = ["indicator_id", "year", "population_group", "sex", "age_group"]
    rows = plan.select(keys).join(cells, on=keys).select(*keys, "numerator", "denominator", "measure")
    return {r[:5]: (r[5], None if r[7] in ("rate", "count") else r[6]) for r in rows.rows()}


def narrowed(lake: Path) -> tuple[int, list[str]]:
    """How many small counts are hidden, and which the attacker narrowed within [1, T]."""
    attacker = Attacker((lake / "releases" / "latest").resolve())
    small, found = 0, []
    for where, (x, n) in truth(lake).items():
        parts = {"x": x, "n": n, "c": None if x is None or n is None else n - x}
        for part, count in parts.items():
            key = (*where, part)
            if count is None or not 1 <= count < T or key not in attacker.known:
                continue
            small += 1
            least, most = attacker.known[key]
            assert least <= count <= most, f"the attacker reckons wrongly: {key}"
            if key in attacker.printed or least > 1 or most < T:
                found.append(f"{key}: {least} to {most}")
    return small, found


def test_the_attacker_finds_what_is_there_to_find(lake: Path) -> None:
    """A count that follows from the others is solved, or the rest would prove nothing."""
    attacker = Attacker((lake / "releases" / "latest").resolve())
    shown = {k for k in attacker.known if attacker.known[k][0] == attacker.known[k][1]}
    assert len(shown) > 2000
    assert len(attacker.equations) > 5000
    row = next(k for k in attacker.printed if k[:1] == ("I12a",) and k[3] == "men" and k[5] == "n")
    attacker.known[row] = (0, float("inf"))
    attacker.narrow(attacker.of[row])
    assert attacker.known[row][0] == attacker.known[row][1]


def test_nothing_is_recovered_from_a_city_of_tiny_groups(lake: Path) -> None:
    small, found = narrowed(lake)
    assert small > 1000
    assert found == []


@pytest.mark.parametrize("block", ["shelter_stays", "ninth_grade", "women_in_contact", "contacts"])
def test_exact_bounds_cover_the_interval(lake: Path, block: str) -> None:
    exact(lake, {block}, integer=False)


def exact(lake: Path, wanted: set[str] | None, integer: bool) -> int:
    """The exact bounds of every small count of these blocks, from what the release prints; how many there were."""
    tables = tables_of_release(CATALOGUE, printed(CATALOGUE, (lake / "releases" / "latest").resolve()))
    true, asked = truth(lake), 0
    for block, base_year in blocks_of(CATALOGUE, tables):
        if wanted is not None and block.id not in wanted:
            continue
        system = BlockSystem(block, tables, base_year)
        hidden = np.array([c.value is None for c in system.cells])
        values = np.array([0 if c.value is None else c.value for c in system.cells])
        cells = [i for i, c in enumerate(system.cells) if hidden[i] and _is_small(c, true)]
        asked += len(cells)
        for i, (least, most) in attack(system.incidence(), values, hidden, cells, integer=integer).items():
            assert least <= 1, system.cells[i].key
            assert most >= T, system.cells[i].key
    assert asked > 0
    return asked


def _is_small(cell, true) -> bool:  # type: ignore[no-untyped-def]
    if cell.row is None or (cell.row.indicator, cell.row.year, *cell.row.slice) not in true:
        return False
    x, n = true[cell.row.indicator, cell.row.year, *cell.row.slice]
    count = {"numerator": x, "denominator": n, "complement": None if x is None or n is None else n - x}[cell.part]
    # among few residents, whose number is public, the attacker knows that bound beforehand
    return count is not None and 1 <= count < T and cell.residents is None


def test_the_standardised_ratio_narrows_nothing(lake: Path) -> None:
    """The printed ratio is one more equation in the counts by sex and age, whose residents and weights are public."""
    release = (lake / "releases" / "latest").resolve()
    tables, true = tables_of_release(CATALOGUE, printed(CATALOGUE, release)), truth(lake)
    ratios = pl.read_parquet(release / "parquet/output/background.parquet").filter(
        (pl.col("indicator_id") == "I02") & (pl.col("method") == "direct") & pl.col("ratio").is_not_null()
    )
    assert ratios.height
    asked = 0
    for block, base_year in blocks_of(CATALOGUE, tables):
        ratio = ratios.filter(pl.col("year") == base_year)
        if block.id != "youth_crime" or not ratio.height:
            continue
        system = BlockSystem(block, tables, base_year, WITH_COUNTRY)
        between = ratio_rows(lake, system, base_year, float(ratio["ratio"][0]))
        known = [i for i, c in enumerate(system.cells) if c.value is not None]
        rows = system.incidence().toarray().astype(float)
        fixed = {"A_ub": between, "b_ub": [0, 0], "A_eq": rows[known],
                 "b_eq": [float(system.cells[i].value or 0) for i in known]}  # fmt: skip
        for i, c in enumerate(system.cells):
            if c.value is not None or c.row is None:
                continue
            count = true[c.row.indicator, c.row.year, *c.row.slice][0]
            if count is None or not 1 <= count < T:
                continue
            asked += 1
            low, high = (linprog(sign * rows[i], **fixed) for sign in (1, -1))
            assert low.status == 0
            assert np.ceil(low.fun - 1e-6) <= 1, c.key
            assert high.status == 3 or -high.fun >= T - 1e-6, c.key
    assert asked > 5


def ratio_rows(lake: Path, system: BlockSystem, year: int, ratio: float) -> np.ndarray:  # type: ignore[type-arg]
    """Two rows that hold the leaves to the printed ratio, give or take its rounding."""
    cells = pl.read_parquet(lake / "tables/cell/goal_02_youth_crime.parquet").filter(
        (pl.col("indicator_id") == "I02") & (pl.col("sex") != "total") & (pl.col("age_group") != "15-17")
    )
    wanted = cells.select("year", "population_group", "sex", "age_group", "denominator")
    residents = {r[:4]: r[4] for r in wanted.rows()}
    strata = [(s, a) for s in ("men", "women") for a in ("15", "16", "17")]
    weight = {k: sum(residents[y, "all", *k] for y in range(2010, 2015)) / 5 for k in strata}

    def rate(group: str) -> np.ndarray:  # type: ignore[type-arg]
        row = np.zeros(system.width)
        for i, name in enumerate(system.leaf_names()):
            ancestry, sex, age, atom = name.split("|")
            here = (sex, age.split("-")[0])
            if atom == "serious" and ancestry in ancestries_of(group) and residents.get((year, group, *here)):
                row[i] = weight[here] / residents[year, group, *here]
        return row

    half, (mine, other) = 0.005, (rate("minority"), rate("danish"))
    return np.array([mine - (ratio + half) * other, (ratio - half) * other - mine])


@pytest.mark.slow
def test_nothing_is_recovered_from_tiny_groups_by_exact_bounds(lake: Path) -> None:
    assert exact(lake, None, integer=False) > 1000


@pytest.mark.slow
def test_nothing_is_recovered_at_the_scale_of_the_demonstration(tmp_path: Path) -> None:
    whole = released(tmp_path, "1", "1")
    small, found = narrowed(whole)
    assert small > 100
    assert found == []
    assert exact(whole, None, integer=False) > 100
