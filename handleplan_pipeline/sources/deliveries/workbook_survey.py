"""What an XLSX archive holds, from its own XML: sizes while unpacking, sheets, filled rows, formulas, hidden parts.

Shares nothing with the library that reads the cells, so that its count of rows is a second one.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from handleplan_pipeline.sources.deliveries.caps import XLSX_MAX_ENTRIES, XLSX_MAX_RATIO, XLSX_MAX_UNPACKED
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused

CHUNK = 1024**2
SMALL_PART = 32 * 1024**2
"""A part up to here is held as a whole, about ten times its size, which is three times faster. Ours, version 1."""
TRUE = ("1", "true")
LEAST_HEIGHT, LEAST_WIDTH = 1.0, 0.1
"""A row of less points, or a column of less characters, is less than a pixel: nobody sees it. Ours, version 1."""
BOOK, RELATIONS, STRINGS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"


@dataclass
class Sheet:
    """One sheet: filled cells of each row that has any, by row number, and what would be lost or is not known."""

    visible: bool
    filled: dict[int, int] = field(default_factory=dict)
    unresolved: int = 0
    """Formulas whose result is not stored."""
    formulas: int = 0
    zero_results: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    filled_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int]] = field(default_factory=list)
    """First and last row of every group of merged cells."""

    @property
    def header(self) -> int:
        return min(self.filled)

    @property
    def last(self) -> int:
        """The last row of the table that begins with the header: the one before the first empty row."""
        row = self.header
        while row + 1 in self.filled:
            row += 1
        return row

    @property
    def below(self) -> list[int]:
        """Filled cells of each row under the first empty one."""
        last = self.last
        return [n for row, n in self.filled.items() if row > last]


@dataclass(frozen=True)
class Survey:
    """All sheets of a workbook in their order, and whether it asks to be calculated when it is opened."""

    sheets: list[Sheet]
    recalculate: bool


def survey(path: Path, file: str) -> Survey:
    """Unpack every part within the caps and look at it. Raises DeliveryRefused (rule `workbook`)."""
    try:
        with zipfile.ZipFile(path) as z:
            _require_sane(z, file)
            _require_parts(z, file)
            targets = {e.get("Id"): e.get("Target", "") for e in _elements(z, RELATIONS, ("Relationship",))}
            empty = _empty_strings(z) if STRINGS in z.namelist() else set()
            sheets, recalculate = [], False
            for e in _elements(z, BOOK, ("sheet", "calcPr")):
                if _local(e) == "calcPr":
                    recalculate = e.get("fullCalcOnLoad") in TRUE
                    continue
                relation = next((v for k, v in e.items() if k.endswith("}id")), None)
                name = posixpath.normpath(posixpath.join("/xl", targets.get(relation, "")))[1:]
                if "worksheets" in name:
                    sheets.append(_sheet(z, name, e.get("state", "visible") == "visible", empty))
            return Survey(sheets, recalculate)
    except zipfile.BadZipFile:
        raise DeliveryRefused(
            "workbook", f"{file}: no XLSX workbook, damaged, or protected with a password. Save it anew without one."
        ) from None
    except (LookupError, ValueError, SyntaxError, expat.ExpatError, RuntimeError, EOFError, OSError, zlib.error) as e:
        # zlib and zipfile name parts of the archive in their messages
        raise DeliveryRefused("workbook", f"{file}: damaged ({type(e).__name__}). Save it anew.") from None


def _require_sane(z: zipfile.ZipFile, file: str) -> None:
    entries = z.infolist()
    nested = [e for e in entries if e.filename.lower().endswith((".zip", ".xlsx", ".gz", ".7z"))]
    outside = [e for e in entries if e.filename.startswith("/") or ".." in e.filename]
    doubled = len({e.filename.casefold() for e in entries}) != len(entries)
    packed = max(sum(e.compress_size for e in entries), 1)
    unpacked = sum(e.file_size for e in entries)
    if (
        len(entries) > XLSX_MAX_ENTRIES
        or nested
        or outside
        or doubled
        or unpacked > XLSX_MAX_UNPACKED
        or unpacked / packed > XLSX_MAX_RATIO
    ):
        raise _too_much(file)


def _too_much(file: str) -> DeliveryRefused:
    return DeliveryRefused("workbook", f"{file}: unpacks to too much, or holds archives. Save it anew.")


def _require_parts(z: zipfile.ZipFile, file: str) -> None:
    """Every XML part unpacked once, counting what really comes out, and asked for a DOCTYPE.

    `zipfile` gives no more of a part than the archive says and then compares its checksum, so a part that is larger
    than it says is found damaged, here and wherever the library reads it.
    """
    total = 0
    for name in (n for n in z.namelist() if n.lower().endswith((".xml", ".rels"))):
        parser = expat.ParserCreate()

        def doctype(*_: Any) -> None:
            raise DeliveryRefused("workbook", f"{file}: its XML declares a DOCTYPE. Save it anew.")

        parser.StartDoctypeDeclHandler = doctype
        with z.open(name) as part:
            while chunk := part.read(CHUNK):
                total += len(chunk)
                if total > XLSX_MAX_UNPACKED:
                    raise _too_much(file)
                parser.Parse(chunk, False)
        parser.Parse(b"", True)


def _elements(z: zipfile.ZipFile, name: str, wanted: tuple[str, ...]) -> Iterator[ElementTree.Element]:
    """The elements of a part that have one of the `wanted` local names and lie at most two levels below its root."""
    with z.open(name) as part:
        if z.getinfo(name).file_size <= SMALL_PART:
            root = ElementTree.parse(part).getroot()
            yield from (e for top in root for e in (top, *top) if _local(e) in wanted)
            return
        for _, element in ElementTree.iterparse(part):
            if _local(element) in wanted:
                yield element
                element.clear()


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _empty_strings(z: zipfile.ZipFile) -> set[str]:
    """Which of the shared strings are empty, by index as text."""
    return {str(k) for k, e in enumerate(_elements(z, STRINGS, ("si",))) if not any(t.text for t in e.iter())}


def _sheet(z: zipfile.ZipFile, name: str, visible: bool, empty_strings: set[str]) -> Sheet:
    sheet, row, usual_height = Sheet(visible), 0, None
    for e in _elements(z, name, ("row", "col", "mergeCell", "sheetFormatPr")):
        kind = _local(e)
        if kind == "sheetFormatPr":
            usual_height = "0" if e.get("zeroHeight") in TRUE else e.get("defaultRowHeight")
        elif kind == "row":
            row = _after(row, int(e.get("r", row + 1)))
            if e.get("hidden") in TRUE or _below(e.get("ht", usual_height), LEAST_HEIGHT):
                sheet.hidden_rows.add(row)
            _cells(e, row, sheet, empty_strings)
        elif kind == "mergeCell":
            rows = [int("".join(filter(str.isdigit, x))) for x in e.attrib["ref"].split(":")]
            sheet.merged.append((rows[0], rows[-1]))
        elif e.get("hidden") in TRUE or _below(e.get("width"), LEAST_WIDTH):
            sheet.hidden_columns.append((int(e.attrib["min"]), int(e.attrib["max"])))
    return sheet


def _below(size: str | None, least: float) -> bool:
    return size is not None and float(size) < least


def _cells(row: ElementTree.Element, number: int, sheet: Sheet, empty_strings: set[str]) -> None:
    """Count the cells of one row; a cell without a reference follows the one before it."""
    column = filled = 0
    for cell in row:
        reference = cell.get("r")
        column = _after(column, _column(reference, number) if reference else column + 1)
        kind, value, formula = cell.get("t", "n"), "", False
        for part in cell:
            tag = part.tag[-3:]
            if tag[1:] == "}v":
                value = part.text or ""
            elif tag == "}is":
                value = "".join(t.text or "" for t in part.iter())
            elif tag[1:] == "}f":
                formula = True
        if formula:
            sheet.formulas += 1
            sheet.unresolved += not value and kind != "str"
            sheet.zero_results += value == "0" and kind == "n"
        if value and not (kind == "s" and value.strip() in empty_strings):
            filled += 1
            sheet.filled_columns.add(column)
    if filled:
        sheet.filled[number] = sheet.filled.get(number, 0) + filled


@cache
def _letters(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter.upper()) - 64
    return number


def _column(reference: str, row: int) -> int:
    letters = reference.rstrip("0123456789")
    if reference[len(letters) :] != str(row):
        raise ValueError("a cell of another row")
    return _letters(letters)


def _after(last: int, this: int) -> int:
    """The number of a row or column, which must follow the one before: readers leave out what stands twice or late."""
    if this <= last:
        raise ValueError("twice or out of order")
    return this
