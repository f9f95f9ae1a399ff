"""A duplicate is an identical row; rows that share a key and differ are all set aside, and the columns are named."""

import polars as pl
import pytest

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from tests.deliveries.made import frame, number, read


def changed(source: str, row: int, **values: str) -> pl.DataFrame:
    """400 good rows and a copy of one of them with other values."""
    raw = frame(source)
    copy = raw[row].with_columns(pl.lit(v).alias(c) for c, v in values.items())
    return pl.concat([raw, copy])


def test_an_identical_row_is_a_duplicate_and_the_first_one_stands() -> None:
    parsed = read(changed("section_110_stays", 7), "section_110_stays")
    assert (parsed.set_aside, parsed.noted) == ({"duplicate_row": 1}, {})
    assert parsed.frame["set_aside"][7] is None
    assert parsed.frame["set_aside"][400] == "duplicate_row"


def test_rows_that_share_a_key_and_differ_are_all_set_aside_and_the_columns_are_named() -> None:
    raw = changed("section_110_stays", 7, BETALINGSKOM="147", BOFORM_KOM="147")
    parsed = read(raw, "section_110_stays")
    assert parsed.set_aside == {"conflicting_rows": 2}
    assert parsed.noted == {"differs_in_facility_municipality": 2, "differs_in_paying_municipality": 2}
    assert parsed.frame.filter(pl.col("set_aside").is_not_null())["row_number"].to_list() == [8, 401]


def test_a_copy_of_a_row_that_is_in_conflict_is_a_duplicate_still() -> None:
    raw = changed("section_110_stays", 7, BETALINGSKOM="147")
    parsed = read(pl.concat([raw, raw[7]]), "section_110_stays")
    assert parsed.set_aside == {"conflicting_rows": 2, "duplicate_row": 1}


def test_a_broken_copy_neither_conflicts_nor_takes_the_good_row_s_place() -> None:
    parsed = read(changed("section_110_stays", 7, UDSKREVET="01-01-2010"), "section_110_stays")
    assert parsed.set_aside == {"end_date_before_start_date": 1}


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("section_110_stays", {"UDSKREVET": "01-02-2010"}),  # in and out again on the day of the admission
        ("dst_bua", {"HKOM": "147"}),  # the same case start under two municipalities
        ("dst_bufo", {"HKOM": "147"}),
        ("dst_kraf", {"AFG_AFGTYP3": "121"}),  # two decisions under one journal
        ("dst_kraf", {"AFG_AFGDTO": "2010-06-20"}),
        ("dst_kraf", {"AFG_GER7": "1285005"}),
    ],
)
def test_rows_that_only_shared_a_key_that_was_too_short_are_two_records(source: str, values: dict[str, str]) -> None:
    parsed = read(changed(source, 7, **values), source)
    assert parsed.set_aside == {}


@pytest.mark.parametrize(
    "end",
    [
        "",  # open in the one row and ended in the other
        "03-06-2010",  # ended on two days
        "02-02-2010",  # one night is a stay
        "01-03-2011",  # an end after the year has not come
    ],
)
def test_one_stay_with_two_ends_says_two_things(end: str) -> None:
    parsed = read(changed("section_110_stays", 7, UDSKREVET=end), "section_110_stays")
    assert parsed.set_aside == {"conflicting_rows": 2}
    assert parsed.noted["differs_in_end_date"] == 2
    assert parsed.frame.filter(pl.col("set_aside").is_not_null())["row_number"].to_list() == [8, 401]


def test_in_and_out_and_in_again_on_one_day_is_no_conflict_and_in_no_way_of_one() -> None:
    raw = changed("section_110_stays", 7, UDSKREVET="")
    same_day = raw[7].with_columns(UDSKREVET=pl.lit("01-02-2010"))
    parsed = read(pl.concat([raw, same_day, same_day]), "section_110_stays")
    assert parsed.set_aside == {"conflicting_rows": 2, "duplicate_row": 1}
    assert parsed.noted == {"differs_in_end_date": 2}
    assert parsed.frame["set_aside"][401] is None


def test_a_stay_that_ended_on_its_first_day_under_two_payers_is_a_conflict_of_its_own() -> None:
    raw = changed("section_110_stays", 7, UDSKREVET="01-02-2010")
    payers = raw[400].with_columns(BETALINGSKOM=pl.lit("147"))
    parsed = read(pl.concat([raw, payers]), "section_110_stays")
    assert (parsed.set_aside, parsed.noted) == ({"conflicting_rows": 2}, {"differs_in_paying_municipality": 2})
    assert parsed.frame["set_aside"][7] is None


def test_nobodys_stays_are_never_of_one_person() -> None:
    raw = frame("section_110_stays", 100)
    open_stays = raw.head(5).with_columns(UDSKREVET=pl.lit(""), CPR=pl.lit(""))
    nobody = raw.head(5).with_columns(CPR=pl.lit(""))
    parsed = read(pl.concat([raw, open_stays, nobody]), "section_110_stays")
    assert (parsed.set_aside, parsed.noted) == ({}, {"without_person": 10})


def test_contacts_that_an_id_tells_apart_may_begin_on_one_day_and_last() -> None:
    """Record 0077: one person can have two contacts of one kind and first day; the id names the row."""
    raw = changed("drug_treatment", 7, KONTAKTFORLOEBID="K99999", BEHANDLINGAFSLUTTETDATO="")
    assert read(raw, "drug_treatment").set_aside == {}


def test_weeks_of_a_person_that_differ_are_a_conflict() -> None:
    raw = frame("dst_dream").with_columns(
        pl.when(pl.int_range(pl.len()) == 1).then(pl.lit(number(0))).otherwise(pl.col("PNR")).alias("PNR"),
        pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("651")).otherwise(pl.col("Y_1247")).alias("Y_1247"),
    )
    parsed = read(raw, "dst_dream")
    assert parsed.set_aside == {"conflicting_rows": 2}
    assert parsed.noted["differs_in_reference_code"] == 2


def test_too_many_conflicts_refuse_the_file_and_the_message_names_the_columns() -> None:
    raw = frame("section_110_stays")
    copies = raw.head(30).with_columns(BETALINGSKOM=pl.lit("147"))
    with pytest.raises(DeliveryRefused, match="conflicting_rows: 60; differs_in_paying_municipality: 60"):
        read(pl.concat([raw, copies]), "section_110_stays")
