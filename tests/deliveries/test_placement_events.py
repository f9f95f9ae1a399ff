"""Placements as events: the register's own form (HAENDELSE, ANSTED_KLAS) gives the same spells as a file of spells.

Numbers are impossible ones; what must come out is drawn by hand from the days on which something happened.
"""

import re
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from assets.registers import child_measure as child_measure_asset
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.readers import read_raw
from schemas.sources import dst_bua, dst_bufo
from tests.deliveries.made import manifest
from tests.lib.deliveries import NUMBERS, Place, refused

HEAD = "PNR;HAENDELSE;HAENDELSESDATO;ANSTED_KLAS;HKOM;DATA_KIND"
CHILD, OTHER = NUMBERS[0], NUMBERS[1]


def taken(tmp_path: Path, *events: str, head: str = HEAD) -> pl.DataFrame:
    """Rows of the file of 2010 with these events, each as `code day` of CHILD or `code day place` in full."""
    lines = [e if ";" in e else f"{CHILD};{e.split()[0]};{e.split()[1]};02;101;synthetic" for e in events]
    place = Place(tmp_path)
    place.land("\n".join([head, *lines]) + "\n", delivery=dst_bua.DELIVERY)
    rows, intake = place.take(delivery=dst_bua.DELIVERY)
    assert [r.state for r in intake.decided] == ["accepted"], intake.decided[0].message
    assert intake.decided[0].noted["events"] == len(events)
    assert rows["set_aside"].null_count() == rows.height
    return rows.sort("start_date")


def spells(rows: pl.DataFrame) -> list[tuple[str, str | None]]:
    return rows.select(pl.col("start_date").cast(pl.String), pl.col("end_date").cast(pl.String)).rows()


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["0 2009-03-01", "1 2009-09-01", "5 2010-06-30"], [("2009-03-01", "2010-06-30")]),  # another place, one spell
        (["0 2009-03-01"], [("2009-03-01", None)]),  # goes on
        (["0 2009-03-01", "5 2010-02-01", "0 2010-02-01"], [("2009-03-01", "2010-02-01"), ("2010-02-01", None)]),
        (["0 2009-03-01", "5 2010-02-01", "7 2010-05-01"], [("2009-03-01", "2010-02-01"), ("2010-05-01", None)]),
        (["0 2007-03-01", "5 2008-02-01", "0 2010-05-01"], [("2010-05-01", None)]),  # the first is not of this year
        (["0 2009-03-01", "2 2009-08-01", "3 2009-12-01", "5.5 2010-01-01"], [("2009-03-01", "2010-01-01")]),
        (["0.2 2009-02-01", "0 2009-03-01"], [("2009-03-01", None)]),  # decided is not begun
        (["5 2009-03-01", "0 2010-03-01"], [("2010-03-01", None)]),  # an end of what nobody saw begin
        (["1 2010-03-01", "0 2009-03-01"], [("2009-03-01", None)]),  # in any order of rows
        # placed and returned on one day, and the other way round; a day of both leaves a child as it was
        (["5 2010-03-10", "0 2010-03-10"], [("2010-03-10", "2010-03-10")]),
        (["0 2010-03-10", "5 2010-03-10", "0 2010-05-01"], [("2010-03-10", "2010-03-10"), ("2010-05-01", None)]),
        (
            ["0 2010-01-05", "5 2010-03-10", "0 2010-03-10", "5 2010-04-01", "0 2010-06-01", "5 2010-06-01"],
            [("2010-01-05", "2010-03-10"), ("2010-03-10", "2010-04-01"), ("2010-06-01", "2010-06-01")],
        ),
    ],
)
def test_spells_are_told_from_what_happened(
    events: list[str], expected: list[tuple[str, str | None]], tmp_path: Path
) -> None:
    assert spells(taken(tmp_path, *events)) == expected


def test_one_number_in_two_spellings_is_one_child(tmp_path: Path) -> None:
    hyphened = f"{CHILD[:6]}-{CHILD[6:]}"
    rows = taken(tmp_path, f"{CHILD};0;2009-03-01;02;101;synthetic", f"{hyphened};5;2010-02-01;02;101;synthetic")
    assert spells(rows) == [("2009-03-01", "2010-02-01")]


def test_every_child_and_every_acting_municipality_has_its_own_spells(tmp_path: Path) -> None:
    rows = taken(
        tmp_path,
        f"{CHILD};0;2009-03-01;02;101;synthetic",
        f"{OTHER};0;2010-04-01;09;101;synthetic",
        f"{CHILD};5;2010-02-01;02;101;synthetic",
        f"{OTHER};5;2010-09-01;09;101;synthetic",
    )
    assert spells(rows) == [("2009-03-01", "2010-02-01"), ("2010-04-01", "2010-09-01")]
    assert rows["person"].n_unique() == 2
    assert set(rows["measure_code"]) == {"199"}
    assert set(rows["acting_municipality"]) == {"101"}


def test_names_and_numbers_of_a_statistics_package_are_read(tmp_path: Path) -> None:
    head = "pnr;haendelse;haend_dato;ansted_klas;hkom;DATA_KIND"
    events = (f"{CHILD};0.0;2009-03-01;2.0;101;synthetic", f"{CHILD};5.0;2010-03-01;2;101;synthetic")
    assert spells(taken(tmp_path, *events, head=head)) == [("2009-03-01", "2010-03-01")]


def test_the_register_of_measures_counts_a_spell_of_events_as_one_of_spells(tmp_path: Path) -> None:
    rows = taken(tmp_path, "0 2009-03-01", "5 2010-06-30")
    found = DuckDbEngine().query(
        child_measure_asset.QUERY, {"dst_bua": rows, "dst_bufo": dst_bufo.DELIVERY.table.empty()}
    )
    assert found.select(pl.col("start_date", "end_date").cast(pl.String), "source_rows").rows() == [
        ("2009-03-01", "2010-06-30", 1)
    ]


@pytest.mark.parametrize(
    ("line", "rule", "said"),
    [
        (f"{CHILD};8;2010-03-01;02;101;synthetic", "codes_known", r"HAENDELSE has codes .* `8` \(1\)"),
        (f"{CHILD};0;2010-03-01;77;101;synthetic", "codes_known", "ANSTED_KLAS has codes"),
        (
            f"{CHILD};0;2010-02-30;02;101;synthetic",
            "events",
            "1 events have no readable HAENDELSE, HAENDELSESDATO, HKOM",
        ),
        (f"{CHILD};0;2011-02-01;02;101;synthetic", "events", "1 lie after 2010"),
    ],
)
def test_events_that_do_not_tell_a_spell_refuse_the_file(line: str, rule: str, said: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.land(f"{HEAD}\n{line}\n", delivery=dst_bua.DELIVERY)
    broken, message = refused(place.take(delivery=dst_bua.DELIVERY)[1])
    assert broken == rule
    assert re.search(said, message)


@pytest.mark.parametrize("name", ["HAENDELSESDATO", "HAEND_DATO"])
def test_days_of_events_that_are_shown_as_months_are_no_days(name: str, tmp_path: Path) -> None:
    day = pd.Timestamp(2010, 2, 1)
    made = pd.DataFrame({"PNR": NUMBERS[:6], "HAENDELSE": "0", name: day, "ANSTED_KLAS": "02", "HKOM": "101"})
    made.to_stata(tmp_path / "a.dta", convert_dates={name: "tm"}, write_index=False, version=118)
    said = manifest("dst_bua", 6).model_copy(update={"format": "dta"})
    with pytest.raises(DeliveryRefused, match="columns HAENDELSESDATO are formatted as weeks, months") as e:
        read_raw(tmp_path / "a.dta", dst_bua.DELIVERY, said)
    assert e.value.rule == "column_kind"


def test_a_file_of_both_forms_is_of_neither(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.land(f"{HEAD};PGF\n{CHILD};0;2010-03-01;02;101;synthetic;110\n", delivery=dst_bua.DELIVERY)
    assert refused(place.take(delivery=dst_bua.DELIVERY)[1])[0] == "columns"


def test_the_form_of_spells_is_read_as_before(tmp_path: Path) -> None:
    head = "PNR;PGF;SAG_VFRA;SAG_VTIL;SLUTGRUND;HKOM;DATA_KIND"
    place = Place(tmp_path)
    place.land(f"{head}\n{CHILD};110;2009-03-01;2010-06-30;2;101;synthetic\n", delivery=dst_bua.DELIVERY)
    rows, intake = place.take(delivery=delivery_of("dst_bua"))
    assert spells(rows) == [("2009-03-01", "2010-06-30")]
    assert intake.decided[0].noted == {}
