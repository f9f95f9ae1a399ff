"""Published figures: verified reading of the pinned files, and the declared rule that chooses where sources disagree.

Conflicting figures stand side by side. The rule `tier-then-vintage` version 1 marks one of them as chosen: lowest trust
tier; then a figure not suspected of being a misprint, derived or rounded; then the youngest source; then source id.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.pinned import read_pinned
from schemas.contract import TableContract

CHOICE_RULE = "tier-then-vintage/1"
ADDED_LATER = {"trust_tier", "vintage", "data_kind", "chosen", "conflicts", "choice_rule"}
"""Columns that a pinned file does not hold: joined from the sources, or made by the choice."""
DOUBTS = ("suspected_misprint", "derived_figure")


def read_published(folder: Path, contract: TableContract) -> pl.DataFrame:
    """The pinned file `<name>.csv` with the contract's columns and types; nothing is guessed.

    Empty text is null where the column may be empty. Raises SourceError naming file, column and count when a column is
    missing or a cell does not fit its type, PinnedFileError when the file was changed.
    """
    name = f"{contract.name}.csv"
    data, _ = read_pinned(folder / name)
    raw = pl.read_csv(io.BytesIO(data), infer_schema=False)
    missing = sorted(set(contract.column_names) - set(raw.columns) - ADDED_LATER)
    if missing:
        raise SourceError(f"{name}: columns missing: {', '.join(missing)}.")
    typed = []
    for column in contract.columns:
        if column.name not in raw.columns:
            continue
        cell = pl.when(pl.col(column.name) == "").then(None).otherwise(pl.col(column.name))
        if column.dtype == pl.Boolean:
            typed.append(cell.replace_strict({"true": True, "false": False}, default=None).alias(column.name))
        else:
            typed.append(cell.cast(column.dtype, strict=False).alias(column.name))
    frame = raw.select(typed)
    for name_of in frame.columns:
        lost = (frame[name_of].is_null() & raw[name_of].is_not_null() & (raw[name_of] != "")).sum()
        if lost:
            raise SourceError(f"{name}: column {name_of} holds {lost} cells that are not {frame.schema[name_of]}.")
    return frame


def with_tier(figures: pl.DataFrame, sources: pl.DataFrame, file: str) -> pl.DataFrame:
    """`figures` with `trust_tier` and `vintage` of their source. SourceError when a source is not known."""
    unknown = figures.join(sources, on="source_id", how="anti")["source_id"].unique().sort().to_list()
    if unknown:
        raise SourceError(f"{file}: column source_id holds {len(unknown)} unknown sources: {', '.join(unknown)}.")
    return figures.join(sources.select("source_id", "trust_tier", "vintage"), on="source_id", how="left")


def choose(figures: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Adds `chosen` (exactly one row per key), `conflicts` (other values printed for the key) and `choice_rule`.

    Needs `trust_tier`, `vintage`, `flags`, `value`, `source_id`, `figure_id`. Equal values are no conflict.
    """
    doubt = pl.any_horizontal(pl.col("flags").fill_null("").str.contains(d) for d in DOUBTS)
    ordered = figures.with_columns(
        doubt.cast(pl.Int8).alias("_doubt"), pl.col("approximate").cast(pl.Int8).alias("_rounded")
    ).sort(
        [*key, "trust_tier", "_doubt", "_rounded", "vintage", "source_id", "figure_id"],
        descending=[False] * len(key) + [False, False, False, True, False, False],
    )
    return ordered.with_columns(
        (pl.int_range(pl.len()).over(key) == 0).alias("chosen"),
        (pl.col("value").n_unique().over(key) - 1).cast(pl.Int64).alias("conflicts"),
        pl.lit(CHOICE_RULE).alias("choice_rule"),
    ).drop("_doubt", "_rounded")
