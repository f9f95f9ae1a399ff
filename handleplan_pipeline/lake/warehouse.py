"""`warehouse.duckdb`: a view per table of every layer, for cleared engineers. Stays inside the confidential zone."""

import os
from pathlib import Path

from handleplan_pipeline.lake.contracts import literal, quote
from handleplan_pipeline.lake.engine import connect
from handleplan_pipeline.lake.files import sync_folder, temporary
from handleplan_pipeline.lake.parquet import literally
from handleplan_pipeline.lake.tables import Lake
from schemas.contract import TableContract
from schemas.registry import all_contracts


def rebuild(lake: Lake) -> int:
    """Build the warehouse beside the old one and swap it in. Returns the number of views.

    Views read the Parquet files in place, so an open SQL client never blocks a run and sees each new table.
    """
    tmp = temporary(lake.warehouse)
    views = 0
    try:
        with connect(tmp, lake=lake.root, folders=[lake.root]) as con:
            for contract in all_contracts().values():
                if not lake.exists(contract):
                    continue
                name = f"{quote(contract.layer)}.{quote(contract.name)}"
                con.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(contract.layer)}")
                con.execute(f"CREATE VIEW {name} AS {_all_rows(lake.path(contract), contract)}")
                con.execute(f"COMMENT ON VIEW {name} IS {literal(contract.description_en)}")
                views += 1
        os.replace(tmp, lake.warehouse)
        sync_folder(lake.warehouse.parent)
    finally:
        tmp.unlink(missing_ok=True)
    return views


def _all_rows(path: Path, contract: TableContract) -> str:
    """SQL that reads the table as it is when asked, partitions still to come among them."""
    pattern = literally(path) + ("/*.parquet" if contract.partition_column else "")
    return f"SELECT * FROM read_parquet({literal(pattern)}, hive_partitioning=false)"
