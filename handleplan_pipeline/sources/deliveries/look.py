"""What a landed file is to the archive: new, known, refused before for a reason that still stands, or not ready."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from handleplan_pipeline.sources.deliveries.archive import real_sha256
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.files import Landed, Odd, landed
from handleplan_pipeline.sources.deliveries.manifest import Manifest, manifest_path, read_manifest
from handleplan_pipeline.sources.deliveries.names import shown
from handleplan_pipeline.sources.deliveries.receipt import LOST, Receipt
from handleplan_pipeline.sources.deliveries.store import NUMBER_TAKEN, DeliveryStore
from schemas.sources.delivery_shape import Delivery

CLAIMED_TWICE = "number_claimed_twice"


@dataclass(frozen=True)
class New:
    """A delivery to decide on. `before` is the rule it was refused under earlier, when there is one."""

    path: Path
    manifest: Manifest
    before: str | None = None


@dataclass(frozen=True)
class Known:
    """A delivery that was decided on: accepted, or refused for a reason that still stands."""

    manifest: Manifest
    receipt: Receipt


def look(store: DeliveryStore, landing: Path, delivery: Delivery) -> tuple[list[New | Known], list[Odd]]:
    """Every landed delivery of a source with what it is, and everything odd that lies beside them."""
    found: Landed = landed(landing / delivery.source)
    looked: list[New | Known] = []
    odd = list(found.odd)
    for path in found.deliveries:
        seen = look_at(store, delivery, path)
        if isinstance(seen, Odd):
            odd.append(seen)
        else:
            looked.append(seen)
    held, clashes = claimed_twice(store, delivery.source, [x.manifest for x in looked if isinstance(x, New)])
    return [x for x in looked if isinstance(x, Known) or x.manifest.file not in held], odd + clashes


def claimed_twice(store: DeliveryStore, source: str, manifests: list[Manifest]) -> tuple[set[str], list[Odd]]:
    """The new files of a source that claim one period and number with other bytes, and what is said of them.

    Nobody can tell which of them is meant; a taken number is no claim. By the manifests, so that no file is read for
    it. Those of another source are refused by themselves.
    """
    accepted = {r.manifest.identity for r in store.receipts(source) if r.state == "accepted"}
    claims: dict[tuple[int, int], list[Manifest]] = {}
    for m in manifests:
        if m.source == source and m.identity not in accepted and not store.taken(source, m):
            claims.setdefault((m.period, m.delivery_number), []).append(m)
    held: set[str] = set()
    odd = []
    for (period, number), several in sorted(claims.items()):
        if len({m.sha256 for m in several}) > 1:
            files = sorted(m.file for m in several)
            held.update(files)
            said = (
                f"{source}/{', '.join(files)}: all say that they are delivery {number} of {period}, and they are not "
                "the same file. None is taken. Take away what is not meant, or write a manifest with a higher number "
                "for the file that corrects the other."
            )
            odd.append(Odd("refused", CLAIMED_TWICE, said))
    return held, odd


def look_at(store: DeliveryStore, delivery: Delivery, path: Path) -> New | Known | Odd:
    """One landed file that has a manifest beside it."""
    name = shown(path.name)
    try:
        manifest = read_manifest(manifest_path(path))
        if manifest.file != path.name:
            raise DeliveryRefused("manifest", f"{name}: `file` of its manifest does not name the file beside it.")
        return _recognised(store, delivery, path, manifest)
    except DeliveryRefused as e:
        return Odd("refused", e.rule, f"{delivery.source}/{str(e).partition(': ')[2]}")
    except OSError as e:
        said = (
            f"{delivery.source}/{name}: it or its manifest cannot be opened ({type(e).__name__}). Give leave to read."
        )
        return Odd("waiting", "unreadable", said)


def _recognised(store: DeliveryStore, delivery: Delivery, path: Path, manifest: Manifest) -> New | Known:
    receipts = [r for r in store.receipts(delivery.source) if r.manifest.period == manifest.period]
    if manifest.source == delivery.source:
        for r in (r for r in receipts if r.state == "accepted"):
            same = r.manifest.identity == manifest.identity
            if same and not store.is_whole(r.manifest):
                return New(path, manifest, LOST)
            if same and not _unchanged(path, r):
                break
            counts = store.current(delivery.source)[manifest.period].manifest.sha256 == manifest.sha256
            if same or (counts and r.manifest.sha256 == manifest.sha256):
                return Known(manifest, r)
    before = [r for r in receipts if r.state == "refused" and r.manifest.delivery_number == manifest.delivery_number]
    sha256 = real_sha256(path) if before else ""
    for r in (r for r in before if r.manifest.sha256 == sha256):
        if r.basis == store.basis(path, delivery, manifest, r.rule, sha256):
            return Known(manifest, r)
    rule = next((r.rule for r in reversed(before) if r.manifest.sha256 == sha256 or r.manifest.file == path.name), None)
    return New(path, manifest, rule)


def _unchanged(path: Path, receipt: Receipt) -> bool:
    """Whether a landed file is the one that was accepted; hashed only when it was written to since."""
    s = path.stat()
    if s.st_size != receipt.manifest.bytes:
        return False
    written_since = max(s.st_mtime, s.st_ctime) >= datetime.fromisoformat(receipt.decided_at).timestamp()
    return not written_since or real_sha256(path) == receipt.manifest.sha256


def is_cured(refused: Receipt, receipts: list[Receipt]) -> bool:
    """Whether a delivery was accepted that stands in for a refused one."""
    mine = refused.manifest
    for r in (r for r in receipts if r.state == "accepted" and r.manifest.period == mine.period):
        later = r.decided_at >= refused.decided_at and refused.rule != NUMBER_TAKEN
        if r.manifest.delivery_number > mine.delivery_number:
            return True
        if r.manifest.delivery_number == mine.delivery_number and later:
            return True
    return False
