"""Which deliveries bear the figures: what the account of rows says was delivered, and how far records are known."""

from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.sources.deliveries.receipt import Receipt
from handleplan_pipeline.sources.deliveries.store import DeliveryStore


def bearing(store: DeliveryStore, source: str, table: LakeTable) -> dict[int, Receipt]:
    """The deliveries that bear figures, by period: permitted, whole, and with their rows in the source table."""
    found = parquet.scan(store.bearing_files(table)).select("period", "delivery_id").unique().collect()
    inside = set(found.rows())
    return {
        p: r
        for p, r in store.permitted(source).items()
        if store.is_whole(r.manifest) and (r.manifest.rows == 0 or (p, r.manifest.delivery_id) in inside)
    }


def last_period(store: DeliveryStore, source: str, table: LakeTable) -> int:
    """The last period of which a delivery bears figures, also one without rows; 0 where there is none."""
    return max(bearing(store, source, table), default=0)
