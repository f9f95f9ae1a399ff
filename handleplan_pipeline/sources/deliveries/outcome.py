"""What became of every file of a source: for the run's last table, for the UI's check and for `handleplan sources`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from handleplan_pipeline import clock
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.files import Odd, landed
from handleplan_pipeline.sources.deliveries.look import Known, claimed_twice, is_cured, look
from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest
from handleplan_pipeline.sources.deliveries.permissions import PERMISSION, SENTENCES, verdict
from handleplan_pipeline.sources.deliveries.receipt import LOST, Receipt
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.sources.delivery_shape import Delivery

BROKEN_RECEIPT = "receipt"


@dataclass(frozen=True)
class Outcome:
    """What became of one file. The sentence holds no text of the supplier's and no value."""

    source: str
    period: int | None
    state: Literal["accepted", "refused", "waiting", "known", "foreign"]
    rule: str | None
    sentence: str
    rows: int = 0
    set_aside: int = 0


def of_receipt(receipt: Receipt) -> Outcome:
    """A decision as an outcome; a deleted delivery is refused for want of its permission."""
    m, accepted = receipt.manifest, receipt.state == "accepted"
    return Outcome(
        m.source,
        m.period,
        "accepted" if accepted else "refused",
        None if accepted else receipt.rule or PERMISSION,
        receipt.sentence(),
        m.rows if accepted else 0,
        receipt.rows_set_aside,
    )


def of_odd(source: str, odd: Odd) -> Outcome:
    return Outcome(source, None, odd.state, odd.rule, odd.sentence)


def waiting(source: str, period: int, rule: str, sentence: str) -> Outcome:
    return Outcome(source, period, "waiting", rule, sentence)


def standing(store: DeliveryStore, landing: Path, delivery: Delivery) -> list[Outcome]:
    """What is refused or waiting now and not cured: in the landing folder, and in the archive itself.

    A refusal stands until its file is accepted, replaced by an accepted one, or taken out of the landing folder.
    """
    source = delivery.source
    looked, odd = look(store, landing, delivery)
    receipts = store.receipts(source)
    found = [of_odd(source, o) for o in odd]
    for seen in looked:
        if not isinstance(seen, Known):
            said = f"{source} {seen.manifest.period}: {seen.manifest.file} lies in landing; the next run decides on it."
            found.append(waiting(source, seen.manifest.period, "not_decided", said))
        elif seen.receipt.state == "refused" and not is_cured(seen.receipt, receipts):
            found.append(of_receipt(seen.receipt))
    return found + in_the_archive(store, delivery)


def at_a_glance(store: DeliveryStore, landing: Path, delivery: Delivery) -> list[Outcome]:
    """As `standing`, in a moment: no file is hashed, so what was changed without another size is a run's to find."""
    source, receipts = delivery.source, store.receipts(delivery.source)
    there = landed(landing / source)
    found = [of_odd(source, o) for o in there.odd]
    fresh = []
    for path in there.deliveries:
        try:
            manifest = read_manifest(manifest_path(path))
        except DeliveryRefused as e:
            found.append(Outcome(source, None, "refused", e.rule, f"{source}: a manifest is wrong."))
            continue
        except OSError:
            found.append(Outcome(source, None, "waiting", "unreadable", f"{source}: a manifest cannot be opened."))
            continue
        mine = [r for r in receipts if r.manifest.identity == manifest.identity or r.manifest.file == path.name]
        if not mine:
            fresh.append(manifest)
        found += [of_receipt(r) for r in mine if r.state == "refused" and not is_cured(r, receipts)]
    held, clashes = claimed_twice(store, source, fresh)
    found += [of_odd(source, o) for o in clashes]
    found += [
        waiting(source, m.period, "not_decided", f"{source} {m.period}: lies in landing.")
        for m in fresh
        if m.file not in held
    ]
    return list(dict.fromkeys(found)) + in_the_archive(store, delivery, hashed=False)


def in_the_archive(store: DeliveryStore, delivery: Delivery, hashed: bool = True) -> list[Outcome]:
    """Accepted deliveries that cannot count today, and receipts that cannot be read.

    Without `hashed` an archived file counts as whole when it has its size.
    """
    source, known, today = delivery.source, store.permissions(), clock.today()
    found = []
    for period, r in store.current(source).items():
        wrong = verdict(r.manifest, source, known, today)
        said = f"{source} {period}: delivery {r.manifest.delivery_number} does not count: "
        if wrong:
            said += SENTENCES[wrong].format(source=source) + ". `handleplan purge` deletes what may not be held."
            found.append(Outcome(source, period, "refused", PERMISSION, said))
        elif not (store.is_whole(r.manifest) if hashed else _has_its_size(store, r)):
            said += "its archived file is missing or changed. Restore it from the backup, or deliver it again."
            found.append(Outcome(source, period, "refused", LOST, said))
        elif r.reread:
            said += f"read again, it breaks the rule {r.reread}. Deliver a corrected file with a higher number."
            found.append(Outcome(source, period, "refused", r.reread, said))
    broken = [p for p, r in store.entries(source) if r is None]
    if broken:
        said = f"{source}: {len(broken)} receipts cannot be read. Restore them from the backup, or deliver again."
        found.append(Outcome(source, None, "refused", BROKEN_RECEIPT, said))
    return found


def _has_its_size(store: DeliveryStore, receipt: Receipt) -> bool:
    try:
        return store.file(receipt.manifest).stat().st_size == receipt.manifest.bytes
    except OSError:
        return False
