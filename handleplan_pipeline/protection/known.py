"""Where the joint plan finds what is known already: the lake's releases and deliveries."""

from handleplan_pipeline.deliveries.store import DeliveryStore
from handleplan_pipeline.lake import Lake
from handleplan_pipeline.protection.earlier import Earlier, read
from handleplan_pipeline.release.publish import existing
from schemas.registry import delivered_sources


def known_before(lake: Lake) -> Earlier:
    """What the lake's releases printed about the persons of today's deliveries."""
    store = DeliveryStore(lake.root)
    current = {lake.sealed(r.manifest.delivery_id) for s in delivered_sources() for r in store.current(s).values()}
    return read(existing(lake), frozenset(current))
