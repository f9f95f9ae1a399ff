"""Person numbers and their pseudonyms. Every number here fails modulus 11 on a date other than 1 January."""

import hashlib
import hmac
import pickle
import re
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.files import short_mark
from handleplan_pipeline.lake.pseudonym import CPR_LIKE, WRITTEN_AS_NUMBER, Pseudonymiser, classify, pseudonyms
from handleplan_pipeline.synthetic.population import person_numbers

KEY = bytes(range(32))
FAILS = "cpr_check_digit_fails"

# raw, kind, year of birth, sex: rules of the CPR office
VECTORS = [
    ("020165-0000", FAILS, 1965, "women"),
    ("0201650000", FAILS, 1965, "women"),
    ("020165 0000", FAILS, 1965, "women"),
    ("311299-4000", FAILS, 1999, "women"),
    ("020100-4000", FAILS, 2000, "women"),
    ("290200-5000", FAILS, 2000, "women"),
    ("150636-9000", FAILS, 2036, "women"),
    ("150637-9000", FAILS, 1937, "women"),
    ("150657-6000", FAILS, 2057, "women"),
    ("150658-6000", FAILS, 1858, "women"),
    ("150636-4000", FAILS, 2036, "women"),
    ("150637-4000", FAILS, 1937, "women"),
    ("310899-3000", FAILS, 1999, "women"),
    ("3002991234", "invalid", None, None),
    ("2902991234", "invalid", None, None),
    ("0013991234", "invalid", None, None),
    ("070761428", "invalid", None, None),
    ("060649AAAA", "substitute", None, None),
    ("6701881234", "administrative", None, None),
    ("0000000000", "invalid", None, None),
    ("", "missing", None, None),
    ("0201658AB0", "substitute", None, None),
    ("020165AB12", "invalid", None, None),
    ("０201650000", "invalid", None, None),
]

# RFC 4231 test cases 1 to 4: key, message, digest
RFC_4231 = [
    ("0b" * 20, "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        "4a656665",
        "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    ("aa" * 20, "dd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)).hex(), "cd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
]


@pytest.mark.parametrize(("raw", "kind", "year", "sex"), VECTORS)
def test_numbers_are_read_by_the_rules(raw: str, kind: str, year: int | None, sex: str | None) -> None:
    found = classify(pl.Series([raw])).row(0, named=True)
    assert (found["id_type"], found["birth"].year if found["birth"] else None, found["sex"]) == (kind, year, sex)


def test_a_number_is_read_alike_alone_and_among_others() -> None:
    found = classify(pl.Series([raw for raw, *_ in VECTORS]))
    read = [(r["id_type"], r["birth"].year if r["birth"] else None, r["sex"]) for r in found.iter_rows(named=True)]
    assert read == [tuple(rest) for _, *rest in VECTORS]


@pytest.mark.parametrize(("key", "message", "digest"), RFC_4231)
def test_the_keyed_hash_is_hmac_sha_256(key: str, message: str, digest: str) -> None:
    assert hmac.digest(bytes.fromhex(key), bytes.fromhex(message), hashlib.sha256).hex() == digest


def test_the_pseudonym_is_that_hash_of_the_labelled_number() -> None:
    expected, other = (hmac.digest(KEY, t, hashlib.sha256).hex()[:32] for t in (b"cpr|v1|0201650000", b"cpr|v1|1"))
    assert pseudonyms(KEY, ["cpr|v1|0201650000", None, "cpr|v1|1"]) == [expected, None, other]
    assert Pseudonymiser(KEY, "test").pseudonymise(pl.Series(["020165-0000"]))["person"].to_list() == [expected]


def test_all_spellings_give_one_pseudonym_and_kinds_never_meet() -> None:
    numbers = pl.Series(["020165-0000", "0201650000", "020165 0000", "", None, "30029912 34", "6201650000"])
    found = Pseudonymiser(KEY, "test").pseudonymise(numbers)
    people = found["person"].to_list()
    assert people[0] == people[1] == people[2]
    assert people[3:6] == [None, None, None]
    assert people[6] not in people[:3]
    assert found["id_type"].to_list() == [FAILS, FAILS, FAILS, "missing", "missing", "invalid", "administrative"]


def test_a_person_who_comes_again_keeps_the_pseudonym_and_row_order() -> None:
    one = Pseudonymiser(KEY, "test")
    first = one.pseudonymise(pl.Series(["0201650000", "6201650000", "0201650000"]))
    again = one.pseudonymise(pl.Series([None, "6201650000", "0201650000", "0201650002"]))
    assert first["person"][0] == first["person"][2] == again["person"][2]
    assert again["person"][1] == first["person"][1]
    assert again["id_type"].to_list() == ["missing", "administrative", FAILS, FAILS]
    assert again["person"][0] is None
    assert again["person"][3] not in first["person"].to_list()


def of_one_day(persons: int) -> pl.Series:
    """Numbers that nobody can own: they fail modulus 11 on a date other than 1 January."""
    day = np.full(persons, date(1965, 1, 2), dtype="datetime64[D]")
    return pl.Series(person_numbers(day, np.ones(persons, np.int8)))


def test_no_number_is_kept_for_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = pl.concat([of_one_day(500), pl.Series(["020165-0000"])])
    keeper = Pseudonymiser(KEY, "test")
    first = keeper.pseudonymise(numbers)
    kept = pickle.dumps(keeper)
    assert len(kept) > 32 * numbers.len(), "what was made is remembered"
    texts = [n.encode() for n in numbers]
    assert not [n for n in texts if n in kept]
    assert not [n for n in numbers.str.replace("-", "").cast(pl.Int64) if n.to_bytes(8, "little") in kept]
    # it is remembered indeed: nothing is made anew
    monkeypatch.setattr(Pseudonymiser, "_made", None)
    assert keeper.pseudonymise(numbers).equals(first)


def test_more_numbers_than_are_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = of_one_day(100)
    whole = Pseudonymiser(KEY, "test").pseudonymise(numbers)
    monkeypatch.setattr("handleplan_pipeline.lake.pseudonym.AT_ONCE", 7)
    assert Pseudonymiser(KEY, "test").pseudonymise(numbers).equals(whole)


def test_two_purposes_have_two_pseudonyms_and_the_key_is_never_shown() -> None:
    a, b = Pseudonymiser(KEY, "a"), Pseudonymiser(KEY[::-1], "b")
    one = pl.Series(["0201650000"])
    assert a.pseudonymise(one)["person"][0] != b.pseudonymise(one)["person"][0]
    assert a.key_id != b.key_id
    assert KEY.hex() not in repr(a) + a.key_id
    assert repr(KEY) not in repr(a)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="256 bits"):
        Pseudonymiser(b"short", "test")


@settings(deadline=None)
@given(st.text(max_size=14))
def test_no_text_breaks_the_reader_and_only_real_ones_get_a_pseudonym(raw: str) -> None:
    found = Pseudonymiser(KEY, "test").pseudonymise(pl.Series([raw], dtype=pl.String)).row(0, named=True)
    assert (found["person"] is None) == (found["id_type"] in ("missing", "invalid"))


@settings(deadline=None)
@given(st.dates(min_value=date(1900, 1, 2), max_value=date(2057, 12, 31)))
def test_a_number_reads_back_its_birth_date(born: date) -> None:
    seventh = "0" if born.year < 2000 else ("4" if born.year < 2037 else "5")
    found = classify(pl.Series([f"{born:%d%m%y}{seventh}000"]))
    assert found["birth"].to_list() == [born]


@given(st.text("0123456789abcdef", min_size=64, max_size=64) | st.text("0123456789", min_size=64, max_size=64))
def test_the_short_form_of_a_mark_never_looks_like_a_person_number(mark: str) -> None:
    """Of the marks of 200 deliveries one in ten cities began like one, and its release was refused."""
    short = short_mark(mark)
    assert short.replace("-", "") == mark[:12]
    for beside in (" ", ": ", ">"):
        assert not re.search(CPR_LIKE, f"2013{beside}{short}{beside}2014")
    assert not re.search(WRITTEN_AS_NUMBER, short)
