"""Planted truth: what the generator knows is what the pipeline counts, by both routes, and dirt changes nothing."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from schemas.registry import all_contracts

HANDLEPLAN = Path(sys.executable).with_name("handleplan")
KEYS = ["indicator_id", "year", "population_group", "sex", "age_group"]
OFFICIAL = ("I13b", "I13b_dwellings")
"""The plan prints these for two years; a generated figure never takes an official one's place."""
SCALE, YEARS, SEED = "0.015", "2006-2015", "11"


def handleplan(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"} | {"COLUMNS": "200"}
    done = subprocess.run([str(HANDLEPLAN), *arguments], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def cells(lake: Path) -> pl.DataFrame:
    return pl.concat(pl.read_parquet(f) for f in sorted((lake / "tables" / "cell").glob("*.parquet")))


def differences(truth: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Rows in which truth and cells differ; nobody counted may be a zero in one and no row in the other."""
    both = truth.join(counted.select(*KEYS, "numerator", "denominator", "value"), on=KEYS, how="full", suffix="_cell",
                      coalesce=True)  # fmt: skip
    nobody = (pl.col("numerator").fill_null(0) == 0) & (pl.col("numerator_cell").fill_null(0) == 0)
    nobody &= pl.col("value").is_null() & pl.col("value_cell").is_null()
    same = (
        pl.col("numerator").eq_missing(pl.col("numerator_cell"))
        & pl.col("denominator").eq_missing(pl.col("denominator_cell"))
        & ((pl.col("value") - pl.col("value_cell")).abs().fill_null(0) < 1e-9)
        & (pl.col("value").is_null() == pl.col("value_cell").is_null())
    )
    one_sided = pl.col("denominator").is_null() | pl.col("denominator_cell").is_null()
    return both.filter(~(same | (nobody & one_sided)))


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Deliveries with the catalogue of faults, and the lake counted from them."""
    root = tmp_path_factory.mktemp("dirty")
    handleplan("synthesize", "--out", str(root / "in"), "--scale", SCALE, "--years", YEARS, "--seed", SEED, "--dirty")
    handleplan("run", "--job", "count", "--landing", str(root / "in"), "--lake", str(root / "lake"))
    return root / "in", root / "lake"


@pytest.fixture(scope="module")
def truth(dirty: tuple[Path, Path]) -> pl.DataFrame:
    found = pl.read_parquet(dirty[0] / "truth.parquet")
    return found.filter(~pl.col("indicator_id").str.starts_with("B1"))


def test_the_truth_covers_every_counted_indicator(truth: pl.DataFrame) -> None:
    modules = [importlib.import_module(f"assets.goals.{g.slug}") for g in load_catalogue().goals]
    declared = {c.indicator for m in modules for c in getattr(m, "COUNTS", ())}
    declared |= {"I10", "I13a", "I13a_constant", "I13b", "I13b_dwellings"}
    assert declared == set(truth["indicator_id"])
    assert len(declared) > 50


def test_the_person_route_counts_the_planted_truth_although_the_files_are_dirty(
    dirty: tuple[Path, Path], truth: pl.DataFrame
) -> None:
    counted = cells(dirty[1]).filter(pl.col("data_kind") == "synthetic")
    wrong = differences(truth, counted).filter(~pl.col("indicator_id").is_in(OFFICIAL))
    assert wrong.height == 0, wrong.group_by("indicator_id").len().sort("indicator_id").rows()
    assert counted.height > 10_000


def test_every_planted_fault_is_found_named_and_counted_and_no_other(dirty: tuple[Path, Path]) -> None:
    planted = pl.read_parquet(dirty[0] / "faults.parquet")
    account = pl.read_parquet(dirty[1] / "tables/register/row_account.parquet")
    found = account.filter(~pl.col("outcome").is_in(["used", "delivered"]))
    rows = planted.filter(~pl.col("file")).group_by("source", "period", "rule").len()
    assert set(found.select("source", "period", "outcome", "rows").rows()) == set(rows.rows())
    files = planted.filter(pl.col("file"))
    refused = [pl.read_json(f) for f in (dirty[1] / "quarantine").rglob("*.json")]
    assert {(f["manifest"][0]["source"], f["rule"][0]) for f in refused} == set(files.select("source", "rule").rows())


def test_rows_in_are_rows_out_plus_rows_set_aside(dirty: tuple[Path, Path]) -> None:
    account = pl.read_parquet(dirty[1] / "tables/register/row_account.parquet")
    delivered = account.filter(pl.col("outcome") == "delivered").group_by("source").agg(pl.col("rows").sum())
    decided = account.filter(pl.col("outcome") != "delivered").group_by("source").agg(pl.col("rows").sum())
    assert dict(delivered.rows()) == dict(decided.rows()) | {
        s: n for s, n in delivered.rows() if n == 0
    }  # fmt: skip


def test_no_row_and_no_table_holds_a_person_number(dirty: tuple[Path, Path]) -> None:
    for contract in all_contracts().values():
        folder = dirty[1] / "tables" / contract.layer
        for f in [*folder.glob(f"{contract.name}.parquet"), *folder.glob(f"{contract.name}/*.parquet")]:
            texts = pl.read_parquet(f).select(pl.col(pl.String))
            for column in texts.columns:
                assert not texts[column].str.contains(r"^\d{6}-?\d{4}$").any(), (contract.full_name, column)


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory, dirty: tuple[Path, Path]) -> Path:
    """A lake counted from summed data sets only; the supplier hid numerators of 1 to 4."""
    from handleplan_pipeline.synthetic.summed import write_summed

    root = tmp_path_factory.mktemp("summed")
    write_summed(dirty[0] / "truth.parquet", root / "in", blank_below=5)
    handleplan("run", "--job", "count", "--landing", str(root / "in"), "--lake", str(root / "lake"))
    return root / "lake"


def test_the_summed_route_holds_the_same_counts_and_hidden_cells_stay_hidden(summed: Path, truth: pl.DataFrame) -> None:
    counted = cells(summed).filter(pl.col("data_kind") == "synthetic")
    hidden = counted.filter(pl.col("cell_state") == "blanked")
    small = truth.filter(pl.col("numerator").is_between(1, 4) & ~pl.col("indicator_id").is_in(OFFICIAL))
    assert set(hidden.select(KEYS).rows()) == set(small.select(KEYS).rows())
    assert hidden["numerator"].null_count() == hidden["denominator"].null_count() == hidden.height > 500
    shown = counted.filter(pl.col("cell_state") != "blanked")
    wrong = differences(truth.join(small, on=KEYS, how="anti"), shown)
    assert wrong.filter(~pl.col("indicator_id").is_in(OFFICIAL)).height == 0


def test_generated_figures_never_replace_official_ones(dirty: tuple[Path, Path]) -> None:
    departments = cells(dirty[1]).filter(pl.col("indicator_id") == "I13b")
    official = departments.filter(pl.col("data_kind") == "official")
    assert set(official.select("year", "value").rows()) == {(2006, 60.0), (2007, 37.0), (2008, 21.0)} & set(
        official.select("year", "value").rows()
    )
    assert official.height >= 2
    assert not set(official["year"]) & set(departments.filter(pl.col("data_kind") == "synthetic")["year"])
