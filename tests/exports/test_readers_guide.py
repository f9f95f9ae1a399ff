"""The readers' guide as printed: every SQL and Python example runs on a release and gives rows."""

import contextlib
import io
import re
from pathlib import Path

import duckdb
import pytest

from handleplan_pipeline.settings import PROJECT_ROOT
from tests.exports.made import ID

GUIDE = (PROJECT_ROOT / "docs" / "readers_guide.md").read_text(encoding="utf-8")


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.M | re.S)


@pytest.fixture
def lake(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder from which the paths of the guide lead to the release."""
    releases = tmp_path / "data_lake" / "releases"
    releases.mkdir(parents=True)
    (releases / ID).symlink_to(exported)
    (releases / "latest").symlink_to(ID)
    (releases / "latest.json").symlink_to("latest/manifest.json")
    monkeypatch.chdir(tmp_path)
    return releases


@pytest.mark.parametrize("example", examples("sql"))
def test_sql(lake: Path, example: str) -> None:
    with duckdb.connect(str(lake / "latest" / "handleplan.duckdb"), read_only=True) as con:
        assert con.execute(example).fetchall()


@pytest.mark.parametrize("example", examples("python"))
def test_python(lake: Path, example: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "docs/readers_guide.md", "exec"), {})
    assert len(printed.getvalue()) > 20


def test_there_is_an_example_for_every_tool() -> None:
    assert (len(examples("sql")), len(examples("python"))) == (4, 4)
    for tool in (
        "R",
        "Excel",
        "Power BI",
        "Metabase and Grafana",
        "In the browser: duckdb-wasm",
        "Seeing a new release",
    ):
        assert f"\n## {tool}\n" in GUIDE
