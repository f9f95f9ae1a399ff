"""The release calendar: what may be planned, what stands in the file for calendars, and what another reader reads."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
import yaml

from handleplan_pipeline.catalogue import load_catalogue, read_file
from handleplan_pipeline.catalogue.planned import Planned
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake import contracts
from handleplan_pipeline.report.calendar import folded, ics, next_planned, page, said_next
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.release import Release
from handleplan_pipeline.report.tables import Table
from schemas.registry import contract
from tests.release.pairs import FIRST, Rows, indicator, release

CALENDAR = contract("meta", "release_calendar")


def version(number: int, planned_on: str, state: str, decided_on: str = "2026-01-02") -> dict[str, Any]:
    said = {"reason_da": "Fordi.", "reason_en": "Because."}
    return {"version": number, "planned_on": planned_on, "state": state, "decided_on": decided_on} | said


def read(tmp_path: Path, *versions: dict[str, Any], **more: Any) -> list[Planned]:
    entry = {"id": "yearly", "what_da": "Årlig", "what_en": "Yearly", "versions": list(versions)} | more
    (tmp_path / "release_calendar.yaml").write_text(yaml.safe_dump([entry], allow_unicode=True), encoding="utf-8")
    found: list[Planned] = read_file(tmp_path / "release_calendar.yaml", list[Planned])
    return found


def test_the_hour_that_summer_time_skips_is_refused_with_a_sentence(tmp_path: Path) -> None:
    # summer time begins on the last Sunday of March: 29 March 2026, 28 March 2027
    for at in ("2026-03-29T02:00", "2026-03-29T02:59", "2027-03-28T02:30"):
        with pytest.raises(ConfigurationError, match=r"does not exist: summer time begins .* Choose another time"):
            read(tmp_path, version(1, at, "planned"))
    for at in ("2026-03-29T01:59", "2026-03-29T03:00", "2026-10-25T02:30", "2026-03-28T02:30"):
        assert read(tmp_path, version(1, at, "planned"))[0].versions[0].planned_on == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ([version(1, "2026-06-15", "planned")], "write the day and the Danish time"),
        ([version(1, "2026-06-15T08:00Z", "planned")], "write the day and the Danish time"),
        ([version(1, "2026-06-31T08:00", "planned")], "write the day and the Danish time"),
        ([version(2, "2026-06-15T08:00", "planned")], "numbered 1, 2, 3"),
        ([version(1, "2026-06-15T08:00", "moved")], "the last version is moved"),
        ([version(1, "2026-06-15T08:00", "planned"), version(2, "2026-06-16T08:00", "planned")], "version 1 has one"),
        (
            [version(1, "2026-06-15T08:00", "moved", "2026-05-02"), version(2, "2026-06-16T08:00", "planned")],
            "decided before the one it follows",
        ),
        ([version(1, "2026-06-15T08:00", "planned") | {"reason_da": "  "}], "release_calendar.yaml: 1 errors"),
        ([], "release_calendar.yaml: 1 errors"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_file_and_entry(
    tmp_path: Path, versions: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as told:
        read(tmp_path, *versions)
    assert "release_calendar.yaml" in str(told.value)
    assert "yearly" in str(told.value)


def test_the_table_refuses_a_time_that_does_not_exist_too() -> None:
    row = planned("yearly", 1, date(2026, 3, 29), "02:30")
    outcomes = {r.rule: r.failed for r in contracts.evaluate(CALENDAR, CALENDAR.conform([row]))}
    assert outcomes["time_exists"] == 1
    again = CALENDAR.conform([row | {"planned_on": date(2026, 10, 25)}])
    assert {r.rule: r.failed for r in contracts.evaluate(CALENDAR, again)}["time_exists"] == 0


def test_the_calendar_that_ships_has_a_next_date() -> None:
    assert [p.versions[-1].state for p in load_catalogue().release_calendar].count("planned") >= 1


def planned(entry: str, number: int, day: date, time: str = "08:00", state: str = "planned") -> dict[str, Any]:
    what = {"what_da": "Årlig udgivelse", "what_en": "Yearly release"}
    why = {"reason_da": "Fordi, det; er \\ sådan.\nLinje 2", "reason_en": "Because, so; it \\ is.\nLine 2"}
    return {
        "id": entry,
        "date_version": number,
        "planned_on": day,
        "planned_at": time,
        "state": state,
        "decided_on": date(2026, 1, 2),
        **what,
        **why,
    }


STATES = {"planned": "Planned", "held": "Published", "moved": "Moved", "cancelled": "Cancelled"}
ROWS: Rows = [
    planned("y2026", 1, date(2026, 6, 1), state="moved"),
    planned("y2026", 2, date(2026, 6, 15)),
    planned("winter", 1, date(2026, 10, 25), "02:30"),
    planned("off", 1, date(2026, 9, 1), state="cancelled"),
    planned("past", 1, date(2025, 6, 1), state="held"),
    planned("summer", 1, date(2026, 3, 29), "03:00"),
]


def edition(root: Path, rows: Rows, language: str = "en", built_at: str = "2026-01-05T06:00:00+00:00") -> Edition:
    labels = [{"list": "calendar_state", "code": c, "label_da": f"da {w}", "label_en": w} for c, w in STATES.items()]
    tables: dict[str, Rows] = {"meta.release_calendar": rows, "meta.code_list": labels}
    tables["meta.indicator"] = [indicator()]
    folder = release(root, FIRST, tables, database=True, built_at=built_at)
    return Edition(Release(folder), language, folder)


def test_another_reader_reads_what_is_planned(tmp_path: Path) -> None:
    read = icalendar.Calendar.from_ical(ics(edition(tmp_path, ROWS, "da")))
    events = {str(e["UID"]): e for e in read.walk("VEVENT")}
    assert set(events) == {f"{n}@handleplan" for n in ("y2026", "winter", "off", "past", "summer")}
    moved = events["y2026@handleplan"]
    assert (moved["SEQUENCE"], moved["STATUS"], moved["SUMMARY"]) == (1, "CONFIRMED", "Årlig udgivelse")
    assert moved["DESCRIPTION"] == "Fordi, det; er \\ sådan.\nLinje 2"
    assert events["off@handleplan"]["STATUS"] == "CANCELLED"
    utc = {uid: e["DTSTART"].dt.astimezone(UTC) for uid, e in events.items()}
    assert f"{utc['y2026@handleplan']:%Y-%m-%dT%H:%M}" == "2026-06-15T06:00"
    # 03:00 is the first minute of summer time, 01:00 UTC; of the two 02:30 of 25 October the first is 00:30 UTC
    assert f"{utc['summer@handleplan']:%Y-%m-%dT%H:%M}" == "2026-03-29T01:00"
    assert f"{utc['winter@handleplan']:%Y-%m-%dT%H:%M}" == "2026-10-25T00:30"
    (zone,) = read.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Copenhagen"


def test_lines_end_in_crlf_and_are_folded_at_75_octets(tmp_path: Path) -> None:
    long = planned("long", 1, date(2026, 6, 15)) | {"what_da": "æøå" * 60}
    data = ics(edition(tmp_path, [long], "da"))
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    lines = data.split(b"\r\n")
    assert max(len(x) for x in lines) == 75
    for line in lines:
        line.decode()
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert event["SUMMARY"] == "æøå" * 60


@pytest.mark.parametrize("length", [0, 74, 75, 76, 149, 150, 151])
def test_a_folded_line_is_the_line(length: int) -> None:
    line = "X" * length
    parts = folded(line).removesuffix(b"\r\n").split(b"\r\n ")
    assert b"".join(parts).decode() == line
    # the first part has 75 octets, each further one 74 and its space
    assert [len(p) for p in parts[:-1]] == [75, *([74] * (len(parts) - 2))][: len(parts) - 1]


def test_ids_stay_and_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    one = ics(edition(tmp_path / "a", ROWS))
    assert one == ics(edition(tmp_path / "b", ROWS, built_at="2026-04-05T06:00:00+00:00"))
    moved_again = [*ROWS[:1], ROWS[1] | {"state": "moved"}, planned("y2026", 3, date(2026, 7, 1)), *ROWS[2:]]
    uids = [set(re.findall(rb"UID:(.+)\r\n", x)) for x in (one, ics(edition(tmp_path / "c", moved_again)))]
    assert uids[0] == uids[1]


def test_the_page_tells_the_next_date_and_every_version(tmp_path: Path) -> None:
    made = edition(tmp_path, ROWS)
    found = next_planned(made)
    assert found is not None
    assert found["id"] == "summer"
    assert "Next release: 29\u00a0March 2026 at 03:00." in said_next(made)
    (table,) = [b for b in page(made).sections[0].blocks if isinstance(b, Table)]
    assert [(str(r[0]), str(r[2])) for r in table.rows] == [
        ("1\u00a0June 2025 at 08:00", "Published"),
        ("29\u00a0March 2026 at 03:00", "Planned"),
        ("1\u00a0June 2026 at 08:00", "Moved"),
        ("15\u00a0June 2026 at 08:00", "Planned"),
        ("1\u00a0September 2026 at 08:00", "Cancelled"),
        ("25\u00a0October 2026 at 02:30", "Planned"),
    ]


@pytest.mark.parametrize(
    "rows", [[], [planned("past", 1, date(2025, 6, 1))], [planned("off", 1, date(2027, 6, 1), state="cancelled")]]
)
def test_without_a_coming_date_it_is_said(tmp_path: Path, rows: Rows) -> None:
    assert said_next(edition(tmp_path, rows)) == "The next release has no date yet."
