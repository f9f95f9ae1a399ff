"""The whole graph twice: the same tables, a second release that verifies, readers that keep reading the first."""

import hashlib
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release.publish import latest, verify_in_fresh_process
from tests.lib.lakes import run_without_deliveries, succeeded

pytestmark = pytest.mark.slow
TwoRuns = tuple[Path, dict[str, str], duckdb.DuckDBPyConnection]


def hashes(lake: Path) -> dict[str, str]:
    tables = lake / "tables"
    return {str(p.relative_to(tables)): hashlib.sha256(p.read_bytes()).hexdigest() for p in tables.rglob("*.parquet")}


def just_after(release: Path) -> str:
    """A second after a release was made."""
    built = datetime.fromisoformat(pl.read_parquet(release / "parquet/meta/release.parquet")["built_at"][0])
    return (built + timedelta(seconds=1)).isoformat()


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> TwoRuns:
    """A lake after two runs: its path, its hashes after the first, and a reader opened in between."""
    root = tmp_path_factory.mktemp("whole") / "lake"
    shutil.copytree(run_without_deliveries(tmp_path_factory)[0], root, symlinks=True)
    before = hashes(root)
    reader = duckdb.connect(str(root / "releases" / "latest" / "handleplan.duckdb"), read_only=True)
    # on one day: the calendar of deliveries tells what is late by then, and tests run over midnight too
    succeeded("run", at=just_after(root / "releases" / "latest"), HANDLEPLAN_LAKE=str(root))
    return root, before, reader


def test_two_runs_give_identical_tables(two_runs: TwoRuns) -> None:
    root, before, _ = two_runs
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
    reader = two_runs[2]
    assert reader.execute("select release_id from meta.release").fetchone()[0].endswith("r0001")  # type: ignore[index]
    with duckdb.connect(str(two_runs[0] / "releases/latest/handleplan.duckdb"), read_only=True) as fresh:
        assert fresh.execute("select release_id from meta.release").fetchone()[0].endswith("r0002")  # type: ignore[index]
