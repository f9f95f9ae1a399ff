"""Reads one file and counts it a second time, mostly in the reader's own process (worker.py); knows no declarations."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from handleplan_pipeline.sources.deliveries.caps import MAX_UNPACKED, READER_MEMORY, require_shape, require_size
from handleplan_pipeline.sources.deliveries.csv_files import TextTable, text_table
from handleplan_pipeline.sources.deliveries.encodings import utf8_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.statistics_files import read_statistics
from handleplan_pipeline.sources.deliveries.statistics_headers import header_rows
from handleplan_pipeline.sources.deliveries.workbook import read_workbook, rows_of, table_sheet


@dataclass(frozen=True)
class Question:
    """A file to read, and how its declaration says it is written. Plain values only: it is sent as JSON."""

    path: str
    format: str
    encoding: str
    separator: str
    decimal: str
    only_count: bool = False

    def as_dict(self) -> dict[str, str | bool]:
        return asdict(self)


@dataclass(frozen=True)
class Reading:
    """What was read: the rows, the independent count, and columns whose format shows no day (statistics packages)."""

    counted: int
    frame: pl.DataFrame | None = None
    periods: list[str] = field(default_factory=list)


def unreadable(file: str, kind: str, error: str) -> DeliveryRefused:
    """The refusal of a file on which a library raised `error`, whose message is never shown."""
    if error == "MemoryError":
        return DeliveryRefused(
            "size", f"{file}: needs more than {READER_MEMORY // 1024**3} GiB of memory to read. Deliver it in parts."
        )
    return DeliveryRefused("readable", f"{file}: not readable as {kind} ({error}). Deliver it anew.")


def read(question: Question) -> Reading:
    """Raises DeliveryRefused, or whatever a library raises on a file that is not what it says."""
    path = Path(question.path)
    require_size(path)
    return READERS[question.format](question, path)


def _csv(question: Question, path: Path) -> Reading:
    table = _text_table(question, path)
    require_shape(path.name, table.rows, table.columns)
    if question.only_count:
        return Reading(table.rows)
    frame = pl.read_csv(
        table.body,
        separator=question.separator,
        infer_schema=False,
        truncate_ragged_lines=False,
        quote_char='"' if table.quoted else None,
    )
    return Reading(table.rows, frame)


def _text_table(question: Question, path: Path) -> TextTable:
    return text_table(utf8_of(path.read_bytes(), question.encoding, path.name), question.separator, path.name)


def _parquet(question: Question, path: Path) -> Reading:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        footer = file.metadata
        groups = [footer.row_group(k) for k in range(footer.num_row_groups)]
    rows = sum(g.num_rows for g in groups)
    require_shape(path.name, rows, footer.num_columns)
    if rows != footer.num_rows:
        raise DeliveryRefused("rows", f"{path.name}: its footer says {footer.num_rows} rows, its parts {rows}.")
    if sum(g.total_byte_size for g in groups) > MAX_UNPACKED:
        raise DeliveryRefused("size", f"{path.name}: unpacks to more than {MAX_UNPACKED // 1024**3} GiB.")
    # an open file: Polars takes brackets in a path for a pattern
    return Reading(rows) if question.only_count else Reading(rows, pl.read_parquet(path.open("rb")))


def _xlsx(question: Question, path: Path) -> Reading:
    if question.only_count:
        return Reading(rows_of(table_sheet(path, path.name)[1]))
    frame, counted = read_workbook(path, path.name, question.decimal)
    return Reading(counted, frame)


def _statistics(question: Question, path: Path) -> Reading:
    if question.only_count:
        return Reading(header_rows(path, question.format, path.name))
    frame, counted, periods = read_statistics(path, question.format, path.name)
    return Reading(counted, frame, periods)


READERS: dict[str, Callable[[Question, Path], Reading]] = {
    "csv": _csv,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "sas7bdat": _statistics,
    "sav": _statistics,
    "dta": _statistics,
}
