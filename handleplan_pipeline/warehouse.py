"""`warehouse.duckdb`: a view per table of every layer, for cleared engineers. Stays inside the confidential zone."""

import os

import duckdb

from handleplan_pipeline.contracts import literal, quote
from handleplan_pipeline.lake import Lake, sync_folder
from schemas.registry import all_contracts


def rebuild(lake: Lake) -> int:
    """Build the warehouse beside the old one and swap it in. Returns the number of views.

    Views read the Parquet files in place, so an open SQL client never blocks a run and sees each new table.
    """
    tmp = lake.warehouse.with_name(f".warehouse.{os.getpid()}.tmp")
    tmp.unlink(missing_ok=True)
    views = 0
    try:
        with duckdb.connect(str(tmp)) as con:
            for contract in all_contracts().values():
                if not lake.exists(contract):
                    continue
                path = lake.path(contract)
                pattern = f"{path}/*.parquet" if contract.partition_column else str(path)
                name = f"{quote(contract.layer)}.{quote(contract.name)}"
                con.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(contract.layer)}")
                con.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({literal(pattern)})")
                con.execute(f"COMMENT ON VIEW {name} IS {literal(contract.description_en)}")
                views += 1
        os.replace(tmp, lake.warehouse)
        sync_folder(lake.warehouse.parent)
    finally:
        tmp.unlink(missing_ok=True)
    return views
