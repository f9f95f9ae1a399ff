"""Linked counts as a linear system: every printed count is the sum of its leaves, and what follows is there too."""

import numpy as np
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.counted import blocks_of, tables_of
from handleplan_pipeline.protection.fill import possible_counts
from handleplan_pipeline.protection.system import NEVER, BlockSystem
from tests.protection.made import block_of, cells_of, large

CATALOGUE = load_catalogue()


def system(*frames: pl.DataFrame, of: str = "I04", year: int = 2012) -> BlockSystem:
    tables = tables_of(CATALOGUE, pl.concat(frames))
    assert (block_of(of), year) in blocks_of(CATALOGUE, tables)
    return BlockSystem(block_of(of), tables, year)


def value(s: BlockSystem, key: str) -> int | None:
    return next(c.value for c in s.cells if c.key == key)


def test_true_leaves_give_every_printed_count() -> None:
    leaves = large()
    s = system(cells_of("I04", 2012, leaves))
    series = next(x for x in s.block.series if x.indicator == "I04")
    assert series.numerator is not None
    assert series.denominator is not None
    true = np.zeros(s.width, dtype=int)
    for (ancestry, sex, age), (x, n) in leaves.items():
        there = s.leaves.where((ancestry,), sex, age)
        for often, persons in (((1, 1), x), ((0, 1), n - x)):
            mine = [
                i
                for i in np.flatnonzero(there)
                if (series.numerator[a := s.leaves.atom[i]], series.denominator[a]) == often
            ]
            true[mine[0]] += persons
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
    s = system(cells_of("I03", 2012, first), cells_of("I03b", 2013, kept, splits=()), of="I03", year=2011)
    gone = {
        c.value
        for c in s.cells
        if c.kind == NEVER and c.name.endswith("|danish|total|total") and c.part == "I03.numerator-I03b.denominator"
    }
    assert gone == {3}


def test_the_same_persons_of_two_series_are_the_same_leaves() -> None:
    s = system(cells_of("I04", 2012, large()), cells_of("I04_count", 2012, large(), measure="count", splits=()))
    a, b = (
        next(c for c in s.cells if c.key == f"{i}|2012|minority|total|total|numerator") for i in ("I04", "I04_count")
    )
    assert set(a.leaves) == set(b.leaves)


def test_residents_are_public_and_bound_the_count() -> None:
    leaves = {("danish", "men", "15"): (6, 40), ("danish", "women", "16"): (7, 30), ("danish", "men", "17"): (9, 20)}
    s = system(cells_of("I02", 2012, leaves, ("total", "15-17"), "rate"), of="I02")
    whole = next(c for c in s.cells if c.key == "I02|2012|danish|total|15-17|numerator")
    assert (whole.value, whole.residents) == (22, 90)
    assert not any(c.part == "denominator" for c in s.cells)


def test_a_share_among_the_known_has_the_known_as_its_size() -> None:
    leaves = {("danish", "men", "18-24"): (40, 0), ("descendant_western", "women", "18-24"): (12, 0)}
    frame = cells_of("I10_s", 2012, leaves, ("total", "18+"), groups=("danish", "minority")).with_columns(
        denominator=pl.lit(52, pl.Int64)
    )
    s = system(frame.filter((pl.col("sex") == "total") & (pl.col("age_group") == "18+")), of="I10_s")
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
