"""How much of a delivered file is read, and what is asked of it before anything is: kind and size."""

from pathlib import Path

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused

FORMATS = ("csv", "parquet", "xlsx", "sas7bdat", "sav", "dta")
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


def require_size(path: Path) -> None:
    """Raise DeliveryRefused for a file of more bytes than are read."""
    if path.stat().st_size > MAX_BYTES:
        raise DeliveryRefused("size", f"{path.name}: larger than {MAX_BYTES // 1024**2} MiB. Deliver it in parts.")


def require_shape(file: str, rows: int, columns: int) -> None:
    """Raise DeliveryRefused for a table of more rows, columns or cells than are read."""
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise DeliveryRefused(
            "size", f"{file}: {rows} rows and {columns} columns; at most {MAX_ROWS} rows, {MAX_COLUMNS} columns and "
            f"{MAX_CELLS} cells are read. Deliver it in parts."
        )  # fmt: skip
