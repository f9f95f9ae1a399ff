"""History: a row is carried on while it is said the same, and starts anew when it is said otherwise."""

from pathlib import Path

import polars as pl

from handleplan_pipeline.release.history import extend
from schemas import columns as c
from schemas.contract import TableContract
from schemas.history import FIRST, LAST

TABLE = TableContract(
    "history", "t", "T", "T", "T.", "T.", (c.YEAR, c.VALUE.null(), FIRST, LAST), ("year", "first_release_id")
)


def said(*rows: tuple[int, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"year": pl.Int32, "value": pl.Float64}, orient="row")


def release(root: Path, name: str, now: pl.DataFrame, previous: Path | None) -> Path:
    folder = root / name
    target = folder / "parquet" / "history"
    target.mkdir(parents=True)
    extend(TABLE, now, name, previous).write_parquet(target / "t.parquet")
    return folder


def test_three_releases(tmp_path: Path) -> None:
    one = release(tmp_path, "r1", said((2010, 1.0), (2011, None)), None)
    two = release(tmp_path, "r2", said((2010, 1.5), (2011, None)), one)
    rows = extend(TABLE, said((2010, 1.0), (2011, None), (2012, 3.0)), "r3", two).rows()
    assert rows == [
        (2010, 1.0, "r1", "r1"),
        (2010, 1.5, "r2", "r2"),
        (2010, 1.0, "r3", "r3"),
        (2011, None, "r1", "r3"),
        (2012, 3.0, "r3", "r3"),
    ]
