"""The lake keeps the last good table whatever happens, and gives the same bytes for the same table."""

import os
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.errors import ContractError, LockedError, SourceError
from handleplan_pipeline.lake import engine
from handleplan_pipeline.lake.engine import DuckDbEngine, SqlError
from handleplan_pipeline.lake.tables import CheckedTable, Lake, checked, checked_parts
from schemas import columns as c
from schemas.contract import TableContract

TABLE = TableContract("source", "t", "T", "T", "T.", "T.", (c.YEAR, c.SEX), ("year", "sex"))
BY_YEAR = TableContract("source", "p", "P", "P", "P.", "P.", (c.YEAR, c.SEX), ("year", "sex"), partition_column="year")


def frame(*rows: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TABLE.polars_schema, orient="row")


def test_rows_in_another_order_give_the_same_version() -> None:
    a, b = frame((2010, "men"), (2011, "men")), frame((2011, "men"), (2010, "men"))
    assert checked(TABLE, a).data_version == checked(TABLE, b).data_version
    assert checked(TABLE, a).data_version != checked(TABLE, a.head(1)).data_version


def test_a_table_that_breaks_its_contract_is_not_written(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(checked(TABLE, frame((2010, "men"))))
    with pytest.raises(ContractError):
        lake.write(checked(TABLE, frame((2010, "martian"))))
    assert lake.read(TABLE).rows() == [(2010, "men")]


def test_a_crash_in_the_middle_of_a_write_leaves_the_old_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    lake.write(checked(TABLE, frame((2010, "men"))))
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        lake.write(checked(TABLE, frame((2011, "men"))))
    assert lake.read(TABLE).rows() == [(2010, "men")]
    assert [p.name for p in lake.path(TABLE).parent.iterdir()] == ["t.parquet"]


def test_partitions_are_replaced_one_by_one_and_emptied_when_rows_are_gone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(checked(BY_YEAR, frame((2010, "men"), (2011, "men")), ["2010", "2011"]))
    lake.write(checked(BY_YEAR, frame(), ["2010"]))
    assert lake.read(BY_YEAR).rows() == [(2011, "men")]
    with pytest.raises(ContractError, match="1 rows are outside"):
        checked(BY_YEAR, frame((2012, "men")), ["2010"])


def staged(lake: Lake, *years: int) -> CheckedTable:
    """A table of these years whose parts wait in the lake."""
    keys = [str(y) for y in years]
    return checked_parts(BY_YEAR, keys, lambda key: frame((int(key), "women")), lake.path(BY_YEAR))


def test_parts_that_wait_in_the_lake_are_the_same_table(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    waiting = staged(lake, 2010, 2011)
    assert lake.files(BY_YEAR) == ()
    assert (
        waiting.data_version
        == checked_parts(BY_YEAR, ["2010", "2011"], lambda k: frame((int(k), "women"))).data_version
    )
    lake.write(waiting)
    assert sorted(p.name for p in lake.path(BY_YEAR).iterdir()) == ["2010.parquet", "2011.parquet"]


def test_of_a_table_that_fails_in_its_last_year_nothing_waits(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    def make(key: str) -> pl.DataFrame:
        return frame((int(key), "women" if key == "2010" else "martian"))

    with pytest.raises(ContractError):
        checked_parts(BY_YEAR, ["2010", "2011"], make, lake.path(BY_YEAR))
    assert list(lake.path(BY_YEAR).iterdir()) == []


@pytest.mark.parametrize("moved", [0, 1])
def test_a_crash_between_two_parts_leaves_one_table_and_not_two_halves(
    moved: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    lake.write(checked(BY_YEAR, frame((2010, "men"), (2011, "men")), ["2010", "2011"]))
    real, parts = os.replace, iter(range(9))

    def crash(a: Path, b: Path) -> None:
        # the manifest is the first that is put in place
        if next(parts) > moved:
            raise KeyboardInterrupt
        real(a, b)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            lake.write(staged(lake, 2010, 2011, 2012))
    new = [(2010, "women"), (2011, "women"), (2012, "women")]
    assert lake.read(BY_YEAR).rows() == new
    with lake.lock(0):
        pass
    assert lake.read(BY_YEAR).rows() == new
    assert sorted(p.name for p in lake.path(BY_YEAR).iterdir()) == ["2010.parquet", "2011.parquet", "2012.parquet"]


def test_a_crash_before_the_manifest_leaves_the_old_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    lake.write(checked(BY_YEAR, frame((2010, "men")), ["2010"]))
    waiting = staged(lake, 2010, 2011)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            lake.write(waiting)
    assert lake.read(BY_YEAR).rows() == [(2010, "men")]
    assert [p.name for p in lake.path(BY_YEAR).iterdir()] == ["2010.parquet"]


def test_a_table_never_made_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"source\.t: the table has not been materialised"):
        Lake(tmp_path).read(TABLE)


def test_two_runs_at_once_end_with_a_clear_word(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with lake.lock(0), pytest.raises(LockedError, match="Another run"), lake.lock(0.3):
        pass
    with lake.lock(0):
        pass


def test_sql_sees_its_inputs_and_nothing_else(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(checked(TABLE, frame((2010, "men"))))
    hidden = frame((2011, "men"))
    assert hidden.height == 1  # a replacement scan would find this variable
    engine = DuckDbEngine()
    assert engine.query("select year from stored", {"stored": lake.table(TABLE)}).rows() == [(2010,)]
    with pytest.raises(SqlError, match="hidden"):
        engine.query("select * from hidden", {})
    other = tmp_path / "other.parquet"
    hidden.write_parquet(other)
    with pytest.raises(SqlError):
        engine.query(f"select * from read_parquet('{other}')", {})


def test_an_error_in_sql_shows_no_value_of_a_row() -> None:
    rows = pl.DataFrame({"x": ["hemmelig"]})
    with pytest.raises(SqlError) as caught:
        DuckDbEngine().query("select cast(x as integer) from t", {"t": rows}, name="probe")
    assert "hemmelig" not in str(caught.value)
    assert "probe" in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_query_of_frames_sees_no_table_of_the_one_before_it() -> None:
    """Frames are asked in a connection that is kept; what it held is gone, also after a query that failed."""
    ask = DuckDbEngine().query
    one = pl.DataFrame({"x": [1]})
    assert ask("select x from a", {"a": one})["x"].to_list() == [1]
    for query, tables in (("select x from a", {"b": one}), ("select y from b", {"b": one}), ("select x from b", {})):
        with pytest.raises(SqlError):
            ask(query, tables)
    with pytest.raises(SqlError):
        ask("select error('no')", {"c": one})
    assert ask("select view_name from duckdb_views() where not internal", {}).height == 0
    assert ask("select table_name from duckdb_tables()", {}).height == 0


def test_a_query_of_frames_reads_no_file_and_changes_no_setting(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    pl.DataFrame({"x": [1]}).write_parquet(file)
    for query in (f"select * from read_parquet('{file}')", "set threads=1"):
        with pytest.raises(SqlError):
            DuckDbEngine().query(query, {})


def test_a_fork_goes_without_the_connection_that_is_kept() -> None:
    DuckDbEngine().query("select 1 as x", {})
    assert engine._KEPT._con is not None
    child = os.fork()
    if not child:
        os._exit(0 if engine._KEPT._con is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert DuckDbEngine().query("select 3 as x", {})["x"].to_list() == [3]
