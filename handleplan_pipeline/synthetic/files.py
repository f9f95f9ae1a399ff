"""Writes a generated delivery as its supplier would send it, with its manifest. No cell says what is true."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.sources.deliveries.manifest import SUFFIX, Manifest, read_manifest, write_manifest
from handleplan_pipeline.sources.deliveries.permissions import SYNTHETIC
from handleplan_pipeline.sources.deliveries.smaller import Before, is_much_smaller
from schemas.sources.delivery_shape import DATA_KIND_VARIABLE, Delivery

FORMAT = {"dst_kraf": "parquet", "housing_areas": "xlsx", "sfi_person_forms": "xlsx"}
"""How each supplier sends its file; CSV where nothing is named."""
HYPHENATED = ("Københavns Kommune", "Region Hovedstaden", "Krisecentrene")
"""Suppliers that write person numbers with a hyphen."""
EPOCH = datetime(1970, 1, 1).toordinal()


def dates(days: Any) -> pl.Series:
    """Dates from days since 1970, an int below zero being no date."""
    values = np.asarray(days, dtype=np.int64)
    return (
        pl.Series(values, dtype=pl.Int32)
        .to_frame("d")
        .select(pl.when(pl.col("d") >= 0).then(pl.col("d")).cast(pl.Date))["d"]
    )


def day(year: int, month: int, date: int) -> int:
    """Days since 1970."""
    return datetime(year, month, date).toordinal() - EPOCH


def numbers_of(number: pl.Series, persons: Any) -> pl.Series:
    """Person numbers by index; an index below zero has none."""
    at = np.asarray(persons, dtype=np.int64)
    found = number.gather(np.maximum(at, 0))
    return found if (at >= 0).all() else found.zip_with(pl.Series(at >= 0), pl.Series([""]))


def write_delivery(out: Path, delivery: Delivery, period: int, columns: Mapping[str, Any], number: int = 1) -> Path:
    """Write one delivery: `columns` by the register's own variable names; dates as Date, flags as booleans."""
    frame = pl.DataFrame(dict(columns)).with_columns(pl.lit("synthetic").alias(DATA_KIND_VARIABLE))
    kind = FORMAT.get(delivery.source, "csv")
    folder = out / delivery.source
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "" if number == 1 else f"_{number}"
    path = folder / f"{delivery.source}_{period}{suffix}.{kind}"
    encoding = None
    if kind == "csv":
        encoding = delivery.dialect.encoding
        _write_csv(frame, path, delivery)
    elif kind == "parquet":
        frame.write_parquet(path)
    else:
        _write_workbook(_texts(frame, delivery, "%Y-%m-%d"), path)
    manifest = Manifest(
        file=path.name,
        source=delivery.source,
        supplier=delivery.supplier,
        period=period,
        rows=frame.height,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        delivery_number=number,
        permission=SYNTHETIC,
        data_kind="synthetic",
        encoding=encoding,
        format=kind,
    )
    write_manifest(path, manifest)
    return path


def append_rows(out: Path, delivery: Delivery, period: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to the file of a period, or make it; what the file says in other rows stays byte for byte in a CSV."""
    path = out / delivery.source / f"{delivery.source}_{period}.{FORMAT.get(delivery.source, 'csv')}"
    if not path.exists():
        names = dict.fromkeys(name for row in rows for name in row)
        write_delivery(out, delivery, period, {n: [row.get(n) for row in rows] for n in names})
        return
    manifest = read_manifest(path.with_name(path.name + SUFFIX))
    if path.suffix == ".csv":
        text = path.read_bytes().decode(str(manifest.encoding))
        header = text.removeprefix("\ufeff").partition("\n")[0].split(delivery.dialect.separator)
        more = _texts(_frame(header, rows), delivery, delivery.dialect.date_format)
        text += more.write_csv(separator=delivery.dialect.separator, null_value="", include_header=False)
        path.write_bytes(_encoded(text, str(manifest.encoding)))
    elif path.suffix == ".parquet":
        crowd = pl.read_parquet(path)
        pl.concat([crowd, _frame(crowd.columns, rows).cast(crowd.schema)]).write_parquet(path)
    else:
        crowd = pl.read_excel(path, engine="openpyxl", infer_schema_length=0)
        more = _texts(_frame(crowd.columns, rows), delivery, "%Y-%m-%d").cast(pl.String)
        _write_workbook(pl.concat([crowd, more]), path)
    changed = {"rows": manifest.rows + len(rows), "bytes": path.stat().st_size, "sha256": sha256_of(path)}
    write_manifest(path, manifest.model_copy(update=changed))


def _frame(header: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows in the order of a file's variables; one that is not in the file is a fault of the case."""
    strange = {name for row in rows for name in row} - set(header)
    if strange:
        raise ValueError(f"variables that the file does not have: {', '.join(sorted(strange))}")
    columns = {name: [row.get(name) for row in rows] for name in header if name != DATA_KIND_VARIABLE}
    return pl.DataFrame(columns).with_columns(pl.lit("synthetic").alias(DATA_KIND_VARIABLE)).select(header)


def _texts(frame: pl.DataFrame, delivery: Delivery, date_format: str) -> pl.DataFrame:
    person = delivery.person_variable
    shown: list[pl.Expr] = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if dtype == pl.Date:
            column = column.dt.to_string(date_format)
        elif dtype == pl.Boolean:
            column = pl.when(column).then(pl.lit("J")).when(~column).then(pl.lit("N")).alias(name)
        elif dtype.is_float():
            column = column.round(2).cast(pl.String).str.replace(".", delivery.dialect.decimal, literal=True)
        elif person and name == person.name and delivery.supplier in HYPHENATED:
            # a file in which nobody has a number has no type of numbers either
            column = column.cast(pl.String)
            hyphenated = pl.concat_str(column.str.slice(0, 6), pl.lit("-"), column.str.slice(6))
            column = pl.when(column.str.len_chars() == 10).then(hyphenated).otherwise(column).alias(name)
        shown.append(column)
    return frame.select(shown)


def _write_workbook(frame: pl.DataFrame, path: Path) -> None:
    """A workbook with a fixed date of creation, so that the same seed gives the same bytes."""
    from xlsxwriter import Workbook

    with Workbook(str(path)) as book:
        book.set_properties({"created": datetime(2010, 12, 1, tzinfo=UTC)})
        frame.write_excel(book)


def _encoded(text: str, encoding: str) -> bytes:
    """Text of ASCII alone is the same bytes in Windows' Latin, and much quicker written."""
    return text.encode("ascii" if encoding == "cp1252" and text.isascii() else encoding)


def _write_csv(frame: pl.DataFrame, path: Path, delivery: Delivery) -> None:
    dialect = delivery.dialect
    text = _texts(frame, delivery, dialect.date_format).write_csv(separator=dialect.separator, null_value="")
    path.write_bytes(_encoded(text, dialect.encoding))


def confirm_small_years(out: Path, empty: bool = False) -> None:
    """Confirm in its manifest each file that is much smaller than the year before: in a small city that is chance.

    `empty`: each file without a row too, where whoever is invented stands in no other.
    """
    for folder in sorted(p for p in out.iterdir() if p.is_dir()):
        found = sorted((read_manifest(m) for m in folder.glob(f"*{SUFFIX}")), key=lambda m: m.period)
        for manifest in (m for m in found if empty and not m.rows):
            write_manifest(folder / manifest.file, manifest.model_copy(update={"confirmed": True}))
        for earlier, manifest in pairwise(found):
            if is_much_smaller(manifest.rows, Before(earlier.period, earlier.rows, False)):
                write_manifest(folder / manifest.file, manifest.model_copy(update={"confirmed": True}))
