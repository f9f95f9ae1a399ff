"""`handleplan trace`: a figure's address leads to its row, definition, judgement, deliveries and checks."""

from pathlib import Path

import polars as pl
import pytest

from tests.lib.lakes import handleplan, run_without_deliveries, succeeded

NATIONAL = "goal.goal_02_youth_crime"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_without_deliveries(tmp_path_factory)[0]


@pytest.fixture(scope="module")
def figure(lake: Path) -> dict[str, object]:
    """An official figure of the release."""
    rows = pl.read_parquet(lake / "releases/latest/parquet/goal/goal_02_youth_crime.parquet")
    return rows.filter((pl.col("data_kind") == "official") & pl.col("value").is_not_null()).row(0, named=True)


def test_a_figure_is_shown_with_all_that_stands_behind_it(lake: Path, figure: dict[str, object]) -> None:
    said = succeeded("trace", f"{NATIONAL}/{figure['row_id']}/value", HANDLEPLAN_LAKE=str(lake)).stdout
    assert str(figure["value"]) in said
    assert f"{figure['indicator_id']}: " in said
    assert "STRAFNA" in said.upper()
    assert "unique_key" in said
    assert "ci_low" not in said
    assert "SYNTETISK" not in said


def test_without_a_column_the_whole_row_is_shown(lake: Path, figure: dict[str, object]) -> None:
    said = succeeded("trace", f"{NATIONAL}/{figure['row_id']}", HANDLEPLAN_LAKE=str(lake)).stdout
    assert "ci_low" in said
    assert "missing_reason" in said


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("nonsense", "no address"),
        ("goal.goal_02_youth_crime/", "no address"),
        ("goal.no_such_table/0123456789/value", "no such table"),
        ("meta.goal/0123456789/title_da", "no row_id"),
        ("goal.goal_02_youth_crime/0123456789/value", "no row 0123456789"),
    ],
)
def test_what_is_no_figure_is_said_in_a_sentence(lake: Path, ref: str, words: str) -> None:
    done = handleplan("trace", ref, HANDLEPLAN_LAKE=str(lake))
    assert done.returncode == 2
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_column_that_is_not_there_is_named(lake: Path, figure: dict[str, object]) -> None:
    done = handleplan("trace", f"{NATIONAL}/{figure['row_id']}/no_such_column", HANDLEPLAN_LAKE=str(lake))
    assert done.returncode == 2
    assert "no column no_such_column" in done.stdout + done.stderr
