"""The engine on a real Spark: what it reads, writes, says, keeps, and leaves behind."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import psutil
import pytest

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.lake import spark
from handleplan_pipeline.lake.engine import DuckDbEngine, SqlError
from handleplan_pipeline.lake.spark import SparkEngine
from handleplan_pipeline.lake.tables import Lake, LakeTable, to_parquet
from handleplan_pipeline.settings import PROJECT_ROOT
from tests.lib.nginx import free_port

pytestmark = pytest.mark.slow

PEOPLE = pl.DataFrame(
    {
        "person": ["a", "b", "c", None],
        "day": [date(2012, 2, 29), date(2011, 12, 31), None, date(2010, 1, 31)],
        "number": pl.Series([1, 2, None, 4], dtype=pl.UInt32),
        "kind": pl.Series(["x", "y", "x", None], dtype=pl.Categorical),
        "level": pl.Series(["low", "high", None, "low"], dtype=pl.Enum(["low", "high"])),
        "flag": [True, None, False, True],
        "share": [0.1, 2.5, None, float(1 << 40)],
        "nothing": pl.Series([None] * 4, dtype=pl.Null),
    }
)


def both(engine: SparkEngine, sql: str, **params: object) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Rows of the two engines, in the query's order."""
    inputs = {"t": PEOPLE}
    return engine.query(sql, inputs, params).rows(), DuckDbEngine().query(sql, inputs, params).rows()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from t order by number",
        "select year(day) as y, count(*) as n, sum(number) as s, avg(share) as a from t group by all order by y",
        # nulls come last in both, and the shortest month ends on its last day
        "select cast(day + to_months(1) as date) as d from t order by d",
        "select cast(day - to_years(1) as date) as d, day + 1 as e from t order by day",
        "select quantile_cont(share, 0.9) as q, median(share) as m from t",
        "select percentile_cont(0.25) within group (order by share) as q from t",
        "select person, flag is not distinct from true as f, flag or number > 1 as g from t order by person",
        "select number // 2 as d, number / 2 as f, number % 2 as r from t order by number",
        "select * replace (number + 1 as number) from t order by day",
        "select kind from (select distinct kind from t qualify row_number() over (partition by kind order by day) = 1)"
        " order by kind",
        "select min_by(person, struct_pack(a := -number, b := day)) as p, max_by(person, day) as m from t",
        "select kind, max_by(level, day) as m, min_by(flag, number) as f from t group by all order by kind",
        "with recursive r(n) as (select 1 union select n % 4 + 1 from r where n < 4) select n from r order by n",
        "select unnest(generate_series(1, 3, 1)) as i order by i",
    ],
)
def test_the_same_rows(engine: SparkEngine, sql: str) -> None:
    found, expected = both(engine, sql)
    columns = [tuple(str(v) for v in row) for row in found]
    if "replace" in sql:
        # the replaced column is the last one; whoever reads a table asks for columns by name
        assert sorted(columns[0]) == sorted(str(v) for v in expected[0])
    else:
        assert found == expected


def test_values_of_every_kind_are_the_same(engine: SparkEngine) -> None:
    sql = "select person, list_contains($names, person) and len($names) = 2 as among, number > $least as more, \
        day > $day::date as later, $text as said from t order by person"
    found, expected = both(
        engine, sql, names=["a", "b"], least=1, day="2011-12-30", text="it's $least :least", unused=9
    )
    assert found == expected


def table(lake: Path, name: str, *frames: pl.DataFrame) -> LakeTable:
    files = []
    for i, f in enumerate(frames):
        files.append(lake / f"{name} {{{i}}}[x]*?.parquet")
        files[-1].write_bytes(to_parquet(f))
    return LakeTable("register", name, tuple(files), lake)


STORED = PEOPLE.drop("nothing").with_columns(pl.col("kind", "level").cast(pl.String))


def test_files_are_read_by_their_own_name(engine: SparkEngine, lake: Path) -> None:
    """`year=2010` in the path is no column, and braces, brackets and stars are no pattern."""
    stored = table(lake, "stored", STORED.head(1), STORED.tail(1))
    table(lake, "storedx", STORED)
    found = engine.query("select * from stored order by number", {"stored": stored})
    assert found.columns == STORED.columns
    assert found["number"].to_list() == [1, 4]


def test_what_is_written_is_what_would_be_answered(engine: SparkEngine, lake: Path) -> None:
    stored = table(lake, "written", STORED)
    sql = "select person, number * $times as many, day, null as key_id from w where number is not null"
    folder = lake / "out {1}"
    folder.mkdir()
    files = engine.write(sql, {"w": stored}, folder, {"times": 3}, "register.written")
    assert all(f.parent.parent == folder for f in files)
    written = pl.concat([pl.read_parquet(f, glob=False) for f in files]).sort("many")
    expected = DuckDbEngine().query(sql, {"w": stored}, {"times": 3}).sort("many")
    assert written.rows() == expected.rows()


def test_an_answer_without_rows_is_written_with_its_columns(engine: SparkEngine, lake: Path) -> None:
    folder = lake / "empty"
    folder.mkdir()
    files = engine.write("select person, day from t where false", {"t": PEOPLE}, folder)
    assert files
    assert pl.concat([pl.read_parquet(f, glob=False) for f in files]).schema == {"person": pl.String, "day": pl.Date}


def test_no_value_of_a_row_is_in_a_message(
    engine: SparkEngine, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    rows = pl.DataFrame({"x": ["hemmelig"]})
    with pytest.raises(SqlError, match="probe: the query failed in Spark") as caught:
        engine.query("select cast(x as integer) from t", {"t": rows}, name="probe")
    printed = capfd.readouterr()
    assert "hemmelig" not in str(caught.value) + printed.out + printed.err + caplog.text
    assert caught.value.__suppress_context__


def test_what_is_wrong_with_the_query_is_said(engine: SparkEngine) -> None:
    with pytest.raises(SqlError, match=r"probe: AnalysisException: .*nowhere"):
        engine.query("select nowhere from t", {"t": PEOPLE}, name="probe")
    with pytest.raises(SqlError, match="probe: the query names a table hidden"):
        engine.query("select * from hidden", {"t": PEOPLE}, name="probe")


def test_a_damaged_file_is_named(engine: SparkEngine, lake: Path) -> None:
    stored = table(lake, "damaged", STORED)
    stored.files[0].write_bytes(stored.files[0].read_bytes()[:200])
    with pytest.raises(SourceError, match="damaged"):
        engine.query("select count(*) from d", {"d": stored}, name="probe")


def test_recursion_that_never_ends_is_an_error(engine: SparkEngine) -> None:
    """DuckDB ends it, because UNION drops what it has seen; Spark cannot, and must not give some of the rows."""
    with pytest.raises(SqlError):
        engine.query("with recursive r(n) as (select 1 union select 3 - n from r) select * from r", {})


def test_views_of_a_query_are_gone_after_it(engine: SparkEngine) -> None:
    engine.query("with a as (select * from t) select a.person from a join a as b using (person)", {"t": PEOPLE})
    with pytest.raises(SqlError):
        engine.query("select * from missing", {"t": PEOPLE, "u": PEOPLE})
    assert spark.session("local[2]").catalog.listTables() == []


def of_java() -> Iterator[psutil.Process]:
    yield from (p for p in psutil.Process().children(recursive=True) if p.name() == "java")


def test_nothing_listens_outside_this_machine(engine: SparkEngine) -> None:
    engine.query("select 1 as x", {})
    listening = [c.laddr.ip for p in of_java() for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert listening
    assert {re.sub(r"^::ffff:", "", ip) for ip in listening} <= {"127.0.0.1", "::1"}


def test_what_memory_cannot_hold_is_encrypted_in_a_folder_of_the_lake(engine: SparkEngine, lake: Path) -> None:
    engine.query("select 1 as x", {})
    settings = spark.session("local[2]").sparkContext.getConf()
    (folder,) = (lake.resolve() / ".spill").iterdir()
    assert settings.get("spark.local.dir") == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert settings.get("spark.io.encryption.enabled") == "true"
    pseudonym = "0123456789abcdef" * 2
    rows = pl.DataFrame({"person": [pseudonym] * 50_000, "x": range(50_000)})
    made = "select person, x % 1000 as k, count(*) as n from t group by all"
    sql = f"with a as ({made}) select count(*) from a join a as b using (k)"
    engine.query(sql, {"t": rows})
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert files
    assert not [p for p in files if pseudonym.encode() in p.read_bytes()]
    # whoever holds the lake removes what is left of others, not this
    with Lake(lake).lock(0):
        assert folder.is_dir()


def run(program: str, here: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(PROJECT_ROOT), "HANDLEPLAN_LAKE": str(here / "lake")} | environment
    return subprocess.run([sys.executable, "-c", program], env=env, cwd=here, capture_output=True, text=True)


ENGINE = "from handleplan_pipeline.lake.engine import get_engine"
ASK = "print(get_engine().query('select 41 + 1 as x', {})['x'][0])"


def test_a_process_that_ends_leaves_nothing(need_spark: None, tmp_path: Path) -> None:
    done = run(f"{ENGINE}; {ASK}", tmp_path, HANDLEPLAN_ENGINE="spark", HANDLEPLAN_SPARK="local[1]")
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["lake"]
    assert [p.name for p in (tmp_path / "lake").rglob("*")] == [".spill"]


@pytest.fixture(scope="module")
def connect_server(need_spark: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Connect server of this machine, and its address."""
    import pyspark

    home, port = tmp_path_factory.mktemp("connect"), free_port()
    bindings = {
        "spark.connect.grpc.binding.port": str(port),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
    }
    submit = str(Path(pyspark.__file__).parent / "bin" / "spark-submit")
    named = [part for k, v in bindings.items() for part in ("--conf", f"{k}={v}")]
    server = ["org.apache.spark.sql.connect.service.SparkConnectServer", "--master", "local[1]"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [submit, "--class", *server, *named, "spark-internal"], stdout=log, stderr=log, cwd=home
        )
        yield f"sc://127.0.0.1:{port}"
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            # seen: a server that hears and stays
            process.kill()
            process.wait()


def test_a_connect_server_counts_too(connect_server: str, tmp_path: Path) -> None:
    """Frames, files, parts that are kept, and values, through the other protocol."""
    file = tmp_path / "t.parquet"
    file.write_bytes(to_parquet(pl.DataFrame({"x": [1, 2, 3]})))
    program = (
        "import polars as pl; from pathlib import Path\n"
        "from handleplan_pipeline.lake.engine import get_engine\n"
        "from handleplan_pipeline.lake.tables import LakeTable\n"
        f"inputs = {{'t': LakeTable('source', 't', (Path({str(file)!r}),)), 'f': pl.DataFrame({{'x': [2, 3]}})}}\n"
        "sql = 'with a as (select x from t join f using (x)) select sum(a.x) + $n as s from a join a as b using (x)'\n"
        "print(get_engine().query(sql, inputs, {'n': 1})['s'][0])\n"
        f"files = get_engine().write('select x from t where x > $n', inputs, Path({str(tmp_path)!r}), {{'n': 1}})\n"
        "print(sorted(pl.read_parquet(files)['x']))\n"
    )
    for _ in range(60):
        done = run(program, tmp_path, HANDLEPLAN_ENGINE="spark", HANDLEPLAN_SPARK=connect_server)
        # the server takes its time to open
        if "no Spark at that address" not in done.stderr:
            break
    assert done.stdout == "6\n[2, 3]\n", done.stderr[-3000:]
