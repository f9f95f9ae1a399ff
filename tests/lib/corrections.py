"""A source's next delivery: the file of a period with some rows fewer, beside the first one, whatever its format."""

import hashlib
from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl

from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest, write_manifest


def correct(landing: Path, source: str, period: int, fewer: int, number: int = 2, at: int = 0) -> None:
    """Delivery `number` of a source and period: `fewer` rows less than the first one, from row `at` on."""
    (first,) = (f for f in (landing / source).glob(f"{source}_{period}.*") if f.suffix != ".json")
    manifest = read_manifest(manifest_path(first))
    second = first.with_name(f"{source}_{period}_corrected_{number}{first.suffix}")
    content, rows = _FORMATS[first.suffix](first, fewer, at, str(manifest.encoding))
    second.write_bytes(content)
    changed = {
        "file": second.name,
        "bytes": len(content),
        "rows": rows,
        "delivery_number": number,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    write_manifest(second, manifest.model_copy(update=changed))


def _text(file: Path, fewer: int, at: int, encoding: str) -> tuple[bytes, int]:
    lines = file.read_bytes().decode(encoding).splitlines()
    left = [*lines[: 1 + at], *lines[1 + at + fewer :]]
    return "\n".join([*left, ""]).encode(encoding), len(left) - 1


def _parquet(file: Path, fewer: int, at: int, _: str) -> tuple[bytes, int]:
    frame, into = pl.read_parquet(file), BytesIO()
    left = pl.concat([frame[:at], frame[at + fewer :]])
    left.write_parquet(into)
    return into.getvalue(), left.height


def _workbook(file: Path, fewer: int, at: int, _: str) -> tuple[bytes, int]:
    book, into = openpyxl.load_workbook(file), BytesIO()
    sheet = book.worksheets[0]
    sheet.delete_rows(2 + at, fewer)
    book.save(into)
    return into.getvalue(), sheet.max_row - 1


_FORMATS = {".csv": _text, ".parquet": _parquet, ".xlsx": _workbook}
