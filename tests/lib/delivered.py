"""Source tables by hand: rows as they stand after the intake, for tests of the registers' own SQL."""

from typing import Any

import polars as pl

from handleplan_pipeline.lake.engine import DuckDbEngine, Params
from schemas.sources.delivery_shape import Delivery

PERSON = "a" * 32


def source(delivery: Delivery, *rows: dict[str, Any]) -> pl.DataFrame:
    """A source table with these rows; what is not said is empty."""
    shared = {"person": PERSON, "key_id": "test", "data_kind": "synthetic", "delivery_id": "d", "period": 2010}
    table = delivery.table
    filled = [
        dict.fromkeys(table.column_names)
        | {k: v for k, v in shared.items() if k in table.column_names}
        | {"row_number": i + 1}
        | r
        for i, r in enumerate(rows)
    ]
    return pl.DataFrame(filled, schema=table.polars_schema, orient="row")


def ask(sql: str, params: Params = (), **tables: pl.DataFrame) -> pl.DataFrame:
    return DuckDbEngine().query(sql, tables, params)
