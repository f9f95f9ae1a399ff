"""DuckDB and Spark give the same rows: every query of a whole run, and every table of a count on Spark alone."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake.spark import SparkEngine
from handleplan_pipeline.settings import PROJECT_ROOT
from tests.lib.recorded import WORKERS, Recorded, places, record, recorded, recorded_run
from tests.lib.region import CITIES, region

__all__ = ["region"]

NOBODY = r"^nobody \d+$"
"""Who has no number is a person of their own; which of them is the first is nobody's business."""
CUT = "handleplan_pipeline/sources/deliveries/national.py:cut"
"""What is asked of a national lake alone."""
COUNTED = ("source", "register", "cell")

pytestmark = pytest.mark.slow


def rows(frame: pl.DataFrame) -> pl.DataFrame:
    """What was answered: rows in an order of their own, columns by name, whole numbers and days of whatever width."""
    columns = sorted(frame.columns)
    plain = frame.select(columns).with_columns(
        cs.integer().cast(pl.Int64),
        cs.decimal().cast(pl.Int64),
        cs.float().round_sig_figs(12),
        cs.by_dtype(pl.Null).cast(pl.Int64),
        cs.categorical().cast(pl.String),
        cs.datetime().cast(pl.Date),
    )
    if "person" in columns:
        plain = plain.with_columns(pl.col("person").str.replace(NOBODY, "nobody"))
    # a sum of whole numbers is as wide as an engine likes, and a fraction without a part where a file has no such width
    whole = [c for c in plain.select(cs.float()).columns if (plain[c] == plain[c].floor()).all()]
    plain = plain.with_columns(pl.col(whole).cast(pl.Int64))
    # a column of nothing but nulls has a type in one engine and none in the other
    empty = [c for c in columns if plain[c].null_count() == plain.height]
    return plain.with_columns(pl.lit(None).alias(c) for c in empty).sort(columns, nulls_last=True)


def differs(one: pl.DataFrame, other: pl.DataFrame) -> str | None:
    a, b = rows(one), rows(other)
    if a.columns != b.columns:
        return f"columns {a.columns} and {b.columns}"
    if a.height != b.height:
        return f"{a.height} and {b.height} rows"
    wrong = [c for c in a.columns if not a[c].cast(pl.String).equals(b[c].cast(pl.String), null_equal=True)]
    if one["person"].n_unique() != other["person"].n_unique() if "person" in one.columns else False:
        wrong.append("number of persons")
    return f"{', '.join(wrong)}: not the same" if wrong else None


def test_a_difference_is_seen() -> None:
    one = pl.DataFrame({"x": [1, 2], "person": ["a", "nobody 1"]})
    assert differs(one, one.reverse().with_columns(pl.col("x").cast(pl.Int8))) is None
    assert differs(one, one.with_columns(person=pl.Series(["a", "nobody 2"]))) is None
    assert differs(one, one.with_columns(x=pl.Series([1, 3]))) == "x: not the same"
    assert differs(one, one.with_columns(x=pl.Series([1, None]))) == "x: not the same"
    assert differs(one, one.with_columns(x=pl.Series([1.0, 2.0]))) is None
    assert differs(one, one.with_columns(x=pl.Series([1.0, 2.5]))) == "x: not the same"
    assert differs(one, one.head(1)) == "2 and 1 rows"
    assert differs(one, one.rename({"x": "y"})) is not None
    assert differs(pl.DataFrame({"x": [0.1]}), pl.DataFrame({"x": [0.1000001]})) == "x: not the same"


def distinct(queries: list[Recorded]) -> list[Recorded]:
    """One query of each text, the one with most rows: years of one register differ in their rows alone."""
    largest: dict[tuple[str, str], Recorded] = {}
    for q in sorted(queries, key=lambda q: -q.answer.stat().st_size):
        largest.setdefault((q.where, q.sql), q)
    return list(largest.values())


@pytest.mark.parametrize(("city", "job"), [("hard and dirty", ()), ("summed", ("--job", "count"))])
def test_every_query_of_a_run_gives_the_same_rows(
    city: str, job: tuple[str, ...], engine: SparkEngine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    *_, folder = recorded_run(tmp_path_factory, city, *job)
    queries = list(recorded(folder))
    if not job:
        # none is left out: every function of the product that asks an engine has asked in this run
        assert {q.where for q in queries} == places() - {CUT}
    asked = distinct(queries)
    assert len(asked) >= (100 if not job else 70), len(asked)
    assert unlike(asked, engine) == {}


def unlike(asked: list[Recorded], engine: SparkEngine) -> dict[str, str]:
    """By name of a query, in what the engine's rows are others."""
    found = {q.name: differs(pl.read_parquet(q.answer), engine.query(q.sql, q.inputs, q.params, q.name)) for q in asked}
    return {name: said for name, said in found.items() if said}


def test_what_is_cut_out_of_a_national_lake_is_the_same(engine: SparkEngine, region: Path, tmp_path: Path) -> None:
    said = {"HANDLEPLAN_NATIONAL_LAKE": str(region / "national"), "HANDLEPLAN_MUNICIPALITY": CITIES[1]}
    landing = ("--landing", str(region / "in" / CITIES[1]))
    record(tmp_path / "queries", "run", "--job", "count", *landing, "--lake", str(tmp_path / "lake"), **said)
    cuts = distinct([q for q in recorded(tmp_path / "queries") if q.where == CUT])
    # a query for each source that can be national, and rows in most of them
    assert len(cuts) >= 10
    assert sum(pl.read_parquet(q.answer).height > 0 for q in cuts) >= 8
    assert unlike(cuts, engine) == {}


def test_the_graph_counts_on_spark_from_files_to_cells(
    need_spark: None, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    landing, by_duckdb, _ = recorded_run(tmp_path_factory, "hard and dirty")
    lake, here = tmp_path / "lake", tmp_path / "here"
    lake.mkdir()
    here.mkdir()
    # pseudonyms are the lake's own
    for secret in by_duckdb.glob(".secret*"):
        shutil.copy(secret, lake)
    said = {
        "HANDLEPLAN_ENGINE": "spark",
        "HANDLEPLAN_SPARK": WORKERS,
        "PYTHONPATH": str(PROJECT_ROOT),
        "COLUMNS": "200",
    }
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"} | said
    program = "from handleplan_pipeline.cli import main; main()"
    command = [sys.executable, "-c", program, "run", "--job", "count", "--landing", str(landing), "--lake", str(lake)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=here)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    made = {layer: sorted((lake / "tables" / layer).rglob("*.parquet")) for layer in COUNTED}
    of_duckdb = {layer: sorted((by_duckdb / "tables" / layer).rglob("*.parquet")) for layer in COUNTED}
    for layer in ("source", "register"):
        assert [p.relative_to(lake) for p in made[layer]] == [p.relative_to(by_duckdb) for p in of_duckdb[layer]]
    assert {g.slug for g in load_catalogue().goals} <= {p.stem for p in made["cell"]}
    wrong = {}
    for path in (p for layer in COUNTED for p in made[layer]):
        name = path.relative_to(lake).as_posix()
        one, other = pl.read_parquet(by_duckdb / name), pl.read_parquet(path)
        if not one.equals(other):
            wrong[name] = differs(one, other) or "order"
    assert wrong == {}
    assert list((lake / ".spill").iterdir()) == []
    assert list(here.iterdir()) == []
    assert not re.search(r"[0-9a-f]{32}", done.stdout + done.stderr)
