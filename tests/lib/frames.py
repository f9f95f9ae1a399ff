"""Hand-made register tables for tests of definitions: a row is what matters, the rest is filled in."""

from datetime import date
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count, parameters
from handleplan_pipeline.cells.tabulate import tabulate
from handleplan_pipeline.sources.codes import code_list
from schemas.contract import TableContract

TRACE = {"key_id": "test", "data_kind": "synthetic", "delivery_id": "test", "source_rows": 1}


def who(name: str) -> str:
    """A pseudonym for a name: 32 hex digits."""
    return name.encode().hex().ljust(32, "0")[:32]


def table(contract: TableContract, *rows: dict[str, Any]) -> pl.DataFrame:
    """A register with these rows; `person` may be a plain name."""
    filled = [
        dict.fromkeys(contract.column_names) | {k: v for k, v in TRACE.items() if k in contract.column_names} | r
        for r in rows
    ]
    for r in filled:
        if r.get("person"):
            r["person"] = who(r["person"])
    return pl.DataFrame(filled, schema=contract.polars_schema, orient="row")


def person(
    name: str,
    year: int,
    ancestry: str = "danish",
    born: date = date(1970, 6, 1),
    sex: str = "men",
    geography: str = "101",
) -> dict[str, Any]:
    age = year - born.year - (0 if (born.month, born.day) == (1, 1) else 1)
    return {
        "person": name,
        "year": year,
        "birth_date": born,
        "age": age,
        "sex": sex,
        "ancestry": ancestry,
        "geography": geography,
    }


def counted(
    sql: str, counts: tuple[Count, ...], years: range, **tables: pl.DataFrame
) -> dict[tuple[str, int, str], Any]:
    """(name, year, ancestry) -> (members, hits), summed over sex and age, from a goal's own query."""
    calendar = pl.DataFrame({"year": list(years)}, schema={"year": pl.Int32})
    lists = {"offence": code_list("offence")} if "offence" in sql else {}
    frame = tabulate(sql, {**tables, "calendar": calendar, **lists}, parameters(load_catalogue(), counts), "test")
    summed = frame.group_by("name", "year", "ancestry").agg(pl.col("members").sum(), pl.col("hits").sum())
    return {(r[0], r[1], r[2]): (r[3], r[4]) for r in summed.rows()}
