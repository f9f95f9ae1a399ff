"""Where the joint plan finds what is known already: the lake's releases and deliveries."""

from dataclasses import replace

from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.earlier import Earlier, deliveries_of, read
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import delivered_sources


def known_before(lake: Lake) -> Earlier:
    """What the lake's releases printed about the persons of today's deliveries."""
    store = DeliveryStore(lake.root)
    receipts = [r for s in delivered_sources() for r in store.current(s).values()]
    # earlier releases may name a delivery by its bytes alone
    current = {lake.sealed(x) for r in receipts for x in (r.manifest.delivery_id, r.manifest.sha256)}
    releases = existing(lake)
    found, last = read(releases, frozenset(current)), deliveries_of(releases[-1]) if releases else set()
    return replace(found, same_deliveries=last <= current and len(last) == len(receipts))
