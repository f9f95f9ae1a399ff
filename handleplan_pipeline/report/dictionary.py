"""The dictionary: every published table and column, and every code, in both languages."""

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

PER_PAGE = 90
"""Columns on a page of the dictionary; a page has to stay small."""
Group = tuple[tuple[str, ...], list[Row]]
"""Tables with the very same columns, and those columns."""


def pages(edition: Edition) -> list[Page]:
    """An index of tables, pages of their columns, and a page of codes."""
    where: dict[str, str] = {}
    made = []
    for name, groups in _pages(edition):
        where |= {table: name for tables, _ in groups for table in tables}
        schema = groups[0][0][0].split(".")[0]
        title = edition.say("title_dictionary_of", schema=schema)
        sections = [_section(edition, group) for group in groups]
        lead = Markup('<a href="dictionary.html">{}</a>').format(edition.say("title_dictionary"))
        made.append(Page(name, title, sections, title, lead=lead))
    return [_index(edition, where), *made, _codes(edition)]


def _pages(edition: Edition) -> list[tuple[str, list[Group]]]:
    """Names of pages with their tables: a schema has as many as it needs."""
    by_schema: dict[str, list[Group]] = defaultdict(list)
    for group in _groups(edition):
        by_schema[group[0][0].split(".")[0]].append(group)
    found: list[tuple[str, list[Group]]] = []
    for schema, groups in sorted(by_schema.items()):
        parts: list[list[Group]] = [[]]
        for group in groups:
            if parts[-1] and sum(len(columns) for _, columns in parts[-1]) + len(group[1]) > PER_PAGE:
                parts.append([])
            parts[-1].append(group)
        for i, part in enumerate(parts, 1):
            found.append((f"dictionary_{schema}{'' if i == 1 else f'_{i}'}.html", part))
    return found


def _groups(edition: Edition) -> list[Group]:
    """Tables of one schema whose columns are the same are described once."""
    found: dict[tuple[object, ...], list[str]] = defaultdict(list)
    columns = edition.release.columns
    for table, own in sorted(columns.items()):
        told = tuple((r["column_name"], r["type"], r["label_da"], r["description_da"]) for r in own)
        found[(table.split(".")[0], told)].append(table)
    groups = [(tuple(tables), columns[tables[0]]) for tables in found.values()]
    return sorted(groups, key=lambda g: g[0])


def _section(edition: Edition, group: Group) -> Section:
    tables, columns = group
    anchors = Markup("").join(Markup('<span id="{}"></span>').format(t) for t in tables[1:])
    heads = [Column(edition.say(w)) for w in ("column_word", "type_word", "meaning", "unit_or_codes")]
    lines = [_line(edition, tables[0], r) for r in columns]
    comment = edition.release.comments.get(tables[0], "")
    blocks: list[Block] = [Text(anchors + edition.danish(comment))] if comment or anchors else []
    if len(tables) > 1:
        blocks.append(Text(Markup(", ").join(Markup("<code>{}</code>").format(t) for t in tables), "note"))
    blocks.append(Table(f"{edition.say('columns_of')} {tables[0]}", heads, lines))
    return Section(tables[0], tables[0], blocks)


def _line(edition: Edition, table: str, r: Row) -> list[Markup | str]:
    name = Markup('<code id="{}.{}">{}</code>').format(table, r["column_name"], r["column_name"])
    label = r[f"label_{edition.language}"] or r["column_name"]
    words = r[f"description_{edition.language}"] or label
    meaning = label if words.rstrip(".") == label.rstrip(".") else Markup("<b>{}.</b> {}").format(label, words)
    key = f" ({edition.say('key_word')})" if r["is_key"] else ""
    return [name, f"{r['type'].lower()}{key}", meaning, _unit(edition, r)]


def _unit(edition: Edition, r: Row) -> Markup | str:
    code_list = r.get("code_list")
    if code_list:
        return Markup('<a href="dictionary_codes.html#codes-{0}">{0}</a>').format(code_list)
    if r.get("unit_column"):
        return Markup("<code>{}</code>").format(r["unit_column"])
    if r["unit"]:
        return str(r["unit"])
    return str(r["codes"]).replace(";", "; ") if r["codes"] else edition.gap("not_applicable")


def _index(edition: Edition, where: dict[str, str]) -> Page:
    lines: list[list[Markup | str]] = []
    for table in sorted(where):
        link = Markup('<a href="{}#{}">{}</a>').format(where[table], table, table)
        comment = edition.release.comments.get(table) or table
        lines.append([link, edition.danish(comment), str(edition.release.height(table))])
    columns = [Column(edition.say("table")), Column(edition.say("holds")), Column(edition.say("rows_word"), True)]
    codes = Markup('<a href="dictionary_codes.html">{}</a>').format(edition.say("title_codes"))
    blocks: list[Block] = [
        Text(codes),
        Text(edition.say("tracing_said")),
        Table(edition.say("tables_caption"), columns, lines),
    ]
    lead = edition.say("lead_dictionary")
    section = Section("tables", edition.say("tables_caption"), blocks)
    return Page("dictionary.html", edition.say("title_dictionary"), [section], lead, lead=lead)


def _codes(edition: Edition) -> Page:
    by_list: dict[str, list[Row]] = defaultdict(list)
    for (name, _), r in edition.release.labels.items():
        by_list[name].append(r)
    sections = [_code_list(edition, name, rows) for name, rows in sorted(by_list.items())]
    lead = Markup('<a href="dictionary.html">{}</a>').format(edition.say("title_dictionary"))
    return Page("dictionary_codes.html", edition.say("title_codes"), sections, edition.say("title_codes"), lead=lead)


def _code_list(edition: Edition, name: str, rows: Sequence[Row]) -> Section:
    lines: list[list[Markup | str]] = [
        [
            Markup("<code>{}</code>").format(r["code"]),
            Markup('<span lang="da">{}</span>').format(r["label_da"]),
            Markup('<span lang="en">{}</span>').format(r["label_en"]),
        ]
        for r in sorted(rows, key=lambda r: str(r["code"]))
    ]
    columns = [
        Column(edition.say("code_word")),
        Column(edition.say("danish_word")),
        Column(edition.say("english_word")),
    ]
    return Section(f"codes-{name}", name, [Table(f"{edition.say('codes_of')} {name}", columns, lines)])


def page_of_tables(edition: Edition) -> dict[str, str]:
    """On which page each table is explained."""
    return {table: name for name, groups in _pages(edition) for tables, _ in groups for table in tables}
