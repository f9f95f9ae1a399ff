"""Register: the account of rows over every delivered source, by outcome and by code. Confidential.

Trap: a delivery without rows is delivered, and its counts are zero; a period without a delivery is not known.
`ended_unseen` are used rows too: open records that no later delivery holds, which ended with their last period.
"""

from collections.abc import Collection, Iterator
from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.cells.routes import REFUSED, UNUSUAL
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.engine import get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import account, outside_population
from handleplan_pipeline.sources.deliveries.bearing import bearing
from handleplan_pipeline.sources.deliveries.codes_used import by_code
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.deliveries.plausible import compared, unusual
from handleplan_pipeline.sources.deliveries.records import ended_unseen
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


def ends(source: str, table: LakeTable, periods: Collection[int]) -> list[pl.DataFrame]:
    """The account of open records that ended unseen, where the source has records that may be open."""
    delivery = delivery_of(source)
    return [ended_unseen(delivery, table, max(periods))] if delivery.span and len(periods) > 1 else []


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
    store = delivery_store(sources.lake_root)
    bearers = {s: bearing(store, s, tables[s]) for s in SOURCES}
    rows: list[dict[str, Any]] = [
        {"source": s, "period": p, "outcome": "delivered", "rows": r.manifest.rows, "data_kind": r.manifest.data_kind}
        for s in SOURCES
        for p, r in bearers[s].items()
    ]
    rows += [
        {"source": s, "period": p, "outcome": REFUSED, "rows": 0, "data_kind": "delivered"}
        for s in SOURCES
        for p in store.refused_for_permission(s)
    ]
    kinds = {(r["source"], r["period"]): r["data_kind"] for r in rows if r["outcome"] == "delivered"}
    told = {(u.source, u.period) for u in unusual(compared(store, SOURCES))}
    rows += [
        {"source": s, "period": p, "outcome": UNUSUAL, "rows": 0, "data_kind": kinds[s, p]}
        for s, p in sorted(told)
        if (s, p) in kinds
    ]
    for name, table in tables.items():
        codes = by_code(table, delivery_of(name)).with_columns(outcome=pl.lit("used"), rows=0)
        found = (account(table), *ends(name, table, bearers[name]), codes)
        rows += [{"source": name, **row} for f in found for row in f.to_dicts()]
    yield table_output(ROW_ACCOUNT, ROW_ACCOUNT.conform(rows))
    outside = outside_population(get_engine(), tables, POPULATION, OF_PERSONS)
    yield dg.AssetCheckResult(
        check_name=IN_POPULATION,
        asset_key=dg.AssetKey(["register", "row_account"]),
        passed=not outside,
        severity=dg.AssetCheckSeverity.WARN,
        description=", ".join(f"{s} {p}" for s, p in outside) or None,
    )


CHECKS = contract_checks(ROW_ACCOUNT)
