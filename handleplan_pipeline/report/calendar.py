"""When something is published: a page, and the same as a file for calendars (RFC 5545)."""

from datetime import date, datetime

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

FILE = "calendar.ics"
MOST_OCTETS = 75
"""Of a line of the file, without its end (RFC 5545, 3.1)."""
ZONE = "Europe/Copenhagen"
VTIMEZONE = (
    "BEGIN:VTIMEZONE",
    f"TZID:{ZONE}",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "TZNAME:CEST",
    "DTSTART:19810329T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "TZNAME:CET",
    "DTSTART:19961027T030000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
)
"""Danish time since 1996, when summer time came to end in October."""
STATUS = {"planned": "CONFIRMED", "held": "CONFIRMED", "cancelled": "CANCELLED"}


def in_force(edition: Edition) -> list[Row]:
    """The last version of every entry, by time."""
    last: dict[str, Row] = {}
    for r in sorted(edition.release.rows("meta.release_calendar"), key=lambda r: int(r["date_version"])):
        last[r["id"]] = r
    return sorted(last.values(), key=lambda r: (r["planned_on"], r["planned_at"], r["id"]))


def next_planned(edition: Edition) -> Row | None:
    """The first entry that is planned for the day the release was built on, or later."""
    built = date.fromisoformat(str(edition.release.about["built_at"])[:10])
    return next((r for r in in_force(edition) if r["state"] == "planned" and r["planned_on"] >= built), None)


def said_next(edition: Edition) -> Markup:
    """When the next release comes, with a link to the calendar; or that there is no date."""
    found = next_planned(edition)
    if found is None:
        return Markup("{}").format(edition.say("next_release"))
    text = edition.say("next_release_on", when=when(edition, found))
    return Markup('<a href="calendar.html">{}</a>').format(text)


def when(edition: Edition, row: Row) -> str:
    """Day and Danish time of an entry."""
    return edition.say("at_time", day=edition.day(row["planned_on"]), time=row["planned_at"])


def page(edition: Edition) -> Page:
    """What is planned, every version of it, and the file for calendars."""
    rows = edition.release.rows("meta.release_calendar")
    blocks: list[Block] = [Text(said_next(edition))]
    if rows:
        ordered = sorted(rows, key=lambda r: (r["planned_on"], r["planned_at"], r["id"], int(r["date_version"])))
        columns = [Column(edition.say(w)) for w in ("calendar_when", "calendar_what", "state", "reason")]
        cells = [
            [when(edition, r), edition.own(r, "what"), edition.coded(r, "state"), edition.own(r, "reason")]
            for r in ordered
        ]
        blocks.append(Table(edition.say("title_calendar"), columns, cells))
    file = Markup('<a href="{}">{}</a>').format(FILE, edition.say("calendar_file"))
    blocks.append(Text(file))
    lead = edition.say("lead_calendar")
    section = Section("planned", edition.say("h_planned"), blocks)
    return Page("calendar.html", edition.say("title_calendar"), [section], lead, lead=lead)


def ics(edition: Edition) -> bytes:
    """The calendar as a file: UTF-8, lines that end in CRLF and are folded, entries with an id that never changes."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//handleplan//release calendar//{edition.language.upper()}",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(edition.say('site'))}",
        *VTIMEZONE,
    ]
    for row in in_force(edition):
        lines += _event(edition, row)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(edition: Edition, row: Row) -> list[str]:
    at = datetime.combine(row["planned_on"], datetime.strptime(row["planned_at"], "%H:%M").time())
    language = edition.language
    return [
        "BEGIN:VEVENT",
        f"UID:{row['id']}@handleplan",
        f"DTSTAMP:{row['decided_on']:%Y%m%d}T000000Z",
        f"DTSTART;TZID={ZONE}:{at:%Y%m%dT%H%M%S}",
        f"SEQUENCE:{int(row['date_version']) - 1}",
        f"STATUS:{STATUS[row['state']]}",
        f"SUMMARY;LANGUAGE={language}:{_text(row[f'what_{language}'])}",
        f"DESCRIPTION;LANGUAGE={language}:{_text(row[f'reason_{language}'])}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _text(words: str) -> str:
    """A text as RFC 5545 writes it (3.3.11)."""
    for sign in "\\;,":
        words = words.replace(sign, f"\\{sign}")
    return "\\n".join(words.splitlines())


def folded(line: str) -> bytes:
    """A line with its end; a longer one goes on after a line break and a space, never inside a character."""
    parts: list[bytes] = []
    part = b""
    for sign in line:
        octets = sign.encode()
        # every part but the first begins with the space
        if len(part) + len(octets) > MOST_OCTETS - (1 if parts else 0):
            parts.append(part)
            part = b""
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
