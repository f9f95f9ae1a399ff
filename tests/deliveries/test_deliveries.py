"""What happens to a delivery that is hostile, half-copied, doubled, drifted or in the wrong slot: a row per threat.

Every person number here fails modulus 11 on a date other than 1 January, so it can belong to nobody.
"""

import os
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.sources.deliveries.caps import require_readable
from handleplan_pipeline.sources.deliveries.command import delivery_of, make_manifest
from handleplan_pipeline.sources.deliveries.errors import ArchiveBroken, DeliveryRefused
from handleplan_pipeline.sources.deliveries.files import require_plain
from handleplan_pipeline.sources.deliveries.parse import reference_week
from handleplan_pipeline.sources.deliveries.workbook_survey import survey
from schemas.registry import delivered_sources
from tests.lib.deliveries import NUMBERS, STAYS, TOKEN, Place, refused, row, text


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_good_delivery_is_archived_read_only_under_its_hash_with_a_receipt(place: Place) -> None:
    path = place.land(text())
    frame, intake = place.take()
    (receipt,) = intake.decided
    assert (receipt.state, frame.height, receipt.set_aside) == ("accepted", 40, {})
    kept = place.store.file(receipt.manifest)
    assert kept.read_bytes() == path.read_bytes()
    assert not os.access(kept, os.W_OK) or os.getuid() == 0
    assert kept.stat().st_mode & 0o222 == 0
    assert frame["person"].str.contains("^[0-9a-f]{32}$").all()
    assert not set(NUMBERS) & set(frame.cast(pl.String).to_series(0).to_list())


def test_the_same_delivery_twice_makes_no_new_version(place: Place) -> None:
    place.land(text())
    place.take()
    place.land(text(), name="again.csv", number=2)
    frame, intake = place.take()
    assert not intake.decided
    assert frame.height == 40
    assert [(o.state, "no new version" in o.sentence) for o in intake.outcomes] == [("known", True)] * 2


def test_a_corrected_delivery_supersedes_and_the_old_one_stays(place: Place) -> None:
    place.land(text(40))
    first, _ = place.take()
    place.land(text(30), number=2)
    second, _ = place.take()
    assert (first.height, second.height) == (40, 30)
    assert len(list(place.store.archive("section_110_stays").glob("*.csv"))) == 2
    assert [r.manifest.delivery_number for r in place.store.receipts("section_110_stays")] == [1, 2]


def test_a_refused_correction_leaves_the_last_good_delivery_in_force(place: Place) -> None:
    place.land(text(40))
    place.take()
    place.land(text(40, here="147"), number=2)
    frame, intake = place.take()
    assert refused(intake)[0] == "municipality"
    assert frame.height == 40
    assert list(place.store.quarantine("section_110_stays").glob("*.csv"))


def test_a_file_still_being_copied_waits(place: Place) -> None:
    path = place.land(text())
    whole = path.read_bytes()
    path.write_bytes(whole[:200])
    frame, intake = place.take()
    assert (frame.height, intake.decided) == (0, [])
    assert [(o.state, o.rule) for o in intake.outcomes] == [("waiting", "not_complete")]
    path.write_bytes(whole)
    assert place.take()[0].height == 40


def test_changed_bytes_of_the_right_length_are_refused(place: Place) -> None:
    path = place.land(text())
    path.write_bytes(path.read_bytes().replace(b"B01", b"B99", 1))
    assert refused(place.take()[1])[0] == "sha256"


def test_a_file_without_a_manifest_is_not_touched(place: Place) -> None:
    folder = place.landing / "section_110_stays"
    folder.mkdir(parents=True)
    (folder / "x.csv").write_text(text())
    assert place.take()[0].height == 0
    assert (folder / "x.csv").is_file()


@pytest.mark.parametrize(
    ("content", "change", "rule"),
    [
        (text(start="01-02-2011", end="01-03-2011"), {}, "period"),
        (text(here="147"), {}, "municipality"),
        (text(), {"supplier": "Somebody else"}, "supplier"),
        (text(), {"source": "dst_bef"}, "source"),
        (text(), {"rows": 39}, "rows"),
        (text(start="01-01-2010"), {}, "technical_admissions"),
        (text().replace("BOFORM_ID;", "", 1), {}, "fields"),
        (text().replace("BOFORM_ID", "FACILITY", 1), {}, "columns"),
        (text().replace(";synthetic", ";real"), {}, "data_kind"),
        (text(), {"data_kind": "delivered"}, "permission"),
        (text(start="2010/02/01"), {}, "column_type"),
        (text(), {"format": "xlsx"}, "format"),
    ],
)
def test_what_is_not_as_declared_is_refused_with_its_rule(
    place: Place, content: str, change: dict[str, Any], rule: str
) -> None:
    place.land(content, **change)
    assert refused(place.take()[1])[0] == rule


def test_columns_in_another_order_and_case_are_the_same_delivery(place: Place) -> None:
    lines = [";".join(reversed(x.split(";"))) for x in text().strip().split("\n")]
    place.land("\n".join([lines[0].lower().replace("data_kind", "Data_Kind"), *lines[1:]]) + "\n")
    assert place.take()[0].height == 40


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_danish_dialects_are_read_by_their_declared_encoding(place: Place, encoding: str) -> None:
    """Notes under the table are no rows, a decimal comma is a comma, and .. is hidden, never zero."""
    counts = delivery_of("summed_counts")
    head = ";".join(v.name for v in counts.variables) + ";DATA_KIND"
    rows = [
        "I02;2010;101;minority;total;15-17;1.204;20.340;;synthetic",
        "I02;2010;101;danish;total;15-17;..;..;;synthetic",
        "I02;2010;101;unknown;total;15-17;-;17;;synthetic",
        "I09;2010;101;danish;women;total;;31;18,5;synthetic",
    ]
    content = "\n".join([head, *rows, "", "Kilde: Danmarks Statistik, udtræk på bestilling", "æøå ÆØÅ"]) + "\n"
    place.land(content.encode(encoding), delivery=counts, name="sum.csv", rows=4, encoding=encoding)
    frame, intake = place.take(delivery=counts)
    assert intake.decided[0].state == "accepted", intake.decided[0].message
    assert frame["numerator"].to_list() == [1204, None, 0, None]
    assert frame["denominator"].to_list() == [20340, None, 17, 31]
    assert frame["value"].to_list() == [None, None, None, 18.5]


def test_a_wrong_encoding_is_refused_not_guessed(place: Place) -> None:
    content = text().replace("B00", "BÆØ").encode("cp1252")
    place.land(content, rows=40, encoding="utf-8")
    assert refused(place.take()[1])[0] == "encoding"
    place.land("\ufeff\ufffd".join([text()[:60], text()[60:]]).encode(), number=2, rows=40, encoding="utf-8")
    assert refused(place.take()[1])[0] == "encoding"


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "sav", "dta"])
def test_other_formats_are_read_by_libraries(place: Place, tmp_path: Path, kind: str) -> None:
    frame = pl.read_csv(text().encode(), separator=";", infer_schema=False)
    path = tmp_path / f"stays.{kind}"
    if kind == "parquet":
        frame.write_parquet(path)
    elif kind == "xlsx":
        frame.write_excel(path)
    else:
        from polars_readstat import write_readstat

        write_readstat(frame, str(path))
    manifest = make_manifest(path, STAYS, 2010, None, 1, "SYNTETISK", "synthetic")
    assert manifest.rows == 40
    parsed = place.store.check(path, STAYS, manifest, date(2026, 1, 1))
    assert (parsed.frame.height, parsed.set_aside) == (40, {})


def test_person_numbers_where_none_belong_are_refused(place: Place) -> None:
    content = text().replace(";B03;", f";{NUMBERS[1]};").replace("BOFORM_ID", "BOFORM_ID")
    place.land(content)
    rule, message = refused(place.take()[1])
    assert rule == "no_person_numbers_here"
    assert "BOFORM_ID" in message


def test_a_table_of_counts_that_is_a_list_of_persons_is_refused(place: Place) -> None:
    counts = delivery_of("summed_counts")
    head = ";".join(v.name for v in counts.variables) + ";DATA_KIND"
    rows = [f"I02;2010;101;minority;total;{a};{a % 2};1;;synthetic" for a in range(15, 60)]
    place.land("\n".join([head, *rows]) + "\n", delivery=counts)
    assert refused(place.take(delivery=counts)[1])[0] == "counts_not_persons"


@pytest.mark.parametrize("column", ["ETNISK_BAGGRUND", "Herkomst", "IE_TYPE", "nationalitet"])
def test_ethnicity_in_municipal_case_work_is_refused(place: Place, column: str) -> None:
    services = delivery_of("social_psychiatry_services")
    head = ";".join(v.name for v in services.variables) + f";{column};DATA_KIND"
    place.land(f"{head}\n{NUMBERS[0]};99;2010-02-01;;S;{TOKEN};synthetic\n", delivery=services)
    rule, message = refused(place.take(delivery=services)[1])
    assert rule == "no_ethnicity_in_casework"
    assert "without them" in message


def test_bad_rows_are_set_aside_by_rule_and_nothing_else_is_lost(place: Place) -> None:
    bad = [
        row(41, number="3002994000"),
        row(42, number="201650000"),
        row(43, number=""),
        row(44, end="01-01-2010"),
        row(0),
        row(45, start="31-11-2010"),
    ]
    place.land(text(200) + "\n".join(bad) + "\n")
    frame, intake = place.take()
    assert intake.decided[0].set_aside == {
        "person_number_invalid": 2,
        "end_date_before_start_date": 1,
        "duplicate_row": 1,
        "value_not_readable": 1,
    }
    assert frame.filter(pl.col("set_aside").is_null()).height == 200
    assert frame.filter(pl.col("set_aside") == "without_person").height == 1
    assert frame.height == 206


def test_too_many_bad_rows_refuse_the_file(place: Place) -> None:
    place.land(text(100) + "\n".join(row(k, end="01-01-2010") for k in range(100, 120)) + "\n")
    rule, message = refused(place.take()[1])
    assert rule == "row_rules"
    assert "20 of 120" in message


@pytest.mark.parametrize("name", ["..csv", "a\x00b.csv", "-rf.csv", "a b.csv", "x" * 130, "a\u0308.csv"])
def test_hostile_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeliveryRefused, match="file_name"):
        require_plain(tmp_path / name)


def test_a_manifest_that_points_elsewhere_is_left_alone(place: Place) -> None:
    place.land(text(), file="../../secret.csv")
    frame, intake = place.take()
    assert (frame.height, intake.decided) == (0, [])
    assert [(o.state, o.rule, "secret" in o.sentence) for o in intake.outcomes] == [("refused", "manifest", False)]


def test_a_zip_bomb_a_nested_archive_and_an_xml_bomb_are_refused_before_reading(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    nested = tmp_path / "nested.xlsx"
    with zipfile.ZipFile(nested, "w") as z:
        z.writestr("inner.zip", b"PK")
    entities = tmp_path / "entities.xlsx"
    with zipfile.ZipFile(entities, "w") as z:
        z.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]>')
    for path in (bomb, nested, entities):
        with pytest.raises(DeliveryRefused, match="workbook"):
            survey(path, path.name)
    (tmp_path / "all.zip").write_bytes(b"PK")
    with pytest.raises(DeliveryRefused, match="no archives"):
        require_readable(tmp_path / "all.zip", "zip")


def test_an_oversized_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "big.csv").open("wb") as f:
        f.truncate(5 * 1024**3)
    with pytest.raises(DeliveryRefused, match="size"):
        require_readable(tmp_path / "big.csv", "csv")


def test_an_archived_file_that_was_changed_is_never_read(place: Place) -> None:
    landed = place.land(text())
    _, intake = place.take()
    kept = place.store.file(intake.decided[0].manifest)
    kept.chmod(0o640)
    kept.write_bytes(kept.read_bytes() + b"x")
    landed.unlink()
    frame, again = place.take()
    assert frame.height == 0
    (told,) = [o for o in again.outcomes if o.rule == "archive"]
    assert (told.state, told.period) == ("refused", 2010)
    with pytest.raises(ArchiveBroken, match="changed since"):
        place.store.load(STAYS, intake.decided[0])


@pytest.mark.parametrize(("year", "week"), [(2010, "1047"), (2009, "0948"), (2013, "1347"), (2014, "1448")])
def test_the_reference_week_is_the_last_full_week_of_november(year: int, week: str) -> None:
    assert reference_week(year) == week
    monday = date.fromisocalendar(year, int(week[2:]), 1)
    assert monday.month == 11
    assert date.fromisocalendar(year, int(week[2:]), 7).month == 11
    assert date.fromordinal(monday.toordinal() + 13).month == 12


def test_every_delivered_source_of_the_catalogue_is_declared() -> None:
    from handleplan_pipeline.catalogue import load_catalogue

    declared = set(delivered_sources())
    assert {s.id for s in load_catalogue().sources if s.kind == "delivery"} == declared
    for source in declared:
        d = delivery_of(source)
        assert d.source == source
        assert set(d.key) <= {c.name for c in d.table.columns}


def test_an_unknown_source_is_named() -> None:
    with pytest.raises(ConfigurationError, match="section_110_stays"):
        delivery_of("no_such_source")
