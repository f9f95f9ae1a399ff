"""Where figures come from: sources, deliveries by year, what a verdict rests on."""

from collections import defaultdict

from markupsafe import Markup

from handleplan_pipeline.lake.files import short_mark
from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import OFFICIAL, Edition
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.needed import sources
from handleplan_pipeline.report.release import Row, split
from handleplan_pipeline.report.tables import Column, Table


def of_goal(edition: Edition, goal: Goal) -> list[Block]:
    """The goal's sources with the years delivered, and the deliveries behind the verdict."""
    columns = [Column(edition.say(w)) for w in ("source", "producer", "access", "years_delivered")]
    rows = [
        [_link(edition, s), edition.danish(s["producer"]), edition.coded(s, "access"), _years(edition, s)]
        for s in sources(edition, goal)
    ]
    blocks: list[Block] = [Table(edition.say("sources_caption"), columns, rows)] if rows else []
    behind = _behind(edition, goal)
    if behind:
        blocks.append(behind)
    blocks.append(Text(Markup('<a href="sources.html">{}</a>').format(edition.say("lineage_more"))))
    return blocks


def _link(edition: Edition, source: Row) -> Markup:
    return Markup('<a href="sources.html#source-{}">{}</a>').format(source["id"], edition.own(source, "title"))


def _years(edition: Edition, source: Row) -> Markup | str:
    if source["kind"] != "delivery":
        return Markup('<span data-kind="{}">{}</span>').format(OFFICIAL, edition.say("published_source"))
    found = [d for d in edition.release.rows("meta.delivery", source=source["id"], state="current") if d["year"]]
    said = spans(sorted({int(d["year"]) for d in found}))
    return edition.resting_on(found, said) if said else edition.say("none_delivered")


def spans(years: list[int]) -> str:
    """Years as ranges: 2006–2010, 2012."""
    parts: list[list[int]] = []
    for y in years:
        if parts and y == parts[-1][-1] + 1:
            parts[-1].append(y)
        else:
            parts.append([y])
    return ", ".join(f"{p[0]}–{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts)


def _behind(edition: Edition, goal: Goal) -> Table | None:
    """Deliveries and published sources that the verdict of its year rests on, where the release holds the lineage."""
    year = goal.status["year"]
    found = [
        r
        for i in goal.indicators
        for r in edition.release.rows("meta.lineage", indicator_id=i["indicator_id"], year=year)
        if r["table_name"] == goal.slug
    ]
    deliveries = {r["delivery_id"]: r for r in edition.release.rows("meta.delivery")}
    known = {r["id"]: r for r in edition.release.rows("meta.source")}
    by_source: dict[str, set[Markup | str]] = defaultdict(set)
    for r in found:
        delivery = deliveries.get(r["delivery_id"])
        source = delivery["source"] if delivery else r.get("source_id")
        if source:
            by_source[str(source)].add(_mark(edition, delivery))
    if not by_source:
        return None
    rows = [
        [_link(edition, known[s]) if s in known else s, Markup("<br>").join(sorted(marks))]
        for s, marks in sorted(by_source.items())
    ]
    columns = [Column(edition.say("source")), Column(edition.say("delivery_marks"))]
    return Table(edition.say("lineage_caption", year=year), columns, rows)


def _mark(edition: Edition, delivery: Row | None) -> Markup:
    """Year and mark of a delivery; of what nobody delivered, that it was published."""
    if delivery is None:
        return Markup('<span data-kind="{}">{}</span>').format(OFFICIAL, edition.say("published_source"))
    return edition.resting_on([delivery], f"{delivery['year']}: {short_mark(delivery['delivery_id'])}")


def page(edition: Edition) -> Page:
    """Every source with its deliveries by year and state, and every published work."""
    release = edition.release
    delivered = sorted((s for s in release.rows("meta.source") if s["kind"] == "delivery"), key=lambda s: s["id"])
    other = sorted((s for s in release.rows("meta.source") if s["kind"] != "delivery"), key=lambda s: s["id"])
    published = release.rows("source.published_source")
    sections = [
        Section("deliveries", edition.say("h_deliveries"), [_matrix(edition, delivered)]),
        Section("permissions", edition.say("h_permissions"), [_permissions(edition, delivered)]),
        Section("open", edition.say("h_open_sources"), [_open(edition, other)]),
        Section("published", edition.say("h_published"), [_published(edition, published)]),
    ]
    return Page("sources.html", edition.say("title_sources"), sections, edition.say("describe_sources"))


def _matrix(edition: Edition, delivered: list[Row]) -> Table:
    """Sources by years; each cell a word."""
    deliveries = edition.release.rows("meta.delivery")
    years = sorted({int(d["year"]) for d in deliveries if d["year"]}) or sorted(
        {int(s["year"]) for s in edition.release.rows("output.goal_status")}
    )
    states: dict[tuple[str, int], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for d in deliveries:
        if d["year"]:
            states[d["source"], int(d["year"])][str(d["state"])].append(d)
    rows: list[list[Markup | str]] = []
    for s in delivered:
        cells = [_states(edition, states[s["id"], y]) for y in years]
        rows.append([edition.own(s, "title"), *cells])
    columns = [Column(edition.say("source")), *(Column(str(y)) for y in years)]
    return Table(edition.say("deliveries_caption"), columns, rows)


def _states(edition: Edition, states: dict[str, list[Row]]) -> Markup:
    if not states:
        return edition.gap("not_delivered")
    return Markup("<br>").join(
        edition.resting_on(rows, edition.coded(rows[0], "state")) for _, rows in sorted(states.items())
    )


def _permissions(edition: Edition, delivered: list[Row]) -> Table:
    columns = [Column(edition.say(w)) for w in ("source", "producer", "access", "needed_law", "purpose", "goals_word")]
    rows = [
        [
            Markup('<span id="source-{}">{}</span>').format(s["id"], edition.own(s, "title")),
            edition.danish(s["producer"]),
            edition.coded(s, "access"),
            edition.own(s, "legal_basis") or edition.gap("none"),
            edition.own(s, "purpose") or edition.gap("none"),
            _goals(edition, s),
        ]
        for s in delivered
    ]
    return Table(edition.say("permissions_caption"), columns, rows)


def _goals(edition: Edition, source: Row) -> Markup:
    by_number = {str(g["goal"]): g["slug"] for g in edition.release.goals}
    links = [Markup('<a href="{}.html#sources">{}</a>').format(by_number[n], n) for n in split(source["goals"])]
    return Markup(", ").join(links) or edition.gap("not_applicable")


def _open(edition: Edition, other: list[Row]) -> Table:
    columns = [Column(edition.say(w)) for w in ("source", "producer", "licence", "accessed", "goals_word")]
    rows = [
        [
            Markup('<span id="source-{}">{}</span>').format(s["id"], edition.own(s, "title")),
            edition.danish(s["producer"]),
            s["licence"] or edition.gap("none"),
            edition.day(s["accessed"])
            if s["accessed"]
            else edition.gap("not_pulled" if s["statbank_mode"] else "none"),
            _goals(edition, s),
        ]
        for s in other
    ]
    return Table(edition.say("open_caption"), columns, rows)


def _published(edition: Edition, published: list[Row]) -> Table:
    columns = [Column(edition.say(w)) for w in ("source", "title_word", "year", "trust")]
    rows: list[list[Markup | str]] = [
        [
            Markup('<span id="published-{0}">{0}</span>').format(r["source_id"]),
            edition.danish(r["title"]),
            str(r["vintage"]) if r["vintage"] else edition.gap("none"),
            edition.label("trust_tier", r["trust_tier"]),
        ]
        for r in published
    ]
    return Table(edition.say("published_caption"), columns, rows)
