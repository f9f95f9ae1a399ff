"""How much of a delivered file is read, and what is asked of it before anything is: kind and size."""

from pathlib import Path

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused

FORMATS = ("csv", "parquet", "xlsx", "sas7bdat", "sav", "dta")
OLD_OFFICE = "a workbook of before 2007, or a protected one"
BEGINNINGS = {
    b"PK\x03\x04": "xlsx",
    b"PAR1": "parquet",
    b"$FL2": "sav",
    b"$FL3": "sav",
    b"<stata_dta>": "dta",
    b"\0" * 12 + b"\xc2\xea\x81\x60": "sas7bdat",
    b"\xd0\xcf\x11\xe0": OLD_OFFICE,
    b"\x1f\x8b": "an archive (gzip)",
    b"7z\xbc\xaf": "an archive (7z)",
    b"Rar!": "an archive (RAR)",
    b"BZh": "an archive (bzip2)",
    b"\xfd7zXZ": "an archive (xz)",
    b"%PDF": "a PDF document",
    b"{\\rtf": "a text document",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "a database",
    b"HEADER RECORD*******LIB": "a SAS transport file",
}
"""How files begin that are taken for another kind; the older Stata kinds have no such mark."""
PAGES = {b"<!doctype": "a web page", b"<html": "a web page", b"<?xml": "an XML document", b"{": "JSON", b"[": "JSON"}
"""The same for texts, after blanks and in small letters: no header of a table begins so."""
KINDS = {
    "xlsx": "a workbook or another zip archive",
    "parquet": "Parquet",
    "sav": "SPSS",
    "dta": "Stata",
    "sas7bdat": "SAS",
}
MAX_BYTES = 512 * 1024**2
"""Sixteen times the largest yearly file of the whole city (the population, 31 MB as CSV). Ours, version 1."""
MAX_ROWS = 20_000_000
"""Thirty years of the city's whole population in one file. Ours, version 1."""
MAX_COLUMNS = 1_000
"""A year of DREAM has 55; nothing declared has more. Ours, version 1."""
MAX_CELLS = 200_000_000
"""Twice the cells of a year of DREAM for a million persons; what a small file may unpack to. Ours, version 1."""
MAX_UNPACKED = 4 * 1024**3
"""What the footer of a Parquet file may say it unpacks to; the reader's memory holds it once. Ours, version 1."""
SMALL_TEXT = 64 * 1024**2
"""Text up to here cannot unpack to more than the run can hold (an empty field takes 16 bytes), so it is read without
the detour over another process, which would double the time; twice the largest yearly file. Ours, version 1."""
XLSX_MAX_UNPACKED = 512 * 1024**2
"""Counted while unpacking. A sheet of a million rows and ten columns is about 400 MB. Ours, version 1."""
XLSX_MAX_RATIO = 200
"""Real sheets unpack to 5 to 40 times their size; bombs to a thousand. Ours, version 1."""
XLSX_MAX_ENTRIES = 1_000
READER_MEMORY = 6 * 1024**3
"""Address space of the process that reads: the largest file four times over, and the libraries. Ours, version 1."""
READER_SECONDS = 600.0
"""A hundred times what the largest workbook allowed here takes, far more than any other file. Ours, version 1."""


def require_readable(path: Path, declared_format: str) -> None:
    """Raise DeliveryRefused for a file of another kind than declared, or too large to be opened at all."""
    suffix = path.suffix.lstrip(".").lower()
    if suffix not in FORMATS or suffix != declared_format:
        raise DeliveryRefused(
            "format", f"{path.name}: the kind of file must be one of {', '.join(FORMATS)} and as declared; no archives."
        )
    require_size(path)
    _require_kind(path, declared_format)


def _require_kind(path: Path, kind: str) -> None:
    """Raise DeliveryRefused for a file whose first bytes are those of another kind than its name says."""
    with path.open("rb") as f:
        first = f.read(64)
    start = first.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    found = next((what for mark, what in BEGINNINGS.items() if first.startswith(mark)), None)
    found = found or next((what for mark, what in PAGES.items() if start.startswith(mark)), None)
    if found not in (None, kind) and not (kind == "xlsx" and found == OLD_OFFICE):
        raise DeliveryRefused(
            "format",
            f"{path.name}: begins as {KINDS.get(str(found), found)}, and its name says {kind}. Deliver it "
            "under the name of what it is, as one of the kinds of the specification; no archives.",
        )


def require_size(path: Path) -> None:
    """Raise DeliveryRefused for a file of more bytes than are read."""
    if path.stat().st_size > MAX_BYTES:
        raise DeliveryRefused("size", f"{path.name}: larger than {MAX_BYTES // 1024**2} MiB. Deliver it in parts.")


def require_shape(file: str, rows: int, columns: int) -> None:
    """Raise DeliveryRefused for a table of more rows, columns or cells than are read."""
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise DeliveryRefused(
            "size",
            f"{file}: {rows} rows and {columns} columns; at most {MAX_ROWS} rows, {MAX_COLUMNS} columns and "
            f"{MAX_CELLS} cells are read. Deliver it in parts.",
        )
