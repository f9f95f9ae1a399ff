"""Certificates of the joint plan as cities: delivered, counted by the pipeline, and held against what is printed.

One certificate of every block is drawn, and the low and the high populations of all of them are one city each: whoever
stands in a block stands in no other in that base year. What a certificate leaves open is then seen, whatever facts
anybody forgot. Beside it somebody of every kind that any certificate of that year uses is made, so that what is left of
the others is arithmetic. `TWIN_CITIES=2009,3,all` takes another base year and draw; `TWIN_CITIES=2009,3` leaves the
kinds of the others out.

Rates: the number of residents is public and not compared. Sums of amounts are no counts and are not compared either.
"""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.groups import WITH_COUNTRY
from handleplan_pipeline.protection.counted import blocks_of, linked_blocks, tables_of
from handleplan_pipeline.protection.earlier import Earlier
from handleplan_pipeline.protection.plan import Planned, Planner
from handleplan_pipeline.protection.system import BlockSystem, RowKey, Slice
from handleplan_pipeline.synthetic.cover import Files
from handleplan_pipeline.synthetic.recipes import Recipes, idle
from tests.lib.covering import cover, cover_all
from tests.lib.lakes import counted, once, shared_root
from tests.lib.twins import Proof, build, cells_in, own_kinds, printed_names, proof, standing, stood, tried
from tests.protection.made import Leaves, cells_of

CITY = ("--scale", "0.05", "--years", "2006-2015", "--seed", "4")
ASKED = os.environ.get("TWIN_CITIES", "2012,1,all").split(",")
BASE_YEAR, DRAW, ALL = int(ASKED[0]), int(ASKED[1]), ASKED[2:] == ["all"]
CATALOGUE = load_catalogue()
RESULTS = "results.json"


def block_ids() -> list[str]:
    return [b.id for b in linked_blocks(CATALOGUE)]


def hidden_rows(planned: Planned) -> frozenset[RowKey]:
    return frozenset(
        RowKey(r["indicator_id"], r["year"], Slice(r["population_group"], r["sex"], r["age_group"]))
        for r in planned.rows
        if r["hidden"]
    )


def drawn_proofs(lake: Path) -> Iterator[list[Proof]]:
    """The certificates of every block that has one in the base year, the one that was drawn first."""
    tables, own, draw = tables_of(CATALOGUE, cells_in(lake)), own_kinds(lake), random.Random(DRAW)
    planner = Planner(CATALOGUE, tables, Earlier(), "", own)
    for block, year in blocks_of(CATALOGUE, tables):
        if year == BASE_YEAR and (planned := planner.block(block, year)).certificates:
            ordered = sorted(planned.certificates, key=lambda c: str(c["cell"]))
            chosen = draw.choice(ordered)
            drawn = proof(chosen, tables, hidden_rows(planned), own)
            yield [drawn, *(replace(drawn, certificate=c) for c in ordered if c is not chosen)]


def twin_cities(root: Path, covering: Path, deliveries: Path, lake: Path) -> None:
    """Makes both cities in `root` and writes what differs, by block."""
    of_block = list(drawn_proofs(lake))
    proofs = [several[0] for several in of_block]
    files = Files.read(covering / "in")
    found = stood(covering, files)
    printed = printed_names(tables_of(CATALOGUE, cells_in(lake)), BASE_YEAR)
    recipes = Recipes(files, standing(found, printed))
    beside = idle(files, set(found.filter(base=BASE_YEAR)["number"]), BASE_YEAR)
    wanted = {
        several[0].block.id: dict.fromkeys(
            w for p in (several if ALL else several[:1]) for x in ("low", "high") for w, _, _ in p.population(x)
        )
        for several in of_block
    }
    known = tried(recipes, files, [w for kinds in wanted.values() for w in kinds], printed, beside, root / "tried")
    results = {b: [f"nobody is {w.pattern}" for w in kinds if w not in known] for b, kinds in wanted.items()}
    residents = Files.read(deliveries)
    for which in ("low", "high"):
        twin = tables_of(CATALOGUE, cells_in(build(proofs, which, known, files, residents, beside, root / which)))
        for p in proofs:
            results[p.block.id] += p.differences(which, twin)
    (root / RESULTS).write_text(json.dumps(results), encoding="utf-8")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    root = shared_root(tmp_path_factory)
    deliveries, lake = counted(tmp_path_factory, *CITY)
    covering = once(root, "a covering city", cover)
    if ALL:
        parts = covering
        covering = once(root, "a covering city with other ages", lambda r: cover_all(r, parts))
    what = f"twin cities of {BASE_YEAR}, draw {DRAW}{', all kinds' if ALL else ''}"
    made = once(root, what, lambda r: twin_cities(r, covering, deliveries, lake))
    found = json.loads((made / RESULTS).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("block", block_ids())
def test_both_cities_of_a_certificate_print_the_same(block: str, results: dict[str, list[str]]) -> None:
    if block not in results:
        pytest.skip("nothing is hidden there in this year")
    assert not results[block]


@pytest.mark.slow
def test_most_blocks_have_a_certificate_that_is_tried(results: dict[str, list[str]]) -> None:
    assert len(results) >= 10


WOMEN: Leaves = {("danish", "women", "25-39"): (12, 0), ("immigrant_non_western", "women", "40-64"): (9, 0)}
"""Women who came to the special team, each of them once."""
CERTIFIED = "I08_women|2012|danish|women|total|numerator"


def log(women: Leaves, contacts: Leaves) -> pl.DataFrame:
    """What the special team's log gives: who came, and how often."""
    shape: dict[str, Any] = {"whole": ("women", "total"), "measure": "count", "splits": ("age",)}
    return pl.concat([cells_of("I08_women", 2012, women, **shape), cells_of("I08_contacts", 2012, contacts, **shape)])


def certified(cells: pl.DataFrame, low: int, high: int, *hidden: tuple[str, str]) -> Proof:
    """A certificate of Danish women, with these groups' rows hidden as a whole. No city is made of it."""
    tables = tables_of(CATALOGUE, cells)
    block = next(
        b for b, y in blocks_of(CATALOGUE, tables) if y == 2012 and any(s.indicator in tables for s in b.series)
    )
    system = BlockSystem(block, tables, 2012, WITH_COUNTRY)
    rows = frozenset(RowKey(i, 2012, Slice(g, "women", "total")) for i, g in hidden)
    return Proof({"cell": CERTIFIED, "low": low, "high": high}, system, tables, complete=True, hidden=rows)


def test_a_twin_that_counts_the_same_proves_its_certificate() -> None:
    cells = log(WOMEN, WOMEN)
    assert certified(cells, 12, 12).differences("low", tables_of(CATALOGUE, cells)) == []
    assert certified(cells, 12, 12).differences("high", tables_of(CATALOGUE, cells)) == []


def test_a_contact_without_a_woman_is_named_by_its_rows() -> None:
    """Who is counted in the log and is no woman cannot be made, so the twin has a contact less than the print."""
    more = WOMEN | {("immigrant_non_western", "women", "40-64"): (10, 0)}
    found = certified(log(WOMEN, more), 12, 12).differences("low", tables_of(CATALOGUE, log(WOMEN, WOMEN)))
    assert "low: I08_contacts|2012|minority|women|total|numerator: 9 and not 10" in found
    assert "low: I08_contacts|2012|all|women|total|numerator: 21 and not 22" in found
    assert not any("I08_women" in line or "danish" in line for line in found)


def test_a_hidden_row_may_be_anything_and_the_certified_count_must_be_there() -> None:
    fewer = WOMEN | {("danish", "women", "25-39"): (11, 0)}
    print_, twin = log(WOMEN, WOMEN), tables_of(CATALOGUE, log(fewer, WOMEN))
    shown = certified(print_, 11, 12).differences("low", twin)
    assert any(line.startswith("low: I08_women|2012|danish|women|total|numerator: 11 and not 12") for line in shown)
    groups = [("I08_women", g) for g in ("danish", "all")]
    left = certified(print_, 11, 12, *groups).differences("low", twin)
    assert not any("|women|total|" in line for line in left)
    assert any(
        line == f"high: {CERTIFIED}: 11 proves no 12"
        for line in certified(print_, 11, 12, *groups).differences("high", twin)
    )


def test_a_row_that_only_the_twin_has_is_named() -> None:
    """Who is of no printed age stands in a row that the print does not have."""
    beside = WOMEN | {("danish", "women", "18-24"): (1, 0)}
    found = certified(log(WOMEN, WOMEN), 12, 12).differences("low", tables_of(CATALOGUE, log(beside, WOMEN)))
    assert any("I08_women|2012|danish|women|18-24" in line and "no such row" in line for line in found)
