"""An amount of money that nobody has in a year stands for one that nobody knows."""

from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.specification import specification
from schemas.registry import delivered_sources
from tests.deliveries.made import frame, read, tried

PLACEHOLDERS = ["999999999", "99999999", "9999999", "99999999,99", "-99999999", "5000000,01"]
MONEY: dict[str, float | None] = {"5000000": 5e6, "0": 0.0, "-12500,50": -12500.5, "999999": 999999.0, "": None}


def test_a_placeholder_is_no_money_and_is_not_kept() -> None:
    found = tried("dst_income", "OFF_OVERFORSEL_13", PLACEHOLDERS)
    assert found["set_aside"].to_list() == ["value_out_of_bounds"] * len(PLACEHOLDERS)
    assert found["value"].null_count() == len(PLACEHOLDERS)


def test_what_a_family_can_have_is_read() -> None:
    found = tried("dst_income", "OFF_OVERFORSEL_13", list(MONEY))
    assert found["value"].to_list() == list(MONEY.values())
    assert found["set_aside"].null_count() == len(MONEY)


@pytest.mark.parametrize(("value", "dtype"), [(99999999.0, pl.Float64), (99999999, pl.Int64), (-(2**31), pl.Int32)])
def test_a_column_of_numbers_is_asked_too(value: Any, dtype: Any) -> None:
    amounts = pl.Series([value, *[12500] * 399], dtype=dtype)
    verdicts = read(frame("dst_income", OFF_OVERFORSEL_13=amounts), "dst_income").frame["set_aside"]
    assert (verdicts[0], verdicts[1:].null_count()) == ("value_out_of_bounds", 399)


def test_every_amount_is_a_number_and_its_supplier_is_told() -> None:
    amounts = [(s, v) for s in delivered_sources() for v in delivery_of(s).variables if v.amount]
    assert [(s, v.name, v.kind) for s, v in amounts] == [("dst_income", "OFF_OVERFORSEL_13", "number")]
    assert "5.000.000" in specification(delivery_of("dst_income"))
