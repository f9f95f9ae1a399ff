"""A workbook per goal and language: front page, headline figures, verdicts, all figures, caveats, dictionary.

Made for people and for screen readers: one marked table per sheet, one header row, no merged or hidden cells, typed
numbers. A figure that is not there is an empty cell, and a column of the same row says why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports import sheets
from handleplan_pipeline.exports.notice import marked, marks, notice
from handleplan_pipeline.exports.release import Release, read
from handleplan_pipeline.exports.sheets import SHEETS, Column, Sheet
from schemas.languages import LANGUAGES

FIRST_ROW = 3
"""The header row of a table: below its title, its marks and what its empty cells mean."""
OPTIONS = {
    # nothing of a release lies in a folder of temporary files
    "in_memory": True,
    # nothing is guessed
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
WIDTHS = {"text": 24, "number": 12, "truth": 10}
TAGS = {"da": "da-DK", "en": "en-GB"}


@dataclass(frozen=True)
class Book:
    """A workbook that is being written, and its formats."""

    book: Any
    formats: dict[str, Any]

    def number(self, decimals: int | None) -> Any:
        """The format of a number with so many decimals; as it is stored where nobody says how many."""
        name = "General" if decimals is None else "0" + ("." + "0" * decimals if decimals else "")
        if name not in self.formats:
            self.formats[name] = self.book.add_format({"num_format": name})
        return self.formats[name]


def export(folder: Path) -> None:
    """Write `xlsx/<language>/<goal>.xlsx`. Raises ReleaseError for a text that no cell can hold."""
    release = read(folder)
    for language in LANGUAGES:
        (folder / "xlsx" / language).mkdir(parents=True)
        for goal in release.rows("meta.goal"):
            _workbook(folder / "xlsx" / language / f"{goal['slug']}.xlsx", release, goal, language)


def _workbook(path: Path, release: Release, goal: dict[str, Any], language: str) -> None:
    title = marked(f"{sheets.GOAL[language]} {goal['goal']}: {goal[f'title_{language}']}", release.synthetic, language)
    with xlsxwriter.Workbook(str(path), OPTIONS) as made:
        made.set_properties(
            {
                "title": title,
                "subject": " ".join(marks(release, language)),
                "author": "handleplan",
                "comments": " ".join(notice(release, language)),
                "created": datetime.fromisoformat(release.about["built_at"]).replace(tzinfo=None),
            }
        )
        made.set_custom_property("language", TAGS[language])
        book = Book(
            made, {"heading": made.add_format({"bold": True, "font_size": 14}), "bold": made.add_format({"bold": True})}
        )
        _front(book, release, goal, language, title)
        for sheet in sheets.of(release, goal, language):
            _sheet(book, release, sheet, language)


def _front(book: Book, release: Release, goal: dict[str, Any], language: str, title: str) -> None:
    """One column of text: what the book is, its marks, the verdict, and what each sheet holds."""
    sheet = book.book.add_worksheet(SHEETS["front"][language])
    sheet.set_column(0, 0, 110, book.book.add_format({"text_wrap": True}))
    lines = [*marks(release, language), *sheets.verdict(release, goal, language)]
    lines += [n for n in notice(release, language) if n not in lines]
    _text(sheet, 0, 0, title, book.formats["heading"])
    for at, line in enumerate([*lines, *sheets.contents(language)], start=1):
        _text(sheet, at, 0, line)


def _sheet(book: Book, release: Release, sheet: Sheet, language: str) -> None:
    page = book.book.add_worksheet(SHEETS[sheet.name][language])
    _text(page, 0, 0, sheet.title, book.formats["heading"])
    _text(page, 1, 0, " ".join([*marks(release, language), f"{release.release_id}."]), book.formats["bold"])
    _text(page, 2, 0, sheet.explanation)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width or WIDTHS[column.kind])
        _column(book, page, at, column)
    page.add_table(
        FIRST_ROW,
        0,
        FIRST_ROW + len(sheet.columns[0].values),
        len(sheet.columns) - 1,
        {
            "name": f"{sheet.name}_{language}",
            "columns": [{"header": h} for h in headers(sheet.columns)],
            "autofilter": False,
            "style": "Table Style Light 1",
        },
    )


def headers(columns: Sequence[Column]) -> list[str]:
    """Headers as Excel wants them, each once: a second one with the same words has the column's name behind it."""
    seen: set[str] = set()
    found = []
    for column in columns:
        header = column.header if column.header.casefold() not in seen else f"{column.header} ({column.name})"
        seen.add(header.casefold())
        found.append(header)
    return found


def _column(book: Book, page: Any, at: int, column: Column) -> None:
    for row, (value, decimals) in enumerate(zip(column.values, _decimals(column), strict=True), start=FIRST_ROW + 1):
        if value is None:
            continue
        if column.kind == "text":
            _text(page, row, at, value)
        elif column.kind == "truth":
            page.write_boolean(row, at, value)
        else:
            page.write_number(row, at, value, book.number(decimals))


def _decimals(column: Column) -> Iterable[int | None]:
    return column.decimals if column.decimals is not None else [0] * len(column.values)


def _text(page: Any, row: int, column: int, text: str, shown: Any = None) -> None:
    if page.write_string(row, column, text, shown):
        raise ReleaseError(f"{page.get_name()}: a text of {len(text)} characters does not fit into a cell.")
