"""A lake with a release of a small synthetic city, in which much is small."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

HANDLEPLAN = Path(sys.executable).with_name("handleplan")
Tamper = Callable[[Sequence[str]], Path]


def handleplan(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"} | {"COLUMNS": "200", **extra}
    return subprocess.run([str(HANDLEPLAN), *arguments], capture_output=True, text=True, env=environment)


def released(root: Path, scale: str, seed: str, **extra: str) -> Path:
    """A lake with one release, from generated deliveries of this scale and seed."""
    made = handleplan("synthesize", "--out", str(root / "in"), "--scale", scale, "--years", "2006-2015", "--seed", seed)
    assert made.returncode == 0, made.stdout + made.stderr
    done = handleplan("run", "--landing", str(root / "in"), "--lake", str(root / "lake"), **extra)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "lake"


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return released(tmp_path_factory.mktemp("city"), "0.05", "4")


@pytest.fixture
def tamper(lake: Path, tmp_path: Path) -> Tamper:
    """A copy of the release in which SQL statements were run, its Parquet made anew from them."""

    def change(statements: Sequence[str]) -> Path:
        copy = tmp_path / "release"
        shutil.copytree((lake / "releases" / "latest").resolve(), copy)
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        with duckdb.connect(str(copy / "handleplan.duckdb")) as con:
            for s in statements:
                con.execute(s)
            tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
            for schema, table in tables:
                target = copy / "parquet" / schema / f"{table}.parquet"
                target.parent.mkdir(exist_ok=True)
                con.execute(f'COPY "{schema}"."{table}" TO \'{target}\' (FORMAT parquet)')
        return copy

    return change
