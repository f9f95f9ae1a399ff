"""History: a row is carried on while it is said the same, and starts anew when it is said otherwise."""

from pathlib import Path

import polars as pl

from handleplan_pipeline.release.history import extend
from handleplan_pipeline.release.vintages import Shown
from schemas.history import HISTORY
from schemas.outputs.observation import OBSERVATION

TABLE = HISTORY[0]
READ = ("year", "value", "withheld", "first_release_id", "last_release_id")
Line = tuple[int, float | None]


R1, R2, R3 = (f"2027-06-15T06-0{n}Z_r000{n}" for n in (1, 2, 3))


def said(*lines: Line) -> pl.DataFrame:
    """A row of one series for each year; without a value it is hidden."""
    rows = [
        dict.fromkeys(OBSERVATION.column_names)
        | {"indicator_id": "I1", "population_group": "all", "sex": "total", "age_group": "total", "geography": "101"}
        | {"year": year, "value": value, "data_kind": "synthetic", "definition_version": "1"}
        | {"missing_reason": "suppressed" if value is None else "none"}
        for year, value in lines
    ]
    return OBSERVATION.conform(rows)


def told(now: pl.DataFrame, name: str, *earlier: Path) -> pl.DataFrame:
    return extend(TABLE, now, name, earlier, Shown({"output.observation": now}))


def release(root: Path, name: str, now: pl.DataFrame, *earlier: Path) -> Path:
    folder = root / name
    target = folder / "parquet" / "history"
    target.mkdir(parents=True)
    told(now, name, *earlier).write_parquet(target / f"{TABLE.name}.parquet")
    return folder


def test_three_releases(tmp_path: Path) -> None:
    one = release(tmp_path, R1, said((2010, 1.0), (2011, None)))
    two = release(tmp_path, R2, said((2010, 1.5), (2011, None)), one)
    found = told(said((2010, 1.0), (2011, None), (2012, 3.0)), R3, one, two)
    assert found.select(READ).rows() == [
        (2010, 1.0, False, R1, R1),
        (2010, 1.5, False, R2, R2),
        (2010, 1.0, False, R3, R3),
        (2011, None, False, R1, R3),
        (2012, 3.0, False, R3, R3),
    ]


def test_what_is_hidden_now_is_not_repeated(tmp_path: Path) -> None:
    one = release(tmp_path, R1, said((2010, 1.0), (2011, 2.0)))
    found = told(said((2010, None), (2011, 2.5)), R2, one)
    assert found.select(READ).rows() == [
        (2010, None, True, R1, R1),
        (2010, None, False, R2, R2),
        (2011, 2.0, False, R1, R1),
        (2011, 2.5, False, R2, R2),
    ]


def test_a_column_that_a_release_did_not_have_yet_begins_no_new_line(tmp_path: Path) -> None:
    """r1 had no reference dates: 2010 goes on with what it holds now, 2011 ended and is filled in."""
    one = release(tmp_path, R1, said((2010, 1.0), (2011, 2.0)))
    file = one / "parquet" / "history" / f"{TABLE.name}.parquet"
    pl.read_parquet(file).drop("reference_date").write_parquet(file)
    day = pl.date(2010, 2, 1).cast(OBSERVATION.polars_schema["reference_date"])
    now = said((2010, 1.0), (2011, 2.5)).with_columns(reference_date=day)
    found = told(now, R2, one).with_columns(dated=pl.col("reference_date").is_not_null())
    assert found.select(*READ, "dated").rows() == [
        (2010, 1.0, False, R1, R2, True),
        (2011, 2.0, False, R1, R1, False),
        (2011, 2.5, False, R2, R2, True),
    ]
