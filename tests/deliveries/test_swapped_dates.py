"""A spreadsheet program that writes the month first swaps day and month where it can, and leaves the rest as text.

What it does is done here by hand: 02-03-2010 becomes the real date 3 February, 13-02-2010 stays text.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from handleplan_pipeline.lake.told import in_words
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from tests.deliveries.made import frame, number
from tests.deliveries.made import read as parsed
from tests.deliveries.reading_tools import HEADER, read, stay
from tests.lib.deliveries import Place

REAL = [date(2010, month, day) for month in range(1, 5) for day in range(1, 25, 2)]
"""48 admissions, half of them on days up to 12."""


def danish(day: date) -> str:
    return day.strftime("%d-%m-%Y")


def through_us_excel(day: date) -> date | str:
    """What becomes of a Danish text of this day."""
    return date(day.year, day.day, day.month) if day.day <= 12 else danish(day)


def workbook(folder: Path, cells: list[Any]) -> pl.DataFrame:
    """The rows that are read of a workbook with these admissions."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(HEADER))
    for k, cell in enumerate(cells):
        sheet.append([*stay(k)[:4], cell, "31-12-2010"])
    book.save(folder / "stays.xlsx")
    return read(folder / "stays.xlsx", len(cells))


def refused(raw: pl.DataFrame, source: str = "section_110_stays") -> str:
    with pytest.raises(DeliveryRefused) as caught:
        parsed(raw, source)
    assert caught.value.rule == "swapped_dates"
    return str(caught.value)


def taken(raw: pl.DataFrame) -> list[date]:
    found = parsed(raw, "section_110_stays")
    assert found.set_aside == {}
    return found.frame["start_date"].to_list()


def test_a_workbook_that_passed_through_such_a_program_is_refused(tmp_path: Path) -> None:
    said = refused(workbook(tmp_path, [through_us_excel(d) for d in REAL]))
    assert "column INDSKREVET has dates in two forms" in said
    assert "(24 rows)" in said
    assert not any(danish(d) in said or d.isoformat() in said for d in REAL)


def test_moments_are_dates_too(tmp_path: Path) -> None:
    cells = [through_us_excel(d) for d in REAL]
    refused(workbook(tmp_path, [c if isinstance(c, str) else datetime(c.year, c.month, c.day) for c in cells]))


@pytest.mark.parametrize("cells", [REAL, [danish(d) for d in REAL]], ids=["dates", "texts"])
def test_a_workbook_of_one_kind_of_cells_is_read(tmp_path: Path, cells: list[Any]) -> None:
    assert taken(workbook(tmp_path, cells)) == REAL


@pytest.mark.parametrize("real", [{0, 7, 10, 11, 20, 33}, {12, 13, 14, 15}, set(range(0, 48, 2))])
def test_cells_of_both_kinds_that_do_not_share_out_the_days_are_read(tmp_path: Path, real: set[int]) -> None:
    cells = [d if k in real else danish(d) for k, d in enumerate(REAL)]
    assert taken(workbook(tmp_path, cells)) == REAL


@pytest.mark.parametrize(("early", "is_refused"), [(3, False), (4, True)])
def test_a_few_dates_are_no_pattern(tmp_path: Path, early: int, is_refused: bool) -> None:
    first = [date(2010, 3, d) for d in range(1, early + 1)]
    raw = workbook(tmp_path, [*first, *(danish(d) for d in REAL if d.day > 12)])
    if is_refused:
        assert "(4 rows)" in (said := refused(raw))
        assert "(1-5 rows)" in in_words(said)
    else:
        assert len(taken(raw)) == early + 24


def test_a_day_of_a_later_date_among_the_real_ones_shows_that_nothing_was_swapped(tmp_path: Path) -> None:
    cells = [d if d.day <= 12 else danish(d) for d in REAL]
    cells[-1] = REAL[-1]
    assert taken(workbook(tmp_path, cells)) == REAL


def test_a_text_file_with_such_a_column_is_refused_too() -> None:
    dates = [c if isinstance(c, str) else c.isoformat() for c in map(through_us_excel, REAL)]
    raw = frame("section_110_stays", 48, INDSKREVET=pl.Series(dates), UDSKREVET="31-12-2010")
    assert "column INDSKREVET" in refused(raw)
    # and where the later days are those in ISO form
    dates = [danish(d) if d.day <= 12 else d.isoformat() for d in REAL]
    refused(raw.with_columns(INDSKREVET=pl.Series(dates)))


def test_an_optional_date_is_asked_too_and_what_is_empty_is_no_date() -> None:
    ends = [c if isinstance(c, str) else c.isoformat() for c in map(through_us_excel, REAL)]
    raw = frame("drug_treatment", 60, ANMODNINGSDATO="")
    raw = raw.with_columns(
        BEHANDLINGAFSLUTTETDATO=pl.Series([*ends, *[""] * 12]), INDSKRIVNINGSDATO=pl.lit("01-01-2010")
    )
    assert "BEHANDLINGAFSLUTTETDATO" in refused(raw, "drug_treatment")


def test_the_days_of_a_file_of_events_are_asked_too(tmp_path: Path) -> None:
    place, placements = Place(tmp_path), delivery_of("dst_bua")
    days = [c if isinstance(c, str) else c.isoformat() for c in map(through_us_excel, REAL)]
    events = [f"{number(k)};0;{day};02;101;synthetic" for k, day in enumerate(days)]
    head = "PNR;HAENDELSE;HAENDELSESDATO;ANSTED_KLAS;HKOM;DATA_KIND"
    place.land("\n".join([head, *events]) + "\n", delivery=placements)
    (receipt,) = place.take(delivery=placements)[1].decided
    assert (receipt.state, receipt.rule) == ("refused", "swapped_dates")
    assert "HAENDELSESDATO" in str(receipt.message)
