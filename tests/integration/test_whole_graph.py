"""The whole graph on the pinned data: what a release holds, what the commands show, what stops a run."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release.publish import latest
from handleplan_pipeline.release.verify import verify
from handleplan_pipeline.settings import get_settings
from schemas.registry import all_contracts
from tests.lib.lakes import handleplan, run_without_deliveries

LAYERS = {"source", "register", "cell", "protected", "goal", "overall", "baseline", "output", "meta"}
OneRun = tuple[Path, str, duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneRun]:
    """A lake after a run: its path, what the run printed, and a reader of its release."""
    root, printed = run_without_deliveries(tmp_path_factory)
    with duckdb.connect(str(root / "releases" / "latest" / "handleplan.duckdb"), read_only=True) as reader:
        yield root, printed, reader


def test_the_published_golden_ratios(one_run: OneRun) -> None:
    rows = one_run[2].execute(
        "select population_group, value from goal.goal_02_youth_crime "
        "where year = 2010 and measure = 'ratio' and sex = 'total' order by 1"
    )
    assert [(g, round(v, 3)) for g, v in rows.fetchall()] == [("minority", 1.513), ("non_western", 1.967)]


def test_every_table_of_every_layer_is_in_the_warehouse_and_only_public_ones_in_the_release(one_run: OneRun) -> None:
    root = one_run[0]
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as con:
        views = con.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall()
        assert {s for s, _ in views} == LAYERS
        assert set(views) >= {(s, name) for s, name in all_contracts() if s in LAYERS - {"meta"}}
    public = {s for (s,) in one_run[2].execute("select distinct schema_name from duckdb_tables()").fetchall()}
    assert public == {"source", "goal", "overall", "baseline", "output", "meta", "history"}


def test_no_cell_without_a_figure_looks_like_zero(one_run: OneRun) -> None:
    count = (
        "select count(*) from output.observation where value is null and (missing_reason = 'none' or obs_status = 'A')"
    )
    assert one_run[2].execute(count).fetchone() == (0,)
    zero = one_run[2].execute("select distinct missing_reason from output.observation where value = 0").fetchall()
    assert zero == [("none",)]


def test_the_command_line_shows_status_goal_sources_and_sql(one_run: OneRun) -> None:
    root, printed, _ = one_run
    assert printed.count("Kan ikke måles") >= 10
    assert "checks passed" in printed
    assert str(root / "releases") in printed
    for command, words in {
        ("status", "--year", "2012"): "8 områder",
        ("goal", "2"): "1,51",
        ("sources",): "section_110_stays",
        ("sql", "select 40 + 2 as answer"): "42",
        ("doctor",): "all well",
    }.items():
        done = handleplan(*command, HANDLEPLAN_LAKE=str(root))
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
    assert handleplan("sql", "drop table meta.release", HANDLEPLAN_LAKE=str(root)).returncode == 1


def test_a_file_of_a_release_changed_afterwards_is_named(one_run: OneRun, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(existing(Lake(one_run[0]))[0], copy)
    target = copy / "manifest.json"
    target.chmod(0o644)
    target.write_text("{}")
    assert verify(copy) == ["manifest.json: changed"]
    (copy / "parquet").chmod(0o755)
    (copy / "parquet" / "new.parquet").write_bytes(b"")
    assert verify(copy) == ["parquet/new.parquet: not listed", "manifest.json: changed"]


def test_without_a_release_the_commands_say_what_to_do(tmp_path: Path) -> None:
    done = handleplan("status", HANDLEPLAN_LAKE=str(tmp_path))
    assert done.returncode == 5
    assert "handleplan run" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_changed_pinned_file_stops_the_run_and_leaves_no_release(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    shutil.copytree(get_settings().reference, reference)
    pinned = reference / "statbank" / "strafna9_2008_2024.csv"
    pinned.write_bytes(pinned.read_bytes().replace(b"37368", b"37369") + b"\r\n")
    done = handleplan("run", HANDLEPLAN_LAKE=str(tmp_path / "lake"), HANDLEPLAN_REFERENCE=str(reference))
    assert done.returncode == 7
    assert "strafna9_2008_2024.csv: the file was changed" in done.stdout
    assert latest(Lake(tmp_path / "lake")) is None
