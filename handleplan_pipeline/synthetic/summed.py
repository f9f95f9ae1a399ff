"""Summed data sets from the truth: what Statistics Denmark would deliver instead of persons."""

from pathlib import Path

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.synthetic.files import write_delivery
from handleplan_pipeline.synthetic.places import home
from schemas.sources.summed_counts import DELIVERY


def write_summed(truth: Path, out: Path, blank_below: int | None = None) -> None:
    """Write one file per year from `truth.parquet` into `out/summed_counts/`.

    Numerators of 1 to `blank_below` - 1 are hidden (`..`), with their denominator, as the supplier would.
    """
    known = [i.id for i in load_catalogue().indicators]
    rows = pl.read_parquet(truth).filter(pl.col("indicator_id").is_in(known))
    numerator, denominator = (pl.col(c).cast(pl.String) for c in ("numerator", "denominator"))
    if blank_below is not None:
        small = pl.col("numerator").is_between(1, blank_below - 1).fill_null(False)
        numerator = pl.when(small).then(pl.lit("..")).otherwise(numerator)
        denominator = pl.when(small & pl.col("denominator").is_not_null()).then(pl.lit("..")).otherwise(denominator)
    for (year,), part in rows.with_columns(n=numerator, d=denominator).group_by("year", maintain_order=True):
        write_delivery(
            out,
            DELIVERY,
            int(str(year)),
            {
                "INDIKATOR": part["indicator_id"],
                "AAR": part["year"],
                "KOM": pl.Series([home()] * part.height),
                "GRUPPE": part["population_group"],
                "KOEN": part["sex"],
                "ALDER": part["age_group"],
                "TAELLER": part["n"],
                "NAEVNER": part["d"],
                "VAERDI": part["value"].round(9).cast(pl.String).str.replace(".", ",", literal=True),
            },
        )
