"""The effect of a change of definitions, told from the cells of two lakes."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.definition_effect import main
from schemas.goals.shape import CELL_COLUMNS

Cell = tuple[str, int, str, int | None, int | None]
"""Indicator, year, group, numerator, denominator: the indicator's own sex and age, which are all."""


def lake(root: Path, cells: list[Cell], version: str, data_kind: str = "synthetic") -> Path:
    types = {c.name: c.dtype for c in CELL_COLUMNS}
    known = {"geography": "101", "ancestry": "total", "sex": "total", "measure": "share"}
    rows = [
        dict.fromkeys(types)
        | known
        | {"indicator_id": i, "year": y, "population_group": g, "numerator": n, "denominator": d}
        | {"age_group": "total", "definition_version": version, "data_kind": data_kind}
        for i, y, g, n, d in cells
    ]
    (root / "tables" / "cell").mkdir(parents=True)
    pl.DataFrame(rows, schema=types).write_parquet(root / "tables" / "cell" / "goal_03_stable_housing.parquet")
    return root


BEFORE: list[Cell] = [
    ("I03", 2010, "all", 10, 20),
    ("I03", 2010, "minority", 4, 8),
    ("I03", 2011, "all", 7, 14),
    ("I03", 2012, "all", 1, 2),
]
AFTER: list[Cell] = [
    ("I03", 2010, "all", 9, 19),
    ("I03", 2010, "minority", 4, 8),
    ("I03", 2011, "all", 7, 14),
    ("I03", 2013, "all", 3, 6),
]


def rows_of(text: str) -> list[str]:
    return text.splitlines()[2:]


def test_the_whole_is_summed_over_the_years_both_lakes_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = lake(tmp_path / "a", BEFORE, "1"), lake(tmp_path / "b", AFTER, "2")
    main(["--before", str(a), "--after", str(b)])
    # 10 + 7 -> 9 + 7 of 20 + 14 -> 19 + 14; of three shared cells that of everybody in 2010 differs
    assert rows_of(capsys.readouterr().out) == ["| I03 | 1 -> 2 | 17 -> 16 | 34 -> 33 | 3 | 1 | 1 | 1 |"]
    main(["--before", str(a), "--after", str(b), "--by-year", "--years", "2011-2011"])
    assert rows_of(capsys.readouterr().out) == ["| I03 | 2011 | 1 -> 2 | 7 | 14 | 1 | 0 | 0 | 0 |"]


def test_equal_lakes_have_no_changed_indicator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = lake(tmp_path / "a", BEFORE, "1"), lake(tmp_path / "b", BEFORE, "1")
    main(["--before", str(a), "--after", str(b), "--changed"])
    assert rows_of(capsys.readouterr().out) == []


def test_counts_of_delivered_data_are_never_printed(tmp_path: Path) -> None:
    real = lake(tmp_path / "a", BEFORE, "1", "delivered")
    with pytest.raises(ValueError, match="4 cells are of delivered data"):
        main(["--before", str(real), "--after", str(real)])
