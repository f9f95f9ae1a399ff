"""What it would take to measure a goal that cannot be measured: data, legal basis, money, and who can give it."""

from markupsafe import Markup

from handleplan_pipeline.report import money
from handleplan_pipeline.report.blocks import Block, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

WORDS = {
    "measurement_money": "needed_money",
    "activity_money": "needed_money",
    "legal": "needed_law",
    "agreement": "needed_agreement",
}
OPEN = ("unknown", "not_granted")


def section(edition: Edition, goal: Goal) -> Section:
    """Everything that is missing, one row each."""
    rows: list[list[Markup | str]] = []
    if not goal.row["plan_indicator"]:
        rows.append([edition.say("needed_indicator"), edition.say("indicator"), edition.say("committee")])
    for source in sources(edition, goal):
        rows.append(_source(edition, goal, source))
        if source["legal_basis_da"] and source["kind"] == "delivery":
            law = edition.own(source, "legal_basis")
            rows.append([law, edition.say("needed_law"), _title(edition, source)])
    for r in money.preconditions(edition, goal):
        if r["state"] in OPEN:
            rows.append([edition.own(r, "title"), edition.say(WORDS[r["kind"]]), money.state(edition, r["state"])])
    columns = [Column(edition.say("what_is_needed")), Column(edition.say("kind")), Column(edition.say("who_can_give"))]
    blocks: list[Block] = [Text(edition.say("needed_lead"))]
    if rows:
        blocks.append(Table(edition.say("needed_caption"), columns, _once(rows)))
    return Section("needed", edition.say("h_needed"), blocks)


def sources(edition: Edition, goal: Goal) -> list[Row]:
    """Sources of the goal's headline indicators, each once."""
    found: dict[str, Row] = {}
    for indicator in goal.indicators:
        for s in edition.sources_of(indicator):
            found.setdefault(s["id"], s)
    return list(found.values())


def _source(edition: Edition, goal: Goal, source: Row) -> list[Markup | str]:
    year = goal.status["year"]
    here = any(
        d["source"] == source["id"] and d["year"] == year and d["state"] == "current"
        for d in edition.release.rows("meta.delivery")
    )
    state = edition.say("delivered_this_year" if here else "missing_this_year", year=year)
    what = Markup("{} ({})").format(_title(edition, source), state)
    return [what, edition.say("needed_data"), edition.danish(source["producer"])]


def _title(edition: Edition, source: Row) -> Markup:
    return Markup('<a href="sources.html#source-{}">{}</a>').format(source["id"], edition.own(source, "title"))


def _once(rows: list[list[Markup | str]]) -> list[list[Markup | str]]:
    return [row for i, row in enumerate(rows) if row not in rows[:i]]
