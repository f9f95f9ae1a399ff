"""Rows of whoever is made younger are cut at the birth, in the form in which they are written."""

from datetime import date

import polars as pl
import pytest

from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.synthetic.lived import cut_at_birth, dates_in, later

BORN = date(2010, 5, 15)


def cut(source: str, period: int, rows: pl.DataFrame, birth: date | None = BORN) -> list[tuple[object, ...]]:
    return cut_at_birth(rows, delivery_of(source), period, pl.lit(birth, pl.Date)).rows()


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (("01-02-2010", "01-03-2010"), []),  # over before the birth
        (("01-02-2010", "14-05-2010"), []),
        (("01-02-2010", "15-05-2010"), [("15-05-2010", "15-05-2010")]),  # to the day of birth
        (("01-02-2010", "01-08-2010"), [("15-05-2010", "01-08-2010")]),
        (("01-02-2010", ""), [("15-05-2010", "")]),  # it goes on
        (("15-05-2010", "16-05-2010"), [("15-05-2010", "16-05-2010")]),
    ],
)
def test_what_goes_on_over_a_birth_begins_on_it(said: tuple[str, str], left: list[tuple[str, str]]) -> None:
    rows = pl.DataFrame({"INDSKREVET": [said[0]], "UDSKREVET": [said[1]]})
    assert cut("section_110_stays", 2010, rows) == left


def test_a_file_of_a_year_before_the_birth_tells_nothing() -> None:
    assert cut("section_110_stays", 2009, pl.DataFrame({"INDSKREVET": ["01-02-2009"], "UDSKREVET": [""]})) == []


def test_an_event_of_one_day_is_before_or_not() -> None:
    days = pl.DataFrame({"AFG_GERDTO": [date(2010, 5, 14), date(2010, 5, 15)]})
    assert cut("dst_kraf", 2010, days) == [(date(2010, 5, 15),)]


def test_an_earlier_day_of_a_later_event_is_the_birth() -> None:
    log = pl.DataFrame({"DATO": ["2010-06-01", "2010-04-01"], "VOLDSSTART": ["2009-01-01", ""], "X": ["a", "b"]})
    assert cut("special_team_log", 2010, log) == [("2010-06-01", "2010-05-15", "a")]


def test_who_has_no_birth_keeps_all_and_what_has_no_date_is_kept() -> None:
    rows = pl.DataFrame({"INDSKREVET": ["01-02-2009"], "UDSKREVET": [""]})
    assert cut("section_110_stays", 2009, rows, None) == rows.rows()
    weeks = pl.DataFrame({"PNR": ["x"], "Y_0801": ["730"]})
    assert cut("dst_dream", 2008, weeks) == weeks.rows()


def test_a_birth_date_is_moved_by_nobody_and_every_other_date_is() -> None:
    bef = pl.DataFrame({"FOED_DAG": ["01-02-1960"], "Referencedato": ["01-01-2009"]})
    assert dates_in(bef, delivery_of("dst_bef")) == {"Referencedato": "population_date"}
    assert later(bef, delivery_of("dst_bef"), "3y").rows() == [("01-02-1960", "01-01-2012")]
