"""Which figures of a page are made up, found by the rows that its numbers name, and said where they stand.

A picture of half a table travels without the banner of its page. So a table of made-up figures says so in its caption;
in one that holds official figures too, the heads of its columns or rows say it, or the cells themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from handleplan_pipeline.exports.notice import marked
from handleplan_pipeline.report.blocks import Block, Page
from handleplan_pipeline.report.edition import SYNTHETIC, Edition
from handleplan_pipeline.report.figures import Figure
from handleplan_pipeline.report.tables import Cell, Table

NUMBER = re.compile(r'<data [^>]*data-ref="([^"]+)"')
OF_KIND = re.compile(r'data-kind="([^"]+)"')
"""Words about deliveries, which have no number (`Edition.resting_on`)."""
Kind = bool | None
"""Of a cell or several: made up, not made up, or without a figure."""


def said_of(edition: Edition, page: Page) -> Page:
    """The page with every table saying which of its figures are made up."""
    sections = [replace(s, blocks=[_block(edition, b) for b in s.blocks]) for s in page.sections]
    return replace(page, sections=sections)


def _block(edition: Edition, block: Block) -> Block:
    if isinstance(block, Figure):
        return replace(block, table=said_in(edition, block.table))
    return said_in(edition, block) if isinstance(block, Table) else block


def said_in(edition: Edition, table: Table) -> Table:
    """The table, saying in caption, heads or cells which of its figures are made up."""
    kinds = [[_kind(edition, cell) for cell in row] for row in table.rows]
    found = {k for row in kinds for k in row}
    if True not in found:
        return table
    if False not in found:
        return replace(table, caption=marked(table.caption, True, edition.language))
    whole = [_all(column) for column in zip(*kinds, strict=True)]
    word = edition.say("made_up")
    columns = [replace(c, title=f"{c.title} ({word})") if w else c for c, w in zip(table.columns, whole, strict=True)]
    rows = [
        _row(edition, row, [k and not w for k, w in zip(ks, whole, strict=True)], ks)
        for row, ks in zip(table.rows, kinds, strict=True)
    ]
    return replace(table, columns=columns, rows=rows)


def _row(edition: Edition, row: Sequence[Cell], unsaid: Sequence[Kind], kinds: Sequence[Kind]) -> list[Cell]:
    """A row whose made-up cells that no head of a column speaks of are `unsaid`."""
    word = edition.say("made_up")
    if not any(unsaid) or any(word in Markup(cell).striptags() for cell in row):
        return list(row)
    if _all(kinds):
        return [_with(row[0], word), *row[1:]]
    return [_with(cell, word) if new else cell for cell, new in zip(row, unsaid, strict=True)]


def _with(cell: Cell, word: str) -> Markup:
    return Markup('{} <span class="made-up">({})</span>').format(cell, word)


def _kind(edition: Edition, cell: Cell) -> Kind:
    kinds = [edition.release.kind_at(ref) for refs in NUMBER.findall(str(cell)) for ref in refs.split()]
    known = [SYNTHETIC in k for k in (*kinds, *OF_KIND.findall(str(cell))) if k]
    return any(known) if known else None


def _all(kinds: Sequence[Kind]) -> bool:
    """Whether there are figures, and all made up."""
    return True in kinds and False not in kinds
