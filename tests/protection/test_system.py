"""Linked counts as a linear system: every printed count is the sum of its leaves, and what follows is there too."""

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.counted import blocks_of, default_block, protected_indicators, tables_of
from handleplan_pipeline.protection.fill import possible_counts
from handleplan_pipeline.protection.system import NEVER, BlockSystem
from tests.protection.made import cells_of, large

CATALOGUE = load_catalogue()


def system(*frames: pl.DataFrame, block: str = "shelter_stays", year: int = 2012) -> BlockSystem:
    tables = tables_of(CATALOGUE, pl.concat(frames))
    found = next(b for b, y in blocks_of(CATALOGUE, tables) if b.id == block and y == year)
    return BlockSystem(found, tables, year)


def value(s: BlockSystem, key: str) -> int | None:
    return next(c.value for c in s.cells if c.key == key)


def test_true_leaves_give_every_printed_count() -> None:
    leaves = large()
    s = system(cells_of("I04", 2012, leaves))
    names = [
        f"{a}|{x}|{g}|{t}" for a in s.ancestries for x in s.sexes.classes for g in s.ages.classes for t in s.block.atoms
    ]
    true = np.zeros(s.width, dtype=int)
    for (ancestry, sex, age), (x, n) in leaves.items():
        true[names.index(f"{ancestry}|{sex}|{age}|long")] = x
        true[names.index(f"{ancestry}|{sex}|{age}|short")] = n - x
    known = np.array([c.value for c in s.cells])
    assert (s.incidence() @ true == known).all()


def test_a_row_has_its_count_its_size_and_its_complement_and_is_one_row() -> None:
    s = system(cells_of("I04", 2012, large()))
    mine = [c for c in s.cells if c.name == "I04|2012|minority|men|total"]
    assert {c.part for c in mine} == {"numerator", "denominator", "complement"}
    assert len({c.row for c in mine}) == 1
    parts = {c.part: c.value for c in mine}
    assert parts["numerator"] + parts["complement"] == parts["denominator"]  # type: ignore[operator]


def test_seven_groups_are_printed_without_other_breakdowns() -> None:
    s = system(cells_of("I04", 2012, large()))
    printed = {c.row.slice for c in s.cells if c.row is not None and c.row.indicator == "I04"}
    assert {x.population_group for x in printed if (x.sex, x.age_group) != ("total", "total")} == {
        "all",
        "danish",
        "minority",
    }
    assert not any(x.sex != "total" and x.age_group != "total" for x in printed)


def test_who_is_in_no_printed_group_follows_by_subtraction() -> None:
    """Men of unknown ancestry are printed nowhere, but all men less Danes less minority are known."""
    leaves = large() | {("unknown", "men", "18-24"): (2, 3)}
    s = system(cells_of("I04", 2012, leaves))
    rest = next(c for c in s.cells if c.key == "I04|2012|rest|men|total|numerator")
    assert (rest.value, rest.kind, rest.row) == (2, NEVER, None)


def test_a_nested_population_follows_by_subtraction() -> None:
    """Housed after a year less those whose keeping is known: who left, or was not seen, in the second year."""
    first = {("danish", "men", "25-39"): (30, 60), ("immigrant_western", "men", "25-39"): (20, 50)}
    kept = {("danish", "men", "25-39"): (21, 27), ("immigrant_western", "men", "25-39"): (12, 18)}
    s = system(cells_of("I03", 2012, first), cells_of("I03b", 2013, kept, splits=()), block="stable_housing")
    rest = "+".join(f"{a}_{b}" for a in ("later", "unseen") for b in ("home", "none", "gone", "unknown"))
    assert value(s, f"stable_housing|2012|danish|total|total|{rest}") == 3


def test_the_same_persons_of_two_series_are_the_same_leaves() -> None:
    s = system(cells_of("I04", 2012, large()), cells_of("I04_count", 2012, large(), measure="count", splits=()))
    a, b = (
        next(c for c in s.cells if c.key == f"{i}|2012|minority|total|total|numerator") for i in ("I04", "I04_count")
    )
    assert set(a.leaves) == set(b.leaves)


def test_residents_are_public_and_bound_the_count() -> None:
    leaves = {("danish", "men", "15"): (6, 40), ("danish", "women", "16"): (7, 30), ("danish", "men", "17"): (9, 20)}
    s = system(cells_of("I02", 2012, leaves, ("total", "15-17"), "rate"), block="youth_crime")
    whole = next(c for c in s.cells if c.key == "I02|2012|danish|total|15-17|numerator")
    assert (whole.value, whole.residents) == (22, 90)
    assert not any(c.part == "denominator" for c in s.cells)


def test_a_share_among_the_known_has_the_known_as_its_size() -> None:
    leaves = {("danish", "men", "18-24"): (40, 0), ("descendant_western", "women", "18-24"): (12, 0)}
    frame = cells_of("I10_s", 2012, leaves, ("total", "18+"), groups=("danish", "minority")).with_columns(
        denominator=pl.lit(52, pl.Int64)
    )
    s = system(frame.filter((pl.col("sex") == "total") & (pl.col("age_group") == "18+")), block="social_psychiatry")
    assert value(s, "I10_s|2012|minority|total|18+|complement") == 40


def test_a_count_the_supplier_hid_gets_one_it_could_have() -> None:
    frame = cells_of("I04", 2012, large() | {("unknown", "men", "18-24"): (3, 20)})
    hidden = (pl.col("population_group") == "unknown") & (pl.col("sex") == "men")
    hidden |= (pl.col("population_group") == "unknown") & (pl.col("age_group") == "total")
    frame = frame.with_columns(
        numerator=pl.when(~hidden).then("numerator"),
        cell_state=pl.when(hidden).then(pl.lit("blanked")).otherwise("cell_state"),
    )
    s = system(frame)
    values = possible_counts(s, s.cells, 5)
    assert all(values[i] == c.value for i, c in enumerate(s.cells) if c.value is not None)
    at = next(i for i, c in enumerate(s.cells) if c.key == "I04|2012|unknown|total|total|numerator")
    assert 1 <= values[at] <= 4


def test_every_indicator_of_persons_has_a_block_and_areas_have_none() -> None:
    known = protected_indicators(CATALOGUE)
    assert "I13a" not in known
    assert "I02n" not in known
    assert "I10" not in known
    for indicator in known.values():
        assert default_block(indicator).series[0].indicator == indicator.id


@pytest.mark.parametrize("block", CATALOGUE.disclosure.blocks, ids=lambda b: b.id)
def test_parts_of_a_series_are_parts_of_its_whole(block) -> None:  # type: ignore[no-untyped-def]
    for s in block.series:
        if s.numerator and s.denominator:
            assert set(block.of(s.numerator)) <= set(block.of(s.denominator)), s.indicator
    used = {a for s in block.series for p in (s.numerator, s.denominator) for a in block.of(p)}
    assert used == set(range(len(block.atoms)))
