"""Takes in what is new in the landing folder, each file once, and hands its rows on without reading it twice."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from handleplan_pipeline.deliveries.errors import DeliveryRefused, DeliveryWaits
from handleplan_pipeline.deliveries.files import file_of, landed
from handleplan_pipeline.deliveries.manifest import Manifest, read_manifest
from handleplan_pipeline.deliveries.store import DeliveryStore, Receipt
from schemas.sources.delivery_shape import Delivery


class Intake:
    """New and archived deliveries of one source during one run."""

    def __init__(self, store: DeliveryStore, landing: Path, delivery: Delivery) -> None:
        self.store, self.delivery = store, delivery
        self.decided: list[Receipt] = []
        self.remarks: list[str] = []
        self._new: dict[int, list[tuple[Path, Manifest]]] = {}
        try:
            manifests = landed(landing / delivery.source)
        except DeliveryRefused as e:
            manifests = []
            self.remarks.append(f"{delivery.source}: nothing taken in. {e}")
        for m in manifests:
            self._note(m)

    def _note(self, manifest_file: Path) -> None:
        try:
            manifest = read_manifest(manifest_file)
            path = file_of(manifest_file, manifest)
        except DeliveryRefused as e:
            self.remarks.append(f"{self.delivery.source}: left in landing. {e}")
            return
        if self.store.knows(self.delivery.source, manifest.sha256):
            self.remarks.append(f"{manifest.file}: the same bytes were decided on before; no new version.")
            return
        self._new.setdefault(manifest.period, []).append((path, manifest))

    def periods(self) -> list[int]:
        """Every period with a new or an archived delivery."""
        return sorted({*self._new, *self.store.current(self.delivery.source)})

    def rows(self, period: int) -> pl.DataFrame:
        """Rows of the delivery that counts for `period`, after the new ones were decided on; empty without one."""
        fresh: dict[str, pl.DataFrame] = {}
        for path, manifest in sorted(self._new.pop(period, []), key=lambda x: x[1].delivery_number):
            receipt, frame = decide(self.store, path, self.delivery, manifest)
            if receipt is None:
                self.remarks.append(f"{manifest.file}: not complete yet; left for the next run.")
            else:
                self.decided.append(receipt)
            if frame is not None:
                fresh = {manifest.sha256: frame}
        current = self.store.current(self.delivery.source).get(period)
        if current is None:
            return self.delivery.table.empty()
        kept = fresh.get(current.manifest.sha256)
        return self.store.load(self.delivery, current) if kept is None else kept


def decide(
    store: DeliveryStore, path: Path, delivery: Delivery, manifest: Manifest
) -> tuple[Receipt | None, pl.DataFrame | None]:
    """Check one landed file and archive or quarantine it. No receipt when it is still arriving."""
    try:
        parsed = store.check(path, delivery, manifest, datetime.now(UTC).date())
    except DeliveryWaits:
        return None, None
    except DeliveryRefused as e:
        return store.refuse(path, manifest, e), None
    return store.accept(path, manifest, parsed), parsed.frame
