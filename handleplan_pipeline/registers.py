"""From source tables to registers: runs a register's query and proves that no row was lost on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.engine import DuckDbEngine, SqlInput
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable, checked_parts, output_of, table_output
from handleplan_pipeline.lake.told import told, told_each, told_sum
from handleplan_pipeline.lake.withheld import withheld
from schemas.contract import TableContract


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


def register_output(
    contract: TableContract, sql: str, sources: Mapping[str, LakeTable],
    lists: Mapping[str, pl.DataFrame] | None = None, params: Sequence[Any] = (),
) -> dg.Output[CheckedTable]:  # fmt: skip
    """The register made by `sql` from its sources and code lists, with the account of rows as metadata."""
    frame = conform(contract, DuckDbEngine().query(sql, {**sources, **(lists or {})}, params, contract.full_name))
    counted = {name: account(t) for name, t in sources.items()}
    metadata = _reconciled(contract, int(frame["source_rows"].sum()), counted)
    return table_output(contract, frame, **metadata)


def yearly_register_output(
    contract: TableContract, sql: str, source: LakeTable, lists: Mapping[str, SqlInput], keys: Sequence[str]
) -> dg.Output[CheckedTable]:
    """As `register_output` for a register partitioned like its only source: one year at a time, to bound memory."""
    engine = DuckDbEngine()
    by_key = {f.stem: replace(source, files=(f,)) for f in source.files}
    counted: list[pl.DataFrame] = []
    used = 0

    def year(key: str) -> pl.DataFrame:
        nonlocal used
        if key not in by_key:
            return contract.empty()
        counted.append(account(by_key[key]))
        frame = conform(contract, engine.query(sql, {source.name: by_key[key], **lists}, name=contract.full_name))
        used += int(frame["source_rows"].sum())
        return frame

    table = checked_parts(contract, keys, year)
    metadata = _reconciled(contract, used, {source.name: pl.concat(counted)} if counted else {})
    return output_of(table, **metadata)


def _reconciled(contract: TableContract, used: int, counted: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    rows = [{"source": n, **r} for n, f in counted.items() for r in f.to_dicts()]
    delivered = sum(r["rows"] for r in rows)
    aside: dict[str, int] = {}
    for r in rows:
        if r["outcome"] != "used":
            aside[f"{r['source']}: {r['outcome']}"] = aside.get(f"{r['source']}: {r['outcome']}", 0) + r["rows"]
    require_no_row_lost(contract, used, delivered, sum(aside.values()))
    table = "| rule | rows |\n|---|---|\n" + "\n".join(f"| {k} | {v} |" for k, v in sorted(told_each(aside).items()))
    return {
        "rows_in": told_sum([used, *aside.values()]), "rows_used": told(used),
        "rows_set_aside": told_sum(aside.values()), "set_aside_by_rule": dg.MetadataValue.md(table),
    }  # fmt: skip
