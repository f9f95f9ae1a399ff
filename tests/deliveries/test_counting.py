"""Every file is counted twice, and both counts are held against the manifest; types are the few that are known."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet
import pytest
from polars_readstat import write_readstat

from handleplan_pipeline.sources.deliveries import readers
from handleplan_pipeline.sources.deliveries.columns import known_kinds
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.readers import count_rows
from handleplan_pipeline.sources.deliveries.reading import Reading
from tests.deliveries.reading_tools import HEADER, STAYS, csv, lines, read, says_no_value, stay

KINDS = ("csv", "parquet", "xlsx", "sav", "dta")


def frame(n: int = 40) -> pl.DataFrame:
    return pl.DataFrame([stay(k) for k in range(n)], schema=dict.fromkeys(HEADER, pl.String), orient="row")


def stays(folder: Path, kind: str, n: int = 40) -> Path:
    path = folder / f"stays.{kind}"
    if kind == "csv":
        path.write_bytes(csv(*lines(n)))
    elif kind == "parquet":
        frame(n).write_parquet(path)
    elif kind == "xlsx":
        frame(n).write_excel(path)
    else:
        write_readstat(frame(n), str(path))
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 40, 700])
def test_both_counts_are_the_number_of_rows(tmp_path: Path, kind: str, n: int) -> None:
    path = stays(tmp_path, kind, n)
    assert count_rows(path, STAYS) == n
    assert read(path, n).height == n


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("said", [39, 41, 0])
def test_a_manifest_of_another_number_refuses_the_file_with_all_three(tmp_path: Path, kind: str, said: int) -> None:
    with pytest.raises(DeliveryRefused) as caught:
        read(stays(tmp_path, kind), said)
    assert caught.value.rule == "rows"
    assert f"40 rows were read, 40 counted in its bytes, the manifest says {said}" in str(caught.value)
    says_no_value(caught.value)


@pytest.mark.parametrize(("read_rows", "counted"), [(40, 41), (39, 40), (39, 39), (41, 41)])
def test_counts_that_differ_from_each_other_or_from_the_manifest_refuse_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_rows: int, counted: int
) -> None:
    path = stays(tmp_path, "parquet")
    monkeypatch.setattr(readers, "ask", lambda question, file: Reading(counted, frame(read_rows)))
    with pytest.raises(DeliveryRefused, match=f"{read_rows} rows were read, {counted} counted") as caught:
        read(path, 40)
    assert caught.value.rule == "rows"


def test_the_order_of_rows_is_that_of_the_file(tmp_path: Path) -> None:
    for kind in KINDS:
        found = read(stays(tmp_path, kind, 1200), 1200)
        assert found["BOFORM_ID"].to_list() == [f"B{k:02d}" for k in range(1200)], kind


def test_a_footer_is_what_another_reader_says(tmp_path: Path) -> None:
    path = tmp_path / "stays.parquet"
    frame(1000).write_parquet(path, row_group_size=100)
    assert count_rows(path, STAYS) == pyarrow.parquet.read_table(path).num_rows == 1000


@pytest.mark.parametrize("name", ["a[1].parquet", "a*.parquet", "{x}.parquet"])
def test_a_name_is_no_pattern(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "lake [1]"
    folder.mkdir()
    path = folder / name
    frame(7).write_parquet(path)
    assert read(path, 7).height == 7


def test_a_path_with_brackets_is_read_in_every_format(tmp_path: Path) -> None:
    folder = tmp_path / "lake [1] æ"
    folder.mkdir()
    for kind in KINDS:
        assert read(stays(folder, kind), 40).height == 40


GOOD: list[tuple[Any, pl.DataType, Any, Any]] = [
    (["a", None], pl.Categorical(), pl.String, ["a", None]),
    (["a"], pl.Enum(["a", "b"]), pl.String, ["a"]),
    ([b"abc", None], pl.Binary(), pl.String, ["abc", None]),
    ([None], pl.Null(), pl.String, [None]),
    ([130, None], pl.UInt64(), pl.Int64, [130, None]),
    ([5], pl.Int128(), pl.Int64, [5]),
    ([Decimal("9.125"), None], pl.Decimal(9, 3), pl.Float64, [9.125, None]),
    ([Decimal(7)], pl.Decimal(9, 0), pl.Int64, [7]),
    ([True], pl.Boolean(), pl.Boolean, [True]),
    ([date(2010, 1, 1)], pl.Date(), pl.Date, [date(2010, 1, 1)]),
    ([3], pl.Int8(), pl.Int8, [3]),
    ([1.5], pl.Float32(), pl.Float32, [1.5]),
    (["x"], pl.String(), pl.String, ["x"]),
    ([datetime(2010, 1, 1)], pl.Datetime("ns"), pl.Datetime("ns"), [datetime(2010, 1, 1)]),
]
BAD: list[tuple[Any, pl.DataType]] = [
    ([["a"]], pl.List(pl.String)),
    ([["a"]], pl.Array(pl.String, 1)),
    ([{"a": 1}], pl.Struct({"a": pl.Int64})),
    ([b"\xff\xfe"], pl.Binary()),
    ([time(9)], pl.Time()),
    ([5], pl.Duration()),
    ([2**63], pl.UInt64()),
    ([2**100], pl.Int128()),
    ([Decimal("12345678901234567.89")], pl.Decimal(19, 2)),
    ([Decimal(10**20)], pl.Decimal(21, 0)),
]


@pytest.mark.parametrize(("values", "dtype", "expected", "found"), GOOD, ids=[str(g[1]) for g in GOOD])
def test_what_loses_nothing_is_decoded(values: list[Any], dtype: pl.DataType, expected: Any, found: list[Any]) -> None:
    column = known_kinds(pl.DataFrame({"BOFORM_ID": pl.Series(values, dtype=dtype)}), "x")["BOFORM_ID"]
    assert (column.dtype, column.to_list()) == (expected, found)


@pytest.mark.parametrize(("values", "dtype"), BAD, ids=[str(b[1]) for b in BAD])
@pytest.mark.parametrize("column", ["CPR", "BOFORM_ID", "INDSKREVET"])
def test_other_kinds_refuse_the_file_and_name_the_column(
    tmp_path: Path, values: list[Any], dtype: pl.DataType, column: str
) -> None:
    """A nested, binary or list column stopped the whole run."""
    path = tmp_path / "stays.parquet"
    given = frame(1).with_columns(pl.Series(column, values, dtype=dtype))
    with pytest.raises(DeliveryRefused) as caught:
        known_kinds(given, path.name)
    assert f"columns {column} hold" in str(caught.value)
    if dtype == pl.Int128:
        # only Polars knows such a file, so it has no second count
        return
    given.write_parquet(path)
    with pytest.raises(DeliveryRefused) as caught:
        read(path, 1)
    assert caught.value.rule == "column_kind"
    assert f"columns {column} hold" in str(caught.value)
