"""What is derived from a contract: validation without values, Dagster's Columns tab, DDL and dictionary rows.

Pandera decides; this module only translates its answer into rule, column and count, because its own messages and
failure cases hold the failing values.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.lake.withheld import withheld
from schemas.contract import Column, TableContract
from schemas.dictionary import about

STRUCTURAL = {
    "column_in_schema",
    "column_in_dataframe",
    "column_ordered",
    "dataframe_dtype",
    "invalid_column_name",
}


@dataclass(frozen=True)
class RuleResult:
    """Outcome of one rule: how many rows (or, for `columns`, how many columns) break it."""

    rule: str
    failed: int
    columns: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.failed == 0


def _rule_of(check_name: str) -> str:
    if check_name == "not_nullable":
        return "required_values"
    if check_name == "multiple_fields_uniqueness":
        return "unique_key"
    if check_name in STRUCTURAL or check_name.startswith("dtype("):
        return "columns"
    return check_name


def evaluate(contract: TableContract, frame: pl.DataFrame) -> list[RuleResult]:
    """Every rule of the contract on `frame`, in the contract's order.

    When the columns themselves are wrong the row rules cannot be asked; only `columns` is reported as failed and the
    others are left out. Raises ContractError when a rule cannot be asked at all.
    """
    with withheld(f"{contract.full_name}: asking its rules"):
        return _evaluated(contract, frame)


def _evaluated(contract: TableContract, frame: pl.DataFrame) -> list[RuleResult]:
    import pandera.polars as pa

    counts: dict[str, int] = {}
    where: dict[str, set[str]] = {}
    wanted = contract.polars_schema
    wrong = [n for n, t in wanted.items() if frame.schema.get(n) != t] + [n for n in frame.columns if n not in wanted]
    if wrong or frame.columns != contract.column_names:
        return [RuleResult("columns", max(len(wrong), 1), tuple(wrong))]
    if frame.is_empty() and not contract.min_rows:
        # no row can break a row rule; building the schema costs more than everything else on an empty table
        return [RuleResult(n, 0) for n in contract.rule_names()]
    try:
        contract.pandera().validate(frame, lazy=True)
    except pa.errors.SchemaErrors as e:
        for error in e.schema_errors:
            name = getattr(error.check, "name", None) or str(error.check)
            rule = _rule_of(str(name))
            cases = error.failure_cases
            counts[rule] = counts.get(rule, 0) + (len(cases) if hasattr(cases, "__len__") else 1)
            column = getattr(error.schema, "name", None)
            if column and column != contract.full_name:
                where.setdefault(rule, set()).add(str(column))
    if contract.min_rows and frame.height < contract.min_rows:
        counts["least_number_of_rows"] = contract.min_rows - frame.height
    known = contract.rule_names()
    unnamed = sorted(set(counts) - set(known))
    return [
        RuleResult(
            n,
            counts.get(n, 0),
            tuple(sorted(where.get(n, ()))) or _columns_behind(contract, n, frame, counts.get(n, 0)),
        )
        for n in known + unnamed
    ]


def _columns_behind(contract: TableContract, rule: str, frame: pl.DataFrame, failed: int) -> tuple[str, ...]:
    """The columns on which a merged column rule fails."""
    if not failed:
        return ()
    own = [(c.name, r) for c in contract.columns for r in c.rules() if r.name == rule]
    return tuple(dict.fromkeys(n for n, r in own if not frame.select(r.expr.fill_null(False).all()).item()))


_ANSWERED: dict[tuple[str, str], list[RuleResult]] = {}
"""Answers by table and sha256 of the stored bytes: equal bytes break equal rules, so they are asked once a process."""


def remember(contract: TableContract, data: bytes, results: list[RuleResult]) -> None:
    """Keep the answers for a table part about to be stored as `data`."""
    _ANSWERED[contract.full_name, hashlib.sha256(data).hexdigest()] = results


def evaluate_stored(contract: TableContract, files: Sequence[Path]) -> dict[str, RuleResult]:
    """Every rule on a stored table, file by file so that a partitioned one is never in memory as a whole.

    What was asked of the very same bytes in this process is not asked again; a file that changed is.

    A partition's column is part of the key, or the key is unique over partitions by construction, so keys are checked
    within files. A rule that could not be asked is missing.
    """
    found: dict[str, RuleResult] = {}
    rows = 0
    for file in files:
        rows += parquet.footer(file, contract.full_name).rows
        for r in _answers(contract, file):
            old = found.get(r.rule, RuleResult(r.rule, 0))
            found[r.rule] = RuleResult(r.rule, old.failed + r.failed, tuple(sorted({*old.columns, *r.columns})))
    if contract.min_rows and "columns" in found:
        found["least_number_of_rows"] = RuleResult("least_number_of_rows", max(contract.min_rows - rows, 0))
    return found


def _answers(contract: TableContract, file: Path) -> list[RuleResult]:
    known = _ANSWERED.get((contract.full_name, sha256_of(file)))
    return evaluate(replace(contract, min_rows=0), parquet.read(file, contract.full_name)) if known is None else known


def require(contract: TableContract, frame: pl.DataFrame) -> list[RuleResult]:
    """Every rule's answer, all passed; raises ContractError otherwise. The message holds no value of any row."""
    results = evaluate(contract, frame)
    failed = [r for r in results if not r.passed]
    if failed:
        parts = [f"{r.rule}: {r.failed}" + (f" ({', '.join(r.columns)})" if r.columns else "") for r in failed]
        raise ContractError(
            f"{contract.full_name}: {len(failed)} rules are broken, {frame.height} rows in. Rule and number of rows: "
            + "; ".join(parts)
            + ". Nothing was written; the last good table stays."
        )
    return results


def quote(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal, quoted."""
    return "'" + text.replace("'", "''") + "'"


def ddl(contract: TableContract, extra: tuple[Column, ...] = (), described: tuple[str, str] | None = None) -> list[str]:
    """CREATE TABLE and COMMENT statements for the published table; `extra` columns come last.

    `described` says what the table is, in Danish and English, where more is known than its contract says.
    """
    da, en = described or (contract.description_da, contract.description_en)
    table = f"{quote(contract.layer)}.{quote(contract.name)}"
    columns = (*contract.columns, *extra)
    body = ", ".join(f"{quote(c.name)} {c.sql_type}{'' if c.nullable else ' NOT NULL'}" for c in columns)
    comments = [f"COMMENT ON TABLE {table} IS {literal(en + ' | ' + da)}"]
    comments += [
        f"COMMENT ON COLUMN {table}.{quote(c.name)} IS {literal(c.description_en + ' | ' + c.description_da)}"
        for c in columns
    ]
    return [f"CREATE TABLE {table} ({body})", *comments]


def dictionary_rows(contract: TableContract, extra: tuple[Column, ...] = ()) -> list[dict[str, Any]]:
    """Rows of meta.column for one table."""
    columns = (*contract.columns, *extra)
    names = frozenset(c.name for c in columns)
    return [
        {
            "table_schema": contract.layer,
            "table_name": contract.name,
            "position": i,
            "column_name": c.name,
            "type": c.sql_type,
            "is_key": c.name in contract.key,
            "is_nullable": c.nullable,
            "label_da": c.label_da,
            "label_en": c.label_en,
            "description_da": c.description_da,
            "description_en": c.description_en,
            "unit": said.unit,
            "unit_column": said.unit_column,
            "decimals": said.decimals,
            "source": said.source,
            "codes": ";".join(c.codes) if c.codes else None,
            "code_list": said.code_list,
        }
        for i, c in enumerate(columns, start=1)
        for said in [about(contract, c, names)]
    ]
