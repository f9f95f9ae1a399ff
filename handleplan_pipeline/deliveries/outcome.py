"""What became of a delivered file, for everybody who must be told: the run, `handleplan sources`, the UI."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from handleplan_pipeline.deliveries.errors import DeliveryRefused
from handleplan_pipeline.deliveries.files import file_of, landed
from handleplan_pipeline.deliveries.manifest import SUFFIX, read_manifest
from handleplan_pipeline.deliveries.store import DeliveryStore
from schemas.sources.delivery_shape import Delivery


@dataclass(frozen=True)
class Outcome:
    """What became of one file. `sentence` holds no text of a supplier and no value."""

    source: str
    period: int | None
    state: Literal["accepted", "refused", "waiting", "known", "foreign"]
    rule: str | None
    sentence: str
    rows: int
    set_aside: int


def standing(store: DeliveryStore, landing: Path, delivery: Delivery) -> list[Outcome]:
    """What is refused or waits now and was not cured by a later delivery."""
    source = delivery.source
    current = store.current(source)
    found = [
        Outcome(source, r.manifest.period, "refused", r.rule, r.message or "", r.manifest.rows, 0)
        for r in store.receipts(source)
        if r.state == "refused" and r.manifest.period not in current
    ]
    folder = landing / source
    try:
        manifests = landed(folder)
    except DeliveryRefused as e:
        return [*found, Outcome(source, None, "foreign", e.rule, str(e), 0, 0)]
    for m in manifests:
        try:
            manifest = read_manifest(m)
            file_of(m, manifest)
        except DeliveryRefused as e:
            found.append(Outcome(source, None, "refused", e.rule, str(e), 0, 0))
            continue
        if not store.knows(source, manifest.sha256):
            text = "not taken in yet; the next run decides on it."
            found.append(Outcome(source, manifest.period, "waiting", None, text, manifest.rows, 0))
    described = {m.name.removesuffix(SUFFIX) for m in manifests}
    for f in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not f.name.startswith(".") and not f.name.endswith(SUFFIX) and f.name not in described:
            text = f"{f.name}: has no manifest. `handleplan deliver` makes one."
            found.append(Outcome(source, None, "foreign", "manifest", text, 0, 0))
    return found
