"""How often each code of a delivery is used: rows, persons, and weeks of a register of weeks."""

import polars as pl

from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.sources.deliveries.listed import WEEKS
from schemas.sources.delivery_shape import Delivery

CODES = pl.Schema(
    {
        "period": pl.Int32,
        "variable": pl.String,
        "code": pl.String,
        "times": pl.Int64,
        "persons": pl.Int64,
        "data_kind": pl.String,
    }
)
"""What is counted of codes."""


def by_code(delivered: LakeTable | pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """Used rows and persons by period, coded variable and code; of a register of weeks, the weeks by code too."""
    rows = parquet.scan(delivered.files) if isinstance(delivered, LakeTable) else delivered.lazy()
    used = rows.filter(pl.col("set_aside").is_null())
    name = f"{delivery.source}: the account of its codes"
    with withheld(name, "Materialise the table again (`handleplan run`)."):
        parts = [_of_variable(used, v.column, v.name, delivery) for v in delivery.variables if v.listed]
        if delivery.weekly:
            parts += [_of_variable(used, "reference_code", "reference_week", delivery), _weeks_by_code(rows)]
        return pl.concat(pl.collect_all(parts)) if parts else pl.DataFrame(schema=CODES)


def _of_variable(used: pl.LazyFrame, column: str, name: str, delivery: Delivery) -> pl.LazyFrame:
    # where a row is a person they need not be told apart again
    persons = pl.len() if delivery.key == ("person",) else pl.col("person").drop_nulls().n_unique()
    people = pl.lit(None) if delivery.person_variable is None else persons
    return (
        used.filter(pl.col(column).is_not_null())
        .group_by("period", code=column)
        .agg(times=pl.len(), persons=people, data_kind=pl.col("data_kind").first())
        .select(pl.lit(name).alias(n) if n == "variable" else pl.col(n).cast(t) for n, t in CODES.items())
    )


def _weeks_by_code(rows: pl.LazyFrame) -> pl.LazyFrame:
    return (
        rows.filter(pl.col("weeks_by_code").is_not_null())
        .select("period", "data_kind", pl.col("weeks_by_code").str.split(";"))
        .explode("weeks_by_code")
        .with_columns(pair=pl.col("weeks_by_code").str.split(":"))
        .select(
            period=pl.col("period"),
            variable=pl.lit(WEEKS),
            code=pl.col("pair").list.get(0),
            times=pl.col("pair").list.get(1).cast(pl.Int64),
            persons=pl.lit(None, pl.Int64),
            data_kind=pl.col("data_kind"),
        )
    )
