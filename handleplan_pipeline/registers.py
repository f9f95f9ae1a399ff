"""From source tables to registers: runs a register's query and proves that no row was lost on the way."""

import polars as pl

from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.sources.deliveries.codes_used import by_code
from schemas.contract import TableContract

__all__ = ["account", "by_code", "conform", "require_no_row_lost"]


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
