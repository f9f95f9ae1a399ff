"""The page of a goal: verdict, promise, charts, caveats, money, method, sources, revisions, files."""

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from handleplan_pipeline.report import downloads, judged, money, needed, origin, revisions, statements
from handleplan_pipeline.report.beside import beside, context, subgroups
from handleplan_pipeline.report.blocks import Block, Items, Page, Quote, Section, Sub, Text, Verdict
from handleplan_pipeline.report.edition import COUNTED, Edition
from handleplan_pipeline.report.figures import Figure, trend
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.release import Row, split
from handleplan_pipeline.report.tables import Column, Table

CHARTS = "charts"
MOVABLE = ("context", "groups", "beside", CHARTS)
"""What leaves a page that would be too long, the first first: sections, at last the charts of a second indicator."""
SAID_SMALL = ("certainty", "background", "unknowns", "precondition")
"""Layers under the reasons in the box of a verdict."""


def pages(edition: Edition, goal: Goal, moved: Sequence[str] = ()) -> list[Page]:
    """The page of `goal`, and one for its sections named in `moved`, where it would be too long.

    A goal that cannot be measured says what it would take instead of showing charts.
    """
    whole = _whole(edition, goal)
    name = f"{goal.slug}_more.html"
    parts = [_parted(edition, s, name, moved) for s in whole.sections]
    away = [gone for _, gone in parts if gone]
    if not away:
        return [whole]
    kept = [stays for stays, _ in parts]
    back = Markup('<a href="{}">{}</a>').format(whole.name, edition.say("back_to_goal"))
    title = edition.say("title_more", title=whole.title)
    more = Page(name, title, away, title, kicker=whole.kicker, lead=back)
    return [replace(whole, sections=kept), more]


def _parted(edition: Edition, section: Section, name: str, moved: Sequence[str]) -> tuple[Section, Section | None]:
    """What of a section stays, with a link to what leaves, and what leaves."""
    link = Text(Markup('<a href="{}#{}">{}</a>').format(name, section.anchor, edition.say("moved_to")))
    if section.anchor in moved:
        return replace(section, blocks=[link]), section
    if CHARTS in moved and section.anchor in ("trend", "contrast") and len(section.blocks) > 1:
        return replace(section, blocks=[section.blocks[0], link]), replace(section, blocks=section.blocks[1:])
    return section, None


def _whole(edition: Edition, goal: Goal) -> Page:
    status = goal.status
    title = edition.own(goal.row, "title")
    badge = edition.label("badge", status["badge"])
    preview = f"{edition.say('goal_short', goal=goal.number)}: {title} – {badge} ({status['year']})"
    charts = _charts(edition, goal)
    sections = [_promise(edition, goal.row)]
    if status["measurability"] == "not_measurable":
        sections.append(needed.section(edition, goal))
    sections += _chart_sections(edition, charts)
    sections += [*subgroups(edition, goal), *beside(edition, goal), *context(edition, goal)]
    sections += [
        Section("caveats", edition.say("h_caveats"), _caveats(edition, status, goal)),
        Section("money", edition.say("h_money"), money.of_goal(edition, goal)),
        Section("method", edition.say("h_method"), method_of(edition, goal)),
        Section("sources", edition.say("h_sources"), origin.of_goal(edition, goal)),
        Section("revisions", edition.say("h_revisions"), revisions.of_goal(edition, goal)),
        Section("data", edition.say("h_data"), downloads.of_goal(edition, goal)),
        Section("cite", edition.say("h_cite"), [Text(cite(edition, str(title)))]),
    ]
    return Page(
        f"{goal.slug}.html",
        title,
        [s for s in sections if s.blocks],
        statements.plain_headline(edition, status),
        kicker=edition.say("kicker", goal=goal.number, goals=len(edition.release.goals)),
        preview=preview,
        verdict=_verdict(edition, goal),
        figures=[b for s in sections for b in s.blocks if isinstance(b, Figure)],
        dataset=True,
    )


def _verdict(edition: Edition, goal: Goal) -> Verdict:
    status = goal.status
    said = statements.spoken(edition, status)
    beside = [s for layer in SAID_SMALL for s in said.get(layer, [])]
    later = [Markup("{} {}").format(f"{s['year']}:", edition.verdict(s)) for s in goal.later]
    return Verdict(
        edition.say("verdict_for", year=status["year"]),
        edition.verdict(status),
        said.get("headline", []),
        said.get("why", []),
        beside,
        small(edition, status),
        later,
    )


def small(edition: Edition, status: Row) -> list[Markup | str]:
    """The line under a headline: since the baseline, precondition, kind of figures."""
    found: list[Markup | str] = []
    if status["trend"] != "no_baseline":
        found.append(edition.say("since_baseline", trend=edition.label("trend", status["trend"]).lower()))
    if status["precondition"] != "none":
        found.append(
            edition.say("precondition_is", state=edition.label("precondition", status["precondition"]).lower())
        )
    if status["measurability"] != "not_measurable" and status["data_kind"]:
        found.append(edition.say("kind_of_figures", kinds=edition.kinds([status])))
    return found


def _promise(edition: Edition, row: Row) -> Section:
    page = edition.say("page_in_plan", page=row["page"])
    return Section("promise", edition.say("promised"), [_quote(edition, row, "sentence", page)])


def _quote(edition: Edition, row: Row, stem: str, page: str) -> Quote:
    return Quote(row[f"{stem}_da"], page, _translated(edition, row, stem))


def _translated(edition: Edition, row: Row, stem: str) -> str:
    return str(row.get(f"{stem}_en") or "") if edition.language == "en" else ""


def _charts(edition: Edition, goal: Goal) -> list[tuple[str, Figure]]:
    """Charts of the goal with the section each belongs to, numbered as their files are."""
    found: list[tuple[str, Figure]] = []
    for indicator in goal.indicators:
        readings = [r for r in goal.judged(indicator) if r["estimate"] is not None]
        counted = bool(readings) and readings[0]["quantity"] in COUNTED
        if not counted or len(goal.whole(indicator)) > len(readings):
            chart = trend(edition, goal, indicator, f"{goal.slug}-{len(found) + 1}")
            if chart is not None and any(r["value"] is not None for r in goal.whole(indicator)):
                found.append(("trend", chart))
        chart = judged.chart(edition, goal, indicator, f"{goal.slug}-{len(found) + 1}")
        if chart is not None:
            found.append(("contrast", chart))
    return found


def _chart_sections(edition: Edition, charts: list[tuple[str, Figure]]) -> list[Section]:
    return [
        Section(anchor, edition.say(f"h_{anchor}"), [f for where, f in charts if where == anchor])
        for anchor in ("trend", "contrast")
    ]


def _caveats(edition: Edition, status: Row, goal: Goal) -> list[Block]:
    """Caveats of the verdict, then what is odd in the plan's own words about the goal."""
    known = {r["id"]: r for r in edition.release.rows("meta.caveat")}
    said = statements.spoken(edition, status)
    items = [*said.get("caution", []), *(from_row(edition, known[c], "text") for c in split(status["caveats"]))]
    blocks: list[Block] = [Items(items)] if items else [Text(edition.say("no_caveats"))]
    odd = [r for r in edition.release.rows("meta.remark") if str(goal.number) in split(r["goals"])]
    if odd:
        blocks += [Sub(edition.say("oddities")), Items([from_row(edition, r, "text") for r in odd])]
    return blocks


def from_row(edition: Edition, row: Row, stem: str) -> Markup:
    """A text of the release with its address."""
    column = f"{stem}_{edition.language}"
    return Markup('<span data-ref="{}">{}</span>').format(row.ref(column), row[column])


def method_of(edition: Edition, goal: Goal) -> list[Block]:
    """The rule in words with all its outcomes, who set it and when, and the indicators' definitions."""
    row = goal.row
    page = edition.say("page_in_plan", page=row["page"])
    own = _quote(edition, row, "indicators", page) if row["indicators_da"] else Text(edition.say("no_plan_indicator"))
    rule = edition.release.row("meta.rule", rule_id=row["rule_id"], version=row["rule_version"])
    blocks: list[Block] = [Sub(edition.say("plan_indicator")), own, Sub(edition.say("rule"))]
    blocks.append(Text(from_row(edition, rule, "text")))
    decided = edition.own(row, "decision_reference")
    known = f"{row['rule_id']}, {edition.say('rule_version', version=row['rule_version'])}"
    blocks.append(Text(Markup("{}. {}.").format(known, decided), "small"))
    outcomes = edition.release.rows("meta.rule_outcome", rule_id=row["rule_id"], version=row["rule_version"])
    rows = [[outcome(edition, o["outcome"]), from_row(edition, o, "text")] for o in outcomes]
    if rows:
        heads = [Column(edition.say("outcome")), Column(edition.say("meaning"))]
        blocks.append(Table(edition.say("outcomes_caption"), heads, rows))
    for indicator in goal.indicators:
        blocks.append(Sub(edition.full_title(indicator["indicator_id"]), f"indicator-{indicator['indicator_id']}"))
        blocks.append(Text(from_row(edition, indicator, "definition")))
    return blocks


def outcome(edition: Edition, code: str) -> Markup | str:
    if ("badge", code) in edition.release.labels:
        return edition.badge(code)
    return edition.label("result", code)


def cite(edition: Edition, title: str) -> str:
    """How to name the page in a text."""
    about = edition.release.about
    text = edition.say("cite_text", title=title, release=about["release_id"], licence=about["licence"])
    return f"{text} {edition.say('cite_synthetic')}" if about["holds_synthetic"] else text
