"""Formats as registers have them: other names, statuses that are read, and populations of 31 December."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.sources.deliveries.columns import declared_columns
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.specification import specification
from schemas.registry import delivered_sources
from tests.deliveries.made import frame, read
from tests.lib.deliveries import Place, refused


@pytest.mark.parametrize("name", ["AFG_AFGDTO", "AFG_AFGOEDTO", "afg_afgoedto", " Afg_AfgoeDto "])
def test_the_date_of_a_decision_is_read_under_either_name(name: str, tmp_path: Path) -> None:
    """As a file that comes through the door: parquet-like text, with the register's own name in small letters."""
    head = f"PNR;{name};AFG_GERDTO;AFG_GER7;AFG_AFGTYP3;AFG_GERKOM;JOURNR;DATA_KIND"
    lines = [f"0201650000;2010-05-20;2010-01-15;3210505;111;101;S-{k:06d};synthetic" for k in range(6)]
    place, kraf = Place(tmp_path), delivery_of("dst_kraf")
    place.land("\n".join([head, *lines]) + "\n", delivery=kraf)
    rows, intake = place.take(delivery=kraf)
    assert [r.state for r in intake.decided] == ["accepted"]
    assert rows["decision_date"].cast(pl.String).to_list() == ["2010-05-20"] * 6
    assert rows["set_aside"].null_count() == 6


def test_one_variable_under_two_names_refuses_the_file(tmp_path: Path) -> None:
    place, kraf = Place(tmp_path), delivery_of("dst_kraf")
    head = "PNR;AFG_AFGDTO;AFG_AFGOEDTO;AFG_GERDTO;AFG_GER7;AFG_AFGTYP3;AFG_GERKOM;JOURNR;DATA_KIND"
    line = "0201650000;2010-05-20;2010-05-21;2010-01-15;3210505;111;101;S-000001;synthetic"
    place.land(f"{head}\n{line}\n", delivery=kraf)
    rule, said = refused(place.take(delivery=kraf)[1])
    assert rule == "columns"
    assert "doubled or renamed: 1" in said


def test_no_two_variables_of_a_delivery_share_a_name_and_every_name_is_in_the_specification() -> None:
    for source in delivered_sources():
        delivery = delivery_of(source)
        names = [n.casefold() for v in delivery.variables for n in (v.name, *v.also)]
        assert len(names) == len(set(names)), source
        for v in delivery.variables:
            assert all(f"`{n}`" in specification(delivery) for n in v.also)


def test_victims_are_read_under_the_names_of_the_shared_set() -> None:
    names = ["PNR", "OFR_GERDTO", "OFR_GER7", "JOURNR"]
    raw = pl.DataFrame({n: ["x"] for n in names})
    found = declared_columns(raw, "a.csv", delivery_of("dst_victims"))
    assert found.columns == ["PNR", "OFFER_GERDTO", "OFFER_GER7", "JOURNR"]


@pytest.mark.parametrize(("day", "taken"), [("31-12-2009", True), ("01-01-2010", True), ("30-12-2009", False)])
@pytest.mark.parametrize("source", ["dst_bef"])
def test_a_population_of_31_december_is_that_of_1_january(source: str, day: str, taken: bool) -> None:
    raw = frame(source, 6, REFERENCEDATO=day)
    if taken:
        assert read(raw, source).set_aside == {}
    else:
        with pytest.raises(DeliveryRefused, match="outside_period: 6"):
            read(raw, source)


def test_a_population_of_31_december_of_its_own_year_is_another_years() -> None:
    with pytest.raises(DeliveryRefused, match="6 of 6 rows break a rule"):
        read(frame("dst_bef", 6, REFERENCEDATO="31-12-2010"), "dst_bef")


@pytest.mark.parametrize("status", ["05", "07", "20", "30", "50", "60", 5, 60.0])
def test_every_status_of_the_person_register_is_read(status: Any) -> None:
    found = read(frame("address_history", 6, CPRSTATUS=status), "address_history").frame
    assert set(found["cpr_status"]) == {str(int(status)).zfill(2)}
    assert found["set_aside"].null_count() == 6


@pytest.mark.parametrize(("given", "read_as"), [("9", "9"), (9.0, "9"), ("", None), ("0", "0")])
def test_ancestry_that_is_not_stated_is_read_not_refused(given: Any, read_as: str | None) -> None:
    assert set(read(frame("dst_bef", 6, IE_TYPE=given), "dst_bef").frame["ie_type"]) == {read_as}


@pytest.mark.parametrize(
    ("source", "name", "given", "code"),
    [
        ("dst_udfk", "GRUNDSKOLEKARAKTER", 0, "00"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", 2.0, "02"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", "0", "00"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", 7, "7"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", 10.0, "10"),
        ("dst_udfk", "GRUNDSKOLEKARAKTER", -3.0, "-3"),
        ("dst_income", "SOCIO13", 131.0, "131"),
        ("dst_income", "SOCIO13", 0, "000"),
        ("dst_kraf", "AFG_GERKOM", 101.0, "101"),
        ("dst_kraf", "AFG_AFGTYP3", "111.0", "111"),
        ("dst_kraf", "AFG_GER7", 3210505.0, "3210505"),
    ],
)
def test_numeric_exports_of_codes_are_the_codes_they_were(source: str, name: str, given: Any, code: str) -> None:
    column = next(v.column for v in delivery_of(source).variables if v.name == name)
    assert set(read(frame(source, 6, **{name: given}), source).frame[column]) == {code}


def test_a_dream_file_of_all_years_is_read_for_the_period_only_and_says_so() -> None:
    """ISO weeks: 2009 has 53; 53 weeks of 2009 and one of 2011 lie in the file of 2010. Only 2010's two are read."""
    others = {f"y_09{w:02d}": "130" for w in range(1, 54)} | {"y_1101": "130", "y_9131": "130"}
    raw = frame("dst_dream", 6, AAR="2010", Y_1046="651", Y_1047="783", **others).drop("Y_1246", "Y_1247")
    found = read(declared_columns(raw, "a.csv", delivery_of("dst_dream")), "dst_dream", 2010)
    assert found.frame.select("reference_code", "transfer_weeks", "weeks").unique().rows() == [("783", 1, 2)]
    assert found.noted == {"weeks_missing": 50, "weeks_of_other_years": 55}
    assert "`weeks_of_other_years`" in specification(delivery_of("dst_dream"))


def test_a_code_of_another_year_does_not_refuse_the_file() -> None:
    """What is not read is not asked."""
    raw = frame("dst_dream", 6, Y_0901="901")
    assert read(raw, "dst_dream").noted == {"weeks_missing": 50, "weeks_of_other_years": 1}
