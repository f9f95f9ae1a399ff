"""Numbers as the declared dialect writes them, or not at all. Expected values are read off the definition by hand."""

import math
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.values import text_of, value_of
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import Delivery, Dialect, Period, Variable
from tests.deliveries.made import frame, read, tried

NUMBERS = {
    "18,5": 18.5,
    "0,333333333": 0.333333333,
    "-3,25": -3.25,
    "1.234.567,8": 1234567.8,
    "1.234,0": 1234.0,
    "1.234.567": 1234567.0,
    "12500": 12500.0,
    " 9,125\u00a0": 9.125,
    "\u202f7": 7.0,
    "-0,5": -0.5,
    "007,5": 7.5,
}
NO_NUMBERS = (
    "12.34",
    "10.33",
    "10.333",
    "9.5",
    "1.2345",
    "12,345,6",
    "1 234",
    "1\u00a0234",
    "1.23.456",
    ".5",
    ",5",
    "5,",
    "1,5,0",
    "0.123,4",
    "01.234,5",
    "\u22125",
    "5-",
    "+5",
    "1e5",
    "1E5",
    "1,5e3",
    "NaN",
    "inf",
    "-inf",
    "1'234",
    "0x10",
    "\uff15",
)


def test_decimal_numbers_of_the_dialect_are_read() -> None:
    found = tried("dst_income", "OFF_OVERFORSEL_13", list(NUMBERS))
    assert found["value"].to_list() == list(NUMBERS.values())
    assert found["set_aside"].null_count() == len(NUMBERS)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_not_a_number_of_the_dialect_as_a_whole_is_not_read(text: str) -> None:
    """10.333 above all: in a file of another dialect it is ten and a third, never ten thousand."""
    assert tried("dst_income", "OFF_OVERFORSEL_13", [text]).row(0) == (None, "value_not_readable")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4", 4), ("1.204", 1204), ("1.234.567", 1234567), ("12,0", 12), ("9223372036854775807", 2**63 - 1), ("-5", -5)],
)
def test_whole_numbers_of_the_dialect_are_read(text: str, expected: int) -> None:
    assert one("integer", text) == expected


@pytest.mark.parametrize(
    "text", ["12,5", "12.0", "1.20", "0.123", "1.2345", "9223372036854775808", "1e3", "4 0", "\u22125", "- 5", "--5"]
)
def test_what_is_not_a_whole_number_is_not_read(text: str) -> None:
    assert one("integer", text) is None


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        (Dialect(decimal=".", thousands=","), "1,234.5", 1234.5),
        (Dialect(decimal=".", thousands=","), "10.333", 10.333),
        (Dialect(decimal=".", thousands=","), "10,333", None),
        (Dialect(decimal=".", thousands=None), "1,234.5", None),
        (Dialect(decimal=",", thousands=" "), "1 234,5", 1234.5),
        (Dialect(decimal=",", thousands=" "), "1\u00a0234", 1234),
        (Dialect(decimal=",", thousands=" "), "1.234,5", None),
        (Dialect(decimal=",", thousands=None), "1.234", None),
    ],
)
def test_the_marks_are_those_the_delivery_declares(dialect: Dialect, text: str, expected: float | None) -> None:
    assert one("number", text, dialect) == expected


def test_one_mark_cannot_be_both() -> None:
    with pytest.raises(ValueError, match="both"):
        Dialect(decimal=".", thousands=".")


def one(kind: Any, text: str, dialect: Dialect | None = None) -> Any:
    v = Variable("X", "x", kind, "x", "x", "1")
    period = Period("none")
    d = Delivery("x", "x", "person", (v,), ("x",), period, "x", "x", dialect=dialect or Dialect())
    return pl.DataFrame({"X": [text]}).select(value_of(v, pl.col("X"), d, pl.String()))["X"][0]


@pytest.mark.parametrize(
    ("value", "dtype", "expected", "rule"),
    [
        (12.0, pl.Float64, 12, None),
        (12.5, pl.Float64, None, "value_not_readable"),
        (math.nan, pl.Float64, None, "value_not_readable"),
        (math.inf, pl.Float64, None, "value_not_readable"),
        (1e300, pl.Float64, None, "value_not_readable"),
        (12, pl.UInt8, 12, None),
        (12, pl.Float32, 12, None),
        (2**64 - 1, pl.UInt64, None, "value_not_readable"),
        (0, pl.UInt64, 0, None),
        (-1, pl.Int16, None, None),
    ],
)
def test_whole_numbers_from_columns_of_numbers(value: Any, dtype: Any, expected: int | None, rule: str | None) -> None:
    if value == 2**64 - 1:
        with pytest.raises(DeliveryRefused, match=r"no_person_numbers_here|column_type") as caught:
            read(frame("summed_counts", NAEVNER=pl.Series([value] * 400, dtype=dtype)), "summed_counts")
        assert str(value) not in str(caught.value)
        return
    found = tried("summed_counts", "TAELLER", [value], good=10, dtype=dtype).row(0)
    assert found == ((None, "value_out_of_bounds") if value == -1 else (expected, rule))


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (9.125, pl.Float64, 9.125),
        (10.333333, pl.Float64, 10.333333),
        (7, pl.Int32, 7.0),
        (math.nan, pl.Float64, None),
        (-math.inf, pl.Float64, None),
        (10**17 - 1, pl.Int64, None),
    ],
)
def test_decimal_numbers_from_columns_of_numbers(value: Any, dtype: Any, expected: float | None) -> None:
    found = tried("dst_income", "OFF_OVERFORSEL_13", [value], good=1, dtype=dtype).row(0)
    assert found == (expected, None if expected is not None else "value_not_readable")


def test_a_decimal_column_is_read_as_numbers() -> None:
    amounts = pl.Series(["12.50"] * 400).cast(pl.Decimal(10, 2))
    assert set(read(frame("dst_income", OFF_OVERFORSEL_13=amounts), "dst_income").frame["public_transfers"]) == {12.5}


@pytest.mark.parametrize("values", [[True] * 400, [date(2010, 1, 1)] * 400])
def test_flags_and_dates_are_no_numbers(values: list[Any]) -> None:
    with pytest.raises(DeliveryRefused, match=r"column_type.*OFF_OVERFORSEL_13"):
        read(frame("dst_income", OFF_OVERFORSEL_13=pl.Series(values)), "dst_income")


def test_a_hidden_figure_and_nil_belong_to_tables_of_counts() -> None:
    found = tried("summed_counts", "TAELLER", ["..", "*", ".", "-", ""])
    assert found["value"].to_list() == [None, None, None, 0, None]
    assert found["set_aside"].null_count() == 5
    assert tried("dst_income", "OFF_OVERFORSEL_13", ["-"]).row(0) == (None, "value_not_readable")
    assert tried("summed_counts", "KOM", [".."]).row(0) == (None, "value_not_readable")


def test_a_column_with_decimal_points_refuses_the_file() -> None:
    raw = frame("summed_counts", 3, VAERDI=pl.Series(["10.333", "9.5", "12.25"]))
    with pytest.raises(DeliveryRefused, match=r"column_type.*VAERDI"):
        read(raw, "summed_counts")


def test_a_numerator_above_its_denominator_is_set_aside_by_that_name() -> None:
    raw = frame("summed_counts").with_columns(
        TAELLER=pl.Series(["999", "340", "341", ".."] + ["12"] * 396),
        NAEVNER=pl.Series(["3", "340", "340", "3"] + ["340"] * 396),
    )
    found = read(raw, "summed_counts").frame["set_aside"].to_list()
    assert found[:4] == ["numerator_above_denominator", None, "numerator_above_denominator", None]


@pytest.mark.parametrize(("rows", "numerator", "denominator"), [(40, "1", "2"), (19, "1", "1"), (1, "0", "1")])
def test_cells_of_one_or_two_persons_are_a_list_of_persons_however_few(
    rows: int, numerator: str, denominator: str
) -> None:
    with pytest.raises(DeliveryRefused, match=rf"counts_not_persons.*{rows} of {rows}"):
        read(frame("summed_counts", rows, TAELLER=numerator, NAEVNER=denominator), "summed_counts")


def test_some_small_cells_are_no_list_of_persons() -> None:
    small = pl.Series(["2"] * 5 + ["340"] * 5)
    assert read(frame("summed_counts", 10, TAELLER="1", NAEVNER=small), "summed_counts").set_aside == {}


def test_no_text_without_a_list_or_a_form_can_be_declared() -> None:
    from handleplan_pipeline.sources.deliveries.command import delivery_of

    with pytest.raises(ValueError, match="codes or a pattern"):
        Variable("NOTE", "note", "text", "Note", "Note", "x")
    assert all(delivery_of(s).variables for s in delivered_sources())


def by_hand(text: str) -> float | None:
    """The grammar of a Danish decimal number, read letter by letter and without regular expressions."""
    body = text.strip().removeprefix("-")
    whole, comma, decimals = body.partition(",")
    if comma and not (decimals.isascii() and decimals.isdigit()):
        return None
    groups = whole.split(".")
    if not all(g.isascii() and g.isdigit() for g in groups):
        return None
    if len(groups) > 1:
        if len(groups[0]) > 3 or groups[0][0] == "0" or any(len(g) != 3 for g in groups[1:]):
            return None
        if len(groups) == 2 and not comma:
            return None
    sign = -1.0 if text.strip().startswith("-") else 1.0
    return sign * float("".join(groups) + "." + (decimals or "0"))


@given(st.text(alphabet="0123456789.,-+ eE\u00a0", max_size=12))
def test_every_text_is_the_number_the_grammar_says_or_none(text: str) -> None:
    found = tried_alone(text)
    assert found == by_hand(text)


def tried_alone(text: str) -> float | None:
    """As a column is read: the text trimmed first."""
    v = Variable("X", "x", "number", "x", "x", "1")
    d = Delivery("x", "x", "person", (v,), ("x",), Period("none"), "x", "x")
    raw = pl.DataFrame({"X": [text]})
    given_text = raw.select(text_of("X", pl.String()))
    found: float | None = given_text.select(value_of(v, pl.col("X"), d, pl.String()))["X"][0]
    return found
