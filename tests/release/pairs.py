"""Release folders drawn by hand, row by row: the tables that a comparison reads, as Parquet, with their dictionary."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.lake import contracts
from handleplan_pipeline.release.build import write_database
from handleplan_pipeline.release.table import Table
from schemas import columns
from schemas.contract import TableContract
from schemas.meta.release import COLUMN
from schemas.registry import all_contracts
from tests.commands.made import goal_row

Rows = list[dict[str, Any]]
FIRST, SECOND, THIRD = (f"2026-0{n}-01T06-00Z_r000{n}" for n in (1, 2, 3))
FILL: Mapping[str, Any] = {"String": "x", "Int32": 2000, "Int64": 0, "Float64": 0.0, "Boolean": False}


def filled(contract: TableContract, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with something in every column that may not be empty and that the test does not care for."""
    return {c.name: None if c.nullable else FILL.get(str(c.dtype)) for c in contract.columns} | dict(row)


def observation(year: int, group: str, value: float | None, **more: Any) -> dict[str, Any]:
    """A headline row of I01; without a value it is hidden, unless another reason is given."""
    hidden = value is None
    return {
        "goal": 1,
        "indicator_id": "I01",
        "year": year,
        "geography": "101",
        "population_group": group,
        "ancestry": "total",
        "sex": "total",
        "age_group": "total",
        "measure": "share",
        "value": value,
        "unit": "percent",
        "obs_status": "Q" if hidden else "A",
        "conf_status": "C" if hidden else "F",
        "missing_reason": "suppressed" if hidden else "none",
        "data_kind": "delivered",
        "definition_version": "1",
    } | more


def indicator(**more: Any) -> dict[str, Any]:
    return {
        "indicator_id": "I01",
        "kind": "headline",
        "headline_sex": "total",
        "headline_age_group": "total",
        "headline_geography": "101",
        "decimals": 1,
        "unit": "percent",
        "measure": "share",
        "definition_version": "1",
        "definition_da": "Andel med 9. klasse.",
        "definition_en": "Share with 9th grade.",
    } | more


def status(goal: int, year: int, badge: str, **more: Any) -> dict[str, Any]:
    return goal_row(goal=goal, year=year, badge=badge, result=badge, measurability="measurable") | more


def judgement(estimate: float | None, **more: Any) -> dict[str, Any]:
    return {
        "goal": 1,
        "indicator_id": "I01",
        "year": 2014,
        "population_group": "minority",
        "reference_group": "danish",
        "quantity": "difference",
        "estimate": estimate,
        "lower90": None if estimate is None else estimate - 5,
    } | more


LABELS = (
    ("badge", "met", "Nået", "Met"),
    ("badge", "not_met", "Ikke nået", "Not met"),
    ("badge", "suppressed", "Vises ikke", "Not shown"),
    ("population_group", "minority", "Etnisk minoritet", "Ethnic minority"),
    ("population_group", "danish", "Dansk oprindelse", "Danish origin"),
    ("population_group", "descendant", "Efterkommere", "Descendants"),
    ("sex", "men", "mænd", "men"),
    ("quantity", "difference", "forskel", "difference"),
    ("obs_status", "A", "Normal", "Normal"),
    ("obs_status", "O", "Mangler", "Missing"),
    ("obs_status", "Q", "Vises ikke", "Not shown"),
)


def labels(*extra: tuple[str, str, str, str]) -> Rows:
    names = ("list", "code", "label_da", "label_en")
    return [dict(zip(names, row, strict=True)) for row in (*LABELS, *extra)]


MINORITY_AND_DANISH: dict[str, Rows] = {
    "output.observation": [observation(2014, "minority", 51.76), observation(2014, "danish", 64.03)],
    "output.judgement": [judgement(-12.27)],
    "meta.indicator": [indicator()],
    "meta.code_list": labels(),
}
"""A release of one indicator and year."""


def release(folder: Path, release_id: str, tables: Mapping[str, Rows], database: bool = False, **about: Any) -> Path:
    """The folder of a release that holds these tables and the row of the release itself; a database where asked."""
    said = {"disclosure_control": "on", "kind": "unapproved", "holds_synthetic": False} | about
    rows = dict(tables) | {"meta.release": [{"release_id": release_id, **said}]}
    made = [table(name, found, release_id) for name, found in rows.items()]
    dictionary = [r for t in made for r in contracts.dictionary_rows(t.contract, t.extra)]
    made.append(Table(COLUMN, COLUMN.conform(dictionary + contracts.dictionary_rows(COLUMN))))
    write(folder / release_id, made)
    if database:
        write_database(folder / release_id / "handleplan.duckdb", made)
    return folder / release_id


def table(name: str, rows: Rows, release_id: str) -> Table:
    """A table about to be published, with these rows."""
    layer, _, own = name.partition(".")
    contract = all_contracts()[layer, own]
    frame = contract.conform([filled(contract, r) for r in rows])
    if contract.holds_figures:
        return Table(contract, frame.with_columns(pl.lit(release_id).alias("release_id")), (columns.RELEASE_ID,))
    return Table(contract, frame)


def write(folder: Path, tables: Iterable[Table]) -> None:
    for t in tables:
        file = folder / "parquet" / t.schema / f"{t.name}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        t.frame.write_parquet(file)
