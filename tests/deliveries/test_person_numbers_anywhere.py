"""No person number stays in clear: every column of every type, every spelling, with anything before or behind it."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.lake.pseudonym import CPR_LIKE, classify
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from schemas.registry import delivered_sources
from tests.deliveries.made import frame, number, read

REFUSED = "no_person_numbers_here"
OTHER = "3112994000"
"""A number of somebody who is not in the row."""

SPELLINGS = (
    "3112994000",
    "311299-4000",
    "311299 4000",
    "31 12 99 4000",
    "31-12-99-4000",
    "31.12.99-4000",
    "311299.4000",
    "311299\u20114000",
    "311299\u20134000",
    "311299\u20144000",
    "311299\u22124000",
    "311299\u00a04000",
    "311299 - 4000",
    "3 1 1 2 9 9 4 0 0 0",
    "31 12 99 40 00",
    "\uff13\uff11\uff11\uff12\uff19\uff19\uff14\uff10\uff10\uff10",
    "\u0663\u0661\u0661\u0662\u0669\u0669\u0664\u0660\u0660\u0660",
    "S-3112994000",
    "S3112994000X",
    "3112994000_2012.pdf",
    "a 3112994000 b",
    "x311299-4000",
    "(3112994000)",
    "3112994000.0",
    "id:3112994000;",
    "9112994000",
    "2012-3112994000",
    "20123112994000",
    "311299/4000",
    "201650000",
    "20165-0000",
    "S-201650000",
)


@pytest.mark.parametrize("text", SPELLINGS)
def test_one_number_in_a_column_where_none_belongs_refuses_the_file(text: str) -> None:
    """Never a value in the sentence, but the column and how many rows."""
    raw = frame("section_110_stays").with_columns(BOFORM_ID=pl.Series([*(f"B{k:04d}" for k in range(399)), text]))
    with pytest.raises(DeliveryRefused, match=rf"{REFUSED}: a.csv: column BOFORM_ID .* in 1 rows") as caught:
        read(raw, "section_110_stays")
    assert text not in str(caught.value)


TYPED = {
    "category": pl.Series([OTHER] * 6, dtype=pl.Categorical),
    "enum": pl.Series([OTHER] * 6, dtype=pl.Enum([OTHER])),
    "uint64": pl.Series([int(OTHER)] * 6, dtype=pl.UInt64),
    "uint32": pl.Series([int(OTHER)] * 6, dtype=pl.UInt32),
    "int64": pl.Series([int(OTHER)] * 6),
    "float": pl.Series([float(OTHER)] * 6),
    "nine": pl.Series([311650002] * 6),
    "float with nothing": pl.Series([None, float(OTHER), None, None, None, None]),
    "decimal": pl.Series([OTHER] * 6).cast(pl.Decimal(12, 0)),
    "negative": pl.Series([-int(OTHER)] * 6),
    "float with decimals": pl.Series([int(OTHER) + 0.5] * 6),
}


@pytest.mark.parametrize("kind", TYPED)
@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("section_110_stays", "BOFORM_ID"),
        ("section_110_stays", "INDSKREVET"),
        ("section_110_stays", "BETALINGSKOM"),
        ("dst_dream", "Y_1246"),
        ("summed_counts", "NAEVNER"),
        ("summed_counts", "VAERDI"),
        ("dst_udfk", "SKOLEAAR"),
        ("address_history", "CO_ADRESSE"),
        ("address_history", "CPRSTATUS"),
        ("dst_kraf", "JOURNR"),
    ],
)
def test_every_column_of_every_type_is_looked_through(source: str, name: str, kind: str) -> None:
    if name == "JOURNR" and kind == "nine":
        # 12 of 100 ids of nine digits look so; a single one is no evidence, and is not stored as it came
        parsed = read(frame(source, 6, **{name: TYPED[kind]}), source)
        assert parsed.noted == {"id_stored_as_mark": 6}
        return
    with pytest.raises(DeliveryRefused, match=rf"{REFUSED}.*column {name} "):
        read(frame(source, 6, **{name: TYPED[kind]}), source)


def test_true_dates_and_decimals_are_no_person_numbers() -> None:
    """02-01-2010 00:00:00 and 2012-11-10 12 have ten digits and more; 0,201650000 is a share."""
    read(
        frame("section_110_stays", 6, INDSKREVET="02-01-2010 00:00:00", UDSKREVET="2010-11-10T00:00:00Z"),
        "section_110_stays",
    )
    read(frame("section_110_stays", 6, INDSKREVET=pl.Series([date(2010, 1, 2)] * 6)), "section_110_stays")
    read(
        frame("psychiatry_contacts_lpr3", 6, kont_starttidspunkt="2019-04-01T12:34:56.123456"),
        "psychiatry_contacts_lpr3",
    )
    read(frame("summed_counts", 6, VAERDI="0,201650000"), "summed_counts")
    read(frame("summed_counts", 6, VAERDI="18,0201650000"), "summed_counts")
    read(frame("dst_income", 6, OFF_OVERFORSEL_13=pl.Series([0.0201650000123] * 6)), "dst_income")


def ids(values: list[Any]) -> pl.DataFrame:
    return frame("dst_kraf", len(values)).with_columns(pl.Series("JOURNR", values))


@pytest.mark.parametrize("form", ["S-{}", "{}", "{}-01", "2012{}", "{}77", "S{}X", "20-{}-9"])
def test_the_rows_own_number_in_its_id_refuses_the_file_in_a_single_row(form: str) -> None:
    values = [f"S-{k:06d}" for k in range(399)]
    with pytest.raises(DeliveryRefused, match=rf"{REFUSED}.*JOURNR .* in 1 rows"):
        read(ids([*values, form.format(number(399))]), "dst_kraf")


@pytest.mark.parametrize("form", ["S-{}", "{}", "{}-X"])
def test_ids_that_are_other_peoples_numbers_refuse_the_file(form: str) -> None:
    for rows in (1, 6, 100):
        with pytest.raises(DeliveryRefused, match=rf"{REFUSED}.*JOURNR .* in {rows} rows"):
            read(ids([form.format(number(k + 500)) for k in range(rows)]), "dst_kraf")


def test_a_number_among_other_ids_is_never_stored_but_as_a_mark() -> None:
    """Four hundred ids of ten digits, all in month 99, and one that could be a person."""
    values = [f"{(k % 28) + 1:02d}99{k:06d}" for k in range(399)]
    parsed = read(ids([*values, OTHER]), "dst_kraf")
    stored = parsed.frame["case_id"].to_list()
    assert stored[:399] == values
    assert OTHER not in stored[399]
    assert pl.Series([stored[399]]).str.contains("^X[A-P]{19}$").all()
    assert parsed.noted == {"id_stored_as_mark": 1}
    assert parsed.set_aside == {}


@pytest.mark.parametrize(
    "values",
    [
        [f"2010{k:05d}" for k in range(40)],
        [f"O2010{k:05d}" for k in range(3)],
        [f"2010-{k:06d}" for k in range(40)],
        [f"{1203450000 + k}" for k in range(40)],
        [f"20120301{k:06d}" for k in range(40)],
        ["O201000001"],
        [f"{7919 * k + 1000000007}" for k in range(1, 300)],
        [f"0100-83966-{k:05d}-12" for k in range(40)],
    ],
)
def test_ids_of_many_digits_are_taken_and_what_could_be_a_number_is_marked(values: list[str]) -> None:
    """Years with running numbers, running numbers alone, stamps of dates, journal numbers of the police."""
    parsed = read(ids(values), "dst_kraf")
    stored = parsed.frame["case_id"]
    assert parsed.set_aside == {}
    assert stored.n_unique() == len(values)
    kept = stored.filter(~stored.str.contains("^X[A-P]{19}$"))
    assert set(kept) <= set(values)
    assert parsed.noted.get("id_stored_as_mark", 0) == len(values) - kept.len()
    assert not any(c.is_not_null().any() for c in [classify(kept)["birth"]])


def test_the_same_id_gets_the_same_mark_and_doubles_are_still_found() -> None:
    raw = ids(["0100-83966-00001-12"] * 2 + [f"S-{k:06d}" for k in range(40)]).with_columns(
        PNR=pl.Series([number(0)] * 2 + [number(k + 1) for k in range(40)])
    )
    parsed = read(raw, "dst_kraf")
    assert parsed.frame["case_id"][0] == parsed.frame["case_id"][1]
    assert parsed.set_aside == {"duplicate_row": 1}


def test_ids_that_may_be_marked_are_long_enough_for_the_mark() -> None:
    """Only ids of up to 20 letters and digits, and never a code or a key of areas."""
    opaque = [v for s in delivered_sources() for v in delivery_of(s).variables if v.opaque]
    assert len(opaque) == 7
    for v in opaque:
        assert pl.Series([f"X{'A' * 19}"]).str.contains(str(v.pattern)).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("311299-4000", True),
        ("x 3112994000 y", True),
        ("311299\u20134000", True),
        ("31129940001", False),
        ("3113994000", False),
        ("2010-01-01", False),
        ("12.345", False),
    ],
)
def test_a_release_is_searched_for_the_same_look_by_duckdb_and_by_python(text: str, expected: bool) -> None:
    import re

    import duckdb

    found = duckdb.execute("SELECT regexp_matches(?, ?)", [text, CPR_LIKE]).fetchone()
    assert found == (expected,)
    assert bool(re.search(CPR_LIKE, text)) is expected


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("020165\u20110000", "cpr_check_digit_fails"),
        ("020165\u20130000", "cpr_check_digit_fails"),
        ("020165\u00a00000", "cpr_check_digit_fails"),
        ("02 01 65 00 00", "cpr_check_digit_fails"),
        ("020165.0000", "invalid"),
        ("020165/0000", "invalid"),
        ("0201650000.0", "invalid"),
        ("S-0201650000", "invalid"),
        ("02016500001", "invalid"),
        ("0201650000,", "invalid"),
        ("020165\u00df\u00df", "invalid"),
        ("060649\u017f\u017f\u017f\u017f", "invalid"),
        ("060649\uff21\uff21\uff21\uff21", "invalid"),
        ("\u0660\u0662\u0660\u0661\u0666\u0665\u0660\u0660\u0660\u0660", "invalid"),
        ("060649aaaa", "substitute"),
    ],
)
def test_the_person_number_itself_is_read_whole_or_not_at_all(raw: str, kind: str) -> None:
    assert classify(pl.Series([raw]))["id_type"].to_list() == [kind]


@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt64, pl.Float64])
def test_a_column_of_numbers_is_taken_only_where_no_zero_can_be_lost(dtype: Any) -> None:
    whole = [3112994000, 3108993000, 2902005000]
    parsed = read(frame("section_110_stays", 3, CPR=pl.Series(whole, dtype=dtype)), "section_110_stays")
    texts = read(frame("section_110_stays", 3, CPR=pl.Series(map(str, whole))), "section_110_stays")
    assert parsed.frame["person"].to_list() == texts.frame["person"].to_list()
    assert parsed.frame["person"].null_count() == 0
    lost = pl.Series([*[3112994000] * 99, 201650000], dtype=dtype)
    with pytest.raises(DeliveryRefused, match=r"row_rules.*person_number_invalid: 100"):
        read(frame("section_110_stays", 100, CPR=lost), "section_110_stays")
