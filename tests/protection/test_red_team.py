"""The attacker's turn: with all tables of a release joined, no count of 1 to 4 persons is narrowed within [1, 5]."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.disclosure import attack
from handleplan_pipeline.protection.counted import blocks_of
from handleplan_pipeline.protection.kinds import kinds_of_table
from handleplan_pipeline.protection.proof import printed, tables_of_release
from handleplan_pipeline.protection.system import BlockSystem
from tests.lib.lakes import demonstration
from tests.protection.attacker import Attacker, judged, truth_of_cells
from tests.protection.made import block_of

CATALOGUE = load_catalogue()
T = 5


def narrowed(lake: Path) -> tuple[int, list[str]]:
    """How many small counts are hidden, and which the attacker narrowed within [1, T]."""
    return judged(Attacker.of((lake / "releases" / "latest").resolve()), truth_of_cells(lake))


def test_the_attacker_finds_what_is_there_to_find(lake: Path) -> None:
    """A count that follows from the others is solved, or the rest would prove nothing."""
    attacker = Attacker.of((lake / "releases" / "latest").resolve())
    shown = {k for k in attacker.known if attacker.known[k][0] == attacker.known[k][1]}
    assert len(shown) > 2000
    assert len(attacker.equations) > 5000
    row = next(k for k in attacker.printed if k[:1] == ("I12a",) and k[3] == "men" and k[5] == "n")
    attacker.known[row] = (0, float("inf"))
    attacker.narrow(attacker.of_key[row])
    assert attacker.known[row][0] == attacker.known[row][1]


def test_nothing_is_recovered_from_a_city_of_tiny_groups(lake: Path) -> None:
    small, found = narrowed(lake)
    assert small > 1000
    assert found == []


@pytest.mark.parametrize("indicator", ["I04", "I01", "I08_women"])
def test_exact_bounds_cover_the_interval(lake: Path, indicator: str) -> None:
    exact(lake, {block_of(indicator).id}, integer=False)


def exact(lake: Path, wanted: set[str] | None, integer: bool) -> int:
    """The exact bounds of every small count of these blocks, from what the release prints; how many there were."""
    tables = tables_of_release(CATALOGUE, printed((lake / "releases" / "latest").resolve()))
    true, asked = truth_of_cells(lake), 0
    own = kinds_of_table(pl.read_parquet(lake / "tables/cell/kind.parquet"))
    for block, base_year in blocks_of(CATALOGUE, tables, own=own):
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


def test_no_standardised_ratio_is_an_equation_in_hidden_rows(lake: Path) -> None:
    """With public residents and weights it is one: the rows it rests on are printed, or it is not."""
    folder = (lake / "releases" / "latest").resolve() / "parquet" / "output"
    rows = pl.read_parquet(folder / "observation.parquet").filter(
        (pl.col("indicator_id") == "I02")
        & pl.col("reference_group").is_null()
        & pl.col("population_group").is_in(["minority", "danish"])
    )
    years = set(rows.filter(pl.col("missing_reason") == "suppressed")["year"])
    assert years
    ratio = (pl.col("indicator_id") == "I02") & pl.col("year").is_in(years)
    assert not pl.read_parquet(folder / "background.parquet").filter(ratio & pl.col("ratio").is_not_null()).height
    standardised = pl.col("contrast") == "standardised_ratio"
    assert not pl.read_parquet(folder / "contrast.parquet").filter(ratio & standardised).height
    assert not pl.read_parquet(folder / "judgement.parquet").filter(ratio & pl.col("estimate").is_not_null()).height


@pytest.mark.slow
def test_nothing_is_recovered_from_tiny_groups_by_exact_bounds(lake: Path) -> None:
    assert exact(lake, None, integer=False) > 1000


@pytest.mark.slow
def test_nothing_is_recovered_at_the_scale_of_the_demonstration(tmp_path: Path) -> None:
    whole = demonstration(tmp_path)
    small, found = narrowed(whole)
    assert small > 100
    assert found == []
    assert exact(whole, None, integer=False) > 100
