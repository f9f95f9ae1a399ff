"""Where the joint plan finds what is known already: the lake's releases and deliveries."""

from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.earlier import Earlier, read
from handleplan_pipeline.sources.deliveries.national import delivery_store
from schemas.registry import delivered_sources


def known_before(lake: Lake) -> Earlier:
    """What the lake's releases printed about the persons of today's deliveries."""
    store = delivery_store(lake.root)
    # earlier releases may name a delivery by its bytes alone
    current = {
        s: [
            frozenset(lake.sealed(x) for x in (r.manifest.delivery_id, r.manifest.sha256))
            for r in store.current(s).values()
        ]
        for s in delivered_sources()
    }
    return read(existing(lake), {s: found for s, found in current.items() if found})
