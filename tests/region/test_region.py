"""Three municipalities over one national lake: each counts what it counts alone, and one that fails stops no other."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from dagster import PythonObjectDagsterType

from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.graph.municipalities import municipality_jobs
from handleplan_pipeline.graph.resources import LakeIOManager
from handleplan_pipeline.lake.tables import Lake, LakeTable, checked
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings
from schemas.registry import all_contracts
from tests.lib.lakes import handleplan, succeeded
from tests.lib.processes import MADE
from tests.lib.region import CITIES, Files, copied, region

__all__ = ["copied", "region"]
WHERE_IT_COMES_FROM = {"delivery_id", "row_number"}


def tables(lake: Path, layer: str) -> dict[str, bytes]:
    return {
        p.relative_to(lake).as_posix(): p.read_bytes() for p in sorted((lake / "tables" / layer).rglob("*.parquet"))
    }


def broken(lakes: Path, code: str) -> None:
    """Make a lake whose run is refused: others may read its secret."""
    (lakes / code).mkdir(parents=True, exist_ok=True)
    (lakes / code / ".secret").write_bytes(os.urandom(32))
    (lakes / code / ".secret").chmod(0o644)


@pytest.mark.slow
def test_each_municipality_counts_what_it_counts_alone(region: Path) -> None:
    for code in CITIES:
        alone = tables(region / "alone" / code / "lake", "cell")
        assert tables(region / "municipalities" / code, "cell") == alone
        assert len(alone) > 10
        frames = [f for f in map(pl.read_parquet, alone.values()) if {"geography", "numerator"} <= set(f.columns)]
        counted = pl.concat(f.select("geography", "numerator") for f in frames)
        assert counted.filter(pl.col("geography") == code)["numerator"].sum() > 1000


@pytest.mark.slow
def test_its_release_prints_what_it_prints_alone(copied: Path) -> None:
    """Plan, judgement and audit of a municipality of a region, from the same counts by another way."""
    code = CITIES[-1]
    settings = {"HANDLEPLAN_NATIONAL_LAKE": str(copied / "national")}
    asked = ("--municipalities", code, "--landings", str(copied / "in"))
    succeeded("region", "run", *asked, **settings)
    lakes = {"region": copied / "municipalities" / code, "alone": copied / "alone" / code / "lake"}
    succeeded("run", "--lake", str(lakes["alone"]), HANDLEPLAN_MUNICIPALITY=code)
    printed = {name: tables(lake, "protected") for name, lake in lakes.items()}
    assert any("protected/cell" in name for name in printed["alone"])
    assert printed["region"] == printed["alone"]
    figures = {
        name: pl.read_parquet(lake / "releases" / "latest" / "parquet" / "output" / "observation.parquet").drop(
            "release_id"
        )
        for name, lake in lakes.items()
    }
    assert figures["region"].equals(figures["alone"])
    assert figures["alone"].filter(pl.col("value").is_not_null()).height > 100


@pytest.mark.slow
def test_so_are_its_registers_but_for_which_file_a_row_comes_from(region: Path) -> None:
    for code in CITIES:
        for name, data in tables(region / "alone" / code / "lake", "register").items():
            if not name.endswith("row_account.parquet"):
                alone, here = (
                    pl.read_parquet(x) for x in (data, (region / "municipalities" / code / name).read_bytes())
                )
                columns = [c for c in alone.columns if c not in WHERE_IT_COMES_FROM]
                assert alone.select(columns).sort(columns).equals(here.select(columns).sort(columns)), (code, name)


@pytest.mark.slow
def test_people_move_between_them(region: Path) -> None:
    """Hundreds live in two of the three in different years, and some are in two municipalities' tables in one year."""
    population = {p: f for (s, p), f in Files.read(region / "in" / "nation").frames.items() if s == "dst_bef"}
    lived = pl.concat(population.values()).filter(pl.col("KOM").is_in(CITIES))
    assert (lived.group_by("PNR").agg(pl.col("KOM").n_unique())["KOM"] > 1).sum() > 100
    first, second = (
        set(pl.read_parquet(region / "municipalities" / c / "tables/source/dst_bef/2010.parquet")["person"])
        for c in CITIES[:2]
    )
    assert len(first & second) > 5


@pytest.mark.slow
def test_one_that_fails_stops_no_other_and_is_told_in_the_last_line(copied: Path) -> None:
    lakes = copied / "municipalities"
    before = tables(lakes / "147", "cell")
    (lakes / "147" / ".secret").chmod(0o644)
    for code in ("101", "185"):
        for made in (lakes / code / "tables" / "cell").glob("*.parquet"):
            made.unlink()
    done = handleplan(
        *("region", "run", "--job", "count", "--municipalities", ",".join(CITIES), "--landings", str(copied / "in")),
        *("--at-once", "2"),
        HANDLEPLAN_NATIONAL_LAKE=str(copied / "national"),
    )
    assert done.returncode == 7
    last = done.stdout.splitlines()[-1]
    assert last.startswith("count: 2 of 3 municipalities done. FAILED: 147 (exit code 2): ")
    assert ".secret" in last
    assert tables(lakes / "147", "cell") == before
    for code in ("101", "185"):
        assert tables(lakes / code, "cell") == tables(copied / "alone" / code / "lake", "cell")


def filled(root: Path) -> Path:
    """A national lake that looks filled; what is asked here ends before anything is read from it."""
    (root / "national" / "raw").mkdir(parents=True)
    (root / "national" / "raw" / "data_kind").write_text("synthetic")
    return root / "national"


def test_every_municipality_is_run_and_told_of_when_all_fail(tmp_path: Path) -> None:
    national = filled(tmp_path)
    for code in CITIES:
        broken(tmp_path / "municipalities", code)
    done = handleplan("region", "run", "--municipalities", ",".join(CITIES), HANDLEPLAN_NATIONAL_LAKE=str(national))
    assert done.returncode == 7
    lines = done.stdout.splitlines()
    assert [x.partition(":")[0] for x in lines[:-1]] == list(CITIES)
    assert lines[-1].startswith("refresh: 0 of 3 municipalities done. FAILED: 101 (exit code 2)")
    assert all((tmp_path / "municipalities" / f"{c}.log").read_text() for c in CITIES)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--municipalities", "101"), "HANDLEPLAN_NATIONAL_LAKE is not set"),
        (("run", "--municipalities", "11,101"), "--municipalities 11: a code"),
        (("run",), "--municipalities: name codes"),
        (("run", "--municipalities", "101", "--job", "national"), "no such job for a municipality"),
        (("ingest",), "HANDLEPLAN_NATIONAL_LAKE is not set"),
    ],
)
def test_a_wrong_question_is_refused_in_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    done = handleplan("region", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("job", "settings", "said"),
    [
        ("count", {"HANDLEPLAN_NATIONAL_LAKE": "here"}, "takes in the whole country's registers and nothing else"),
        ("national", {}, "takes in the whole country's registers and nothing else"),
        ("count", {"HANDLEPLAN_NATIONAL_LAKE": "above"}, "HANDLEPLAN_MUNICIPALITY: must say whose"),
    ],
)
def test_a_job_is_for_its_own_kind_of_lake(job: str, settings: dict[str, str], said: str, tmp_path: Path) -> None:
    places = {k: str(tmp_path / v) for k, v in settings.items()}
    done = handleplan("run", "--job", job, "--lake", str(tmp_path / "here"), **places)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HANDLEPLAN_NATIONAL_LAKE", str(filled(tmp_path)))
    monkeypatch.setenv("HANDLEPLAN_MUNICIPALITIES", "101, 147,101")
    get_settings.cache_clear()
    yield tmp_path / "municipalities"
    get_settings.cache_clear()


def test_in_dagster_each_municipality_is_a_partition_of_its_own(named: Path) -> None:
    (job,) = municipality_jobs()
    assert job.partitions_def is not None
    assert job.partitions_def.get_partition_keys() == ["101", "147"]
    broken(named, "147")
    resources = {"no_table": dg.mem_io_manager}
    bound = dg.Definitions(jobs=[job], resources=resources).resolve_job_def("municipalities")
    done = bound.execute_in_process(partition_key="147", raise_on_error=False)
    assert not done.success
    (failed,) = [e for e in done.all_events if e.is_step_failure]
    assert "147: exit code 2: " in str(failed.step_failure_data.error)


@pytest.mark.slow
def test_a_run_whose_steps_are_processes_makes_the_same_tables(region: Path, tmp_path: Path) -> None:
    """Sources, registers and a goal's cells with two processes at a time: the lake is held by the run they share."""
    alone = region / "alone" / "147"
    settings = {
        "HANDLEPLAN_LAKE": str(tmp_path / "lake"),
        "HANDLEPLAN_LANDING": str(alone / "in"),
        "HANDLEPLAN_MUNICIPALITY": "147",
        "HANDLEPLAN_EXECUTOR": "processes",
        "HANDLEPLAN_LOCK_WAIT_SECONDS": "0",
        "DAGSTER_HOME": str(tmp_path),
    }
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    done = subprocess.run(
        [sys.executable, "-m", "tests.lib.processes"],
        env={k: v for k, v in os.environ.items() if not k.startswith("HANDLEPLAN_")} | settings,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["success"]
    assert len(set(told["processes"])) == len(told["processes"]) == len(MADE), "every step has a process of its own"
    made = {n: b for layer in ("source", "register") for n, b in tables(tmp_path / "lake", layer).items()}
    expected = tables(alone / "lake", "source") | tables(alone / "lake", "register")
    assert {n.split("/")[2].removesuffix(".parquet") for n in made} == {m.split("/")[1] for m in MADE}
    assert {n: b == expected[n] for n, b in made.items()} == dict.fromkeys(made, True)


def test_the_national_lake_stores_sources_and_no_register(tmp_path: Path) -> None:
    manager = LakeIOManager(root=str(tmp_path), national=True)
    for layer, name, stored in (("source", "dst_kraf", True), ("register", "decision", False)):
        contract = all_contracts()[layer, name]
        context = dg.build_output_context(asset_key=dg.AssetKey([layer, name]))
        with nullcontext() if stored else pytest.raises(ContractError, match="counts nothing"):
            manager.handle_output(context, checked(contract, contract.empty()))
        assert Lake(tmp_path).exists(contract) == stored


def test_no_register_of_persons_by_year_is_handed_on_as_a_frame(tmp_path: Path) -> None:
    contract = all_contracts()["source", "dst_bef"]
    Lake(tmp_path).write(checked(contract, contract.empty(), ["2010"]))
    manager = LakeIOManager(root=str(tmp_path))
    context = dg.build_input_context(
        asset_key=dg.AssetKey(["source", "dst_bef"]), dagster_type=PythonObjectDagsterType(pl.DataFrame)
    )
    with pytest.raises(ContractError, match="LakeTable"):
        manager.load_input(context)
    context = dg.build_input_context(
        asset_key=dg.AssetKey(["source", "dst_bef"]), dagster_type=PythonObjectDagsterType(LakeTable)
    )
    assert isinstance(manager.load_input(context), LakeTable)
