"""Money and preconditions: what each goal waited for, and what the plan asked for. Nothing is summed."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Items, Page, Quote, Section, Sub, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.headline import Goal, goals
from handleplan_pipeline.report.numbers import data, decimals_for
from handleplan_pipeline.report.release import Row, split
from handleplan_pipeline.report.tables import Column, Table

KINDS = ("measurement_money", "legal", "activity_money", "agreement")
MILLION = 1_000_000
SIGNS = {"granted": "●", "not_granted": "◆", "unknown": "○", "none": "–"}
YEARS = range(2009, 2015)
"""Years the plan gives amounts for."""


def preconditions(edition: Edition, goal: Goal) -> list[Row]:
    """Each precondition of a goal as it stood at the end of the year of the verdict."""
    last = date(int(goal.status["year"]), 12, 31)
    found: dict[str, Row] = {}
    for r in edition.release.rows("meta.precondition"):
        if str(goal.number) in split(r["goals"]) and date.fromisoformat(str(r["valid_from"])) <= last:
            found[r["id"]] = r
    return sorted(found.values(), key=lambda r: (KINDS.index(r["kind"]), r["id"]))


def amount(edition: Edition, row: Row, column: str = "amount_dkk", unit: bool = True) -> Markup:
    """An amount in millions of kroner, or the words that it is not stated; without its `unit` where a head has it."""
    value = row[column]
    if value is None:
        return Markup('<span class="gap">{}</span>').format(edition.say("not_stated"))
    text = edition.shown(value / MILLION, decimals_for(value / MILLION))
    number = data(value, text, row.ref(column), "millions")
    return Markup("{}\u00a0{}").format(number, edition.say("million_dkk")) if unit else number


def of_goal(edition: Edition, goal: Goal) -> list[Block]:
    """What the goal depended on and the activities under it."""
    blocks: list[Block] = []
    if goal.row["reservation_da"]:
        translation = str(goal.row.get("reservation_en") or "") if edition.language == "en" else ""
        page = edition.say("page_in_plan", page=goal.row["page"])
        blocks += [Sub(edition.say("reservation")), Quote(goal.row["reservation_da"], page, translation)]
    found = preconditions(edition, goal)
    if found:
        blocks.append(_preconditions_table(edition, found))
    else:
        blocks.append(Text(edition.say("no_preconditions")))
    activities = [r for r in edition.release.rows("meta.activity") if str(goal.number) in split(r["goals"])]
    if activities:
        blocks.append(_activities_table(edition, activities))
    return blocks


def _preconditions_table(edition: Edition, found: list[Row]) -> Table:
    columns = [Column(edition.say(w)) for w in ("precondition", "kind", "state", "remark")]
    rows = [
        [
            edition.own(r, "title"),
            edition.label("precondition_kind", r["kind"]),
            state(edition, r["state"]),
            edition.own(r, "remark") or edition.gap("none"),
        ]
        for r in found
    ]
    return Table(edition.say("preconditions_caption"), columns, rows)


def state(edition: Edition, code: str) -> Markup:
    """A state as shape and word."""
    return Markup('<span class="state">{} {}</span>').format(SIGNS[code], edition.label("precondition", code))


def _activities_table(edition: Edition, activities: list[Row]) -> Table:
    columns = [Column(edition.say("activity")), Column(edition.say("amount"), True), Column(edition.say("financing"))]
    rows = [
        [edition.own(r, "title"), amount(edition, r), edition.own(r, "financing") or edition.gap("none")]
        for r in sorted(activities, key=lambda r: (-(r["amount_dkk"] or 0), r["id"]))
    ]
    return Table(edition.say("activities_caption"), columns, rows)


def page(edition: Edition) -> Page:
    """What every goal waited for, and every activity with its amounts by year."""
    found = goals(edition.release)
    year = found[0].status["year"]
    sections = [
        Section("matrix", edition.say("matrix_title"), [_matrix(edition, found)]),
        Section("activities", edition.say("h_activities"), _by_colour(edition)),
        Section("oddities", edition.say("oddities"), _oddities(edition)),
    ]
    return Page(
        "money.html",
        edition.say("title_money"),
        [s for s in sections if s.blocks],
        edition.say("describe_money"),
        lead=_lead(edition, found, int(year)),
    )


def _lead(edition: Edition, found: list[Goal], year: int) -> str:
    """How many goals depended on something, and for how many it is known what became of it."""
    dependent = [g for g in found if g.status["precondition"] != "none"]
    known = [g for g in dependent if g.status["precondition"] != "unknown"]
    counted = {"count": edition.count(len(dependent)).capitalize(), "goals": edition.count(len(found)), "year": year}
    key = "money_lead_none" if not known else "money_lead_some"
    return edition.say(key, known=edition.count(len(known)), **counted)


def _matrix(edition: Edition, found: list[Goal]) -> Table:
    columns = [Column(edition.say("goal_word")), *(Column(edition.label("precondition_kind", k)) for k in KINDS)]
    columns.append(Column(edition.say("verdict")))
    rows = []
    for g in found:
        own = preconditions(edition, g)
        cells = []
        for kind in KINDS:
            states = sorted({r["state"] for r in own if r["kind"] == kind}) or ["none"]
            cells.append(Markup(" ").join(state(edition, s) for s in states))
        link = Markup('<a href="{}.html#money">{}. {}</a>').format(g.slug, g.number, edition.own(g.row, "title"))
        rows.append([link, *cells, edition.verdict(g.status)])
    return Table(edition.say("matrix_caption"), columns, rows)


def _by_colour(edition: Edition) -> list[Block]:
    """Activities by how they are paid for, amounts by year where the plan prints them; no sum."""
    blocks: list[Block] = [Text(edition.say("no_sum"))]
    activities = edition.release.rows("meta.activity")
    for colour in sorted({r["colour"] for r in activities}):
        own = sorted((r for r in activities if r["colour"] == colour), key=lambda r: r["id"])
        heads = [
            Column(edition.say("activity")),
            Column(f"{edition.say('amount')}, {edition.say('million_dkk')}", True),
        ]
        columns = [*heads, *(Column(str(y), True) for y in YEARS), Column(edition.say("goals_word"))]
        rows = [
            [
                edition.own(r, "title"),
                amount(edition, r, unit=False),
                *(_in_year(edition, r, y) for y in YEARS),
                _goal_links(edition, r),
            ]
            for r in own
        ]
        title = edition.coded(own[0], "colour")
        blocks.append(Table(title, columns, rows))
    return blocks


@dataclass(frozen=True)
class Part:
    """An amount of an activity for some years, as the plan prints it."""

    first: int
    last: int
    amount: int | None
    ref: str


def _in_year(edition: Edition, activity: Row, year: int) -> Markup:
    """The amount of one year, as the plan prints it; one printed for several years stands in each with its years."""
    for part in yearly(edition, activity):
        if part.first <= year <= part.last and part.amount is not None:
            millions = part.amount / MILLION
            number = data(part.amount, edition.shown(millions, decimals_for(millions)), part.ref, "millions")
            return number if part.first == part.last else Markup("{} ({}–{})").format(number, part.first, part.last)
    return Markup('<span class="gap">{}</span>').format(edition.say("not_stated"))


def yearly(edition: Edition, activity: Row) -> list[Part]:
    """The amounts of an activity by year."""
    found = edition.release.rows("meta.activity_year", id=activity["id"])
    return [Part(r["year"], r["year"], r["amount_dkk"], r.ref("amount_dkk")) for r in found]


def _goal_links(edition: Edition, activity: Row) -> Markup:
    by_number = {str(g["goal"]): g["slug"] for g in edition.release.goals}
    links = [Markup('<a href="{}.html#money">{}</a>').format(by_number[n], n) for n in split(activity["goals"])]
    return Markup(", ").join(links) or edition.gap("none")


def _oddities(edition: Edition) -> list[Block]:
    """What is odd in the printed money table, with the activities that point to it."""
    wanted = {m for r in edition.release.rows("meta.activity") for m in split(r["remarks"])}
    found = [r for r in edition.release.rows("meta.remark") if r["id"] in wanted]
    column = f"text_{edition.language}"
    items = [Markup('<span data-ref="{}">{}</span>').format(r.ref(column), r[column]) for r in found]
    return [Items(items)] if items else []
