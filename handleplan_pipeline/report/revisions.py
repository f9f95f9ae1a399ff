"""What changed since the last release, and why."""

import json

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.numbers import data
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

MOST = 100
"""Rows shown on a page; the table holds them all."""


def new_here(edition: Edition) -> list[Row]:
    """Revisions that this release shows for the first time."""
    return edition.release.rows("meta.revision", first_shown_in=edition.release.release_id)


def of_goal(edition: Edition, goal: Goal) -> list[Block]:
    """The goal's changed figures, newest release first."""
    found = edition.release.rows("meta.revision", goal=goal.number)
    if not found:
        first = edition.release.about["previous_release_id"] is None
        return [Text(edition.say("first_release" if first else "no_revisions"))]
    return _listed(edition, found, 30)


def page(edition: Edition) -> Page:
    """Every revision that is kept, newest release first."""
    found = edition.release.rows("meta.revision")
    about = edition.release.about
    if not found:
        key = "first_release" if about["previous_release_id"] is None else "nothing_revised"
        blocks: list[Block] = [Text(edition.say(key))]
    else:
        blocks = _listed(edition, found, MOST)
    title = edition.say("title_revisions")
    sections = [
        Section("revisions", edition.say("revisions_caption"), blocks),
        means(edition),
        Section("corrections", edition.say("h_corrections"), corrections(edition)),
    ]
    return Page("revisions.html", title, sections, title)


def _listed(edition: Edition, found: list[Row], most: int) -> list[Block]:
    ordered = sorted(found, key=lambda r: (str(r["first_shown_in"]), r["table_name"], r["key"]))
    newest = sorted({str(r["first_shown_in"]) for r in ordered}, reverse=True)
    ordered = [r for release in newest for r in ordered if str(r["first_shown_in"]) == release]
    columns = [
        Column(edition.say("row_word")),
        Column(edition.say("old_value"), True),
        Column(edition.say("new_value"), True),
    ]
    columns += [Column(edition.say("revision_size"), True), Column(edition.say("what_changed"))]
    columns += [Column(edition.say("reason")), Column(edition.say("first_shown"))]
    rows = [
        [
            _key(r),
            _value(edition, r, "old"),
            _value(edition, r, "new"),
            _size(edition, r),
            edition.coded(r, "what_changed"),
            edition.coded(r, "reason"),
            r["first_shown_in"],
        ]
        for r in ordered[:most]
    ]
    blocks: list[Block] = [Table(edition.say("revisions_caption"), columns, rows)]
    if len(ordered) > most:
        blocks.append(Text(edition.say("more_rows", count=len(ordered) - most, table="meta.revision")))
    return blocks


def _size(edition: Edition, row: Row) -> Markup | str:
    """How much a figure changed; words where one of the two is not there."""
    if row["size"] is None:
        return edition.gap("none")
    return data(row["size"], edition.shown(float(row["size"]), 2), row.ref("size"))


def means(edition: Edition) -> Section:
    """How much headline figures are revised on average, indicator by indicator."""
    found = edition.release.rows("meta.mean_revision")
    title, said = edition.say("h_mean_revisions"), Text(edition.say("mean_revisions_said"))
    if not found:
        return Section("means", title, [said, Text(edition.say("no_mean_revisions"))])
    words = ("indicator", "unit", "compared_rows", "revised_rows", "mean_absolute", "mean_signed", "largest_revision")
    columns = [Column(edition.say(w), i > 1) for i, w in enumerate(words)]
    rows: list[list[Markup | str]] = []
    for r in found:
        counts = [edition.number(r, c, 0) for c in ("compared_rows", "revised_rows")]
        sizes = ("mean_absolute_revision", "mean_signed_revision", "largest_revision")
        measure = edition.label("measure", r["measure"])
        head = f"{edition.full_title(r['indicator_id'])} ({measure.lower()})"
        rows.append([head, edition.unit(r["unit"]), *counts, *(edition.number(r, c, 2) for c in sizes)])
    return Section("means", title, [said, Table(title, columns, rows)])


def corrections(edition: Edition) -> list[Block]:
    """Errors that we made and corrected."""
    found = sorted(edition.release.rows("meta.correction"), key=lambda r: (str(r["found_on"]), r["id"]), reverse=True)
    if not found:
        return [Text(edition.say("no_corrections"))]
    columns = [Column(edition.say(w)) for w in ("found_on", "indicator", "what_was_wrong")]
    rows: list[list[Markup | str]] = [
        [edition.day(r["found_on"]), r["indicators"].replace(";", ", "), edition.own(r, "text")] for r in found
    ]
    return [Table(edition.say("h_corrections"), columns, rows)]


def _key(row: Row) -> str:
    try:
        parts = json.loads(row["key"])
    except ValueError:
        return f"{row['table_name']}: {row['key']}"
    values = parts.values() if isinstance(parts, dict) else parts
    return f"{row['table_name']}: {', '.join(str(v) for v in values if v is not None)}"


def _value(edition: Edition, row: Row, which: str) -> Markup | str:
    value = row[f"{which}_value"]
    if value is None:
        status = row[f"{which}_status"]
        if status and ("obs_status", status) in edition.release.labels:
            return Markup('<span class="gap">{}</span>').format(edition.label("obs_status", status).lower())
        return edition.gap("none")
    try:
        return data(value, edition.shown(float(value), 2), row.ref(f"{which}_value"))
    except ValueError:
        return str(value)
