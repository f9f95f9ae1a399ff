"""Where a StatBank table comes from: the pinned snapshot (default) or the live API. Both go through one parser."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from handleplan_pipeline import pinned
from handleplan_pipeline.statbank.extracts import Extract
from handleplan_pipeline.statbank.parse import parse_bulk
from handleplan_pipeline.statbank.tableinfo import TableInfo, parse_tableinfo


@dataclass(frozen=True)
class StatBankTable:
    """Cells, the table's description, and where they came from (`provenance`: mode, sha256, updated, years)."""

    frame: pl.DataFrame
    info: TableInfo
    provenance: dict[str, Any]


class StatBankSource(Protocol):
    """Fetches an extract for some years. Years the source does not hold are named, never invented."""

    def tableinfo(self, extract: Extract) -> TableInfo: ...

    def fetch(self, extract: Extract, years: Sequence[int]) -> StatBankTable: ...


def _missing(years: Sequence[int], frame: pl.DataFrame) -> list[int]:
    return sorted(set(years) - set(frame["year"].to_list()))


class SnapshotSource:
    """The pinned answers below `folder`; every read verifies the sha256 in the sidecar."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tableinfo(self, extract: Extract) -> TableInfo:
        return parse_tableinfo(pinned.read_pinned(self.folder / extract.tableinfo)[0])

    def fetch(self, extract: Extract, years: Sequence[int]) -> StatBankTable:
        info = self.tableinfo(extract)
        data, side = pinned.read_pinned(self.folder / extract.snapshot)
        frame = parse_bulk(data, info).filter(pl.col("year").is_in(list(years)))
        return StatBankTable(
            frame, info,
            {"mode": "snapshot", "file": extract.snapshot, "sha256": side.sha256, "accessed": str(side.accessed),
             "updated": info.updated, "years_missing": _missing(years, frame)},
        )  # fmt: skip
