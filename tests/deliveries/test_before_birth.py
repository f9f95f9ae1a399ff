"""Nothing happens to a person before the birth date in the person number: such a row says two things and is set aside.

The number of the rows that are tried is of somebody born on 2 January 2005 by the rule of centuries (seventh digit 4).
"""

import polars as pl
import pytest

from handleplan_pipeline.lake.pseudonym import WEIGHTS
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.specification import specification
from schemas.registry import delivered_sources
from tests.deliveries.made import GOOD, frame, number, read

BORN_2005 = "0201054000"
ADMINISTRATIVE, SUBSTITUTE = "6201054000", "020105AAAA"


def born_2009(k: int) -> str:
    """The k-th impossible number of a child of 2009: modulus 11 is not met."""
    found = f"{number(k)[:4]}094000"
    fits = sum(int(d) * w for d, w in zip(found, WEIGHTS, strict=True)) % 11 == 0
    return found if not fits else f"{found[:6]}4002"


def with_first(source: str, **values: str) -> pl.DataFrame:
    """400 good rows, of which the first has other values."""
    raw = frame(source)
    return raw.with_columns(pl.Series(c, [v, *raw[c][1:].to_list()]) for c, v in values.items())


def verdict(source: str, **values: str) -> str | None:
    """The verdict on a first row with these values; all others are good."""
    verdicts = read(with_first(source, **values), source).frame["set_aside"]
    assert verdicts[1:].null_count() == verdicts.len() - 1
    found: str | None = verdicts[0]
    return found


@pytest.mark.parametrize(
    ("source", "values", "rule"),
    [
        # the birthday itself is a day of life, the day before is none
        ("dst_bua", {"SAG_VFRA": "2005-01-02"}, None),
        ("dst_bua", {"SAG_VFRA": "2005-01-01"}, "before_birth"),
        ("dst_bufo", {"SAG_VFRA": "2004-11-20"}, "before_birth"),
        ("dst_kraf", {"AFG_GERDTO": "1999-06-01"}, "before_birth"),
        ("special_team_log", {"VOLDSSTART": "1999-03-01"}, "before_birth"),
        ("drug_treatment", {"ANMODNINGSDATO": "04-01-2003"}, "before_birth"),
        ("section_110_stays", {"INDSKREVET": "01-02-1989"}, "before_birth"),
        ("address_history", {"TILFLYTDTO": "2005-01-02"}, None),
        ("address_history", {"TILFLYTDTO": "2004-12-31"}, "before_birth"),
    ],
)
def test_no_day_of_an_event_lies_before_the_birth(source: str, values: dict[str, str], rule: str | None) -> None:
    person = delivery_of(source).person_variable
    assert person is not None
    assert verdict(source, **{person.name: BORN_2005}, **values) == rule


@pytest.mark.parametrize("known", [ADMINISTRATIVE, SUBSTITUTE])
def test_a_number_that_holds_no_date_is_not_asked(known: str) -> None:
    assert verdict("dst_bua", PNR=known, SAG_VFRA="2001-03-01") is None


def test_nobody_has_no_birth() -> None:
    assert verdict("section_110_stays", CPR="", INDSKREVET="01-02-1989") == "without_person"


def test_a_birth_date_is_no_event_and_what_is_named_first_stays_first() -> None:
    assert verdict("dst_bef", FOED_DAG="01-01-1960") == "birth_date_not_of_number"
    assert verdict("dst_bua", PNR=BORN_2005, SAG_VFRA="2001-03-01", SAG_VTIL="2000-03-01") == (
        "end_date_before_start_date"
    )


def test_an_open_stay_is_asked_for_its_beginning_only() -> None:
    assert verdict("dst_bua", PNR=BORN_2005, SAG_VFRA="2005-03-01", SAG_VTIL="") is None


def test_most_rows_before_birth_refuse_the_file_without_a_value() -> None:
    raw = frame("dst_bua").with_columns(PNR=pl.Series([born_2009(k) for k in range(400)]))
    with pytest.raises(DeliveryRefused, match=r"row_rules.*before_birth: 400") as caught:
        read(raw.with_columns(SAG_VFRA=pl.lit("2008-03-01")), "dst_bua")
    assert not any(n in str(caught.value) for n in raw["PNR"])


@pytest.mark.parametrize("source", sorted(GOOD))
def test_good_rows_of_every_kind_are_good_still(source: str) -> None:
    assert read(frame(source, 40), source).set_aside == {}


def test_every_source_of_persons_with_days_asks_it_and_tells_its_supplier() -> None:
    for source in delivered_sources():
        delivery = delivery_of(source)
        events = [v for v in delivery.variables if v.kind == "date" and not v.birth]
        asked = delivery.person_variable is not None and bool(events)
        assert ("`before_birth`" in specification(delivery)) == asked, source
