"""The queries that make registers and counts, with the stored tables they read: for benchmarks of engines and peers."""

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import parameters
from handleplan_pipeline.cells.tabulate import LOOK_BACK_YEARS, POPULATION, TABULATE
from handleplan_pipeline.lake.engine import SqlInput
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.sources.codes import NAMES, code_list
from schemas.registry import all_contracts, contract, delivered_sources

REGISTERS = sorted(c.name for c in all_contracts().values() if c.layer == "register" and c.name != "row_account")
CHAINED = ("shelter_stay", "treatment_contact")
"""Registers of which other registers are made."""
OF_REGISTERS: Mapping[str, Mapping[str, Any]] = {
    "shelter_episode": {"gap_days": 1},
    "treatment_episode": {"gap_days": 10},
    "treatment_contact": {"last_period": 2015},
}
"""Values that a register's query names."""


@dataclass(frozen=True)
class Question:
    """A query with its inputs and values; `goal` is the goal it counts for, None where it makes a register."""

    name: str
    sql: str
    inputs: Mapping[str, SqlInput]
    params: Mapping[str, Any]
    goal: int | None = None


def _named(sql: str, tables: Mapping[str, SqlInput]) -> dict[str, SqlInput]:
    return {n: t for n, t in tables.items() if re.search(rf"\b{n}\b", sql)}


def _stored(lake: Lake, layer: str, names: tuple[str, ...] | list[str]) -> dict[str, SqlInput]:
    return {n: lake.table(contract(layer, n)) for n in names if lake.exists(contract(layer, n))}


def of_registers(lake: Lake) -> Iterator[Question]:
    """A query per register."""
    tables = _stored(lake, "source", list(delivered_sources())) | {n: code_list(n) for n in NAMES}
    tables |= _stored(lake, "register", CHAINED)
    for name in REGISTERS:
        sql = importlib.import_module(f"assets.registers.{name}").QUERY
        # a register is no input of itself; the code list `benefit` is one of the register of that name
        inputs = {n: t for n, t in _named(sql, tables).items() if n != name or n not in CHAINED}
        yield Question(f"register.{name}", sql, inputs, OF_REGISTERS.get(name, {}))


def of_goals(lake: Lake) -> Iterator[Question]:
    """The counted units and the population of every goal, tabulated."""
    tables = _stored(lake, "register", REGISTERS) | {"offence": code_list("offence")}
    years = pl.scan_parquet(list(lake.files(contract("register", "person")))).select("year").unique().collect()
    tables["calendar"] = years.sort("year").select(pl.col("year").cast(pl.Int32))
    for goal in load_catalogue().goals:
        module = importlib.import_module(f"assets.goals.{goal.slug}")
        if not hasattr(module, "COUNTED"):
            continue
        values = parameters(load_catalogue(), module.COUNTS)
        sqls = {"counted": TABULATE.format(counted=module.COUNTED, look_back=LOOK_BACK_YEARS)}
        if hasattr(module, "POPULATION"):
            sqls["population"] = POPULATION.format(query=module.POPULATION)
        for what, sql in sqls.items():
            yield Question(f"goal {goal.number}, {what}", sql, _named(sql, tables), values, goal.number)
