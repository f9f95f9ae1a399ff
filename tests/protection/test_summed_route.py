"""Registers that come as summed data sets, in which the supplier hid small cells: nothing is recovered there either.

Slow: two whole runs. The deliveries, with their truth, are made once.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from tests.lib.lakes import generated, once, shared_root, succeeded
from tests.protection.attacker import Attacker, Truth, judged

pytestmark = pytest.mark.slow

CITY = ("--scale", "0.05", "--seed", "11", "--years", "2009-2012", "--summed", "--blank-below", "5")
AS_PERSONS = ("dst_bef", "dst_kraf", "housing_areas")
"""Goal 2 comes as persons, everything else in sums."""


def truth_of(deliveries: Path) -> Truth:
    """What the generator knows."""
    measures = {i.id: i.measure for i in load_catalogue().indicators}
    rows = pl.read_parquet(deliveries / "truth.parquet").rows(named=True)
    return {
        tuple(r[c] for c in ("indicator_id", "year", "population_group", "sex", "age_group")): (
            r["numerator"],
            None if measures[r["indicator_id"]] in ("rate", "count") else r["denominator"],
        )
        for r in rows
        if r["indicator_id"] in measures
    }


def summed(deliveries: Path, root: Path) -> None:
    """No file on persons is taken."""
    run = ("run", "--landing", str(deliveries), "--lake", str(root / "lake"))
    succeeded(*run, HANDLEPLAN_PERSON_LEVEL="false")


def mixed(deliveries: Path, root: Path) -> None:
    for source in ("summed_counts", *AS_PERSONS):
        shutil.copytree(deliveries / source, root / "in" / source)
    succeeded("run", "--landing", str(root / "in"), "--lake", str(root / "lake"))


@pytest.mark.parametrize("route", [summed, mixed])
def test_nothing_is_recovered_where_registers_come_in_sums(
    route: Callable[[Path, Path], None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    deliveries = generated(tmp_path_factory, *CITY)
    what = f"release of {' '.join(CITY)}, {route.__name__}"
    lake = once(shared_root(tmp_path_factory), what, lambda root: route(deliveries, root)) / "lake"
    release = (lake / "releases" / "latest").resolve()
    small, found = judged(Attacker.of(release), truth_of(deliveries))
    assert small > 400
    assert found == []
    lineage, deliveries = (pl.read_parquet(release / f"parquet/meta/{t}.parquet") for t in ("lineage", "delivery"))
    summed_figures = lineage.filter(pl.col("source") == "summed_counts")
    assert summed_figures.height > 100
    assert summed_figures.join(deliveries, on="delivery_id", how="anti").height == 0
    printed = pl.read_parquet(release / "parquet/output/observation.parquet").filter(pl.col("numerator") > 0)
    assert printed.filter(pl.col("data_kind") == "synthetic").height > 100
