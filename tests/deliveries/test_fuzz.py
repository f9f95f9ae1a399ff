"""Good deliveries, mutated value by value and byte by byte: refused with a sentence, set aside, or unchanged.

The tests know what they wrote and what they mutated; nothing of the parser's own answer is taken for the truth. Bytes
of Parquet, SPSS and Stata have no checksum of their own, so there a mutation may change a value: the sha256 of the
manifest finds it, and these tests ask for whole rows and a sentence. A workbook's parts have checksums.
"""

import datetime as dt
import math
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars_readstat import write_readstat

from handleplan_pipeline.sources.deliveries.command import delivery_of
from schemas.sources.delivery_shape import Delivery
from tests.deliveries.made import GOOD
from tests.deliveries.written_and_read import COLUMNS, SOURCES, N, csv_of, read_truly, taken, typed, unchanged, written
from tests.lib.deliveries import NUMBERS

ZONE = "Europe/Copenhagen"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as root:
        yield Path(root)


# values as people and programs write them; then anything
HOSTILE = [
    "",
    " ",
    "\u00a0",
    "-",
    "--",
    ".",
    "..",
    "...",
    "*",
    ":",
    "NA",
    "NULL",
    "None",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "#N/A",
    "0",
    "00",
    "-0",
    "1",
    "+1",
    "-1",
    "2",
    "1,0",
    "1.0",
    "101",
    "101.0",
    "101,0",
    "0101",
    "101.",
    "1O1",
    "\uff11\uff10\uff11",
    "1e3",
    "1E+05",
    "0x10",
    "1_000",
    "1 000",
    "1.000",
    "1.000,5",
    "1,000.5",
    "10.333",
    "9,125",
    "12%",
    "(12)",
    "<5",
    "\u22123",
    "99999",
    "9" * 19,
    "9" * 400,
    "1" + "0" * 30,
    "01-02-2010",
    "1-2-2010",
    "01-02-10",
    "31-02-2010",
    "29-02-2010",
    "00-00-0000",
    "2010-02-01",
    "2010-2-1",
    "20100201",
    "2010-02-01T00:00:00",
    "2010-02-01T00:00:00Z",
    "2010-01-31T23:00:00Z",
    "2010-02-01 00:00:00+01:00",
    "2010-02-01T12:00:00",
    "01-02-2010 24:00",
    "31-12-9999",
    "01-01-0001",
    "01-01-1899",
    "31-12-2010",
    "01-01-2011",
    "40210",
    "2010",
    "2.010",
    "2010,0",
    "2011",
    "total",
    "TOTAL",
    "all ",
    "15-17",
    "maj-17",
    "15\u201317",
    "I99",
    "B07",
    "b07",
    "B07\u200b",
    "130",
    "130.0",
    "130,0",
    "13",
    "1300",
    "130.5",
    "TRUE",
    "True",
    "J",
    *NUMBERS,
    "020165-0000",
    "020165 0000",
    "02.01.65-0000",
    "201650000",
    "A0201650000",
    "0201650000.0",
    "020165000",
    "02016500001",
    "020165AAAA",
    "=1+1",
    "@SUM(A1)",
    "'101",
    "\u202e101",
    "\ufeff101",
    "a\u0308",
    "\U0001f600",
    "x" * 300,
]
anything = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.sampled_from("0123456789.,- :TZ/BI+eE\u00a0\u2212"), max_size=14),
    st.dates().map(lambda d: d.strftime("%d-%m-%Y")),
    st.floats(allow_subnormal=False).map(repr),
    st.text(st.characters(codec="utf-8", exclude_characters=';"\r\n'), max_size=12),
)
cell = st.tuples(st.integers(0, N - 1), st.integers(0, 20))
few = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
fewer = settings(few, max_examples=12)
many = settings(few, max_examples=1000)
quite_many = settings(few, max_examples=250)


def value_in_text(folder: Path, source: str, where: tuple[int, int], value: str) -> None:
    delivery = delivery_of(source)
    rows = [dict(GOOD[source](k)) for k in range(N)]
    variable = sorted(rows[0])[where[1] % len(rows[0])]
    encoded = value.encode(delivery.dialect.encoding, errors="replace").decode(delivery.dialect.encoding)
    rows[where[0]][variable] = encoded
    path = folder / "value.csv"
    path.write_bytes(csv_of(source, rows))
    parsed = taken(path, source)
    if parsed is not None:
        unchanged(parsed, source, {(where[0], variable)})
        read_truly(source, variable, encoded, parsed.frame.row(where[0], named=True))


LISTED = {"GRUPPE", "KOEN", "IE_TYPE"}
"""A value that is not on the list of one of these refuses the whole file."""
ASKED = [(s, v) for s in SOURCES for v in GOOD[s](0) if v not in LISTED]
MANY = 400
AT_ONCE = 20
"""So many of 400 rows may be set aside."""


@pytest.mark.parametrize(("source", "variable"), ASKED)
def test_every_hostile_value_in_every_column_without_a_list(folder: Path, source: str, variable: str) -> None:
    """Each is set aside or is what stands there; nine digits are left to the tests of person numbers."""
    path = folder / "hostile.csv"
    encoding = delivery_of(source).dialect.encoding
    values = [v for v in HOSTILE if sum(c.isdigit() for c in v) < 9 and not set(v) & set(';"\n\ufeff')]
    values = [v.encode(encoding, errors="replace").decode(encoding) for v in values]
    read = 0
    for first in range(0, len(values), AT_ONCE):
        rows = [dict(GOOD[source](k)) for k in range(MANY)]
        for k, value in enumerate(values[first : first + AT_ONCE]):
            rows[k][variable] = value
        path.write_bytes(csv_of(source, rows))
        parsed = taken(path, source, MANY)
        if parsed is None:
            continue
        read += 1
        mutated = {(k, variable) for k in range(AT_ONCE)}
        unchanged(parsed, source, mutated)
        for k, value in enumerate(values[first : first + AT_ONCE]):
            read_truly(source, variable, value, parsed.frame.row(k, named=True))
    assert read >= 4, "files are refused as a whole, and nothing is asked"


@few
@given(st.sampled_from(SOURCES), cell, anything)
def test_a_value_in_text(folder: Path, source: str, where: tuple[int, int], value: str) -> None:
    value_in_text(folder, source, where, value)


@pytest.mark.slow
@many
@given(st.sampled_from(SOURCES), cell, anything)
def test_many_values_in_text(folder: Path, source: str, where: tuple[int, int], value: str) -> None:
    value_in_text(folder, source, where, value)


BYTES = st.one_of(
    st.sampled_from([0, 9, 10, 11, 13, 26, 32, 34, 39, 44, 46, 48, 57, 59, 65, 127, 160, 195, 239, 255]),
    st.integers(0, 255),
)
change = st.tuples(st.sampled_from(["replace", "insert", "delete", "cut", "double"]), st.integers(0, 10**6), BYTES)


def changed(data: bytes, how: str, at: int, byte: int) -> tuple[bytes, int]:
    """The bytes with one change, and where it is."""
    at %= len(data)
    if how == "cut":
        return data[:at], at
    if how == "double":
        return data[:at] + data[at : at + 50] + data[at:], at
    return data[:at] + (b"" if how == "delete" else bytes([byte])) + data[at + (how != "insert") :], at


def bytes_of_text(folder: Path, source: str, how: str, where: int, byte: int) -> None:
    data = csv_of(source, [dict(GOOD[source](k)) for k in range(N)])
    wrong, at = changed(data, how, where, byte)
    path = folder / "bytes.csv"
    path.write_bytes(wrong)
    parsed = taken(path, source)
    if parsed is not None:
        first, last = data.count(b"\n", 0, at), data.count(b"\n", 0, at + (50 if how == "double" else 0))
        # line 0 is the header: whoever changes it changes no value
        unchanged(parsed, source, set(), {line - 1 for line in range(first, last + 1)} - {-1})


@few
@given(st.sampled_from(SOURCES), change)
def test_a_byte_of_text(folder: Path, source: str, mutation: tuple[str, int, int]) -> None:
    bytes_of_text(folder, source, *mutation)


@pytest.mark.slow
@many
@given(st.sampled_from(SOURCES), change)
def test_many_bytes_of_text(folder: Path, source: str, mutation: tuple[str, int, int]) -> None:
    bytes_of_text(folder, source, *mutation)


ODD_CELLS: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    101,
    101.5,
    1.01,
    9.125,
    10333,
    0.1,
    1e15,
    1e300,
    -5.0,
    40210,
    2010,
    2011,
    130,
    130.5,
    201650000,
    201650000.0,
    dt.date(2010, 2, 1),
    dt.date(2010, 12, 31),
    dt.date(2011, 1, 1),
    dt.date(9999, 12, 31),
    dt.date(1900, 1, 1),
    dt.datetime(2010, 2, 1),
    dt.datetime(2010, 2, 1, 12, 30),
    dt.time(12),
    dt.timedelta(days=2),
    "#N/A",
    "#REF!",
    "=1+1",
    "=TODAY()",
]


def value_in_workbook(folder: Path, source: str, where: tuple[int, int], value: Any) -> None:
    rows = [typed(source, k) for k in range(N)]
    variable = sorted(rows[0])[where[1] % len(rows[0])]
    if isinstance(value, str):
        value = re.sub("[\x00-\x08\x0b-\x1f\ufffe\uffff]", "", value)[:300]
    rows[where[0]][variable] = value
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    path = folder / "value.xlsx"
    book.save(path)
    parsed = taken(path, source)
    if parsed is not None:
        unchanged(parsed, source, {(where[0], variable)})
        if not (isinstance(value, str) and value[:1] in "=#"):
            read_truly(source, variable, value, parsed.frame.row(where[0], named=True))


@fewer
@given(st.sampled_from(SOURCES), cell, st.one_of(st.sampled_from(ODD_CELLS), anything))
def test_a_cell_of_a_workbook(folder: Path, source: str, where: tuple[int, int], value: Any) -> None:
    value_in_workbook(folder, source, where, value)


@pytest.mark.slow
@quite_many
@given(st.sampled_from(SOURCES), cell, st.one_of(st.sampled_from(ODD_CELLS), anything))
def test_many_cells_of_a_workbook(folder: Path, source: str, where: tuple[int, int], value: Any) -> None:
    value_in_workbook(folder, source, where, value)


def frame_of(source: str) -> pl.DataFrame:
    return pl.DataFrame([typed(source, k) for k in range(N)])


KINDS: dict[str, pl.DataType] = {
    "String": pl.String(),
    "Categorical": pl.Categorical(),
    "Int64": pl.Int64(),
    "UInt64": pl.UInt64(),
    "Int16": pl.Int16(),
    "Float64": pl.Float64(),
    "Float32": pl.Float32(),
    "Decimal": pl.Decimal(20, 2),
    "Boolean": pl.Boolean(),
    "Date": pl.Date(),
    "naive": pl.Datetime("us"),
    "zoned": pl.Datetime("us", ZONE),
    "utc": pl.Datetime("ms", "UTC"),
    "Binary": pl.Binary(),
    "List": pl.List(pl.String()),
    "Struct": pl.Struct({"a": pl.String()}),
    "Time": pl.Time(),
    "Null": pl.Null(),
}


def column_as(source: str, variable: str, kind: str) -> pl.Series | None:
    """A good column held in another type, or None where no program would hold it so."""
    good = frame_of(source)[variable]
    wanted = KINDS[kind]
    if kind == "Null":
        return pl.Series(variable, [None] * N)
    if kind in ("List", "Struct"):
        texts = good.cast(pl.String).to_list()
        return pl.Series(variable, [[t] if kind == "List" else {"a": t} for t in texts], dtype=wanted)
    try:
        if kind in ("zoned", "utc") and good.dtype == pl.Date:
            # midnight in Copenhagen, as a database holds it
            return good.cast(pl.Datetime("us")).dt.replace_time_zone(ZONE).cast(wanted)
        return good.cast(wanted)
    except pl.exceptions.PolarsError:
        return None


def column_of_another_kind(folder: Path, source: str, at: int, kind: str, emptied: int) -> None:
    variable = sorted(GOOD[source](0))[at % len(GOOD[source](0))]
    column = column_as(source, variable, kind)
    if column is None:
        return
    column = (
        column.to_frame().with_row_index("k").select(pl.when(pl.col("k") != emptied).then(pl.col(variable))).to_series()
    )
    path = folder / "kind.parquet"
    frame_of(source).with_columns(column.alias(variable)).write_parquet(path)
    parsed = taken(path, source)
    if parsed is None:
        return
    touched = {(k, variable) for k in range(N)}
    unchanged(parsed, source, touched)
    for k in range(N):
        found = parsed.frame.row(k, named=True)
        if found["set_aside"] is None and kind != "Null" and k != emptied and variable in COLUMNS[source]:
            assert found[COLUMNS[source][variable]] == written(source, k)[variable]


@pytest.mark.parametrize("variable", sorted(GOOD["section_110_stays"](0)))
def test_a_column_of_every_kind(folder: Path, variable: str) -> None:
    at = sorted(GOOD["section_110_stays"](0)).index(variable)
    for kind in sorted(KINDS):
        column_of_another_kind(folder, "section_110_stays", at, kind, 7)


@pytest.mark.slow
@quite_many
@given(st.sampled_from(SOURCES), st.integers(0, 20), st.sampled_from(sorted(KINDS)), st.integers(0, N - 1))
def test_many_columns_of_other_kinds(folder: Path, source: str, at: int, kind: str, emptied: int) -> None:
    column_of_another_kind(folder, source, at, kind, emptied)


day_or_moment = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda n: ("Date", n)),
    st.integers(-(2**62), 2**62).map(lambda n: ("us", n)),
    st.integers(-(2**62), 2**62).map(lambda n: ("ms", n)),
    st.integers(-(2**62), 2**62).map(lambda n: ("ns", n)),
    st.integers(14_000, 16_000).map(lambda n: ("us", n * 86_400_000_000)),
)


@few
@given(day_or_moment, st.sampled_from(["INDSKREVET", "UDSKREVET"]), st.sampled_from([None, "UTC", ZONE]))
def test_a_day_that_no_calendar_shows(folder: Path, moment: tuple[str, int], variable: str, zone: str | None) -> None:
    unit, count = moment
    kind = pl.Date() if unit == "Date" else pl.Datetime(unit, zone)  # type: ignore[arg-type]
    source, path = "section_110_stays", folder / "day.parquet"
    good = frame_of(source)
    held = (
        good[variable].cast(kind)
        if unit == "Date"
        else good[variable].cast(pl.Datetime("us")).cast(pl.Datetime(unit)).dt.replace_time_zone(zone)
    )  # type: ignore[arg-type]
    physical = held.to_physical().to_list()
    physical[3] = count
    good.with_columns(pl.Series(variable, physical, dtype=held.to_physical().dtype).cast(held.dtype)).write_parquet(
        path
    )
    parsed = taken(path, source)
    if parsed is None:
        assert zone == "UTC"
        return
    unchanged(parsed, source, {(3, variable)})
    found = parsed.frame.row(3, named=True)
    if found["set_aside"] is None and zone is None:
        per_day = {"Date": 1, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}[unit]
        days = math.floor(count / per_day) if unit == "Date" else count // per_day
        last = dt.date(2010, 12, 31).toordinal() - dt.date(1970, 1, 1).toordinal()
        day = found[COLUMNS[source][variable]]
        assert count % per_day == 0
        assert days > last if day is None else day.toordinal() - dt.date(1970, 1, 1).toordinal() == days


def statistics_frame(source: str) -> pl.DataFrame:
    return frame_of(source).with_columns(pl.col(pl.Int64).cast(pl.Float64))


def value_in_statistics(folder: Path, source: str, kind: str, where: tuple[int, int], value: Any) -> None:
    if kind not in delivery_of(source).formats:
        return
    frame = statistics_frame(source)
    variable = sorted(frame.columns)[where[1] % len(frame.columns)]
    column = frame[variable].to_list()
    if frame.schema[variable] == pl.String:
        # SPSS and Stata end a text at its first NUL and pad it with blanks
        column[where[0]] = re.sub("[\x00-\x1f]", "", str(value))[:40]
    elif frame.schema[variable] == pl.Float64 and isinstance(value, (int, float)) and math.isfinite(value):
        column[where[0]] = float(value)
    else:
        column[where[0]] = None
    path = folder / f"value.{kind}"
    write_readstat(frame.with_columns(pl.Series(variable, column, dtype=frame.schema[variable])), str(path))
    parsed = taken(path, source)
    if parsed is not None:
        unchanged(parsed, source, {(where[0], variable)})
        read_truly(source, variable, column[where[0]], parsed.frame.row(where[0], named=True))


scalars = st.one_of(anything, st.floats(-1e15, 1e15), st.sampled_from([101.0, 130.0, 2010.0, 2012.0, 0.0, -1.0, 1e10]))


@fewer
@given(st.sampled_from(SOURCES), st.sampled_from(["sav", "dta"]), cell, scalars)
def test_a_value_in_a_statistics_file(folder: Path, source: str, kind: str, where: tuple[int, int], value: Any) -> None:
    value_in_statistics(folder, source, kind, where, value)


@pytest.mark.slow
@quite_many
@given(st.sampled_from(SOURCES), st.sampled_from(["sav", "dta"]), cell, scalars)
def test_many_values_in_statistics_files(
    folder: Path, source: str, kind: str, where: tuple[int, int], value: Any
) -> None:
    value_in_statistics(folder, source, kind, where, value)


def good_file(folder: Path, source: str, kind: str) -> bytes:
    path = folder / f"good_{source}.{kind}"
    if not path.exists():
        if kind == "parquet":
            frame_of(source).write_parquet(path)
        elif kind == "xlsx":
            frame_of(source).write_excel(path)
        else:
            write_readstat(statistics_frame(source), str(path))
    return path.read_bytes()


def bytes_of_another_kind(folder: Path, source: str, kind: str, how: str, where: int, byte: int) -> None:
    if kind not in delivery_of(source).formats:
        return
    wrong, _ = changed(good_file(folder, source, kind), how, where, byte)
    path = folder / f"bytes.{kind}"
    path.write_bytes(wrong)
    parsed = taken(path, source)
    if parsed is not None and kind == "xlsx":
        unchanged(parsed, source, set())
        assert parsed.set_aside == {}


kinds = st.sampled_from(["parquet", "xlsx", "sav", "dta"])


@few
@given(st.sampled_from(SOURCES), kinds, change)
def test_a_byte_of_another_kind(folder: Path, source: str, kind: str, mutation: tuple[str, int, int]) -> None:
    bytes_of_another_kind(folder, source, kind, *mutation)


@pytest.mark.slow
@many
@given(st.sampled_from(SOURCES), kinds, change)
def test_many_bytes_of_other_kinds(folder: Path, source: str, kind: str, mutation: tuple[str, int, int]) -> None:
    bytes_of_another_kind(folder, source, kind, *mutation)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "sav", "dta"])
def test_without_a_mutation_everything_is_taken(folder: Path, source: str, kind: str) -> None:
    """Else the tests above would be content with refusals."""
    delivery: Delivery = delivery_of(source)
    if kind not in delivery.formats:
        pytest.skip("not a kind of this source")
    path = folder / f"whole.{kind}"
    path.write_bytes(
        csv_of(source, [dict(GOOD[source](k)) for k in range(N)]) if kind == "csv" else good_file(folder, source, kind)
    )
    parsed = taken(path, source)
    assert parsed is not None
    assert parsed.set_aside == {}
    unchanged(parsed, source, set())
