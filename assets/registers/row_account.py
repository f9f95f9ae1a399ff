"""Register: the account of rows over every delivered source. Confidential.

Trap: a delivery without rows is delivered, and its counts are zero; a period without a delivery is not known.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from handleplan_pipeline.cells.routes import REFUSED
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import account, outside_population
from handleplan_pipeline.sources.deliveries.receipt import Receipt
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registers.row_account import ROW_ACCOUNT
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import TABLES

SOURCES = delivered_sources()
POPULATION, IN_POPULATION = "dst_bef", "everybody_is_in_the_population"
WHY = (
    "Who is in no population file of a year is read as dead or emigrated, so it must hold every person of any other "
    "delivery who lives in Denmark. Warns where more than 1 per cent of a delivery's persons are in none of two years."
)
OF_PERSONS = {
    s: "cpr_status" in TABLES[s].column_names
    for s in SOURCES
    if s != POPULATION and {"person", "id_type"} <= set(TABLES[s].column_names)
}
"""Delivered tables of persons, and whether they tell the CPR status of a row."""


def bearing(store: DeliveryStore, source: str, table: LakeTable) -> dict[int, Receipt]:
    """The deliveries that bear figures: permitted, whole, and with their rows in the source table."""
    found = pl.scan_parquet(list(table.files)).select("period", "delivery_id").unique().collect()
    inside = set(found.rows())
    return {
        p: r
        for p, r in store.permitted(source).items()
        if store.is_whole(r.manifest) and (r.manifest.rows == 0 or (p, r.manifest.delivery_id) in inside)
    }


@dg.asset(
    **table_asset(
        ROW_ACCOUNT,
        check_specs=[dg.AssetCheckSpec(IN_POPULATION, asset=dg.AssetKey(["register", "row_account"]), description=WHY)],
    ),
    ins={s: dg.AssetIn(["source", s], dagster_type=LakeTable) for s in SOURCES},
)
def row_account(
    sources: SourcesResource, **tables: LakeTable
) -> Iterator[dg.Output[CheckedTable] | dg.AssetCheckResult]:
    store = DeliveryStore(sources.lake_root)
    rows = [
        {"source": s, "period": p, "outcome": "delivered", "rows": r.manifest.rows, "data_kind": r.manifest.data_kind}
        for s in SOURCES
        for p, r in bearing(store, s, tables[s]).items()
    ]
    rows += [
        {"source": s, "period": p, "outcome": REFUSED, "rows": 0, "data_kind": "delivered"}
        for s in SOURCES
        for p in store.refused_for_permission(s)
    ]
    parts = [ROW_ACCOUNT.conform(rows)]
    for name, table in tables.items():
        found = account(table).with_columns(source=pl.lit(name))
        parts.append(found.select(pl.col(c.name).cast(c.dtype) for c in ROW_ACCOUNT.columns))
    yield table_output(ROW_ACCOUNT, pl.concat(parts))
    outside = outside_population(DuckDbEngine(), tables, POPULATION, OF_PERSONS)
    yield dg.AssetCheckResult(
        check_name=IN_POPULATION,
        asset_key=dg.AssetKey(["register", "row_account"]),
        passed=not outside,
        severity=dg.AssetCheckSeverity.WARN,
        description=", ".join(f"{s} {p}" for s, p in outside) or None,
    )


CHECKS = contract_checks(ROW_ACCOUNT)
