"""A real Spark on this machine, where there is one."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from handleplan_pipeline.lake import spark
from handleplan_pipeline.lake.spark import SparkEngine
from handleplan_pipeline.settings import get_settings
from tests.lib.recorded import WORKERS

# a JVM of seconds: the compiler that pays after minutes is left out
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
MISSING = [n for n, there in {"pyspark": find_spec("pyspark"), "java": shutil.which("java")}.items() if not there]


@pytest.fixture(scope="session")
def need_spark() -> None:
    if MISSING:
        pytest.skip(
            f"nothing is counted on Spark: no {' and no '.join(MISSING)} here (requirements/spark.lock, Java 17)"
        )


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose name Hadoop would take for a pattern and for a column."""
    path = tmp_path_factory.mktemp("spark") / "year=2010 {a}[b] ø"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def engine(need_spark: None, lake: Path) -> Iterator[SparkEngine]:
    """The engine, with what it spills in `lake`."""
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(lake))
    monkeypatch.setenv("HANDLEPLAN_MEMORY_LIMIT", "1GB")
    get_settings.cache_clear()
    yield SparkEngine(WORKERS)
    spark.stop()
    monkeypatch.undo()
    get_settings.cache_clear()
