"""What stands beside a goal's verdict: subgroups, companions and sensitivities, and context that does not carry it."""

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.figures import trend
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.release import Row, split
from handleplan_pipeline.report.tables import Column, Table

PARTS_OF_A_GROUP = ("immigrant", "descendant", "western", "non_western", "unknown")
MOST_CONTEXT = 12
"""Published figures shown on the goal's page; more have a page of their own."""
PER_PAGE = 150
BESIDE = ("companion", "sensitivity")


def subgroups(edition: Edition, goal: Goal) -> list[Section]:
    """Sex, age and parts of the groups in the year of the verdict; a table per headline indicator."""
    year = goal.status["year"]
    blocks: list[Block] = []
    for indicator in goal.indicators:
        rows = [
            r
            for r in goal.rows
            if r["indicator_id"] == indicator["indicator_id"]
            and r["year"] == year
            and r["reference_group"] is None
            and r["measure"] == indicator["measure"]
            and r["missing_reason"] != "not_applicable"
        ]
        table = _subgroup_table(edition, goal, indicator, rows)
        if table is not None:
            blocks.append(table)
    return [Section("groups", edition.say("h_groups"), blocks)] if blocks else []


def _subgroup_table(edition: Edition, goal: Goal, indicator: Row, rows: list[Row]) -> Table | None:
    groups = goal.groups(indicator)
    whole = {r.row_id for r in goal.whole(indicator)}
    parts = [r for r in rows if r.row_id not in whole]
    wholes = [r for r in rows if r.row_id in whole and r["population_group"] not in groups]
    kinds = sorted({(r["sex"], r["age_group"]) for r in parts if r["population_group"] in groups}, key=_order)
    lines: list[list[Markup | str]] = []
    for sex, age in kinds:
        line: list[Markup | str] = [_subgroup(edition, goal, indicator, sex, age)]
        for g in groups:
            found = next((r for r in parts if (r["population_group"], r["sex"], r["age_group"]) == (g, sex, age)), None)
            line += [edition.cell(found, "value"), _range(edition, found)]
        if any(r for r in parts if (r["sex"], r["age_group"]) == (sex, age) and r["population_group"] in groups):
            lines.append(line)
    others = [r for g in PARTS_OF_A_GROUP for r in wholes if r["population_group"] == g]
    if not lines and not others:
        return None
    if not lines:
        return _parts_table(edition, indicator, others, goal.status["year"])
    unit = edition.unit(indicator["unit"])
    caption = _caption(edition, indicator, goal.status["year"])
    inner = [Column(unit, True), Column(edition.say("interval95"), True)]
    columns = [Column(edition.say("subgroup")), *(c for _ in groups for c in inner)]
    for r in others:
        filler: list[Markup | str] = [edition.gap("not_applicable")] * (2 * (len(groups) - 1))
        name = edition.label("population_group", r["population_group"])
        lines.append([name, edition.cell(r, "value"), _range(edition, r), *filler])
    heads = [("", 1), *((edition.label("population_group", g), 2) for g in groups)]
    return Table(caption, columns, lines, heads)


def _parts_table(edition: Edition, indicator: Row, rows: list[Row], year: int) -> Table:
    columns = [
        Column(edition.say("group")),
        Column(edition.unit(indicator["unit"]), True),
        Column(edition.say("interval95"), True),
    ]
    lines = [
        [edition.label("population_group", r["population_group"]), edition.cell(r, "value"), _range(edition, r)]
        for r in rows
    ]
    return Table(_caption(edition, indicator, year), columns, lines)


def _caption(edition: Edition, indicator: Row, year: int) -> str:
    title = edition.full_title(indicator["indicator_id"])
    return edition.say("subgroups_caption", title=title, year=year, unit=edition.unit(indicator["unit"]))


def _order(kind: tuple[str, str]) -> tuple[bool, str, str]:
    sex, age = kind
    return sex == "total", age, sex


def _subgroup(edition: Edition, goal: Goal, indicator: Row, sex: str, age: str) -> str:
    """The words of a sex and an age group, each only where it narrows the whole."""
    words = []
    if sex != "total":
        words.append(edition.label("sex", sex))
    if age not in ("total", *{r["age_group"] for r in goal.whole(indicator)}):
        words.append(age_words(edition, age))
    return ", ".join(words) or edition.label("sex", sex)


def age_words(edition: Edition, age: str) -> str:
    if ("age_group", age) in edition.release.labels:
        return edition.label("age_group", age)
    return edition.label("sex", "unknown") if age == "unknown" else edition.say("aged", age=age.replace("-", "–"))


def _range(edition: Edition, row: Row | None) -> Markup:
    return edition.gap("none") if row is None else edition.interval(row, "ci_low", "ci_high")


def beside(edition: Edition, goal: Goal) -> list[Section]:
    """Companions and sensitivities of the headline indicators: baseline year and year of the verdict."""
    headline = {i["indicator_id"] for i in goal.indicators}
    years = sorted({y for y in (goal.row["baseline_year"], goal.status["year"]) if y})
    lines: list[list[Markup | str]] = []
    for indicator in edition.release.indicators.values():
        if indicator["kind"] not in BESIDE or _root(edition, indicator) not in headline:
            continue
        rows = goal.whole(indicator)
        for g in goal.groups(indicator):
            own = {r["year"]: r for r in rows if r["population_group"] == g}
            if not any(y in own for y in years):
                continue
            line: list[Markup | str] = [
                edition.full_title(indicator["indicator_id"]),
                edition.label("population_group", g),
                edition.unit(indicator["unit"]),
            ]
            lines.append([*line, *(edition.cell(own.get(y), "value") for y in years)])
    if not lines:
        return []
    columns = [Column(edition.say("indicator")), Column(edition.say("group")), Column(edition.say("unit"))]
    columns += [Column(str(y), True) for y in years]
    return [Section("beside", edition.say("h_beside"), [Table(edition.say("beside_caption"), columns, lines)])]


def _root(edition: Edition, indicator: Row) -> str:
    while indicator["parent"]:
        indicator = edition.release.indicators[indicator["parent"]]
    return str(indicator["indicator_id"])


def context(edition: Edition, goal: Goal) -> list[Section]:
    """Series and published figures that do not carry the goal, clearly apart."""
    blocks: list[Block] = [Text(edition.say("context_note"))]
    number = 0
    for indicator in edition.release.indicators.values():
        wanted = indicator["kind"] == "context" and not indicator["parent"]
        if not wanted or str(goal.number) not in split(indicator["goals"]):
            continue
        rows = goal.whole(indicator)
        if any(r["value"] is not None for r in rows):
            number += 1
            chart = trend(edition, goal, indicator, f"{goal.slug}-context-{number}", rows)
            blocks += [chart] if chart else []
    figures = edition.release.rows("output.context_figure", goal=goal.number)
    if len(figures) > MOST_CONTEXT:
        link = Markup('<a href="{}">{}</a>').format(
            context_name(goal, 1), edition.say("context_more", count=len(figures))
        )
        blocks.append(Text(link))
    elif figures:
        blocks.append(_figures_table(edition, figures))
    return [Section("context", edition.say("h_context"), blocks)] if len(blocks) > 1 else []


def context_name(goal: Goal, page: int) -> str:
    return f"{goal.slug}_context{'' if page == 1 else f'_{page}'}.html"


def context_pages(edition: Edition, goal: Goal) -> list[Page]:
    """Pages of the published figures beside a goal, where they are many."""
    figures = edition.release.rows("output.context_figure", goal=goal.number)
    if len(figures) <= MOST_CONTEXT:
        return []
    figures = sorted(figures, key=lambda r: (-(r["year"] or 0), r["figure_id"]))
    parts = [figures[i : i + PER_PAGE] for i in range(0, len(figures), PER_PAGE)]
    title = edition.say("title_context", goal=goal.number)
    pages = []
    for i, part in enumerate(parts, 1):
        back = Markup('<a href="{}#context">{}</a>').format(f"{goal.slug}.html", edition.own(goal.row, "title"))
        links = [
            Markup('<a href="{}">{} {}</a>').format(context_name(goal, n), edition.say("page_word"), n)
            for n in range(1, len(parts) + 1)
            if n != i
        ]
        blocks: list[Block] = [Text(edition.say("context_note")), _figures_table(edition, part)]
        lead = Markup(" · ").join([back, *links])
        section = Section("context", edition.say("h_context"), blocks)
        numbered = f"{title} ({i}/{len(parts)})" if len(parts) > 1 else title
        pages.append(Page(context_name(goal, i), numbered, [section], edition.say("context_note"), lead=lead))
    return pages


def _figures_table(edition: Edition, figures: list[Row]) -> Table:
    columns = [
        Column(edition.say("what")),
        Column(edition.say("where")),
        Column(edition.say("year"), True),
        Column(edition.say("value"), True),
        Column(edition.say("unit")),
        Column(edition.say("source")),
    ]
    lines: list[list[Markup | str]] = []
    for r in figures:
        value = edition.cell(r, "value")
        if r["approximate"] and r["value"] is not None:
            value = Markup("{} {}").format(edition.say("approximately"), value)
        unit = edition.unit(r["unit"]) if r["unit"] else edition.gap("none")
        source = edition.source_link(r["source_id"])
        # as the source names it
        where = edition.danish(r["geography_name"]) if r["geography_name"] else edition.gap("none")
        lines.append(
            [edition.own(r, "what"), where, str(r["year"]) if r["year"] else edition.gap("none"), value, unit, source]
        )
    return Table(edition.say("context_caption"), columns, lines)
