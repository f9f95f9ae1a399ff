"""The archive: every release with its state, and what became of it, as the ledger told when the release was built."""

from datetime import datetime

from markupsafe import Markup

from handleplan_pipeline.clock import COPENHAGEN
from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

MOST, MOST_WITHDRAWN, MOST_RELEASES, LONGEST_NOTE = 100, 25, 250, 160
"""Events, withdrawals, releases and characters of a note on a page, which has its largest size; the table holds all."""
NEVER_PUBLIC = ("draft", "proposed", "approved", "rejected")
"""States of a release that no reader can have had."""


def page(edition: Edition) -> Page:
    """The releases that this one knows of, those withdrawn first; each stays at its address."""
    events = sorted(edition.release.rows("meta.release_event"), key=lambda r: int(r["line"]))
    sections = []
    if gone := withdrawn(events):
        sections.append(Section("withdrawn", edition.say("h_withdrawn"), [_withdrawn(edition, gone)]))
    sections.append(Section("releases", edition.say("h_releases"), [_releases(edition, events)]))
    sections.append(Section("events", edition.say("h_events"), _events(edition, events)))
    lead = edition.say("lead_archive")
    return Page("archive.html", edition.say("title_archive"), sections, lead, lead=lead)


def withdrawn(events: list[Row]) -> list[Row]:
    """The steps by which releases were withdrawn, newest first."""
    return [r for r in reversed(events) if r["to_state"] == "withdrawn"]


def known(edition: Edition, events: list[Row]) -> list[str]:
    """Every release that this one names, newest first."""
    release = edition.release
    found = {release.release_id, *(str(r["release_id"]) for r in events)}
    found |= {str(r["release_id"]) for r in release.rows("meta.vintage")}
    if release.about["previous_release_id"]:
        found.add(str(release.about["previous_release_id"]))
    for table in ("history.goal_status", "history.observation"):
        found |= set(release.values(table, ("first_release_id", "last_release_id")))
    return sorted(found, key=_number, reverse=True)


def _number(release_id: str) -> tuple[str, str]:
    return release_id[:17], release_id


def _releases(edition: Edition, events: list[Row]) -> Block:
    last = {str(r["release_id"]): r for r in events}
    lines: list[list[Markup | str]] = []
    for name in known(edition, events)[:MOST_RELEASES]:
        code = Markup("<code>{}</code>").format(name)
        event = last.get(name)
        public = event is None or event["to_state"] not in NEVER_PUBLIC or name == edition.release.release_id
        address = Markup("<code>releases/{}/report/</code>").format(name) if public else edition.gap("not_public")
        lines.append([code, _state(edition, name, event), address])
    columns = [Column(edition.say(w)) for w in ("release", "state", "permanent")]
    return Table(edition.say("h_releases"), columns, lines)


def _state(edition: Edition, name: str, event: Row | None) -> str:
    if name == edition.release.release_id:
        return edition.say("this_release")
    return edition.say("earlier_release") if event is None else edition.coded(event, "to_state")


def _withdrawn(edition: Edition, events: list[Row]) -> Block:
    columns = [Column(edition.say(w)) for w in ("release", "calendar_when", "reason", "who_did")]
    return Table(edition.say("h_withdrawn"), columns, [[_name(r), *_said(edition, r)] for r in events[:MOST_WITHDRAWN]])


def _name(row: Row) -> Markup:
    return Markup("<code>{}</code>").format(row["release_id"])


def _said(edition: Edition, row: Row) -> list[Markup | str]:
    """When, why and who."""
    note = str(row["note"]).strip()
    if len(note) > LONGEST_NOTE:
        note = f"{note[:LONGEST_NOTE]} …"
    return [moment(edition, str(row["happened_at"])), note or edition.gap("no_note"), row["who"]]


def _events(edition: Edition, events: list[Row]) -> list[Block]:
    if not events:
        return [Text(edition.say("no_events"))]
    words = ("calendar_when", "release", "from_state", "to_state", "note_word", "who_did")
    rows: list[list[Markup | str]] = []
    for r in reversed(events[-MOST:]):
        when, note, who = _said(edition, r)
        rows.append([when, _name(r), edition.coded(r, "from_state"), edition.coded(r, "to_state"), note, who])
    blocks: list[Block] = [Table(edition.say("h_events"), [Column(edition.say(w)) for w in words], rows)]
    if len(events) > MOST:
        blocks.append(Text(edition.say("more_rows", count=len(events) - MOST, table="meta.release_event")))
    return [Text(edition.say("events_said")), *blocks]


def moment(edition: Edition, at: str) -> str:
    """A moment in UTC, as the ledger writes it, in Danish time."""
    local = datetime.strptime(at, "%Y-%m-%dT%H:%M:%S%z").astimezone(COPENHAGEN)
    return edition.say("at_time", day=edition.day(local.date()), time=f"{local:%H:%M}")
