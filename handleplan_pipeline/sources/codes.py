"""The pinned code lists: countries, offences, types of decision, benefits, and every supplier's codes of origin."""

import io
from functools import lru_cache
from pathlib import Path

import polars as pl

from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import read_pinned

NAMES = ("origin_country", "offence", "decision_type", "benefit", "ancestry")


@lru_cache(maxsize=16)
def _read(path: Path) -> pl.DataFrame:
    data, _ = read_pinned(path)
    return pl.read_csv(io.BytesIO(data), infer_schema=False)


def code_list(name: str) -> pl.DataFrame:
    """A pinned list, all columns text. KeyError for an unknown name, PinnedFileError when the file was changed."""
    if name not in NAMES:
        raise KeyError(name)
    return _read(get_settings().reference / "codes" / f"{name}.csv")
