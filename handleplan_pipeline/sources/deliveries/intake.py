"""Takes in what is new in the landing folder, each file once, and hands its rows on without reading it twice."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

from handleplan_pipeline import clock
from handleplan_pipeline.errors import HandleplanError
from handleplan_pipeline.sources.deliveries.errors import ArchiveBroken, DeliveryRefused, DeliveryWaits
from handleplan_pipeline.sources.deliveries.look import Known, New, is_cured, look
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.outcome import Outcome, in_the_archive, of_odd, of_receipt, waiting
from handleplan_pipeline.sources.deliveries.receipt import Receipt
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.sources.delivery_shape import Delivery

T = TypeVar("T")
PANIC = "PanicException"
"""What a library written in Rust raises when it gives up; no Exception."""


class Intake:
    """New and archived deliveries of one source during one run. The lake must be held.

    Without `new`, what lies in landing is left for another run.
    """

    def __init__(self, store: DeliveryStore, landing: Path, delivery: Delivery, new: bool = True) -> None:
        self.store, self.delivery = store, delivery
        self.decided: list[Receipt] = []
        self._new: dict[int, list[New]] = {}
        store.clear(delivery.source)
        looked, odd = look(store, landing, delivery) if new else ([], [])
        self._told: list[Outcome] = [of_odd(delivery.source, o) for o in odd]
        receipts = store.receipts(delivery.source)
        for seen in looked:
            if isinstance(seen, New):
                self._new.setdefault(seen.manifest.period, []).append(seen)
            else:
                self._note(seen, receipts)

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of every file in this run, and what of the archive cannot count."""
        return self._told + in_the_archive(self.store, self.delivery)

    def _note(self, seen: Known, receipts: list[Receipt]) -> None:
        """A file that was decided on: said once more while its refusal stands."""
        m = seen.manifest
        if seen.receipt.state == "accepted":
            number = seen.receipt.manifest.delivery_number
            said = f"{m.file}: the same bytes are delivery {number} of {m.period} already; no new version."
            self._told.append(Outcome(self.delivery.source, m.period, "known", None, said, m.rows))
        elif not is_cured(seen.receipt, receipts):
            self._told.append(of_receipt(seen.receipt))

    def periods(self) -> list[int]:
        """Every period with a new or an archived delivery."""
        return sorted({*self._new, *self.store.current(self.delivery.source)})

    def rows(self, period: int) -> pl.DataFrame:
        """Rows of the delivery that counts for `period`, after the new ones were decided on; empty without one."""
        fresh = self._decided(period)
        current = self.store.current(self.delivery.source).get(period)
        if current is None:
            return self.delivery.table.empty()
        kept = fresh.get(current.manifest.identity)
        return self._again(current) if kept is None else kept

    def decide(self) -> None:
        """Decide on every new file, and keep no rows: they come from elsewhere."""
        for period in sorted(self._new):
            self._decided(period)

    def _decided(self, period: int) -> dict[tuple[int, int, str], pl.DataFrame]:
        """Decide on the new files of a period; the rows of the last one that was accepted, by its identity."""
        fresh: dict[tuple[int, int, str], pl.DataFrame] = {}
        for new in sorted(self._new.pop(period, []), key=lambda x: (x.manifest.delivery_number, x.path.name)):
            receipt, frame = self._decide(new)
            if receipt is not None:
                self.decided.append(receipt)
                self._told.append(of_receipt(receipt))
            if receipt is not None and frame is not None:
                fresh = {receipt.manifest.identity: frame}
        return fresh

    def _as_landed(self, manifest: Manifest) -> Manifest:
        """The manifest without a supplier's own word that a much smaller real file is right.

        That is for somebody here to say (`deliver --confirm`); what was accepted once keeps it.
        """
        accepted = {r.manifest.identity for r in self.store.receipts(self.delivery.source) if r.state == "accepted"}
        if manifest.data_kind == "synthetic" or manifest.identity in accepted:
            return manifest
        return manifest.model_copy(update={"confirmed": False})

    def _decide(self, new: New) -> tuple[Receipt | None, pl.DataFrame | None]:
        """Check one landed file and archive or quarantine it. No receipt when it is still arriving."""
        manifest, source = self._as_landed(new.manifest), self.delivery.source
        if any(r.manifest.identity == manifest.identity for r in self.decided if r.state == "accepted"):
            said = f"{manifest.file}: the same bytes lie in landing under another name too; no new version."
            self._told.append(Outcome(source, manifest.period, "known", None, said, manifest.rows))
            return None, None
        try:
            parsed = guarded(lambda: self.store.check(new.path, self.delivery, manifest, clock.today()), manifest.file)
            self.store.require_place(self.delivery, manifest)
            return self.store.accept(new.path, manifest, parsed, new.before), parsed.frame
        except DeliveryWaits as e:
            self._told.append(waiting(source, manifest.period, "not_complete", f"{source} {manifest.period}: {e}"))
            return None, None
        except DeliveryRefused as e:
            return self.store.refuse(new.path, self.delivery, new.manifest, e, new.before), None

    def _again(self, current: Receipt) -> pl.DataFrame:
        """Rows of an archived delivery. One that cannot be read today leaves its period without any, and says so."""
        rule = None
        try:
            return guarded(lambda: self.store.load(self.delivery, current), current.manifest.file)
        except ArchiveBroken:
            # `in_the_archive` says it
            rule = current.reread
        except DeliveryRefused as e:
            rule = e.rule
        finally:
            if current.reread != rule:
                self.store.replace(current, reread=rule)
        return self.delivery.table.empty()


def guarded(ask: Callable[[], T], file: str) -> T:
    """What `ask` answers about one file. Whatever a library raises on it is that file's refusal and ends no run.

    An error that is not the file's (a key, a setting, a pinned list) is raised as it is. Raises DeliveryRefused (rule
    `unexpected`) and DeliveryWaits.
    """
    try:
        return ask()
    except HandleplanError:
        raise
    except OSError as e:
        raise DeliveryWaits(
            f"{file}: cannot be opened ({type(e).__name__}). Give this user leave to read it."
        ) from None
    except BaseException as e:
        if not isinstance(e, Exception) and type(e).__name__ != PANIC:
            raise
        # the library's own message may quote what it stumbled on
        raise DeliveryRefused(
            "unexpected",
            f"{file}: reading it failed in an unexpected way ({type(e).__name__}). Deliver it anew; if "
            "it fails again, tell the maintainers.",
        ) from None
