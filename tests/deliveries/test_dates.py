"""Dates as a whole, with a year of four digits, on the day of their own zone; an end to come is an open end."""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from tests.deliveries.made import frame, read, tried

FIRST_FEBRUARY = date(2010, 2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "01-02-2010",
        "2010-02-01",
        " 01-02-2010\u00a0",
        "2010-02-01T00:00:00",
        "2010-02-01 00:00",
        "01-02-2010 00:00:00",
        "2010-02-01T00:00:00.000",
        "2010-02-01T00:00:00Z",
        "2010-02-01T00:00:00+01:00",
        "2010-02-01T00:00+0200",
    ],
)
def test_the_declared_form_and_iso_are_read(text: str) -> None:
    assert tried("section_110_stays", "INDSKREVET", [text]).row(0) == (FIRST_FEBRUARY, None)


@pytest.mark.parametrize(
    "text",
    [
        "02-03-12",
        "1-2-2010",
        "01/02/2010",
        "2010/02/01",
        "01.02.2010",
        "20100201",
        "40210",
        "40210.0",
        "31-11-2010",
        "30-02-2010",
        "29-02-2010",
        "00-01-2010",
        "01-13-2010",
        "2010-02-01x",
        "2010-02-01 13:45",
        "2010-01-31T23:00:00Z",
        "2010-02-01T00:00:01",
        "2010-02-01T00:00:00 Europe/Copenhagen",
        "01-02-20100",
        "0001-02-2010",
        "feb 2010",
        "2010",
        "2010-02",
        "2010-W05",
        "-1-02-2010",
        "01- 2-2010",
        "\uff10\uff11-02-2010",
        "NaT",
    ],
)
def test_anything_else_is_not_a_date(text: str) -> None:
    assert tried("section_110_stays", "INDSKREVET", [text]).row(0) == (None, "value_not_readable")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("02-03-0012", "value_out_of_bounds"),
        ("31-12-1899", "value_out_of_bounds"),
        ("01-01-1900", "value_out_of_bounds"),  # the day of systems that know none
        ("02-01-1900", None),
        ("31-12-2010", None),
        ("01-01-2011", "outside_period"),
        ("31-12-9999", "outside_period"),
    ],
)
def test_a_start_lies_between_1900_and_the_end_of_the_period(text: str, rule: str | None) -> None:
    # an administrative number tells no birth date, which would come after 1900
    stays = tried("section_110_stays", "INDSKREVET", [text], UDSKREVET="", CPR="6201650000")
    assert stays["set_aside"].to_list() == [rule]


def test_an_event_after_the_period_has_not_happened() -> None:
    """The day of an offence has no rule of its own for the period, and one that is not known cannot come first."""
    found = tried("special_team_log", "VOLDSSTART", ["2010-03-04", "2010-12-31", "2011-01-01", "1899-12-31"])
    rule = "contact_date_before_violence_start"
    assert found["set_aside"].to_list() == [None, rule, rule, "value_out_of_bounds"]
    stays = tried("section_110_stays", "INDSKREVET", ["2011-01-01"], UDSKREVET="31-12-9999")
    assert stays["set_aside"].to_list() == ["outside_period"]
    assert tried("drug_treatment", "ANMODNINGSDATO", ["01-01-2011"])["set_aside"][0] == "start_date_before_request_date"
    assert tried("drug_treatment", "STATUSDATO", ["31-12-2011", "01-01-2012"])["set_aside"].to_list() == [
        None,
        "date_to_come",
    ]


def test_what_follows_an_event_may_lie_in_the_year_after_and_no_later() -> None:
    found = tried("psychiatry_discharge_notifications", "UNDERRETNINGSDATO", ["2011-01-03", "2011-12-31", "2012-01-01"])
    assert found["set_aside"].to_list() == [None, None, "date_to_come"]


@pytest.mark.parametrize("end", ["31-12-9999", "01-01-2011", "2099-01-01"])
def test_an_end_to_come_is_an_open_end_and_said(end: str) -> None:
    parsed = read(frame("section_110_stays", 40, UDSKREVET=end), "section_110_stays")
    assert parsed.set_aside == {}
    assert parsed.noted == {"end_to_come": 40}
    assert parsed.frame["end_date"].null_count() == 40


def test_an_end_on_the_last_day_of_the_period_is_an_end() -> None:
    parsed = read(frame("section_110_stays", 40, UDSKREVET="31-12-2010"), "section_110_stays")
    assert parsed.noted == {}
    assert set(parsed.frame["end_date"]) == {date(2010, 12, 31)}


def test_an_end_before_1900_is_no_end() -> None:
    found = tried("section_110_stays", "UDSKREVET", ["01-01-0001", "31-12-1899"])
    assert found["set_aside"].to_list() == ["value_out_of_bounds"] * 2


@pytest.mark.parametrize("zone", [None, "Europe/Copenhagen", "UTC", "America/New_York", "Asia/Tokyo"])
def test_midnight_is_the_day_of_its_own_zone(zone: str | None) -> None:
    raw = frame("section_110_stays", 6).with_columns(
        pl.Series("INDSKREVET", [datetime(2010, 2, 1)] * 6).dt.replace_time_zone(zone),
        pl.Series("UDSKREVET", [datetime(2010, 6, 2)] * 6).dt.replace_time_zone(zone),
    )
    found = read(raw, "section_110_stays").frame
    assert set(found["start_date"]) == {FIRST_FEBRUARY}
    assert set(found["end_date"]) == {date(2010, 6, 2)}


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Copenhagen"])
def test_a_time_of_day_where_a_day_belongs_refuses_the_file(zone: str | None) -> None:
    """23:00 is what Copenhagen's midnight looks like after somebody turned it into UTC: the day before."""
    late = pl.Series("INDSKREVET", [datetime(2010, 1, 31, 23)] * 6).dt.replace_time_zone(zone)
    with pytest.raises(DeliveryRefused, match=r"column_type.*INDSKREVET"):
        read(frame("section_110_stays", 6, INDSKREVET=late), "section_110_stays")


@pytest.mark.parametrize("values", [[40210] * 6, [40210.0] * 6, [True] * 6, [1577836800] * 6])
def test_a_number_is_never_a_date(values: list[Any]) -> None:
    with pytest.raises(DeliveryRefused, match=r"column_type.*INDSKREVET"):
        read(frame("section_110_stays", 6, INDSKREVET=pl.Series(values)), "section_110_stays")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-04-01T13:45:00", date(2019, 4, 1)),
        ("2019-04-01 23:59", date(2019, 4, 1)),
        ("2019-04-01T23:30:00+02:00", date(2019, 4, 1)),
        ("2019-04-01", date(2019, 4, 1)),
        ("2019-04-01T00:00:00Z", date(2019, 4, 1)),
        ("2019-04-01T23:30:00Z", None),
        ("2019-04-01T23:30+00:00", None),
        ("2019-04-01T24:00:00", None),
        ("2019-04-01T12:60", None),
    ],
)
def test_a_point_of_time_is_read_by_its_day_but_never_from_utc(text: str, expected: date | None) -> None:
    found = tried("psychiatry_contacts_lpr3", "kont_starttidspunkt", [text]).row(0)
    assert found == (expected, None if expected else "value_not_readable")


@pytest.mark.parametrize(("zone", "read_as"), [(None, 1), ("Europe/Copenhagen", 1), ("UTC", None)])
def test_points_of_time_from_a_typed_file(zone: str | None, read_as: int | None) -> None:
    times = pl.Series("kont_starttidspunkt", [datetime(2019, 4, 1, 23, 30)] * 6).dt.replace_time_zone(zone)
    raw = frame("psychiatry_contacts_lpr3", 6, kont_starttidspunkt=times)
    if read_as is None:
        with pytest.raises(DeliveryRefused, match=r"column_type.*kont_starttidspunkt"):
            read(raw, "psychiatry_contacts_lpr3")
    else:
        assert set(read(raw, "psychiatry_contacts_lpr3").frame["start_date"]) == {date(2019, 4, read_as)}
