"""Codes that went through columns of numbers are read back, and DREAM's weeks hold three digits or nothing."""

import contextlib
import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.lake.contracts import evaluate
from handleplan_pipeline.lake.pseudonym import Pseudonymiser
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.parse import to_source_rows
from handleplan_pipeline.sources.deliveries.weeks import week_columns, weeks_of
from tests.deliveries.made import GOOD, KEY, frame, manifest, read, tried


@pytest.mark.parametrize(
    ("given", "dtype", "code"),
    [
        ("101", pl.String, "101"),
        ("101.0", pl.String, "101"),
        ("101,0", pl.String, "101"),
        ("0101", pl.String, "101"),
        ("\u00a0101 ", pl.String, "101"),
        (101.0, pl.Float64, "101"),
        (101, pl.UInt16, "101"),
        (101, pl.UInt64, "101"),
        ("1101", pl.String, None),
        ("101.5", pl.String, None),
        ("10 1", pl.String, None),
        ("København", pl.String, None),
        (101.5, pl.Float64, None),
        (math.nan, pl.Float64, None),
        (-101, pl.Int64, None),
        ("\uff11\uff10\uff11", pl.String, None),
    ],
)
def test_municipalities_are_three_digits_whatever_held_them(given: Any, dtype: Any, code: str | None) -> None:
    good = "101" if dtype == pl.String else 101
    found = tried("section_110_stays", "BETALINGSKOM", [given], good=good, dtype=dtype).row(0)
    assert found == (code, None if code else "value_not_readable")


@pytest.mark.parametrize(
    ("source", "name", "given", "dtype", "code"),
    [
        ("dst_udfk", "GRUNDSKOLEKARAKTER", 2.0, pl.Float64, "02"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", 0, pl.Int64, "00"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", -3, pl.Int8, "-3"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", 12.0, pl.Float64, "12"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", "2", pl.String, "02"),
        ("address_history", "CPRSTATUS", 1.0, pl.Float64, "01"),
        ("address_history", "CPRSTATUS", "90", pl.String, "90"),
        ("address_history", "VEJKOD", 123.0, pl.Float64, "0123"),
        ("address_history", "VEJKOD", "4.0", pl.String, "0004"),
        ("dst_bef", "KOEN", 1.0, pl.Float64, "1"),
        ("dst_kraf", "AFG_AFGTYP3", 111.0, pl.Float64, "111"),
    ],
)
def test_codes_that_were_numbers_get_their_form_back(source: str, name: str, given: Any, dtype: Any, code: str) -> None:
    column = next(v.column for v in delivery_of(source).variables if v.name == name)
    raw = frame(source, 6, **{name: pl.Series([given] * 6, dtype=dtype)})
    if name == "KOEN":
        raw = raw.with_columns(PNR=pl.Series([f"3108993{k:03d}"[:9] + "1" for k in range(0, 60, 10)])).with_columns(
            FOED_DAG=pl.lit("31-08-1999")
        )
    assert set(read(raw, source).frame[column]) == {code}


@pytest.mark.parametrize("given", ["12", "12.0", "1234567", "A11", "11 1"])
def test_a_code_of_another_length_has_no_zeros_to_get_back(given: str) -> None:
    """No padding where the declaration does not speak of lost zeros."""
    assert tried("dst_kraf", "AFG_AFGTYP3", [given]).row(0) == (None, "value_not_readable")


@pytest.mark.parametrize(
    "values", [[True] * 6, [1.5] * 6, [math.nan] * 6, [date(2010, 1, 1)] * 6, ["3"] * 6, ["1 1"] * 6, [12345] * 6]
)
def test_what_is_not_on_the_list_refuses_the_file_and_crashes_nothing(values: list[Any]) -> None:
    with pytest.raises(DeliveryRefused, match=r"codes_known.*KOEN.*6 rows"):
        read(frame("dst_bef", 6, KOEN=pl.Series(values)), "dst_bef")


@pytest.mark.parametrize(
    ("given", "dtype", "flag"),
    [
        ("J", pl.String, True),
        ("n", pl.String, False),
        ("1", pl.String, True),
        ("0", pl.String, False),
        (True, pl.Boolean, True),
        (0, pl.UInt8, False),
        (1.0, pl.Float64, True),
        ("Ja", pl.String, None),
        ("true", pl.String, None),
        ("2", pl.String, None),
        ("J?", pl.String, None),
        (0.5, pl.Float64, None),
        (math.nan, pl.Float64, None),
        (2, pl.Int64, None),
    ],
)
def test_flags_are_as_declared(given: Any, dtype: Any, flag: bool | None) -> None:
    good = {pl.String: "N", pl.Boolean: False}.get(dtype, 0)
    found = tried("address_history", "CO_ADRESSE", [given], good=good, dtype=dtype).row(0)
    assert found == (flag, None if flag is not None else "value_not_readable")


ODD = {
    "list": pl.Series([["a"]] * 6),
    "struct": pl.Series([{"a": 1}] * 6),
    "binary": pl.Series([b"\xff"] * 6),
    "time": pl.Series([datetime(2010, 1, 1, 3).time()] * 6),
    "duration": pl.Series([datetime.max - datetime.min] * 6),
    "object": pl.Series([object()] * 6, dtype=pl.Object),
    "array": pl.Series([[1, 2]] * 6, dtype=pl.Array(pl.Int8, 2)),
}
HELD = {
    "category": pl.Series(["X1"] * 6, dtype=pl.Categorical),
    "enum": pl.Series(["X1"] * 6, dtype=pl.Enum(["X1"])),
    "null": pl.Series([None] * 6),
    "boolean": pl.Series([True] * 6),
    "decimal": pl.Series([Decimal("1.5")] * 6),
    "uint64": pl.Series([2**63] * 6, dtype=pl.UInt64),
    "float32": pl.Series([1.25] * 6, dtype=pl.Float32),
    "date": pl.Series([date(2010, 1, 1)] * 6),
    "datetime": pl.Series([datetime(2010, 1, 1)] * 6),
    "zoned": pl.Series([datetime(2010, 1, 1)] * 6).dt.replace_time_zone("Asia/Tokyo"),
    "int128": pl.Series([2**100] * 6, dtype=pl.Int128),
    "int8": pl.Series([-1] * 6, dtype=pl.Int8),
}


@pytest.mark.parametrize("kind", ODD)
def test_kinds_of_columns_that_no_variable_has_are_refused_by_name(kind: str) -> None:
    with pytest.raises(DeliveryRefused, match=r"column_kind.*BOFORM_ID"):
        read(frame("section_110_stays", 6, BOFORM_ID=ODD[kind]), "section_110_stays")


@pytest.mark.parametrize("source", ["section_110_stays", "summed_counts", "dst_dream", "special_team_log", "dst_bef"])
@pytest.mark.parametrize("kind", HELD)
def test_every_column_of_every_kind_is_read_set_aside_or_refused_by_a_sentence(source: str, kind: str) -> None:
    """And what is accepted meets the contract that the run asks."""
    for name in frame(source, 1).columns:
        parsed = None
        with contextlib.suppress(DeliveryRefused):
            parsed = read(frame(source, 6, **{name: HELD[kind]}), source)
        if parsed is not None:
            assert parsed.frame.height == 6
            assert all(r.passed for r in evaluate(delivery_of(source).table, parsed.frame))


def test_what_the_run_would_refuse_is_refused_at_the_door_by_rule_column_and_count() -> None:
    """A year no source table may hold, past the manifest's own check."""
    said = manifest("section_110_stays", 6).model_copy(update={"period": 1980})
    raw = frame("section_110_stays", 6, INDSKREVET="01-02-1980", UDSKREVET="02-06-1980")
    with pytest.raises(
        DeliveryRefused, match=r"contract: a.csv: .*source.section_110_stays.*within_bounds.*period.*: 6"
    ):
        to_source_rows(raw, delivery_of("section_110_stays"), said, lambda: Pseudonymiser(KEY, "test"))


@pytest.mark.parametrize("source", sorted(GOOD))
def test_the_good_rows_are_good(source: str) -> None:
    parsed = read(frame(source, 60), source)
    assert (parsed.set_aside, parsed.noted) == ({}, {"weeks_missing": 50} if source == "dst_dream" else {})
    assert all(r.passed for r in evaluate(delivery_of(source).table, parsed.frame))


def weeks_as(values: list[Any], dtype: Any) -> pl.DataFrame:
    """Both weeks of `values`; the other 394 rows hold 651, which is no transfer income."""
    rest: list[Any] = ["651"] * (400 - len(values)) if dtype == pl.String else [651] * (400 - len(values))
    column = pl.Series([*values, *rest], dtype=dtype)
    found = read(frame("dst_dream", Y_1246=column, Y_1247=column), "dst_dream").frame.head(len(values))
    return found.select("reference_code", "transfer_weeks", "set_aside")


def test_weeks_that_are_floats_are_the_codes_they_were() -> None:
    """130 and 730 are transfer income, 651 a study grant, and an empty week is none."""
    for values, dtype in (
        ([130.0, None, 651.0, 730.0], pl.Float64),
        ([130, None, 651, 730], pl.UInt64),
        (["130.0", "", "651", " 730 "], pl.String),
        (["130,0", None, "651.00", "730"], pl.String),
    ):
        assert weeks_as(values, dtype).rows() == [("130", 2, None), (None, 0, None), ("651", 0, None), ("730", 2, None)]


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        ("13", pl.String),
        ("1300", pl.String),
        ("13O", pl.String),
        ("kontanthjælp", pl.String),
        (".", pl.String),
        (130.5, pl.Float64),
        (math.nan, pl.Float64),
        (-130, pl.Int64),
        (0, pl.Int64),
        ("130;130", pl.String),
    ],
)
def test_a_week_with_anything_else_is_set_aside_by_name_not_counted_as_no_week(given: Any, dtype: Any) -> None:
    assert weeks_as([given], dtype).row(0) == (None, 0, "week_code_not_readable")


def test_weeks_of_flags_or_dates_refuse_the_file() -> None:
    for odd in ([True] * 6, [date(2012, 1, 1)] * 6):
        with pytest.raises(DeliveryRefused, match=r"row_rules.*week_code_not_readable: 6"):
            read(frame("dst_dream", 6, Y_1246=pl.Series(odd)), "dst_dream")


@pytest.mark.parametrize(("year", "expected"), [(2009, 53), (2010, 52), (2012, 52), (2015, 53), (2004, 53), (2020, 53)])
def test_a_year_has_the_weeks_of_iso_8601(year: int, expected: int) -> None:
    assert weeks_of(year) == expected


def test_weeks_of_other_years_are_not_read_and_missing_ones_are_said() -> None:
    raw = frame("dst_dream", 6, Y_1152="130", Y_1301="130", Y_1248="651")
    parsed = read(raw, "dst_dream")
    assert parsed.frame.select("transfer_weeks", "weeks").unique().rows() == [(2, 3)]
    assert parsed.noted == {"weeks_missing": 49, "weeks_of_other_years": 2}


@pytest.mark.parametrize(
    "column", ["Y_1253", "Y_1200", "Y_1254", "Y_9999", "Y_124", "Y_12470", "Y_1\u0662\u0664\u0667"]
)
def test_a_week_that_no_year_has_refuses_the_file(column: str) -> None:
    with pytest.raises(DeliveryRefused, match=r"weeks: a.csv: columns of weeks that no year has"):
        week_columns(["Y_1247", column], 2012, "a.csv")


def test_the_53rd_week_belongs_to_years_that_have_one() -> None:
    assert week_columns(["Y_0948", "Y_0953", "Y_1552", "Y_0901"], 2009, "a.csv") == (
        ["Y_0901", "Y_0948", "Y_0953"],
        {"weeks_missing": 50, "weeks_of_other_years": 1},
    )
    with pytest.raises(DeliveryRefused, match="Y_9953"):
        week_columns(["Y_0948", "Y_9953"], 2009, "a.csv")


def test_a_file_without_the_reference_week_is_refused_by_file_and_week() -> None:
    with pytest.raises(DeliveryRefused, match=r"weeks: a.csv: no column for the reference week Y_1247 of 2012"):
        read(frame("dst_dream", 6).drop("Y_1247"), "dst_dream")
