"""The dictionary: every published table and column, and every code, in both languages."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

PER_PAGE = 90
CODES_PER_PAGE = 350
"""Columns on a page of the dictionary; a page has to stay small."""
Group = tuple[tuple[str, ...], list[Row]]
"""Tables with the very same columns, and those columns."""


@dataclass(frozen=True)
class Places:
    """On which page each table and each code list is explained."""

    tables: dict[str, str]
    codes: dict[str, str]


def pages(edition: Edition) -> list[Page]:
    """An index of tables, pages of their columns, and a page of codes."""
    places = Places(page_of_tables(edition), page_of_codes(edition))
    made = []
    for name, groups in _pages(edition):
        schema = groups[0][0][0].split(".")[0]
        title = edition.say("title_dictionary_of", schema=schema)
        sections = [_section(edition, group, places) for group in groups]
        lead = Markup('<a href="dictionary.html">{}</a>').format(edition.say("title_dictionary"))
        made.append(Page(name, title, sections, title, lead=lead))
    return [_index(edition, places.tables), *made, *_codes(edition)]


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


def _section(edition: Edition, group: Group, places: Places) -> Section:
    tables, columns = group
    anchors = Markup("").join(Markup('<span id="{}"></span>').format(t) for t in tables[1:])
    heads = [Column(edition.say(w)) for w in ("column_word", "type_word", "meaning", "unit_or_codes")]
    lines = [_line(edition, tables[0], r, places) for r in columns]
    comment = _comment(edition, tables[0])
    blocks: list[Block] = [Text(anchors + escape(comment))] if comment or anchors else []
    if len(tables) > 1:
        blocks.append(Text(Markup(", ").join(Markup("<code>{}</code>").format(t) for t in tables), "note"))
    blocks.append(Table(f"{edition.say('columns_of')} {tables[0]}", heads, lines))
    return Section(tables[0], tables[0], blocks)


def _comment(edition: Edition, table: str) -> str:
    """What the database says of a table, in this language."""
    return edition.release.table(table).description[edition.language]


def _line(edition: Edition, table: str, r: Row, places: Places) -> list[Markup | str]:
    name = Markup('<code id="{}.{}">{}</code>').format(table, r["column_name"], r["column_name"])
    label = r[f"label_{edition.language}"] or r["column_name"]
    words = r[f"description_{edition.language}"] or label
    meaning = label if words.rstrip(".") == label.rstrip(".") else Markup("<b>{}.</b> {}").format(label, words)
    key = f" ({edition.say('key_word')})" if r["is_key"] else ""
    return [name, f"{r['type'].lower()}{key}", meaning, _unit(edition, r, places)]


def _unit(edition: Edition, r: Row, places: Places) -> Markup | str:
    if r["code_list"]:
        return _codes_of(r, places)
    if r["unit_column"]:
        return Markup("<code>{}</code>").format(r["unit_column"])
    if r["unit"]:
        return edition.unit(str(r["unit"]))
    return str(r["codes"]).replace(";", "; ") if r["codes"] else edition.gap("neither")


def _codes_of(r: Row, places: Places) -> Markup:
    """A link to the list of a coded column, or to the column of another table that holds its codes."""
    code_list = str(r["code_list"])
    if code_list in places.codes:
        return Markup('<a href="{0}#codes-{1}">{1}</a>').format(places.codes[code_list], code_list)
    table = code_list.rpartition(".")[0]
    if table not in places.tables:
        raise ReleaseError(f"report: {r.ref('code_list')} names the list {code_list}, which has no codes.")
    return Markup('<a href="{0}#{1}">{2}</a>').format(places.tables[table], table, code_list)


def _index(edition: Edition, where: dict[str, str]) -> Page:
    lines: list[list[Markup | str]] = []
    for table in sorted(where):
        link = Markup('<a href="{}#{}">{}</a>').format(where[table], table, table)
        lines.append([link, _comment(edition, table) or table, str(edition.release.height(table))])
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


def _lists(edition: Edition) -> list[tuple[str, list[tuple[str, list[Row]]]]]:
    """Names of pages with their code lists."""
    by_list: dict[str, list[Row]] = defaultdict(list)
    for (name, _), r in edition.release.labels.items():
        by_list[name].append(r)
    parts: list[list[tuple[str, list[Row]]]] = [[]]
    for name, rows in sorted(by_list.items()):
        if parts[-1] and sum(len(own) for _, own in parts[-1]) + len(rows) > CODES_PER_PAGE:
            parts.append([])
        parts[-1].append((name, rows))
    return [(f"dictionary_codes{'' if i == 1 else f'_{i}'}.html", part) for i, part in enumerate(parts, 1)]


def _codes(edition: Edition) -> list[Page]:
    pages = _lists(edition)
    made = []
    for name, lists in pages:
        others = [
            Markup('<a href="{}#codes-{}">{}–{}</a>').format(n, own[0][0], own[0][0], own[-1][0]) for n, own in pages
        ]
        index = Markup('<a href="dictionary.html">{}</a>').format(edition.say("title_dictionary"))
        lead = Markup(" · ").join([index, *(others if len(pages) > 1 else [])])
        sections = [_code_list(edition, code_list, rows) for code_list, rows in lists]
        made.append(Page(name, edition.say("title_codes"), sections, edition.say("title_codes"), lead=lead))
    return made


def page_of_codes(edition: Edition) -> dict[str, str]:
    """On which page each code list is explained."""
    return {code_list: name for name, lists in _lists(edition) for code_list, _ in lists}


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
