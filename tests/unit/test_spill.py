"""What does not fit in memory lies in a folder of the lake that only this user can open, encrypted, and goes away."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake import engine, spill
from handleplan_pipeline.lake.engine import DuckDbEngine, SqlError, connect
from handleplan_pipeline.lake.tables import Lake, LakeTable
from handleplan_pipeline.settings import get_settings

PSEUDONYM = "feedfacefeedfacefeedfacefeedface"
PROJECT = Path(__file__).resolve().parents[2]
MUCH = "create temp table much as select md5(i::varchar) || '" + PSEUDONYM + "' as person from range(1500000) t(i)"


def test_a_query_that_needs_more_spills_under_the_lake_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, lake = tmp_path / "here", tmp_path / "lake"
    here.mkdir()
    lake.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("TMPDIR", str(here))
    with connect(lake=lake, memory_limit="60MB", threads=1) as con:
        con.execute(MUCH)
        (folder,) = (lake / ".spill").iterdir()
        files = [f for f in folder.iterdir() if f.is_file()]
        assert sum(f.stat().st_size for f in files) > 1_000_000
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (lake / ".spill").stat().st_mode & 0o777 == 0o700
        assert not any(PSEUDONYM.encode() in f.read_bytes() for f in files)
        assert con.execute("select count(*) from much").fetchone() == (1_500_000,)
    assert list((lake / ".spill").iterdir()) == []
    assert list(here.iterdir()) == []


def test_the_same_spill_without_encryption_shows_the_pseudonym(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: it is the setting that hides the text."""
    monkeypatch.setitem(engine.SETTINGS, "temp_file_encryption", "false")
    with connect(lake=tmp_path, memory_limit="60MB", threads=1) as con:
        con.execute(MUCH)
        (folder,) = (tmp_path / ".spill").iterdir()
        assert any(PSEUDONYM.encode() in f.read_bytes() for f in folder.iterdir())


def test_the_engine_spills_where_its_inputs_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    real = spill.folder
    monkeypatch.setattr(spill, "folder", lambda lake: seen.append(lake) or real(lake))
    file = tmp_path / "t.parquet"
    pl.DataFrame({"x": [1]}).write_parquet(file)
    DuckDbEngine().query("select * from t", {"t": LakeTable("source", "t", (file,), tmp_path / "lake")})
    assert seen == [tmp_path / "lake"]
    DuckDbEngine().query("select * from t", {"t": pl.DataFrame({"x": [1]})})
    assert len(seen) == 1


def test_where_nobody_says_otherwise_a_query_that_can_spill_has_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "ENOUGH", "60MB")
    with connect(lake=tmp_path, threads=1) as con:
        con.execute(MUCH)
        (folder,) = (tmp_path / ".spill").iterdir()
        assert sum(f.stat().st_size for f in folder.iterdir()) > 1_000_000
    # one that cannot spill would end, so it has what DuckDB gives it
    with connect(threads=1) as con:
        con.execute(MUCH)
    monkeypatch.setenv("HANDLEPLAN_MEMORY_LIMIT", "500MB")
    get_settings.cache_clear()
    with connect(lake=tmp_path) as con:
        assert con.execute("select current_setting('memory_limit')").fetchone() == ("476.8 MiB",)
    get_settings.cache_clear()


def test_without_a_lake_a_query_that_needs_more_fails_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(duckdb.OutOfMemoryException), connect(memory_limit="40MB", threads=1) as con:
        con.execute(MUCH)
    assert list(tmp_path.iterdir()) == []


def test_a_kill_leaves_a_folder_that_the_next_holder_of_the_lock_removes(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from handleplan_pipeline.lake.engine import connect\n"
        f"with connect(lake=Path({str(tmp_path)!r}), memory_limit='60MB', threads=1) as con:\n"
        f"    con.execute({MUCH!r}); print('spilt', flush=True); time.sleep(600)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(PROJECT)}
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"spilt\n"
    (left,) = (tmp_path / ".spill").iterdir()
    # as long as the process lives, nobody takes its folder away
    with Lake(tmp_path).lock(0):
        assert left.is_dir()
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert any(left.iterdir())
    with Lake(tmp_path).lock(0):
        assert list((tmp_path / ".spill").iterdir()) == []
    child.stdout.close()


def test_the_holder_of_the_lock_removes_half_written_tables_too(tmp_path: Path) -> None:
    half = tmp_path / "tables" / "register" / "person" / ".2010.parquet.77.abcd.tmp"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    whole = half.with_name("2010.parquet")
    whole.write_bytes(b"whole")
    with Lake(tmp_path).lock(0):
        assert not half.exists()
        assert whole.exists()


def test_sweeping_never_takes_a_folder_that_is_being_made(tmp_path: Path) -> None:
    stop, wrong = threading.Event(), []

    def sweep() -> None:
        while not stop.is_set():
            spill.sweep(tmp_path)

    def use() -> None:
        for _ in range(100):
            with spill.folder(tmp_path) as path:
                assert path is not None
                time.sleep(0.0005)
                if not path.is_dir():
                    wrong.append(path)

    sweeper, users = threading.Thread(target=sweep), [threading.Thread(target=use) for _ in range(3)]
    for t in (sweeper, *users):
        t.start()
    for t in users:
        t.join()
    stop.set()
    sweeper.join()
    assert wrong == []


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / ".spill").symlink_to(tmp_path / "outside")
    with pytest.raises(ConfigurationError, match="link"), connect(lake=lake):
        pass
    assert spill.sweep(lake) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_text('/etc/hostname')",
        "copy (select 1) to 'out.csv'",
        "set temp_directory='/tmp'",
        "set enable_external_access=true",
        "install httpfs",
        "load httpfs",
        "attach 'other.duckdb'",
        "set memory_limit='1TB'",
        "create persistent secret s (type s3)",
    ],
)
def test_a_connection_reaches_nothing_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with connect() as con, pytest.raises(duckdb.Error):
        con.execute(statement)
    assert list(tmp_path.iterdir()) == []


def test_a_memory_limit_of_the_installation_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    from handleplan_pipeline.settings import get_settings

    monkeypatch.setenv("HANDLEPLAN_MEMORY_LIMIT", "123MiB")
    get_settings.cache_clear()
    with connect() as con:
        assert con.execute("select current_setting('memory_limit')").fetchone() == ("123.0 MiB",)
    monkeypatch.setenv("HANDLEPLAN_MEMORY_LIMIT", "much")
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="MEMORY_LIMIT"):
        get_settings()
    get_settings.cache_clear()


def test_there_is_one_door_to_the_database() -> None:
    """Every other `duckdb.connect` would spill into the working directory."""
    found = {
        p.relative_to(PROJECT).as_posix()
        for folder in ("handleplan_pipeline", "assets", "schemas")
        for p in (PROJECT / folder).rglob("*.py")
        if "duckdb.connect(" in p.read_text(encoding="utf-8")
    }
    assert found == {"handleplan_pipeline/lake/engine.py"}


def test_a_query_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pl.DataFrame({"x": ["a"]}).write_parquet(file)
    with pytest.raises(SqlError):
        DuckDbEngine().query("select x::integer from t", {"t": LakeTable("source", "t", (file,), tmp_path)})
    assert list((tmp_path / ".spill").iterdir()) == []
