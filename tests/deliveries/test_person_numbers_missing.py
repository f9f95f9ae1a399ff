"""Rows without a person number: anonymous guests and foreigners are rows of nobody, not broken rows."""

import polars as pl
import pytest

from handleplan_pipeline.lake.pseudonym import Pseudonymiser
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from schemas.sources.delivery_shape import ID_TYPES
from tests.deliveries.made import KEY, frame, number, read


def blanked(source: str, name: str, rows: int, value: str = "") -> pl.DataFrame:
    first = pl.int_range(pl.len()) < rows
    return frame(source).with_columns(pl.when(first).then(pl.lit(value)).otherwise(pl.col(name)).alias(name))


@pytest.mark.parametrize(("source", "name", "rows"), [("section_110_stays", "CPR", 52), ("dst_kraf", "PNR", 24)])
def test_what_registers_really_hold_is_accepted(source: str, name: str, rows: int) -> None:
    """13 per cent anonymous guests, 6 per cent foreigners without a number."""
    parsed = read(blanked(source, name, rows), source)
    assert (parsed.set_aside, parsed.noted) == ({}, {"without_person": rows})
    assert parsed.frame["set_aside"].value_counts().sort("set_aside").rows() == [
        (None, 400 - rows),
        ("without_person", rows),
    ]


@pytest.mark.parametrize(("source", "name", "rows", "share"), [
    ("section_110_stays", "CPR", 101, "25%"), ("dst_kraf", "PNR", 61, "15%")
])  # fmt: skip
def test_more_than_the_declared_share_refuses_the_file(source: str, name: str, rows: int, share: str) -> None:
    with pytest.raises(DeliveryRefused, match=f"{rows} of 400 rows have no person number, more than the {share}"):
        read(blanked(source, name, rows), source)


def test_rows_of_nobody_do_not_use_up_the_share_of_broken_rows() -> None:
    raw = blanked("section_110_stays", "CPR", 60)
    raw = raw.with_columns(
        UDSKREVET=pl.when(pl.int_range(pl.len()) >= 380).then(pl.lit("01-01-2010")).otherwise(pl.col("UDSKREVET"))
    )
    parsed = read(raw, "section_110_stays")
    assert parsed.set_aside == {"end_date_before_start_date": 20}
    assert parsed.noted == {"without_person": 60}


def test_two_guests_without_a_number_are_never_copies_of_each_other() -> None:
    raw = blanked("section_110_stays", "CPR", 2).with_columns(BOFORM_ID=pl.lit("B1"))
    parsed = read(raw, "section_110_stays")
    assert (parsed.set_aside, parsed.noted) == ({}, {"without_person": 2})


def test_a_broken_row_without_a_number_is_broken() -> None:
    raw = blanked("section_110_stays", "CPR", 1)
    raw = raw.with_columns(
        UDSKREVET=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("01-01-2010")).otherwise(pl.col("UDSKREVET"))
    )
    assert read(raw, "section_110_stays").set_aside == {"end_date_before_start_date": 1}


def test_the_number_of_somebody_unidentified_is_nobody_s() -> None:
    parsed = read(blanked("dst_kraf", "PNR", 3, "300200ABCD"), "dst_kraf")
    assert (parsed.set_aside, parsed.noted) == ({}, {"without_person": 3})
    found = Pseudonymiser(KEY, "test").pseudonymise(pl.Series(["300200ABCD", "300200-ABC1", "310200ABCD", number(1)]))
    assert found["id_type"].to_list()[:3] == ["unidentified", "unidentified", "invalid"]
    assert found["person"].null_count() == 3
    assert set(found["id_type"]) <= set(ID_TYPES)


@pytest.mark.parametrize(("value", "rule"), [("", "person_number_missing"), ("300200ABCD", "person_number_invalid")])
def test_where_everybody_has_a_number_a_row_without_is_broken(value: str, rule: str) -> None:
    assert read(blanked("drug_treatment", "CPR", 3, value), "drug_treatment").set_aside == {rule: 3}
