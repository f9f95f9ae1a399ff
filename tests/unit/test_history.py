"""History: a row is carried on while it is said the same, and starts anew when it is said otherwise."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from handleplan_pipeline.release.history import extend
from schemas import columns as c
from schemas.contract import ROW_ID, TableContract
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


WITH_IDS = replace(
    TABLE,
    columns=(c.YEAR, c.VALUE.null(), c.DATA_KIND.null(), ROW_ID, FIRST, LAST),
)


def test_a_column_that_a_release_did_not_have_yet_begins_no_new_line(tmp_path: Path) -> None:
    """r1 had neither ids nor kinds: 2010 goes on with what it holds now, 2011 ended and is filled in."""
    one = release(tmp_path, "r1", said((2010, 1.0), (2011, 2.0)), None)
    now = pl.DataFrame({"year": [2010, 2011], "value": [1.0, 2.5], "data_kind": "official", "row_id": ["aa", "bb"]})
    found = extend(WITH_IDS, now.cast({"year": pl.Int32}), "r2", one)
    # printf 2011 | sha256sum
    assert found.rows() == [
        (2010, 1.0, "official", "aa", "r1", "r2"),
        (2011, 2.0, None, "72d1b5da6e", "r1", "r1"),
        (2011, 2.5, "official", "bb", "r2", "r2"),
    ]
