"""What changed since the last release, and why."""

import json

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.numbers import data
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

MOST = 200
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
    return Page("revisions.html", title, [Section("revisions", edition.say("revisions_caption"), blocks)], title)


def _listed(edition: Edition, found: list[Row], most: int) -> list[Block]:
    ordered = sorted(found, key=lambda r: (str(r["first_shown_in"]), r["table_name"], r["key"]))
    newest = sorted({str(r["first_shown_in"]) for r in ordered}, reverse=True)
    ordered = [r for release in newest for r in ordered if str(r["first_shown_in"]) == release]
    columns = [
        Column(edition.say("row_word")),
        Column(edition.say("old_value"), True),
        Column(edition.say("new_value"), True),
    ]
    columns += [Column(edition.say("reason")), Column(edition.say("first_shown"))]
    rows = [
        [_key(r), _value(edition, r, "old"), _value(edition, r, "new"), edition.coded(r, "reason"), r["first_shown_in"]]
        for r in ordered[:most]
    ]
    blocks: list[Block] = [Table(edition.say("revisions_caption"), columns, rows)]
    if len(ordered) > most:
        blocks.append(Text(edition.say("more_rows", count=len(ordered) - most, table="meta.revision")))
    return blocks


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
