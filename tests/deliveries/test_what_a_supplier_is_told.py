"""A stranger's mistakes: the sentence names the mistake that was made, and nothing is lost without one."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from handleplan_pipeline.lake.pseudonym import Pseudonymiser
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import is_encoding
from handleplan_pipeline.sources.deliveries.specification import NOTED, specification
from tests.deliveries.made import KEY, frame, number
from tests.deliveries.made import read as read_frame
from tests.deliveries.reading_tools import HEADER, csv, lines, read, says_no_value, stay, write
from tests.lib.deliveries import deliver, row, text, written


@pytest.mark.parametrize(("separator", "called"), [(",", "comma"), ("\t", "tab"), ("|", "vertical bar")])
def test_another_separator_is_named_and_no_column_is_missed(tmp_path: Path, separator: str, called: str) -> None:
    path = write(tmp_path, csv(*(line.replace(";", separator) for line in lines())))
    with pytest.raises(DeliveryRefused, match=f"no semicolon, the declared separator, but {called}") as caught:
        read(path, 40)
    assert caught.value.rule == "separator"
    assert "missing columns" not in str(caught.value)
    says_no_value(caught.value)


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("stays.csv", content)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"CPR": ["x"]}).write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "called"),
    [
        (gzip.compress(csv(*lines())), "stays.csv", "an archive (gzip)"),
        (zipped(csv(*lines())), "stays.csv", "a workbook or another zip archive"),
        (zipped(csv(*lines())), "stays.parquet", "a workbook or another zip archive"),
        (parquet(), "stays.csv", "Parquet"),
        (parquet(), "stays.sav", "Parquet"),
        (b"%PDF-1.7\n", "stays.csv", "a PDF document"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><title>Fejl</title>\n", "stays.csv", "a web page"),
        (b"<?xml version='1.0'?>\n", "stays.csv", "an XML document"),
        (b'[{"CPR": "x"}]\n', "stays.csv", "JSON"),
        (b"$FL2@(#) SPSS\n", "stays.dta", "SPSS"),
        (b"<stata_dta>", "stays.csv", "Stata"),
        (b"HEADER RECORD*******LIBRARY", "stays.sas7bdat", "a SAS transport file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "stays.csv", "a workbook of before 2007"),
    ],
)
def test_a_file_under_another_name_is_called_what_it_is(tmp_path: Path, content: bytes, name: str, called: str) -> None:
    """Not an encoding to declare, not a column that is missing."""
    with pytest.raises(DeliveryRefused) as caught:
        read(write(tmp_path, content, name), 40)
    assert caught.value.rule == "format"
    assert f"begins as {called}" in str(caught.value)


def workbook(path: Path, change: Callable[[str], str]) -> Path:
    """A workbook of 40 stays whose sheet was rewritten."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(HEADER))
    for k in range(40):
        sheet.append(stay(k))
    book.save(path)
    with zipfile.ZipFile(path) as z:
        parts = {n: z.read(n) for n in z.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = change(parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w") as z:
        for part, content in parts.items():
            z.writestr(part, content)
    return path


def element(xml: str, start: str, end: str) -> str:
    first = xml.index(start)
    return xml[first : xml.index(end, first) + len(end)]


def twice(start: str, end: str) -> Callable[[str], str]:
    return lambda xml: xml.replace(e := element(xml, start, end), e + e)


def turned(one: str, other: str, end: str) -> Callable[[str], str]:
    def change(xml: str) -> str:
        a, b = element(xml, one, end), element(xml, other, end)
        return xml.replace(a, "@").replace(b, a).replace("@", b)

    return change


@pytest.mark.parametrize(
    "change",
    [
        twice('<row r="5"', "</row>"),
        twice('<c r="B5"', "</c>"),
        turned('<row r="5"', '<row r="6"', "</row>"),
        turned('<c r="E5"', '<c r="F5"', "</c>"),
        lambda xml: xml.replace('<c r="B5"', '<c r="B6"'),
    ],
    ids=["row twice", "cell twice", "rows turned", "cells turned", "cell of another row"],
)
def test_rows_and_cells_that_stand_twice_or_late_are_not_left_out(tmp_path: Path, change: Callable[[str], str]) -> None:
    """Readers take the first and drop the other, or leave the late one out, each in its own way."""
    with pytest.raises(DeliveryRefused) as caught:
        read(workbook(tmp_path / "stays.xlsx", change), 40)
    assert caught.value.rule == "workbook"
    says_no_value(caught.value)


def test_the_same_workbook_without_a_change_is_read(tmp_path: Path) -> None:
    assert read(workbook(tmp_path / "stays.xlsx", str), 40).height == 40


DAYS = pl.Series([date(2010, 6, 2)] * 400).to_physical()


@pytest.mark.parametrize("days", [2**31 - 1, -(2**31), 2_932_897 + 5, -719_163 - 400])
def test_a_day_no_calendar_shows_sets_its_row_aside_and_ends_nothing(days: int) -> None:
    """Damaged dates of SPSS, Stata and Parquet: millions of years away, which Polars cannot write."""
    column = pl.Series("UDSKREVET", [*DAYS[:3], days, *DAYS[4:]], dtype=pl.Int32).cast(pl.Date)
    found = read_frame(frame("section_110_stays", UDSKREVET=column), "section_110_stays")
    assert found.set_aside == {"value_out_of_bounds": 1}
    assert found.frame["set_aside"][3] == "value_out_of_bounds"
    assert found.frame["end_date"][2] == found.frame["end_date"][4] == date(2010, 6, 2)


@pytest.mark.parametrize("unit", ["ms", "us"])
@pytest.mark.parametrize("zone", [None, "Europe/Copenhagen"])
@pytest.mark.parametrize("moment", [2**62, -(2**62)])
def test_a_moment_no_calendar_shows_sets_its_row_aside(unit: Any, zone: str | None, moment: int) -> None:
    good = pl.Series([datetime(2010, 6, 2)] * 400).dt.cast_time_unit(unit).dt.replace_time_zone(zone)
    whole = good.to_physical()
    column = pl.Series("UDSKREVET", [*whole[:3], moment, *whole[4:]], dtype=pl.Int64).cast(good.dtype)
    found = read_frame(frame("section_110_stays", UDSKREVET=column), "section_110_stays")
    assert sum(found.set_aside.values()) == 1
    assert found.frame["set_aside"][3] is not None
    assert found.frame["end_date"][4] == date(2010, 6, 2)


def test_the_last_day_of_all_is_still_an_end_to_come() -> None:
    found = read_frame(frame("section_110_stays", UDSKREVET=date(9999, 12, 31)), "section_110_stays")
    assert (found.set_aside, found.noted["end_to_come"]) == ({}, 400)


def test_the_form_of_a_date_is_told_and_zones_are_spoken_of() -> None:
    moments = pl.Series("INDSKREVET", [datetime(2010, 1, 31, 23)] * 400).dt.replace_time_zone("UTC")
    with pytest.raises(DeliveryRefused, match=r"dd-mm-yyyy or yyyy-mm-dd.*no moments in UTC") as caught:
        read_frame(frame("section_110_stays", INDSKREVET=moments), "section_110_stays")
    assert "decimal" not in str(caught.value)


def test_the_form_of_a_number_is_told() -> None:
    with pytest.raises(DeliveryRefused, match=r"decimal mark `,` and thousands mark `\.`"):
        read_frame(frame("summed_counts", VAERDI="10.33"), "summed_counts")


def test_rows_that_are_set_aside_are_not_in_order(lake: Path, tmp_path: Path) -> None:
    wrong = text().replace(row(3), row(3, end="31-02-2010"))
    assert "39 of 40 rows are in order" in deliver(written(tmp_path, wrong), "--check").output
    assert ": 40 rows are in order" in deliver(written(tmp_path, text()), "--check").output


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("section_110_stays", {"end_to_come", "on_1_january"}),
        ("dst_dream", {"weeks_missing", "weeks_of_other_years"}),
        ("dst_bef", {"code_unlisted"}),
        ("psychiatry_contacts", {"end_to_come", "id_stored_as_mark"}),
    ],
)
def test_the_specification_says_what_is_noted(source: str, names: set[str]) -> None:
    said = specification(delivery_of(source))
    assert {n for n in NOTED if f"- `{n}`: {NOTED[n]}" in said} == names


@pytest.mark.parametrize("hidden", ["{0}XXXX", "{0}-xxxx", "{0} XXXX"])
def test_numbers_whose_last_digits_are_hidden_are_no_person(hidden: str) -> None:
    """Else everybody born on a day would be one person."""
    found = Pseudonymiser(KEY, "test").pseudonymise(pl.Series([hidden.format(number(3)[:6])]))
    assert found.row(0)[:2] == (None, "invalid")


@pytest.mark.parametrize(("name", "known"), [("cp1250", True), ("utf-16-le", True), ("rot13", False), ("utf-7", False)])
def test_a_manifest_may_say_every_encoding_that_is_read(name: str, known: bool) -> None:
    assert is_encoding(name) is known
