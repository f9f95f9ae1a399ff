"""Which engine counts is a setting; nobody constructs one, and one that cannot be had says what to do."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake import spark
from handleplan_pipeline.lake.engine import DuckDbEngine, get_engine
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings
from tests.lib.lakes import handleplan
from tests.lib.nginx import free_port

ENGINES = {"DuckDbEngine", "SparkEngine"}
CHOICE = "handleplan_pipeline/lake/engine.py"


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def constructed(tree: ast.AST) -> list[str]:
    """The engines that a module constructs, or takes the class of."""
    calls = (n.func for n in ast.walk(tree) if isinstance(n, ast.Call))
    names = [f.id if isinstance(f, ast.Name) else f.attr for f in calls if isinstance(f, (ast.Name, ast.Attribute))]
    imported = [a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names]
    return sorted(ENGINES & {*names, *imported})


def test_nobody_constructs_an_engine() -> None:
    found = {
        p.relative_to(PROJECT_ROOT).as_posix(): engines
        for folder in ("handleplan_pipeline", "assets", "schemas", "scripts")
        for p in sorted((PROJECT_ROOT / folder).rglob("*.py"))
        if (engines := constructed(ast.parse(p.read_text(encoding="utf-8"))))
    }
    assert found == {CHOICE: ["DuckDbEngine", "SparkEngine"]}


def test_the_search_finds_one_that_is_constructed() -> None:
    assert constructed(ast.parse("import x\nx.DuckDbEngine().query('select 1', {})")) == ["DuckDbEngine"]
    assert constructed(ast.parse("from a import SparkEngine as S")) == ["SparkEngine"]


def test_duckdb_counts_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HANDLEPLAN_ENGINE", raising=False)
    assert isinstance(get_engine(), DuckDbEngine)


def test_spark_counts_where_the_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLEPLAN_ENGINE", "spark")
    assert isinstance(get_engine(), spark.SparkEngine)


def test_another_engine_is_refused_with_the_ones_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLEPLAN_ENGINE", "postgres")
    with pytest.raises(ConfigurationError, match=r"HANDLEPLAN_ENGINE: Input should be 'duckdb' or 'spark'"):
        get_settings()


@pytest.mark.parametrize("address", ["", "local[0]", "local[two]", "http://spark:7077", "sc://", "spark:// x"])
def test_what_is_no_address_is_refused_and_not_repeated(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLEPLAN_SPARK", address)
    with pytest.raises(ConfigurationError, match=r"HANDLEPLAN_SPARK: .*local\[2\], spark://HOST:7077") as caught:
        get_settings()
    assert not address or f"{address}." not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["local", "local[2]", "local[*]", "yarn", "spark://h:7077", "k8s://https://h", "sc://h:15002/;token=secret"],
)
def test_a_master_or_a_connect_server_is_an_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLEPLAN_SPARK", address)
    assert get_settings().spark.get_secret_value() == address
    assert "secret" not in repr(get_settings())


ONE = {"t": pl.DataFrame({"x": [1]})}


@pytest.mark.parametrize("missing", ["pyspark", "sqlglot"])
def test_without_a_library_it_is_said_how_to_install_it(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigurationError, match=rf"{missing} is not installed.*handleplan-pipeline\[spark\].*unset"):
        spark.SparkEngine("local[2]").query("select x from t", ONE)


def test_without_what_connect_needs_the_process_does_not_just_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark's own check calls `sys.exit(0)`: a run would be over, and well."""
    for module in ("sqlglot", "pyspark", "grpc"):
        monkeypatch.setitem(sys.modules, module, sys)
    monkeypatch.setitem(sys.modules, "grpc_status", None)
    with pytest.raises(ConfigurationError, match=r"grpc_status is not installed.*requirements/spark\.lock"):
        spark.SparkEngine("sc://localhost:15002").query("select x from t", ONE)


@pytest.mark.parametrize("home", [None, "nowhere"])
def test_without_java_it_is_said_what_to_install(
    home: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home:
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / home))
    with pytest.raises(ConfigurationError, match=r"Install Java 17 or later .*or give the address of a Connect server"):
        spark.require_java()


@pytest.mark.parametrize(
    ("engine", "said"),
    [("spark", "HANDLEPLAN_ENGINE=spark: .*Install"), ("sparc", "HANDLEPLAN_ENGINE: .*'duckdb' or 'spark'")],
)
def test_a_run_that_could_not_count_is_not_begun(engine: str, said: str, tmp_path: Path) -> None:
    """No Java and, where nobody has installed it, no pyspark; or a name that is no engine's."""
    done = handleplan(
        "run", "--lake", str(tmp_path / "lake"), HANDLEPLAN_ENGINE=engine, PATH=str(tmp_path), JAVA_HOME=""
    )
    assert done.returncode == 2
    assert re.search(said, done.stderr, re.S), done.stderr
    assert not (tmp_path / "lake" / "tables").exists()


def test_a_server_that_does_not_listen_is_said_at_once_and_without_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sqlglot", "pyspark", *spark.CONNECT):
        monkeypatch.setitem(sys.modules, module, sys)
    address = f"sc://127.0.0.1:{free_port()}/;token=secret"
    with pytest.raises(ConfigurationError, match="HANDLEPLAN_SPARK: no Spark at that address") as caught:
        spark.require_usable(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["a,b", 'a"b', "a'b"])
def test_a_lake_whose_path_spark_would_cut_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(tmp_path / name))
    with pytest.raises(ConfigurationError, match="Move the lake"):
        spark.of_a_driver("local[2]")
    assert list((tmp_path / name / ".spill").iterdir()) == []


@pytest.mark.parametrize(
    ("limit", "heap"),
    [("4GB", "4096m"), ("1.5 GiB", "1536m"), ("900MB", "900m"), ("10KB", "512m"), ("1TB", "1048576m")],
)
def test_the_memory_of_a_query_is_that_of_a_local_spark(
    limit: str, heap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(tmp_path))
    monkeypatch.setenv("HANDLEPLAN_MEMORY_LIMIT", limit)
    try:
        found = spark.of_a_driver("local[3]")
    finally:
        spark.let_go()
    assert found["spark.driver.memory"] == heap
    assert found["spark.sql.shuffle.partitions"] == "6"
    assert list((tmp_path / ".spill").iterdir()) == []


def test_a_cluster_keeps_its_own_memory_and_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(tmp_path))
    try:
        found = spark.of_a_driver("spark://host:7077")
    finally:
        spark.let_go()
    assert {"spark.driver.memory", "spark.driver.bindAddress", "spark.sql.shuffle.partitions"} & set(found) == set()
    assert found["spark.io.encryption.enabled"] == "true"
