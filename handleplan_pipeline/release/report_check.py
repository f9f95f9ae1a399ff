"""Whether the report of a finished release says what its tables say: for the checklist, on the files as they are."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from handleplan_pipeline.release.folder import Folder, Row
from handleplan_pipeline.report.numbers import exact
from schemas.languages import LANGUAGES
from schemas.row_ids import row_id

SHOWN = 3
"""Faults of a kind that are named. Ours, version 1."""
DIFFERENCE = "difference"
TOLERANCE = 1e-9


class Page(HTMLParser):
    """Numbers with the rows they name, links and fragments of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.numbers: list[tuple[str, list[str], str]] = []
        self.addresses: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.banner = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {k: v or "" for k, v in attrs}
        if "id" in found:
            self.ids.add(found["id"])
        if tag == "data":
            self.numbers.append(
                (found.get("value", ""), found.get("data-ref", "").split(), found.get("data-transform", ""))
            )
        elif "data-ref" in found:
            self.addresses += found["data-ref"].split()
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        self.banner |= tag == "aside" and "banner" in found.get("class", "")


class Rows:
    """What stands at the addresses of a release."""

    def __init__(self, release: Folder) -> None:
        self._release = release
        self._known: dict[str, dict[str, Row]] = {}

    def at(self, ref: str) -> Any:
        """What stands at `schema.table/row_id/column`. Raises KeyError when there is no such row or column."""
        table, row, column = ref.split("/")
        if table not in self._known:
            key = self._release.key(table)
            self._known[table] = {row_id([r[k] for k in key]): r for r in self._release.rows(table)}
        return self._known[table][row][column]


def faults(release: Folder) -> Iterator[str]:
    """What is wrong with the report of a release, in a line each."""
    report = release.path / "report"
    names = {n: {p.name for p in (report / n).glob("*.html")} for n in LANGUAGES}
    if not all("index.html" in found for found in names.values()):
        yield "the report was not made in both languages; make the release with the part `report`"
        return
    if odd := sorted(set.symmetric_difference(*names.values())):
        yield f"{len(odd)} pages are there in one language alone: {_some(odd)}"
    pages = [Page(p) for p in sorted(report.glob("*/*.html"))]
    rows = Rows(release)
    wrong = [f"{p.path.parent.name}/{p.path.name}" for p in pages if not all(_stands(n, rows) for n in _said(p))]
    if wrong:
        yield f"{len(wrong)} pages have a number that is not in the row it names: {_some(wrong)}"
    ids = {p.path.resolve(): p.ids for p in pages}
    if lost := sorted(
        {f"{p.path.parent.name}/{p.path.name}: {x}" for p in pages for x in p.links if not _leads(p, x, ids)}
    ):
        yield f"{len(lost)} links lead nowhere: {_some(lost)}"
    if release.about.get("holds_synthetic") and (bare := [p.path.name for p in pages if not p.banner]):
        yield f"{len(bare)} pages hold synthetic figures and do not say so: {_some(bare)}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _said(page: Page) -> Iterator[tuple[str | None, list[str], str]]:
    yield from page.numbers
    yield from ((None, [ref], "") for ref in page.addresses)


def _stands(number: tuple[str | None, list[str], str], rows: Rows) -> bool:
    """Whether a number is what stands in the rows it names."""
    value, refs, transform = number
    try:
        found = [rows.at(ref) for ref in refs]
    except (KeyError, ValueError):
        return False
    if not found:
        return False
    if value is None:
        return True
    if transform == DIFFERENCE and len(found) == 2:
        return bool(abs(float(value) - (found[0] - found[1])) <= TOLERANCE)
    # a list of amounts stands in one text
    return bool(value in found[0] if isinstance(found[0], str) else value == exact(found[0]))


def _leads(page: Page, link: str, ids: dict[Path, set[str]]) -> bool:
    """Whether a link leads to a file of the release, and its fragment to something on that page."""
    parts = urlsplit(link)
    if parts.scheme:
        return True
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path.resolve()
    if not target.exists():
        return False
    return not parts.fragment or target not in ids or parts.fragment in ids[target]
