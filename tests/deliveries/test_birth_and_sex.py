"""Birth date and sex of a row are those of its person number, by the CPR office's rule of centuries and parity."""

from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from schemas.registry import delivered_sources
from tests.deliveries.made import frame, read


def row(number: str, birth: str, sex: str) -> str | None:
    """The verdict on a row of the population among 399 good ones."""
    raw = frame("dst_bef")
    first = {"PNR": number, "FOED_DAG": birth, "KOEN": sex}
    raw = raw.with_columns(pl.Series(c, [v, *raw[c][1:].to_list()]) for c, v in first.items())
    verdicts = read(raw, "dst_bef").frame["set_aside"]
    assert verdicts[1:].null_count() == 399
    found: str | None = verdicts[0]
    return found


@pytest.mark.parametrize(
    ("number", "birth", "sex", "rule"),
    [
        # seventh digit 0-3: 1900-1999
        ("0201650000", "02-01-1965", "2", None),
        ("0201650000", "01-02-1965", "2", "birth_date_not_of_number"),
        ("0201650000", "02-01-1965", "1", "sex_not_of_number"),
        ("3108993001", "31-08-1999", "1", None),
        ("3108993001", "31-08-1999", "2", "sex_not_of_number"),
        ("3108993000", "31-08-1899", "2", "value_out_of_bounds"),
        # 4 and 9: 2000-2036 or 1937-1999; 5 to 8: 2000-2057 or 1858-1899
        ("0201004000", "02-01-2000", "2", None),
        ("0201004000", "02-01-1900", "2", "birth_date_not_of_number"),
        ("1506379000", "15-06-1937", "2", None),
        ("2902005000", "29-02-2000", "2", None),
        # both wrong: the date is named first
        ("0201650000", "03-01-1965", "1", "birth_date_not_of_number"),
        # not a person number: nothing to hold against it
        ("6201650000", "02-01-1965", "1", None),
        ("060649AAAA", "01-01-2001", "1", None),
        ("3002994000", "02-01-1965", "1", "person_number_invalid"),
    ],
)
def test_the_population_agrees_with_its_numbers(number: str, birth: str, sex: str, rule: str | None) -> None:
    assert row(number, birth, sex) == rule


@pytest.mark.parametrize(("sex", "rule"), [("K", None), ("M", "sex_not_of_number")])
def test_the_log_of_the_team_agrees_with_its_numbers(sex: str, rule: str | None) -> None:
    raw = frame("special_team_log").with_columns(KOEN=pl.Series([sex] + ["K"] * 399))
    assert read(raw, "special_team_log").frame["set_aside"][0] == rule


def test_an_anonymous_contact_has_no_number_to_agree_with() -> None:
    raw = frame("special_team_log", 40, CPR="", ANONYM="J", KOEN="M")
    assert read(raw, "special_team_log").set_aside == {}


def test_columns_that_were_shifted_against_each_other_refuse_the_file_without_a_value() -> None:
    raw = frame("dst_bef", 60)
    shifted = raw.with_columns(PNR=pl.concat([raw["PNR"][1:], raw["PNR"][:1]]))
    with pytest.raises(DeliveryRefused, match=r"row_rules.*birth_date_not_of_number: 60") as caught:
        read(shifted, "dst_bef")
    assert not any(n in str(caught.value) for n in raw["PNR"])


def test_neither_birth_nor_sex_of_a_number_is_stored_beyond_what_was_delivered() -> None:
    stored = read(frame("section_110_stays", 6), "section_110_stays").frame
    assert stored.columns == delivery_of("section_110_stays").table.column_names
    assert not {"birth", "sex"} & set(stored.columns)


def test_every_declared_sex_knows_what_its_codes_mean() -> None:
    told: list[Any] = [(s, v) for s in delivered_sources() for v in delivery_of(s).variables if v.sexes or v.birth]
    assert [(s, v.name) for s, v in told] == [
        ("dst_bef", "KOEN"),
        ("dst_bef", "FOED_DAG"),
        ("special_team_log", "KOEN"),
    ]
    for source, v in told:
        listed = {c.code: c.means.get("sex") for x in load_catalogue().closed_lists(source, v.name) for c in x.codes}
        assert {code: listed[code] for code, _ in v.sexes} == dict(v.sexes)
        assert {sex for _, sex in v.sexes} <= {"men", "women"}
