"""The archive: every release with its state, the withdrawn ones first, and each line of the ledger."""

from pathlib import Path
from typing import Any

from handleplan_pipeline.report.archive import known, page
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.release import Release
from handleplan_pipeline.report.site import MOST_BYTES, rendered
from handleplan_pipeline.report.tables import Table
from tests.release.pairs import FIRST, SECOND, THIRD, Rows, indicator, release

STATES = ("draft", "proposed", "approved", "published", "superseded", "withdrawn", "rejected")
FOURTH, FIFTH = "2026-04-01T06-00Z_r0004", "2026-05-01T06-00Z_r0005"


def event(
    line: int, at: str, who: str, release_id: str, from_state: str, to_state: str, note: str = ""
) -> dict[str, Any]:
    moved = {"release_id": release_id, "from_state": from_state, "to_state": to_state}
    return moved | {
        "line": line,
        "happened_at": at,
        "who": who,
        "note": note,
        "sums_sha256": "0" * 64,
        "sha256": "0" * 64,
    }


EVENTS: Rows = [
    event(1, "2026-01-02T07:00:00Z", "Anna", FIRST, "draft", "proposed", "yearly"),
    event(2, "2026-01-03T07:00:00Z", "Bo", FIRST, "proposed", "approved"),
    event(3, "2026-01-04T07:00:00Z", "handleplan", FIRST, "approved", "published"),
    event(4, "2026-02-04T07:00:00Z", "handleplan", SECOND, "draft", "proposed"),
    event(5, "2026-02-05T07:00:00Z", "Bo", SECOND, "proposed", "rejected", "A source is late"),
    event(6, "2026-03-04T07:00:00Z", "handleplan", THIRD, "draft", "published"),
    event(7, "2026-03-29T00:59:00Z", "handleplan", FIRST, "published", "superseded"),
    event(8, "2026-03-29T01:00:00Z", "Bo", THIRD, "published", "withdrawn", "Wrong population <b>2013</b>"),
]


def edition(root: Path, events: Rows, language: str = "en") -> Edition:
    labels = [{"list": "release_state", "code": s, "label_da": f"da-{s}", "label_en": s} for s in STATES]
    tables: dict[str, Rows] = {"meta.code_list": labels, "meta.indicator": [indicator()]}
    if events:
        tables["meta.release_event"] = events
    folder = release(root, FIFTH, tables, database=True, previous_release_id=FOURTH)
    return Edition(Release(folder), language, folder)


def tables(made: Edition) -> dict[str, list[list[str]]]:
    return {
        s.anchor: [[str(c) for c in row] for row in b.rows]
        for s in page(made).sections
        for b in s.blocks
        if isinstance(b, Table)
    }


def test_every_release_stands_with_its_last_state(tmp_path: Path) -> None:
    made = edition(tmp_path, EVENTS)
    assert known(made, made.release.rows("meta.release_event")) == [FIFTH, FOURTH, THIRD, SECOND, FIRST]
    assert [(r[1], r[2]) for r in tables(made)["releases"]] == [
        ("this release", f"<code>releases/{FIFTH}/report/</code>"),
        ("earlier release", f"<code>releases/{FOURTH}/report/</code>"),
        ("withdrawn", f"<code>releases/{THIRD}/report/</code>"),
        # what nobody but the house has seen has no address
        ("rejected", '<span class="gap">not public</span>'),
        ("superseded", f"<code>releases/{FIRST}/report/</code>"),
    ]


def test_withdrawn_releases_come_first_with_the_reason(tmp_path: Path) -> None:
    made = edition(tmp_path, EVENTS)
    assert next(iter(tables(made))) == "withdrawn"
    # summer time had begun a second before: 01:00 UTC is 03:00; what people wrote is text
    assert tables(made)["withdrawn"] == [
        [f"<code>{THIRD}</code>", "29\u00a0March 2026 at 03:00", "Wrong population <b>2013</b>", "Bo"]
    ]
    assert not any(type(c).__name__ == "Markup" for c in page(made).sections[0].blocks[0].rows[0][2:])


def test_events_are_told_newest_first_in_danish_time(tmp_path: Path) -> None:
    rows = tables(edition(tmp_path, EVENTS, "da"))["events"]
    assert len(rows) == 8
    assert rows[1][0] == "29.\u00a0marts 2026 kl. 01:59"
    assert rows[-1] == [
        "2.\u00a0januar 2026 kl. 08:00",
        f"<code>{FIRST}</code>",
        "da-draft",
        "da-proposed",
        "yearly",
        "Anna",
    ]


def test_a_long_ledger_is_cut_and_says_so(tmp_path: Path) -> None:
    note = "æ" * 2000
    many = [event(n, "2026-01-02T07:00:00Z", "A", FIRST, "published", "withdrawn", note) for n in range(1, 112)]
    made = edition(tmp_path, many)
    assert len(tables(made)["events"]) == 100
    assert tables(made)["events"][0][4] == "æ" * 160 + " …"
    text = rendered(made, page(made))
    assert len(text.encode()) <= MOST_BYTES
    (section,) = [s for s in page(made).sections if s.anchor == "events"]
    assert "11" in str(section.blocks[-1])
    assert "meta.release_event" in str(section.blocks[-1])


def test_without_a_ledger_the_archive_still_names_the_releases(tmp_path: Path) -> None:
    made = edition(tmp_path, [])
    assert list(tables(made)) == ["releases"]
    assert [r[1] for r in tables(made)["releases"]] == ["this release", "earlier release"]
