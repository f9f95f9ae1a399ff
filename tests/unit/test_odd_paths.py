"""A lake may have any name, and a damaged or full one says so in a sentence that names the table and no value."""

import errno
import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from handleplan_pipeline.errors import ConfigurationError, ContractError, SourceError
from handleplan_pipeline.lake import files as durable
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.contracts import evaluate_stored
from handleplan_pipeline.lake.engine import DuckDbEngine, connect
from handleplan_pipeline.lake.keys import SYNTHETIC_KEY
from handleplan_pipeline.lake.pseudonym import Pseudonymiser
from handleplan_pipeline.lake.tables import Lake, checked, checked_parts
from handleplan_pipeline.lake.warehouse import rebuild
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.registers import account, conform
from schemas import columns as c
from schemas.contract import Column, TableContract
from schemas.registry import contract

NAMES = [
    "a [b] c",
    "a * c",
    "what?",
    'quote\'s "here"',
    "æøå Ærø",
    "year=2010",
    "{a,b}",
    "$HOME ~ %20",
    "[",
    "a]b",
    "#x;y",
]
TABLE = TableContract("source", "t", "T", "T", "T.", "T.", (c.YEAR, c.SEX), ("year", "sex"))
DAY = Column("day", pl.Date, "Dag", "Day", "Dag.", "Day.")
FLAG = c.flag("flag", "Mærke", "Flag")
KINDS = TableContract("source", "kinds", "T", "T", "T.", "T.", (c.YEAR, c.SEX, FLAG, c.VALUE, DAY), ("year",))
BEF = contract("source", "dst_bef")
SECRETS = "TOKENZQ7"
KEY_ID = Pseudonymiser(SYNTHETIC_KEY, "synthetic").key_id
NAMED = r"source\.dst_bef.*aterialise the table again"
FULL = r"source\.dst_bef: \d+\.\d MB cannot be written .*last good table stays"


def frame(*rows: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TABLE.polars_schema, orient="row")


def person(row: int, period: int, **more: object) -> dict[str, object]:
    return (
        dict.fromkeys(BEF.column_names)
        | {
            "person": f"{row:032x}",
            "id_type": "cpr",
            "key_id": KEY_ID,
            "period": period,
            "row_number": row,
            "data_kind": "synthetic",
            "delivery_id": "0" * 64,
        }
        | more
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_lake_of_any_name_is_read_literally(tmp_path: Path, name: str) -> None:
    # the lakes that a pattern would find instead, or as well
    for other in ("a b c", "a x c", "whatx", "a", "b"):
        Lake(tmp_path / other).write(checked(TABLE, frame((1999, "women"))))
    lake = Lake(tmp_path / name)
    lake.write(checked(TABLE, frame((2010, "men"))))
    assert lake.read(TABLE).rows() == [(2010, "men")]
    stored = lake.table(TABLE)
    assert DuckDbEngine().query("select * from t", {"t": stored}).rows() == [(2010, "men")]
    assert parquet.scan(stored.files).collect().rows() == [(2010, "men")]
    assert evaluate_stored(TABLE, stored.files)["columns"].passed


def test_a_lake_the_database_cannot_name_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="question mark"), Lake(tmp_path / "what?").lock(0):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [n for n in NAMES if "?" not in n])
def test_views_and_partitions_of_a_lake_of_any_name(tmp_path: Path, name: str) -> None:
    lake = Lake(tmp_path / name)
    rows = {"2010": [person(1, 2010)], "2011": [person(1, 2011), person(2, 2011)]}
    lake.write(checked_parts(BEF, list(rows), lambda key: BEF.conform(rows[key])))
    assert account(lake.table(BEF))["rows"].to_list() == [1, 2]
    assert rebuild(lake) == 1
    with connect(lake.warehouse, read_only=True, folders=[lake.tables]) as con:
        assert con.execute("select count(*) from source.dst_bef").fetchone() == (3,)
        names = [d[0] for d in con.execute("select * from source.dst_bef").description]
        # a folder named year=2010 is no column
        assert names == BEF.column_names
        # partitions still to come are in the view
        lake.write(checked_parts(BEF, ["2012"], lambda _: BEF.conform([person(1, 2012)])))
        assert con.execute("select count(*) from source.dst_bef").fetchone() == (4,)


@pytest.mark.parametrize("damage", ["cut", "header", "middle", "empty"])
def test_a_damaged_table_is_named(tmp_path: Path, damage: str) -> None:
    lake = Lake(tmp_path)
    rows = [person(i, 2010, municipality="101") for i in range(1, 400)]
    lake.write(checked_parts(BEF, ["2010"], lambda _: BEF.conform(rows)))
    stored = lake.table(BEF)
    (file,) = stored.files
    data = bytearray(file.read_bytes())
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "header":
        data[-8:] = b"\xff" * 8
    elif damage == "middle":
        data[20 : len(data) // 3] = b"\x00" * (len(data) // 3 - 20)
    else:
        data = bytearray()
    file.write_bytes(data)
    for read in (
        lambda: lake.read(BEF),
        lambda: DuckDbEngine().query("select max(person) from b", {"b": stored}, name="probe"),
        lambda: account(stored) if damage != "middle" else lake.read(BEF),
        lambda: evaluate_stored(BEF, stored.files),
    ):
        with pytest.raises((SourceError, ContractError), match=NAMED) as caught:
            read()
        assert caught.value.__suppress_context__


def full(monkeypatch: pytest.MonkeyPatch, number: int, after: int) -> None:
    """Writing fails from the file after `after` on."""
    real, done = durable.write_synced, []

    def write(path: Path, data: bytes, mode: int = 0o666) -> None:
        done.append(path)
        if len(done) > after:
            path.write_bytes(data[:3])
            raise OSError(number, os.strerror(number), str(path))
        real(path, data, mode)

    monkeypatch.setattr(durable, "write_synced", write)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_a_full_or_read_only_disk_is_a_sentence_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    lake = Lake(tmp_path)
    old = {"2010": [person(1, 2010)], "2011": [person(1, 2011)]}
    lake.write(checked_parts(BEF, list(old), lambda key: BEF.conform(old[key])))
    new = {"2010": [person(2, 2010)], "2011": [person(2, 2011)]}
    full(monkeypatch, number, after=1)
    with pytest.raises(ConfigurationError, match=FULL):
        lake.write(checked_parts(BEF, list(new), lambda key: BEF.conform(new[key])))
    assert sorted(p.name for p in lake.path(BEF).iterdir()) == ["2010.parquet", "2011.parquet"]
    # not even the part that did fit is the new one
    assert lake.read(BEF)["row_number"].to_list() == [1, 1]


def test_a_cast_that_would_change_values_names_column_and_count() -> None:
    bad = pl.DataFrame({"year": ["2010", SECRETS, "2011"], "sex": ["men", "men", None]})
    with pytest.raises(ContractError, match=r"source\.t: .*year \(1 rows\)") as caught:
        conform(TABLE, bad)
    assert SECRETS not in str(caught.value)


@pytest.mark.parametrize(
    ("years", "changed"),
    [([2010.0, 2011.0], 0), ([2010.0, 2011.5], 1), ([2010, 2**40], 1), ([2010, None], 0)],
)
def test_a_cast_to_whole_numbers_keeps_every_value(years: list[float | None], changed: int) -> None:
    """2011.5 is no 2011 and 2**40 no year of 32 bits; whole numbers in another type lose nothing."""
    frame = pl.DataFrame({"year": years, "sex": ["men", "men"]})
    if changed:
        with pytest.raises(ContractError, match=r"year \(1 rows\)"):
            conform(TABLE, frame)
    else:
        assert conform(TABLE, frame)["year"].dtype == pl.Int32


@pytest.mark.parametrize(
    "fail",
    [
        lambda: pl.DataFrame({"x": [SECRETS]}).select(pl.col("x").cast(pl.Int64)),
        lambda: duckdb.sql(f"select cast('{SECRETS}' as int)").fetchall(),
        lambda: contract("cell", "certificate").pandera().validate(pl.DataFrame({SECRETS: [1]})),
    ],
)
def test_the_words_of_libraries_are_withheld(fail: object) -> None:
    with pytest.raises(ContractError, match=r"a\.b: failed with \w+;") as caught, withheld("a.b"):
        fail()  # type: ignore[operator]
    assert SECRETS not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "value", [SECRETS, 10**400, b"x", [1], 2010.5, 2010.0, True, "2010", date(2010, 1, 1), Decimal("2010.5")]
)
def test_rows_that_do_not_fit_a_contract_name_the_column(value: object) -> None:
    with pytest.raises(TypeError, match=r"^source\.t: values that do not fit the types of year$") as caught:
        TABLE.conform([{"year": value, "sex": "men"}])
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"sex": 1}, "sex"),
        ({"flag": 1}, "flag"),
        ({"flag": 0.5}, "flag"),
        ({"value": True}, "value"),
        ({"value": "1"}, "value"),
        ({"day": 14610}, "day"),
        ({"day": datetime(2010, 1, 1, 9)}, "day"),
    ],
)
def test_a_value_of_another_kind_is_refused_and_never_read_as_one(row: dict[str, object], column: str) -> None:
    """Among good rows, and whichever row comes first; a whole number is a number with decimals too."""
    good = {"year": 2010, "sex": "men", "flag": True, "value": 1, "day": date(2010, 1, 1)}
    assert KINDS.conform([good, dict.fromkeys(good) | {"year": 2011}]).row(0) == (
        2010,
        "men",
        True,
        1.0,
        date(2010, 1, 1),
    )
    for rows in ([good, good | row], [good | row, good]):
        with pytest.raises(TypeError, match=rf"^source\.kinds: values that do not fit the types of {column}$"):
            KINDS.conform(rows)


def test_errors_of_our_own_are_not_withheld() -> None:
    with pytest.raises(SourceError, match="mine"), withheld("a.b"):
        raise SourceError("mine")
    with pytest.raises(KeyError), withheld("a.b"):
        raise KeyError("k")
