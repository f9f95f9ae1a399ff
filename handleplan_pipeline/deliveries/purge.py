"""`handleplan purge`: deletes confidential files whose permission says so."""

from datetime import UTC, datetime

import typer

from handleplan_pipeline.deliveries.store import DeliveryStore
from handleplan_pipeline.lake import Lake
from handleplan_pipeline.settings import get_settings
from schemas.registry import all_contracts, delivered_sources


def purge() -> None:
    """Delete confidential files whose permission says so; hash and receipt stay. Run the pipeline again afterwards."""
    store, lake = DeliveryStore(get_settings().lake), Lake(get_settings().lake)
    gone = [r for s in delivered_sources() for r in store.purge(s, datetime.now(UTC).date())]
    for r in gone:
        typer.echo(f"deleted: {r.manifest.source} {r.manifest.period}, sha256 {r.manifest.sha256}")
    if gone:
        # what derives from a deleted file goes with it; the next run makes it anew from what may still be held
        confidential = [c for c in all_contracts().values() if c.layer in ("register", "cell")]
        confidential += [c for c in all_contracts().values() if c.layer == "source" and not c.public]
        for f in [f for c in confidential for f in lake.files(c)] + [lake.warehouse]:
            f.unlink(missing_ok=True)
    typer.echo(f"{len(gone)} files deleted")
