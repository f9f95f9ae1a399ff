"""The whole graph on the pinned data, twice: the same tables, a release that verifies, readers that keep reading."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release.publish import latest, verify_in_fresh_process
from handleplan_pipeline.release.verify import verify
from handleplan_pipeline.settings import get_settings

HANDLEPLAN = Path(sys.executable).with_name("handleplan")


def handleplan(*arguments: str, lake: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"}
    environment |= {"HANDLEPLAN_LAKE": str(lake), "COLUMNS": "160", **extra}
    return subprocess.run([str(HANDLEPLAN), *arguments], capture_output=True, text=True, env=environment)


def hashes(lake: Path) -> dict[str, str]:
    tables = lake / "tables"
    return {str(p.relative_to(tables)): hashlib.sha256(p.read_bytes()).hexdigest() for p in tables.rglob("*.parquet")}


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict[str, str], duckdb.DuckDBPyConnection]:
    """A lake after two runs: its path, what the first run printed, its hashes then, and a reader opened in between."""
    root = tmp_path_factory.mktemp("whole") / "lake"
    first = handleplan("run", lake=root)
    assert first.returncode == 0, first.stdout + first.stderr
    before = hashes(root)
    reader = duckdb.connect(str(root / "releases" / "latest" / "handleplan.duckdb"), read_only=True)
    second = handleplan("run", lake=root)
    assert second.returncode == 0, second.stdout + second.stderr
    return root, first.stdout, before, reader


TwoRuns = tuple[Path, str, dict[str, str], duckdb.DuckDBPyConnection]


def test_two_runs_give_identical_tables(two_runs: TwoRuns) -> None:
    root, _, before, _ = two_runs
    assert before == hashes(root)
    assert len(before) > 60


def test_two_releases_hold_the_same_figures_and_the_old_one_stays(two_runs: TwoRuns) -> None:
    releases = existing(Lake(two_runs[0]))
    assert [r.name[-5:] for r in releases] == ["r0001", "r0002"]
    assert latest(Lake(two_runs[0])) == releases[1]
    for r in releases:
        # the reader holds a release open in this process, with settings of its own
        verify_in_fresh_process(r, r.name)
    one, two = (pl.read_parquet(r / "parquet/output/observation.parquet").drop("release_id") for r in releases)
    assert one.equals(two)
    assert pl.read_parquet(releases[1] / "parquet/meta/revision.parquet").height == 0
    history = pl.read_parquet(releases[1] / "parquet/history/goal_status.parquet")
    assert history.height == 55
    assert set(history.select("first_release_id", "last_release_id").rows()) == {tuple(r.name for r in releases)}


def test_a_reader_of_the_old_release_goes_on_reading(two_runs: TwoRuns) -> None:
    reader = two_runs[3]
    assert reader.execute("select release_id from meta.release").fetchone()[0].endswith("r0001")  # type: ignore[index]
    with duckdb.connect(str(two_runs[0] / "releases/latest/handleplan.duckdb"), read_only=True) as fresh:
        assert fresh.execute("select release_id from meta.release").fetchone()[0].endswith("r0002")  # type: ignore[index]


def test_the_published_golden_ratios(two_runs: TwoRuns) -> None:
    rows = two_runs[3].execute(
        "select population_group, value from goal.goal_02_youth_crime "
        "where year = 2010 and measure = 'ratio' and sex = 'total' order by 1"
    )
    assert [(g, round(v, 3)) for g, v in rows.fetchall()] == [("minority", 1.513), ("non_western", 1.967)]


def test_every_table_of_every_layer_is_in_the_warehouse_and_only_public_ones_in_the_release(two_runs: TwoRuns) -> None:
    root = two_runs[0]
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as con:
        schemas = {
            s for (s,) in con.execute("select distinct schema_name from duckdb_views() where not internal").fetchall()
        }
        assert schemas == {"source", "register", "cell", "protected", "goal", "overall", "baseline", "output", "meta"}
        assert con.execute("select count(*) from cell.goal_02_youth_crime").fetchone() == (108,)
    public = {s for (s,) in two_runs[3].execute("select distinct schema_name from duckdb_tables()").fetchall()}
    assert public == {"source", "goal", "overall", "baseline", "output", "meta", "history"}


def test_no_cell_without_a_figure_looks_like_zero(two_runs: TwoRuns) -> None:
    count = (
        "select count(*) from output.observation where value is null and (missing_reason = 'none' or obs_status = 'A')"
    )
    assert two_runs[3].execute(count).fetchone() == (0,)
    zero = two_runs[3].execute("select distinct missing_reason from output.observation where value = 0").fetchall()
    assert zero == [("none",)]


def test_the_command_line_shows_status_goal_sources_and_sql(two_runs: TwoRuns) -> None:
    root, printed, _, _ = two_runs
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
        done = handleplan(*command, lake=root)
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
    assert handleplan("sql", "drop table meta.release", lake=root).returncode == 1


def test_a_file_of_a_release_changed_afterwards_is_named(two_runs: TwoRuns, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(existing(Lake(two_runs[0]))[0], copy)
    target = copy / "manifest.json"
    target.chmod(0o644)
    target.write_text("{}")
    assert verify(copy) == ["manifest.json: changed"]
    (copy / "parquet").chmod(0o755)
    (copy / "parquet" / "new.parquet").write_bytes(b"")
    assert verify(copy) == ["parquet/new.parquet: not listed", "manifest.json: changed"]


def test_without_a_release_the_commands_say_what_to_do(tmp_path: Path) -> None:
    done = handleplan("status", lake=tmp_path)
    assert done.returncode == 5
    assert "handleplan run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_changed_pinned_file_stops_the_run_and_leaves_no_release(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    shutil.copytree(get_settings().reference, reference)
    pinned = reference / "statbank" / "strafna9_2008_2024.csv"
    pinned.write_bytes(pinned.read_bytes().replace(b"37368", b"37369") + b"\r\n")
    done = handleplan("run", lake=tmp_path / "lake", HANDLEPLAN_REFERENCE=str(reference))
    assert done.returncode == 7
    assert "strafna9_2008_2024.csv: the file was changed" in done.stdout
    assert latest(Lake(tmp_path / "lake")) is None
