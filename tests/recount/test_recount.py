"""The recount and the pipeline give the same cells from the same files, and neither has one the other lacks."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recount.cities import Both, of_city
from tests.recount.comparison import LEFT_OUT, SHOWN, Difference, differences, recount, said
from tests.recount.counting import DEFINITIONS, Cell, Key
from tests.recount.files import Deliveries

HERE = Path(__file__).parent
LARGER = ("--scale", "0.05", "--years", "2006-2015", "--seed", "2027", "--hard", "--dirty")
GIVEN_DIRECTLY = {"I02n", "I10", "I13a_areas", "I13b", "I13b_dwellings", "B1_section_110_nights", "B1_homeless_week6"}
FORBIDDEN = ("handleplan_pipeline", "assets", "schemas")


def test_every_cell_is_the_same_in_both(both: Both) -> None:
    deliveries, theirs = both
    found = differences(recount(Deliveries(deliveries.rows, named=deliveries.named)), theirs)
    assert not found, said(found)
    assert {key.indicator for key in theirs} >= set(DEFINITIONS) | GIVEN_DIRECTLY


@pytest.mark.slow
def test_every_cell_of_a_larger_city_is_the_same_in_both(tmp_path_factory: pytest.TempPathFactory) -> None:
    deliveries, theirs = of_city(tmp_path_factory, LARGER, seed=7)
    found = differences(recount(Deliveries(deliveries.rows, named=deliveries.named)), theirs)
    assert not found, said(found)


def test_what_is_left_out_has_a_reason_and_is_nothing_that_is_counted() -> None:
    assert all(LEFT_OUT.values())
    assert not set(LEFT_OUT) & (set(DEFINITIONS) | GIVEN_DIRECTLY)


KEY = Key("I04", 2010, "danish", "total", "total")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({KEY: Cell(1, 3, None, "1")}, {KEY: Cell(1, 4, None, "1")}),
        ({KEY: Cell(1, 3, None, "1")}, {KEY: Cell(2, 3, None, "1")}),
        ({KEY: Cell(0, 3, 12.5, "1")}, {KEY: Cell(0, 3, 12.0, "1")}),
        ({KEY: Cell(0, 3, 12.5, "1")}, {KEY: Cell(0, 3, None, "1")}),
        ({KEY: Cell(1, 3, None, "1")}, {KEY: Cell(1, 3, None, "2")}),
        ({KEY: Cell(1, 3, None, "1")}, {}),
        ({}, {KEY: Cell(1, 3, None, "1")}),
        ({}, {KEY: Cell(0, 0, 0.0, "1")}),
    ],
    ids=["size", "count", "median", "no_median", "version", "only_ours", "only_theirs", "nought_is_a_figure"],
)
def test_a_difference_is_seen(ours: dict[Key, Cell], theirs: dict[Key, Cell]) -> None:
    assert differences(ours, theirs) == [Difference(KEY, ours.get(KEY), theirs.get(KEY))]


def test_nobody_may_be_a_zero_or_no_cell() -> None:
    assert differences({}, {KEY: Cell(0, 0, None, "1")}) == []


def test_a_difference_names_the_cell_and_both_counts_in_few_lines() -> None:
    many = {KEY._replace(year=year): Cell(1, 3, None, "1") for year in range(1990, 2030)}
    lines = said(differences(many, {})).splitlines()
    assert len(lines) == SHOWN
    assert lines[0] == "40 cells differ"
    assert lines[1] == "I04 1990 danish total total: recount 1 of 3 (version 1), pipeline no cell"


def test_nothing_the_pipeline_counts_with_is_imported() -> None:
    for module in sorted(HERE.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
                assert not any(name.split(".")[0] in FORBIDDEN for name in names), f"{module.name}: {names}"


def test_nor_does_it_come_along_unseen() -> None:
    ask = "import sys, tests.recount.comparison; print(sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, cwd=HERE.parents[1], check=True)
    assert not set(ast.literal_eval(done.stdout)) & set(FORBIDDEN)
