"""SAS, SPSS and Stata files: counts from their headers, codes and not labels, and formats that show no day."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from polars_readstat import write_readstat

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.statistics_files import SAS_PERIOD, _is_period
from handleplan_pipeline.sources.deliveries.statistics_headers import header_rows
from tests.deliveries.reading_tools import HEADER, read, says_no_value, stay

SAS = Path(__file__).parent / "files" / "stays.sas7bdat"
FIRST = pd.Timestamp(2010, 2, 1)


def frame(n: int = 40) -> pd.DataFrame:
    made = pd.DataFrame([stay(k) for k in range(n)], columns=list(HEADER))
    made["INDSKREVET"], made["UDSKREVET"] = FIRST, pd.Timestamp(2010, 6, 2)
    return made


def stata(path: Path, version: int = 118, dates: str = "td", made: pd.DataFrame | None = None, **more: Any) -> Path:
    kinds = {"INDSKREVET": dates, "UDSKREVET": "td"}
    (frame() if made is None else made).to_stata(path, convert_dates=kinds, write_index=False, version=version, **more)
    return path


@pytest.mark.parametrize("version", [114, 117, 118, 119])
@pytest.mark.parametrize("n", [1, 40])
def test_rows_of_stata_files_of_every_release_by_their_headers(tmp_path: Path, version: int, n: int) -> None:
    path = stata(tmp_path / "x.dta", version, made=frame(n))
    assert header_rows(path, "dta", path.name) == n == len(pd.read_stata(path))


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 40, 1000])
@pytest.mark.parametrize("compressed", [True, False])
def test_rows_of_spss_files_counted_in_their_data(tmp_path: Path, n: int, compressed: bool) -> None:
    path = tmp_path / "x.sav"
    made = pl.DataFrame([stay(k) for k in range(n)], schema=list(HEADER), orient="row")
    made = made.with_columns(pl.int_range(pl.len()).cast(pl.Float64).alias("N") / 7)
    write_readstat(made, str(path), compressed=compressed)
    assert header_rows(path, "sav", path.name) == n
    # a writer that does not know the number says -1
    content = bytearray(path.read_bytes())
    content[80:84] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert header_rows(path, "sav", path.name) == n


def test_rows_of_a_sas_file_by_its_row_size_subheader() -> None:
    assert header_rows(SAS, "sas7bdat", SAS.name) == 40 == len(pd.read_sas(SAS, encoding="utf-8"))


@pytest.mark.parametrize("kind", ["sav", "dta", "sas7bdat"])
@pytest.mark.parametrize("part", [0.0, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, kind: str, part: float) -> None:
    path = tmp_path / f"stays.{kind}"
    if kind == "sas7bdat":
        path.write_bytes(SAS.read_bytes())
    elif kind == "dta":
        stata(path)
    else:
        write_readstat(pl.DataFrame([stay(k) for k in range(40)], schema=list(HEADER), orient="row"), str(path))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(DeliveryRefused) as caught:
        read(path, 40)
    assert caught.value.rule in ("cut_off", "readable", "rows")
    says_no_value(caught.value)


def test_days_of_stata_are_days(tmp_path: Path) -> None:
    found = read(stata(tmp_path / "stays.dta"), 40)
    assert found["INDSKREVET"].unique().to_list() == [date(2010, 2, 1)]


@pytest.mark.parametrize("unit", ["tw", "tm", "tq", "th", "ty"])
@pytest.mark.parametrize("version", [114, 118])
def test_weeks_months_quarters_half_years_and_years_are_no_days(tmp_path: Path, unit: str, version: int) -> None:
    """Month 601 since 1960 was read as day 601: 24 August 1961."""
    with pytest.raises(DeliveryRefused) as caught:
        read(stata(tmp_path / "stays.dta", version, unit), 40)
    assert caught.value.rule == "column_kind"
    assert "columns INDSKREVET are formatted as weeks, months" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "shown", "number", "period"),
    [
        ("dta", "%td", None, False),
        ("dta", "%tdDD-NN-CCYY", None, False),
        ("dta", "%d", None, False),
        ("dta", "%-tm", None, True),
        ("dta", "%tmCCYY!m!NN", None, True),
        ("dta", "%tbsimple", None, True),
        ("dta", "%tc", None, False),
        ("dta", "%9.0g", None, False),
        ("dta", None, None, False),
        ("sav", None, 20, False),
        ("sav", None, 38, False),
        ("sav", None, 22, False),
        ("sav", None, 28, True),
        ("sav", None, 29, True),
        ("sav", None, 30, True),
        ("sav", None, 27, True),
        ("sav", None, 5, False),
        ("sas7bdat", "YYMMDD10.", None, False),
        ("sas7bdat", "DDMMYYP10.", None, False),
        ("sas7bdat", "DATE9.", None, False),
        ("sas7bdat", "DATETIME20.", None, False),
        ("sas7bdat", "MMDDYY", None, False),
        ("sas7bdat", "BEST12.", None, False),
        ("sas7bdat", "E8601DA", None, False),
        ("sas7bdat", "MONYY7.", None, True),
        ("sas7bdat", "YYMM7.", None, True),
        ("sas7bdat", "YYMMN6.", None, True),
        ("sas7bdat", "YYQ6.", None, True),
        ("sas7bdat", "YEAR4.", None, True),
        ("sas7bdat", "WEEKV5.", None, True),
        ("sas7bdat", "QTR.", None, True),
        ("sas7bdat", "DTMONYY7.", None, True),
    ],
)
def test_which_formats_show_no_day(kind: str, shown: str | None, number: int | None, period: bool) -> None:
    assert _is_period(kind, shown, number) is period


@pytest.mark.parametrize("name", ["DATE", "DDMMYY", "DDMMYYD", "YYMMDD", "YYMMDDN", "WORDDATE", "JULIAN", "DTDATE"])
def test_formats_of_whole_days_stay_dates(name: str) -> None:
    assert not SAS_PERIOD.fullmatch(name)


def test_years_of_stata_are_the_years_they_show(tmp_path: Path) -> None:
    """%ty counts years since year 0; the library takes them for days since 1960."""
    from handleplan_pipeline.sources.deliveries.statistics_files import read_statistics

    made = pd.DataFrame({"AAR": pd.to_datetime(["2010-01-01", "2012-01-01"])})
    made.to_stata(tmp_path / "x.dta", convert_dates={"AAR": "ty"}, write_index=False)
    found, counted, periods = read_statistics(tmp_path / "x.dta", "dta", "x.dta")
    assert (found["AAR"].to_list(), counted, periods) == ([2010, 2012], 2, ["AAR"])


def test_the_code_is_read_and_never_its_label(tmp_path: Path) -> None:
    made = frame(3).assign(BOFORM_KOM=[101, 147, 101])
    path = tmp_path / "stays.dta"
    made.to_stata(
        path,
        convert_dates={"INDSKREVET": "td", "UDSKREVET": "td"},
        write_index=False,
        value_labels={"BOFORM_KOM": {101: "København", 147: "Frederiksberg"}},
    )
    assert read(path, 3)["BOFORM_KOM"].to_list() == [101, 147, 101]


def test_long_strings_are_read_in_full_or_refused_but_never_empty(tmp_path: Path) -> None:
    made = frame(3).assign(BOFORM_ID=["x" * 3000, "y" * 2100, "z"])
    for version in (117, 118):
        path = stata(tmp_path / "stays.dta", version, made=made, convert_strl=["BOFORM_ID"])
        assert read(path, 3)["BOFORM_ID"].to_list() == made["BOFORM_ID"].to_list()
    with pytest.raises(DeliveryRefused, match=r"1 columns hold long strings .* Save it as Stata 14"):
        read(stata(tmp_path / "stays.dta", 119, made=made, convert_strl=["BOFORM_ID"]), 3)


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_values_are_those_another_reader_finds(tmp_path: Path, version: int) -> None:
    path = stata(tmp_path / "stays.dta", version)
    oracle = pd.read_stata(path)
    found = read(path, 40)
    for column in HEADER[:4]:
        assert found[column].to_list() == oracle[column].to_list()
    assert found["UDSKREVET"].to_list() == [d.date() for d in oracle["UDSKREVET"]]


def test_an_old_stata_file_is_told_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "stays.dta"
    path.write_bytes(bytes([105, 2]) + b"\x00" * 200)
    with pytest.raises(DeliveryRefused, match="Save it as Stata 14"):
        read(path, 1)
