"""Small deliveries for the tests of reading: rows of section 110 stays without marks of generated data."""

import hashlib
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.readers import read_raw
from schemas.sources.delivery_shape import Delivery
from tests.lib.deliveries import NUMBERS, STAYS

COUNTS = delivery_of("summed_counts")
HEADER = ("CPR", "BOFORM_ID", "BOFORM_KOM", "BETALINGSKOM", "INDSKREVET", "UDSKREVET")
HEAD = ";".join(HEADER)


def stay(k: int) -> list[str]:
    return [NUMBERS[k % 6], f"B{k:02d}", "101", "101", "01-02-2010", "02-06-2010"]


def lines(n: int = 40) -> list[str]:
    return [HEAD, *(";".join(stay(k)) for k in range(n))]


def csv(*of: str) -> bytes:
    return ("\n".join(of) + "\n").encode("cp1252")


def manifest_of(path: Path, rows: int, delivery: Delivery = STAYS, encoding: str | None = None) -> Manifest:
    """A manifest that nobody checked: the reader must stand on its own."""
    content = path.read_bytes()
    return Manifest.model_construct(
        file=path.name,
        source=delivery.source,
        supplier=delivery.supplier,
        period=2010,
        rows=rows,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        permission="SYNTETISK",
        data_kind="delivered",
        encoding=encoding,
        format=path.suffix[1:],
    )


def read(path: Path, rows: int, delivery: Delivery = STAYS, encoding: str | None = None) -> pl.DataFrame:
    return read_raw(path, delivery, manifest_of(path, rows, delivery, encoding))


def write(folder: Path, content: bytes, name: str = "stays.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def says_no_value(error: Any) -> None:
    """The message holds nothing of a row: no person number, no facility, no date."""
    assert not any(v in str(error) for v in (*NUMBERS, "B00", "B07", "01-02-2010", "02-06-2010"))
