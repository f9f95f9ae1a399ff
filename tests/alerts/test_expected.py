"""The calendar of deliveries, reckoned by hand: expected, received, late by."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from handleplan_pipeline.catalogue import FOLDER, load_catalogue, read_catalogue
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.receipt import name_of, receipt_bytes
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from handleplan_pipeline.sources.expected import Place, calendar, periods
from handleplan_pipeline.sources.statbank.answers import Answer, Answers, Receipt
from schemas.outputs.delivery_calendar import DELIVERY_CALENDAR
from tests.lib.deliveries import Place as Lake
from tests.lib.deliveries import text

CATALOGUE = load_catalogue()
STAYS = "section_110_stays"
"""Expected on 15 April of the year after, with 45 days of grace: late from 31 May."""


def rows(root: Path, today: date, person_level: bool = True) -> dict[tuple[str, int], dict[str, Any]]:
    answers = Answers(root / "raw" / "statbank")
    place = Place(DeliveryStore(root), answers, get_settings().reference, person_level)
    found = calendar(CATALOGUE, place, today)
    DELIVERY_CALENDAR.conform(found)
    return {(r["source"], r["period"]): r for r in found}


def received(tmp_path: Path, on: str, data_kind: str = "delivered") -> Path:
    """A lake with stays of 2012 that were accepted at `on`."""
    lake = Lake(tmp_path)
    lake.land(text(start="01-02-2012", end="01-03-2012"), period=2012)
    lake.take(2012)
    (receipt,) = lake.store.receipts(STAYS)
    kind = receipt.manifest.model_copy(update={"data_kind": data_kind})
    changed = receipt.model_copy(update={"decided_at": on, "manifest": kind})
    (lake.store.archive(STAYS) / name_of(receipt.manifest)).write_bytes(receipt_bytes(changed))
    return lake.store.root


@pytest.mark.parametrize(
    ("today", "arrival", "late_by"),
    [
        (date(2013, 4, 14), "awaited", None),
        (date(2013, 4, 15), "within_grace", None),
        # 30 May is the 45th day of the grace, 31 May the first day after it
        (date(2013, 5, 30), "within_grace", None),
        (date(2013, 5, 31), "late", 46),
        (date(2014, 4, 15), "late", 365),
    ],
)
def test_what_has_not_come_is_awaited_then_in_its_grace_then_late(
    tmp_path: Path, today: date, arrival: str, late_by: int | None
) -> None:
    row = rows(tmp_path, today)[STAYS, 2012]
    assert (row["arrival"], row["late_by_days"], row["received_on"]) == (arrival, late_by, None)
    assert (row["expected_on"], row["grace_days"], row["as_of"]) == (date(2013, 4, 15), 45, today)


@pytest.mark.parametrize(
    ("on", "day", "arrival", "late_by"),
    [
        ("2013-04-01T10:00:00+00:00", date(2013, 4, 1), "received", None),
        # the last day of the grace ends at midnight in Denmark, which is 22:00 UTC
        ("2013-05-30T21:59:00+00:00", date(2013, 5, 30), "received", None),
        ("2013-05-30T22:00:00+00:00", date(2013, 5, 31), "received_late", 46),
    ],
)
def test_what_came_has_its_danish_day_and_is_late_after_the_grace(
    tmp_path: Path, on: str, day: date, arrival: str, late_by: int | None
) -> None:
    row = rows(received(tmp_path, on), date(2016, 1, 1))[STAYS, 2012]
    assert (row["received_on"], row["arrival"], row["late_by_days"]) == (day, arrival, late_by)


def test_generated_deliveries_are_never_late(tmp_path: Path) -> None:
    row = rows(received(tmp_path, "2026-11-27T06:00:00+00:00", "synthetic"), date(2026, 11, 27))[STAYS, 2012]
    assert (row["arrival"], row["late_by_days"]) == ("generated", None)


def test_the_next_period_of_a_source_is_shown_before_it_is_expected(tmp_path: Path) -> None:
    there = sorted(p for s, p in rows(tmp_path, date(2012, 1, 1)) if s == STAYS)
    wanted = [p for p in periods(CATALOGUE)[STAYS] if p <= 2011]
    assert there == wanted
    assert rows(tmp_path, date(2012, 1, 1))[STAYS, 2011]["arrival"] == "awaited"


def test_one_of_two_routes_is_expected(tmp_path: Path) -> None:
    by_person = rows(tmp_path, date(2016, 1, 1))
    assert by_person["summed_counts", 2012]["arrival"] == "not_expected"
    assert by_person["dst_bef", 2012]["arrival"] == "late"
    by_counts = rows(tmp_path, date(2016, 1, 1), person_level=False)
    assert by_counts["summed_counts", 2012]["arrival"] == "late"
    assert by_counts["dst_bef", 2012]["arrival"] == "not_expected"


def test_what_comes_where_there_is_anything_to_tell_is_never_late(tmp_path: Path) -> None:
    found = rows(tmp_path, date(2016, 1, 1))
    assert {r["arrival"] for (s, _), r in found.items() if s == "person_number_changes"} == {"not_expected"}


def test_every_source_is_in_the_calendar_and_pinned_ones_have_come(tmp_path: Path) -> None:
    found = rows(tmp_path, date(2026, 11, 27))
    assert {s for s, _ in found} == {s.id for s in CATALOGUE.sources}
    assert found["statbank_strafna9", 2012]["received_on"] == date(2026, 9, 16)
    assert found["statbank_strafna6", 2012]["arrival"] == "not_pulled"
    assert found["sfi_homelessness_count", 2011]["arrival"] == "received"
    assert found["plan_figures", 2010]["received_on"] == date(2010, 5, 5)


def test_a_table_that_begins_later_is_not_late_for_the_years_before(tmp_path: Path) -> None:
    """STRAFNA6 pulled, and begins in 2011: 2010 was never in it, 2013 should be."""
    kept = Answers(tmp_path / "raw" / "statbank")
    data, info = Answer(b"d", None), Answer(b"i", None)
    read = datetime(2013, 6, 1, 6, 0, tzinfo=UTC)
    kept.keep(
        Receipt(
            extract="strafna6",
            years=(2011, 2012),
            sha256=data.sha256,
            tableinfo_sha256=info.sha256,
            fetched=read,
            request_id="r",
        ),
        data,
        info,
    )
    found = rows(tmp_path, date(2016, 1, 1))
    arrivals = {p: found["statbank_strafna6", p]["arrival"] for p in (2010, 2011, 2013)}
    assert arrivals == {2010: "not_expected", 2011: "received", 2013: "late"}


def test_a_source_is_expected_for_the_periods_its_definitions_read() -> None:
    """Goal 3 looks at the addresses of the year before and the year itself; BEF of the year after closes a year."""
    wanted = periods(CATALOGUE)
    assert set(range(2010, 2016)) <= set(wanted["dst_bef"])
    assert wanted["sfi_person_forms"] == [2009, 2011, 2013]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[plan_figures]", "[dst_bef]", "expected twice: dst_bef"),
        ("[plan_figures]", "[nosuch]", "unknown sources: nosuch"),
        ("[sfi_person_forms]", "[statbank_folk1e]", "expected twice: statbank_folk1e"),
        ("  editions: [2008]\n", "", "entry departments: sources that come with the repository"),
        ("day: 12-31", "day: 02-30", "entry departments.day"),
        ("day: 12-31", "day: '13-01'", "entry departments.day"),
    ],
)
def test_a_calendar_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(FOLDER, folder)
    file = folder / "expected.yaml"
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        read_catalogue(folder)


def test_a_source_without_a_day_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(FOLDER, folder)
    file = folder / "expected.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(", summed_counts]", "]"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no day for: summed_counts"):
        read_catalogue(folder)
