"""What an XLSX archive holds, from its own XML: sizes while unpacking, sheets, filled rows, formulas, hidden parts.

Shares nothing with the library that reads the cells, so that its count of rows is a second one.
"""

import posixpath
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from handleplan_pipeline.deliveries.caps import XLSX_MAX_ENTRIES, XLSX_MAX_RATIO, XLSX_MAX_UNPACKED
from handleplan_pipeline.deliveries.errors import DeliveryRefused

CHUNK = 1024**2


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
        return [n for row, n in sorted(self.filled.items()) if row > self.last]


@dataclass(frozen=True)
class Survey:
    """All sheets of a workbook in their order, and whether it asks to be calculated when it is opened."""

    sheets: list[Sheet]
    recalculate: bool


def survey(path: Path, file: str) -> Survey:
    """Unpack every part within the caps and look at it. Raises DeliveryRefused (rule `workbook` or `size`)."""
    try:
        with zipfile.ZipFile(path) as z:
            _require_sane(z, file)
            strings, book, targets = _Strings(), _Book(), _Targets()
            own = {"xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": targets, "xl/sharedStrings.xml": strings}
            _require_parts(z, file)
            for name, handlers in own.items():
                if handlers is not strings or name in z.namelist():
                    _parse(z, name, handlers, file)
            sheets = []
            for visible, relation in book.sheets:
                target = targets.found.get(relation, "")
                name = posixpath.normpath(posixpath.join("xl", target)) if target[:1] != "/" else target[1:]
                if "worksheets" in name:
                    cells = _Cells(Sheet(visible), strings.empty)
                    _parse(z, name, cells, file)
                    sheets.append(cells.sheet)
            return Survey(sheets, book.recalculate)
    except zipfile.BadZipFile:
        raise DeliveryRefused(
            "workbook", f"{file}: no XLSX workbook, damaged, or protected with a password. Save it anew without one."
        ) from None
    except (KeyError, expat.ExpatError, NotImplementedError, RuntimeError, EOFError, OSError) as e:
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
        len(entries) > XLSX_MAX_ENTRIES or nested or outside or doubled or unpacked > XLSX_MAX_UNPACKED
        or unpacked / packed > XLSX_MAX_RATIO
    ):  # fmt: skip
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
        total += _parse(z, name, _Handlers(), file)
        if total > XLSX_MAX_UNPACKED:
            raise _too_much(file)


class _Handlers:
    """Events of one XML part; does nothing by itself."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


class _Strings(_Handlers):
    """Which of the shared strings are empty, by index."""

    def __init__(self) -> None:
        self.empty: set[str] = set()
        self._k, self._some, self._inside = -1, False, False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._k, self._some = self._k + 1, False
        self._inside = name == "t"

    def text(self, data: str) -> None:
        self._some = self._some or self._inside

    def end(self, name: str) -> None:
        self._inside = False
        if name == "si" and not self._some:
            self.empty.add(str(self._k))


class _Book(_Handlers):
    def __init__(self) -> None:
        self.sheets: list[tuple[bool, str]] = []
        self.recalculate = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            self.sheets.append((attributes.get("state", "visible") == "visible", relation))
        elif name == "calcPr":
            self.recalculate = attributes.get("fullCalcOnLoad", "0") in ("1", "true")


class _Targets(_Handlers):
    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            self.found[attributes.get("Id", "")] = attributes.get("Target", "")


class _Cells(_Handlers):
    """Cells of one sheet, counted as they come; a row or cell without a reference follows the one before it."""

    def __init__(self, sheet: Sheet, empty_strings: set[str]) -> None:
        self.sheet, self._empty_strings = sheet, empty_strings
        self._row, self._column = 0, 0
        self._kind, self._formula, self._inside, self._value = "n", False, False, ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
            if attributes.get("hidden") in ("1", "true"):
                self.sheet.hidden_rows.add(self._row)
        elif name == "c":
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
            self._kind, self._formula, self._value = attributes.get("t", "n"), False, ""
        elif name == "f":
            self._formula = True
        elif name in ("v", "t"):
            self._inside = True
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            self.sheet.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
        elif name == "mergeCell":
            rows = [int("".join(filter(str.isdigit, x))) for x in attributes["ref"].split(":")]
            self.sheet.merged.append((rows[0], rows[-1]))

    def text(self, data: str) -> None:
        if self._inside:
            self._value += data

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._inside = False
        elif name == "c":
            self._cell()

    def _cell(self) -> None:
        sheet = self.sheet
        if self._formula:
            sheet.formulas += 1
            sheet.unresolved += not self._value and self._kind != "str"
            sheet.zero_results += self._value == "0" and self._kind == "n"
        if self._value and not (self._kind == "s" and self._value.strip() in self._empty_strings):
            sheet.filled[self._row] = sheet.filled.get(self._row, 0) + 1
            sheet.filled_columns.add(self._column)


def _column(reference: str) -> int:
    number = 0
    for letter in reference:
        if letter.isdigit():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number


def _parse(z: zipfile.ZipFile, name: str, handlers: _Handlers, file: str) -> int:
    """Send the events of a part to `handlers`; returns the bytes that were unpacked."""
    parser = expat.ParserCreate()

    def doctype(*_: Any) -> None:
        raise DeliveryRefused("workbook", f"{file}: its XML declares a DOCTYPE. Save it anew.")

    def start(tag: str, attributes: dict[str, str]) -> None:
        handlers.start(tag.rpartition(":")[2] if ":" in tag else tag, attributes)

    parser.StartDoctypeDeclHandler = doctype
    if type(handlers) is not _Handlers:
        parser.StartElementHandler = start
        parser.EndElementHandler = lambda tag: handlers.end(tag.rpartition(":")[2] if ":" in tag else tag)
        parser.CharacterDataHandler = handlers.text
    total = 0
    with z.open(name) as part:
        while chunk := part.read(CHUNK):
            total += len(chunk)
            if total > XLSX_MAX_UNPACKED:
                raise _too_much(file)
            parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return total
