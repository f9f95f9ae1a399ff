"""Real files of every format a supplier may send, and what a hostile or careless one does to them."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars_readstat import write_readstat

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.sources.deliveries.command import delivery_of, make_manifest
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.parse import Parsed
from tests.lib.deliveries import NUMBERS, STAYS, TOKEN, Place, refused, text

FILES = Path(__file__).parent / "files"
OWN = ("person", "facility", "facility_municipality", "paying_municipality", "start_date", "end_date", "set_aside")
KINDS = ("parquet", "xlsx", "sav", "dta")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def as_text() -> pl.DataFrame:
    return pl.read_csv(text().encode(), separator=";", infer_schema=False)


def as_typed() -> pl.DataFrame:
    """As a statistics package holds it: dates as dates, municipality codes as numbers."""
    dates = (pl.col(c).str.to_date("%d-%m-%Y") for c in ("INDSKREVET", "UDSKREVET"))
    return as_text().with_columns(*dates, pl.col("BOFORM_KOM", "BETALINGSKOM").cast(pl.Float64))


def saved(frame: pl.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".xlsx":
        frame.write_excel(path)
    else:
        write_readstat(frame, str(path))
    return path


def parsed(place: Place, path: Path) -> Parsed:
    manifest = make_manifest(path, STAYS, 2010, None, 1, "SYNTETISK", "synthetic")
    return place.store.check(path, STAYS, manifest, date(2026, 1, 1))


@pytest.fixture
def expected(place: Place) -> pl.DataFrame:
    place.land(text())
    return place.take()[0].select(OWN)


def test_a_sas_file_is_read_like_the_csv_of_the_same_rows(place: Place, expected: pl.DataFrame) -> None:
    """`files/stays.sas7bdat` was written by ReadStat from the rows of `text()`: codes as numbers, dates as text."""
    found = parsed(place, FILES / "stays.sas7bdat")
    assert found.set_aside == {}
    assert found.frame.select(OWN).equals(expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("typed", [True, False])
def test_typed_and_untyped_files_are_read_like_the_csv(
    place: Place, tmp_path: Path, expected: pl.DataFrame, kind: str, typed: bool
) -> None:
    path = saved(as_typed() if typed else as_text(), tmp_path / f"stays.{kind}")
    found = parsed(place, path)
    assert found.set_aside == {}
    assert found.frame.select(OWN).equals(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_person_numbers_kept_as_numbers_lost_their_zeros_and_refuse_the_file(
    place: Place, tmp_path: Path, kind: str
) -> None:
    frame = as_text().with_columns(pl.col("CPR").cast(pl.Float64))
    with pytest.raises(DeliveryRefused, match="row_rules") as caught:
        parsed(place, saved(frame, tmp_path / f"stays.{kind}"))
    assert "person_number_invalid" in str(caught.value)
    assert not any(n.lstrip("0") in str(caught.value) for n in NUMBERS)


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "sav", "dta", "sas7bdat"])
def test_a_file_that_is_not_what_its_name_says_is_refused_without_its_content(
    place: Place, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"stays.{kind}"
    path.write_text(f"{TOKEN};{NUMBERS[0]}\n" * 50)
    with pytest.raises(DeliveryRefused) as caught:
        parsed(place, path)
    assert TOKEN not in str(caught.value)
    assert NUMBERS[0] not in str(caught.value)


@pytest.mark.parametrize("column", ["NAVN", "drop table person --", "CPR2", "../../etc"])
def test_a_column_too_many_is_counted_and_never_named(place: Place, column: str) -> None:
    counts = delivery_of("summed_counts")
    head = ";".join(v.name for v in counts.variables) + f";{column};DATA_KIND"
    place.land(f'{head}\nI02;2010;101;minority;total;15-17;12;340;;"{TOKEN}";synthetic\n', delivery=counts)
    rule, message = refused(place.take(delivery=counts)[1])
    assert rule == "columns"
    assert column not in message
    assert "1." in message


def test_person_numbers_in_a_table_of_counts_are_refused(place: Place) -> None:
    counts = delivery_of("summed_counts")
    head = ";".join(v.name for v in counts.variables) + ";DATA_KIND"
    rows = [f"I02;2010;101;minority;total;15-17;12;{n};;synthetic" for n in NUMBERS]
    place.land("\n".join([head, *rows]) + "\n", delivery=counts)
    rule, message = refused(place.take(delivery=counts)[1])
    assert (rule, "NAEVNER" in message) == ("no_person_numbers_here", True)


@pytest.mark.parametrize("name", ["../../secret", "delivery_shape", "x; import os", "", "dst_bef.DELIVERY"])
def test_a_source_comes_from_the_registry_only(name: str) -> None:
    with pytest.raises(ConfigurationError, match="No source"):
        delivery_of(name)


def test_hostile_names_of_tables_and_values_stay_names_and_values() -> None:
    engine, name = DuckDbEngine(), 'x"; drop table y; --'
    found = engine.query(
        'select a, $v as v from "x""; drop table y; --"', {name: pl.DataFrame({"a": [1]})}, {"v": "'; drop table y; --"}
    )
    assert found.rows() == [(1, "'; drop table y; --")]


def test_a_new_benefit_code_is_no_transfer_and_a_missing_reference_week_refuses_the_file(place: Place) -> None:
    dream = delivery_of("dst_dream")
    place.land(f"PNR;AAR;Y_1247;DATA_KIND\n{NUMBERS[0]};2012;999;synthetic\n", 2012, delivery=dream)
    frame, _ = place.take(2012, dream)
    assert frame.select("reference_code", "transfer_weeks").row(0) == ("999", 0)
    place.land(f"PNR;AAR;Y_1246;DATA_KIND\n{NUMBERS[0]};2012;130;synthetic\n", 2012, 2, delivery=dream)
    assert refused(place.take(2012, dream)[1])[0] == "weeks"
