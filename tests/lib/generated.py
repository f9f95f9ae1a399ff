"""Reads a generated file as text, whatever its supplier's format is."""

from pathlib import Path

import polars as pl

from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest


def read(out: Path, source: str, year: int) -> pl.DataFrame:
    """The rows of a source's file of a year, by the supplier's own names; all text where the file is text."""
    (path,) = [p for p in (out / source).glob(f"*_{year}.*") if not p.name.endswith(".json")]
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".xlsx":
        return pl.read_excel(path, infer_schema_length=0)
    text = path.read_bytes().decode(str(read_manifest(manifest_path(path)).encoding)).removeprefix("\ufeff")
    return pl.read_csv(text.encode(), separator=";", infer_schema=False)
