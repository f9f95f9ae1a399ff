"""The code lists as the pipeline asks for them: what a supplier's code means, and which codes a delivery may hold."""

import io
from functools import lru_cache
from pathlib import Path

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.closed_lists import ClosedList
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import read_pinned

NAMES = ("origin_country", "offence", "decision_type", "benefit", "ancestry")
"""Lists in pinned files of their own."""


@lru_cache(maxsize=16)
def _read(path: Path) -> pl.DataFrame:
    data, _ = read_pinned(path)
    return pl.read_csv(io.BytesIO(data), infer_schema=False)


def code_list(name: str) -> pl.DataFrame:
    """A pinned list, all columns text. KeyError for an unknown name, PinnedFileError when the file was changed."""
    if name not in NAMES:
        raise KeyError(name)
    return _read(get_settings().reference / "codes" / f"{name}.csv")


def closed_lists(source: str, variable: str) -> list[ClosedList]:
    """The lists that close a variable of a delivery, those of pinned files after a look at their hash."""
    found = load_catalogue().closed_lists(source, variable)
    for x in found:
        if x.file is not None:
            code_list(x.file)
    return found
