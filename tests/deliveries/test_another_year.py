"""A small file may have a handful of broken rows, but none of rows of other years: that is another year's file."""

import polars as pl
import pytest

from handleplan_pipeline.lake.told import in_words
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from tests.deliveries.made import frame, read

PAST, THIS_YEAR = ("01-02-2008", "02-06-2008"), ("01-02-2010", "02-06-2010")


def stays(rows: int, past: int, unread: int = 0) -> pl.DataFrame:
    """Stays of 2010, of which the first ended in 2008 and the last have a day that cannot be read."""
    spans = [PAST] * past + [THIS_YEAR] * (rows - past - unread) + [("31-02-2010", "02-06-2010")] * unread
    return frame("section_110_stays", rows).with_columns(
        INDSKREVET=pl.Series([a for a, _ in spans]), UDSKREVET=pl.Series([b for _, b in spans])
    )


@pytest.mark.parametrize(
    ("rows", "past"),
    [
        (10, 3),  # three tenths
        (10, 5),  # half was let in
        (4, 1),  # a quarter
        (24, 5),
        (14, 3),
    ],
)
def test_more_than_a_fifth_of_another_year_refuses_a_small_file(rows: int, past: int) -> None:
    with pytest.raises(DeliveryRefused) as caught:
        read(stays(rows, past), "section_110_stays")
    assert caught.value.rule == "period"
    assert f"{past} of {rows} rows lie outside 2010" in str(caught.value)
    assert "1-5 of" in in_words(str(caught.value))


@pytest.mark.parametrize(("rows", "past"), [(10, 2), (5, 1), (25, 5), (40, 5), (200, 10)])
def test_a_few_rows_of_another_year_are_set_aside(rows: int, past: int) -> None:
    assert read(stays(rows, past), "section_110_stays").set_aside == {"outside_period": past}


def test_other_broken_rows_of_a_small_file_keep_their_handful() -> None:
    assert read(stays(10, 0, unread=5), "section_110_stays").set_aside == {"value_not_readable": 5}
    mixed = read(stays(12, 2, unread=3), "section_110_stays").set_aside
    assert mixed == {"outside_period": 2, "value_not_readable": 3}


@pytest.mark.parametrize(("rows", "past"), [(100, 6), (200, 11)])
def test_a_larger_file_may_have_no_more_than_before(rows: int, past: int) -> None:
    """Five per cent, of whatever rule."""
    with pytest.raises(DeliveryRefused, match=f"^period.*{past} of {rows} rows break a rule"):
        read(stays(rows, past), "section_110_stays")
