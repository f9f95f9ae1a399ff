"""The history of deliveries: what came, what bears the figures, what was refused and why. No counts of persons."""

from typing import Any

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable, Lake
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.manifest import OTHER
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.deliveries.plausible import compared, unusual
from schemas.meta.release import DELIVERY
from schemas.registry import delivered_sources

SOURCES = delivered_sources()


ABOUT_AREAS = ("housing_area_keys", "housing_areas")
"""Deliveries of which no row is a person or a count of persons: how many there are may be printed (record 0048)."""


def history(lake: Lake) -> list[dict[str, Any]]:
    """A row per decided delivery; the current one of a period is the accepted one with the highest number."""
    store = delivery_store(lake.root)
    told: dict[tuple[str, int], set[str]] = {}
    for u in unusual(compared(store, SOURCES)):
        told.setdefault((u.source, u.period), set()).add(u.expectation)
    rows = []
    for source in SOURCES:
        declared = delivery_of(source).supplier
        current = {r.manifest.delivery_id for r in store.current(source).values()}
        for r in store.receipts(source):
            m = r.manifest
            state = r.state if r.state != "accepted" else "current" if m.delivery_id in current else "superseded"
            # what a manifest says of its supplier is free text until it is the declared one
            supplier = declared if m.supplier == declared else OTHER
            rows.append(
                {
                    "delivery_id": lake.sealed(m.delivery_id),
                    "source": source,
                    "supplier": supplier,
                    "year": m.period,
                    "delivery_number": m.delivery_number,
                    "decided_at": r.decided_at,
                    "state": state,
                    "rule": r.rule,
                    "unusual": ";".join(sorted(told.get((source, m.period), ()))) or None
                    if state == "current"
                    else None,
                    "data_kind": m.data_kind,
                    # a number of rows of persons is a count of persons
                    "received_rows": m.rows if source in ABOUT_AREAS else None,
                    "set_aside_rows": sum(r.set_aside.values()) if source in ABOUT_AREAS else None,
                }
            )
    return rows


@dg.asset(**table_asset(DELIVERY), deps=[dg.AssetKey(["source", s]) for s in SOURCES])
def delivery(sources: SourcesResource) -> dg.Output[CheckedTable]:
    return table_output(DELIVERY, DELIVERY.conform(history(Lake(sources.lake_root))))


CHECKS = contract_checks(DELIVERY)
