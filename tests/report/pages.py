"""Reads pages back: numbers with their addresses, links, what stands outside both."""

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import duckdb

from schemas.row_ids import row_id

VOID = {"meta", "link", "br", "img", "input", "hr"}
NOT_READ = ("svg", "style", "script", "code", "blockquote")
"""Elements whose numbers are pictures, code or quotes."""
DECIMAL = re.compile(r"\d[.,]\d{1,2}(?!\d|[.,]\d)")


@dataclass
class Number:
    value: str
    refs: list[str]
    shown: str
    transform: str


@dataclass
class Reading(HTMLParser):
    """A page as tests see it."""

    language: str = "da"
    numbers: list[Number] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {k: v or "" for k, v in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        self.links += [found[a] for a in ("href", "src") if a in found]
        if tag == "data":
            refs, how = found["data-ref"].split(), found.get("data-transform", "")
            self.numbers.append(Number(found["value"], refs, "", how))
        elif "data-ref" in found:
            if self._inside("svg"):
                self.marks.append(found["data-ref"])
            else:
                self.texts.append((found["data-ref"], ""))
        if tag not in VOID:
            self._open.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = [t for t, _ in self._open]
        if "main" not in tags or any(t in NOT_READ for t in tags):
            return
        self.words.append(data)
        if "data" in tags:
            self.numbers[-1].shown += data
        elif any("data-ref" in found for _, found in self._open):
            ref, text = self.texts[-1]
            self.texts[-1] = (ref, text + data)
        elif not any(found.get("lang", self.language) != self.language for t, found in self._open if t != "html"):
            self.loose += DECIMAL.findall(data)

    def _inside(self, tag: str) -> bool:
        return any(t == tag for t, _ in self._open)


@cache
def read(path: Path) -> Reading:
    """The page, read once per process: nobody writes into it."""
    found = Reading(path.parent.name)
    found.feed(path.read_text(encoding="utf-8"))
    return found


class Rows:
    """Rows of a release by table and id, for those who hold an address in their hand."""

    def __init__(self, database: Path) -> None:
        self._con = duckdb.connect(str(database), read_only=True)
        self._known: dict[str, dict[str, dict[str, object]]] = {}

    def close(self) -> None:
        self._con.close()

    def value(self, ref: str) -> object:
        """What stands at an address. KeyError when there is no such row or column."""
        table, row, column = ref.split("/")
        if table not in self._known:
            self._known[table] = self._read(table)
        return self._known[table][row][column]

    def _read(self, table: str) -> dict[str, dict[str, object]]:
        schema, name = table.split(".")
        wanted = "table_schema = ? AND table_name = ? AND is_key ORDER BY position"
        found = self._con.execute(f'SELECT column_name FROM meta."column" WHERE {wanted}', [schema, name])
        keys = [column for (column,) in found.fetchall()]
        found = self._con.execute(f'SELECT * FROM "{schema}"."{name}"')
        columns = [d[0] for d in found.description or []]
        rows = [dict(zip(columns, values, strict=True)) for values in found.fetchall()]
        made = {row_id([r[k] for k in keys]): r for r in rows}
        assert len(made) == len(rows), f"{table}: two rows have one id"
        if schema in ("goal", "output", "overall", "baseline") and "row_id" in columns and "row_id" not in keys:
            assert all(r["row_id"] in (i, None) for i, r in made.items()) or name == "statement_number"
        return made
