"""From source tables to registers: runs a register's query and proves that no row was lost on the way."""

import polars as pl

from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.lake.withheld import withheld
from schemas.contract import TableContract
from schemas.sources.delivery_shape import Delivery

CODES = pl.Schema(
    {
        "period": pl.Int32,
        "variable": pl.String,
        "code": pl.String,
        "counted": pl.Int64,
        "persons": pl.Int64,
        "data_kind": pl.String,
    }
)
"""What is counted of codes."""


def account(delivered: LakeTable | pl.DataFrame) -> pl.DataFrame:
    """Rows of a source table by period and outcome: `used`, or the rule that set them aside."""
    rows = parquet.scan(delivered.files) if isinstance(delivered, LakeTable) else delivered.lazy()
    outcome = pl.col("set_aside").fill_null("used")
    counted = rows.group_by("period", outcome.alias("outcome")).agg(
        pl.len().cast(pl.Int64).alias("rows"), pl.col("data_kind").first()
    )
    name = f"{delivered.layer}.{delivered.name}" if isinstance(delivered, LakeTable) else "a delivered table"
    with withheld(f"{name}: the account of its rows", "Materialise the table again (`handleplan run`)."):
        return counted.sort("period", "outcome").collect()


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
        .agg(counted=pl.len(), persons=people, data_kind=pl.col("data_kind").first())
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
            variable=pl.lit("Y_*"),
            code=pl.col("pair").list.get(0),
            counted=pl.col("pair").list.get(1).cast(pl.Int64),
            persons=pl.lit(None, pl.Int64),
            data_kind=pl.col("data_kind"),
        )
    )


def conform(contract: TableContract, frame: pl.DataFrame) -> pl.DataFrame:
    """The query's answer in the contract's types. Raises ContractError where a cast would change a value."""
    columns = [c for c in contract.columns if c.name in frame.columns]
    with withheld(f"{contract.full_name}: the types of its columns"):
        cast = frame.select(pl.col(c.name).cast(c.dtype, strict=False) for c in columns)
        lost = {c.name: cast[c.name].null_count() - frame[c.name].null_count() for c in columns}
    if wrong := [f"{n} ({k} rows)" for n, k in lost.items() if k]:
        raise ContractError(
            f"{contract.full_name}: values do not fit the contract's types: {', '.join(wrong)}. Nothing was written."
        )
    return cast


def require_no_row_lost(contract: TableContract, used: int, delivered: int, set_aside: int) -> None:
    """Raise ContractError unless rows in = rows used + rows set aside."""
    if used + set_aside != delivered:
        raise ContractError(
            f"{contract.full_name}: rows do not add up: {delivered} delivered, {used} used, {set_aside} set aside. "
            "Nothing was written."
        )
