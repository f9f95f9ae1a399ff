"""Two releases say the same or not, table by table; what is of the making is not looked at."""

from pathlib import Path

import polars as pl

from handleplan_pipeline.keeping.compare import unlike


def release(folder: Path, **tables: pl.DataFrame) -> Path:
    for name, frame in tables.items():
        file = folder / "parquet" / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(file.with_suffix(".parquet"))
    return folder


def test_rows_are_counted_on_both_sides_and_the_making_is_not_compared(tmp_path: Path) -> None:
    rows = pl.DataFrame({"year": [2010, 2011], "value": [1.0, None], "release_id": ["r1", "r1"]})
    other = pl.DataFrame({"year": [2011, 2010], "value": [None, 2.0], "release_id": ["r2", "r2"]})
    before = release(tmp_path / "r1", goal__a=rows, meta__release=rows, history__a=rows, output__delivery_calendar=rows)
    same = release(tmp_path / "r2", goal__a=rows.reverse().with_columns(release_id=pl.lit("r2")), meta__release=other)
    assert unlike(before, same) == []
    changed = release(tmp_path / "r3", goal__a=other, output__b=rows)
    assert unlike(before, changed) == [
        "goal.a: 1 rows in the old release only, 1 in the new one only",
        "output.b: only in the new release",
    ]
    fewer = release(tmp_path / "r4", goal__a=rows.drop("value"))
    assert unlike(before, fewer) == ["goal.a: other columns or types"]
