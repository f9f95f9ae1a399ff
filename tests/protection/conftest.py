"""A lake with a release of a small synthetic city, in which much is small."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from tests.lib.lakes import Tamper, released_city


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs the release of a whole city is slow: making it takes minutes, and each change is audited anew."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and "lake" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all workers: read it, or copy it."""
    return released_city(tmp_path_factory)


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
