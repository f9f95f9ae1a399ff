"""The archive of deliveries: each file under its hash, never changed, with a receipt; refused ones in quarantine."""

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline import clock
from handleplan_pipeline.lake.files import write_atomically
from handleplan_pipeline.lake.keys import pseudonymiser
from handleplan_pipeline.lake.pseudonym import Pseudonymiser
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.archive import clear_temporary, holds, put, real_sha256, remove
from handleplan_pipeline.sources.deliveries.basis import whose, written_rules
from handleplan_pipeline.sources.deliveries.columns import of_layout
from handleplan_pipeline.sources.deliveries.content import (
    require_cut,
    require_level,
    require_no_person_numbers,
    require_slot,
)
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.errors import ArchiveBroken, DeliveryRefused, DeliveryWaits
from handleplan_pipeline.sources.deliveries.links import require_no_circle
from handleplan_pipeline.sources.deliveries.manifest import OTHER, Manifest, for_the_record
from handleplan_pipeline.sources.deliveries.measures import Measures, measures_of
from handleplan_pipeline.sources.deliveries.parse import Parsed, to_source_rows
from handleplan_pipeline.sources.deliveries.permissions import (
    PERMISSION,
    SYNTHETIC,
    Permission,
    load_permissions,
    require_permission,
    verdict,
)
from handleplan_pipeline.sources.deliveries.readers import read_raw
from handleplan_pipeline.sources.deliveries.receipt import FORM, Receipt, name_of, now, read_receipt, receipt_bytes
from handleplan_pipeline.sources.deliveries.smaller import MUCH_SMALLER, require_not_much_smaller
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import Delivery

NUMBER_TAKEN, ONE_DATA_KIND, PERSON_LEVEL = "number_taken", "one_data_kind", "person_level"
ONE_PERSON_KEY = "one_person_key"
PERSON_KEYS = ("number", "deidentified")
DATA_KINDS = ("delivered", "synthetic")
NEVER_KEPT = (PERMISSION, PERSON_LEVEL, "size")
"""Rules under which no copy is kept: what may not be held here, and what would fill the disk."""


class DeliveryStore:
    """Deliveries below a lake's root: `raw/<source>/` and `quarantine/<source>/`. Writing needs the lake's lock."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pseudonymisers: dict[str, Pseudonymiser] = {}

    def archive(self, source: str) -> Path:
        return self.root / "raw" / source

    def quarantine(self, source: str) -> Path:
        return self.root / "quarantine" / source

    @property
    def marker(self) -> Path:
        return self.root / "raw" / "data_kind"

    def permissions(self) -> dict[str, Permission]:
        return load_permissions(get_settings().permissions)

    # what was decided

    def entries(self, source: str) -> list[tuple[Path, Receipt | None]]:
        """Every receipt of a source with its file, in order of period and number; None for one that is broken."""
        if source not in delivered_sources():
            # a published source: nobody delivers it
            return []
        known = frozenset({SYNTHETIC, *self.permissions()})
        folders = (self.archive(source), self.quarantine(source))
        files = [f for folder in folders if folder.is_dir() for f in sorted(folder.glob("[!.]*.json"))]
        found = [(f, read_receipt(f, source, known)) for f in files]
        return sorted(found, key=lambda x: (0, 0, "") if x[1] is None else _order(x[1]))

    def receipts(self, source: str) -> list[Receipt]:
        """Every decision on this source, one per delivery, in order of period and number."""
        found = [r for _, r in self.entries(source) if r is not None]
        # of two decisions on one delivery, acceptance counts, and otherwise the later one
        counts = {r.manifest.identity: r for r in sorted(found, key=lambda r: (r.state == "accepted", r.decided_at))}
        return [r for r in found if counts[r.manifest.identity] is r]

    def current(self, source: str) -> dict[int, Receipt]:
        """The delivery that counts for each period: the accepted one with the highest number."""
        return {r.manifest.period: r for r in self.receipts(source) if r.state == "accepted"}

    def permitted(self, source: str, today: date | None = None) -> dict[int, Receipt]:
        """As `current`, without what may not be held today."""
        known, day = self.permissions(), today or clock.today()
        return {p: r for p, r in self.current(source).items() if verdict(r.manifest, source, known, day) is None}

    def refused_for_permission(self, source: str) -> set[int]:
        """Periods for which nothing counts because a permission is missing or has ended, or the file was purged."""
        wanting = {r.manifest.period for r in self.receipts(source) if r.state == "deleted" or r.rule == PERMISSION}
        return (wanting | set(self.current(source))) - set(self.permitted(source))

    def file(self, manifest: Manifest) -> Path:
        return self.archive(manifest.source) / f"{manifest.sha256}.{manifest.format}"

    def is_whole(self, manifest: Manifest) -> bool:
        """Whether the archived bytes are there and unchanged."""
        return holds(self.file(manifest), manifest.sha256)

    def bearing_files(self, table: LakeTable) -> tuple[Path, ...]:
        """The files that tell whether a delivery's rows are stored."""
        return table.files

    def measures(self, receipt: Receipt) -> Measures | None:
        """What was measured of a delivery; None of one before there were measures."""
        return receipt.measures

    # what is asked of a file

    def require_own(self, delivery: Delivery, manifest: Manifest) -> None:
        """Raise DeliveryRefused for a file of a source that is not to be delivered to this lake."""
        if whose() is None:
            require_cut(delivery, manifest)

    def check(self, path: Path, delivery: Delivery, manifest: Manifest, today: date) -> Parsed:
        """Everything that is asked of a file itself. Raises DeliveryRefused or DeliveryWaits."""
        self.require_own(delivery, manifest)
        if manifest.source != delivery.source:
            raise DeliveryRefused("source", f"{manifest.file}: made out for another source than {delivery.source}.")
        require_permission(manifest, self.permissions(), today)
        if delivery.level == "person" and not get_settings().person_level:
            raise DeliveryRefused(
                PERSON_LEVEL,
                f"{manifest.file}: this installation may not hold data on persons. Deliver counts (summed_counts).",
            )
        self._require_one_kind(manifest)
        if delivery.person_variable is not None:
            self._require_one_person_key(manifest)
        size = path.stat().st_size
        if size < manifest.bytes:
            raise DeliveryWaits(f"{manifest.file}: {size} of {manifest.bytes} bytes have arrived; left for later.")
        if size != manifest.bytes or real_sha256(path) != manifest.sha256:
            raise DeliveryRefused(
                "sha256", f"{manifest.file}: not the bytes its manifest was written for. Send it anew."
            )
        parsed = self._parse(path, delivery, manifest)
        if delivery.links_persons:
            self._require_no_circle(parsed, delivery, manifest)
        return parsed

    def require_place(self, delivery: Delivery, manifest: Manifest) -> str | None:
        """That a checked file fits beside the deliveries there are: its number is free and it is not much smaller.

        Raises DeliveryRefused. Returns what is unusual in its number of rows.
        """
        self._require_free_number(delivery.source, manifest)
        return self._remark(delivery, manifest)

    def _parse(self, path: Path, delivery: Delivery, manifest: Manifest) -> Parsed:
        raw = read_raw(path, delivery, manifest)
        require_no_person_numbers(raw, of_layout(raw.columns, delivery), manifest)
        parsed = to_source_rows(raw, delivery, manifest, lambda: self._pseudonymiser(manifest.data_kind))
        require_slot(parsed, delivery, manifest, whose())
        noted = require_level(parsed, delivery, manifest)
        return replace(parsed, noted=parsed.noted | noted)

    def _require_no_circle(self, parsed: Parsed, delivery: Delivery, manifest: Manifest) -> None:
        """Held against the changes of other periods too: a chain may come back after years."""
        others = [r for p, r in self.current(delivery.source).items() if p != manifest.period]
        require_no_circle(pl.concat([parsed.frame, *(self.load(delivery, r) for r in others)]), manifest.file)

    def _pseudonymiser(self, data_kind: str) -> Pseudonymiser:
        """One per kind and store, so that a person who comes every year is hashed once."""
        if data_kind not in self._pseudonymisers:
            self._pseudonymisers[data_kind] = pseudonymiser(data_kind, self.root)
        return self._pseudonymisers[data_kind]

    def data_kind(self) -> str | None:
        """The kind of deliveries this lake holds."""
        return self._same_for_all(self.marker, DATA_KINDS, delivered_sources())

    def _same_for_all(self, marker: Path, known: tuple[str, ...], sources: list[str]) -> str | None:
        """What all deliveries of this lake share: by its marker, or by what was accepted when that was lost.

        A marker is called what the manifest calls it.
        """
        written = marker.read_text(encoding="utf-8", errors="replace").strip() if marker.is_file() else ""
        if written in known:
            return written
        there = [s for s in sources if self.archive(s).is_dir()]
        return next((str(getattr(r.manifest, marker.name)) for s in there for r in self.current(s).values()), None)

    def _require_one_kind(self, manifest: Manifest) -> None:
        """Generated and real deliveries never share a lake: their counts would be mixed."""
        if self.data_kind() not in (None, manifest.data_kind):
            raise DeliveryRefused(
                ONE_DATA_KIND,
                f"{manifest.file}: this lake already holds deliveries of the other kind. Use a lake "
                "of its own for generated data.",
            )

    @property
    def person_key_marker(self) -> Path:
        return self.root / "raw" / "person_key"

    def person_key(self) -> str | None:
        """What persons of this lake are known by."""
        with_persons = [s for s in delivered_sources() if delivery_of(s).person_variable]
        return self._same_for_all(self.person_key_marker, PERSON_KEYS, with_persons)

    def _require_one_person_key(self, manifest: Manifest) -> None:
        """Numbers and keys that stand for them never share a lake: one person would be two."""
        if self.person_key() not in (None, manifest.person_key):
            raise DeliveryRefused(
                ONE_PERSON_KEY,
                f"{manifest.file}: this lake already knows persons by the other kind of key (numbers, or de-identified "
                "keys). Use a lake of its own.",
            )

    def _require_free_number(self, source: str, manifest: Manifest) -> None:
        """A number is one file's: other bytes are another delivery, which supersedes under a higher number."""
        if taken := self.taken(source, manifest):
            highest = max(r.manifest.delivery_number for r in taken)
            raise DeliveryRefused(
                NUMBER_TAKEN,
                f"{manifest.file}: delivery {manifest.delivery_number} of {source} {manifest.period} is "
                f"another file already. Deliver a correction with the number {highest + 1}.",
            )

    def taken(self, source: str, manifest: Manifest) -> list[Receipt]:
        """Accepted deliveries of the period, when one of them has this number and other bytes."""
        same = [r for r in self.receipts(source) if r.state == "accepted" and r.manifest.period == manifest.period]
        clash = any(
            r.manifest.delivery_number == manifest.delivery_number and r.manifest.sha256 != manifest.sha256
            for r in same
        )
        return same if clash else []

    def _remark(self, delivery: Delivery, manifest: Manifest) -> str | None:
        """What is unusual in the number of rows. Raises DeliveryRefused when the file is much smaller than before."""
        current = self.current(delivery.source)
        mine = current.get(manifest.period)
        if mine is not None and mine.manifest.delivery_number >= manifest.delivery_number:
            # an older version, or the same one again, supersedes nothing
            return None
        return require_not_much_smaller(manifest, delivery, {p: r.manifest.rows for p, r in current.items()})

    # what is written

    def accept(self, path: Path, manifest: Manifest, parsed: Parsed, refused_before: str | None = None) -> Receipt:
        """Archive the file under its hash, read-only, and write the receipt last."""
        delivery = delivery_of(manifest.source)
        remark = self.require_place(delivery, manifest)
        if self.data_kind() is None or not self.marker.is_file():
            write_atomically(self.marker, manifest.data_kind.encode())
        if delivery.person_variable is not None and not self.person_key_marker.is_file():
            write_atomically(self.person_key_marker, manifest.person_key.encode())
        if not self.is_whole(manifest):
            put(path, self.file(manifest), manifest.sha256)
        receipt = self._write(
            self.archive(manifest.source) / name_of(manifest),
            Receipt(
                manifest=manifest,
                state="accepted",
                decided_at=now(),
                set_aside=parsed.set_aside,
                noted=parsed.noted,
                remark=remark,
                refused_before=refused_before,
                measures=measures_of(parsed, delivery),
                form=FORM,
            ),
        )
        self._forget(manifest)
        return receipt

    def refuse(
        self,
        path: Path,
        delivery: Delivery,
        manifest: Manifest,
        error: DeliveryRefused,
        refused_before: str | None = None,
    ) -> Receipt:
        """Keep the file as it came, in quarantine under the slot's source and its real hash, with the rule it broke.

        What may not be held here is not kept: only its receipt.
        """
        sha256, permissions = real_sha256(path), self.permissions()
        recorded = for_the_record(manifest.model_dump(), delivery, sha256, {SYNTHETIC, *permissions})
        held = verdict(manifest, delivery.source, permissions, clock.today()) is None
        kept = held and error.rule not in NEVER_KEPT
        folder = self.quarantine(delivery.source)
        self._forget(recorded)
        if kept and not holds(copy := folder / _file_name(recorded), sha256):
            put(path, copy, sha256)
        return self._write(
            folder / name_of(recorded),
            Receipt(
                manifest=recorded,
                state="refused",
                decided_at=now(),
                rule=error.rule,
                message=str(error),
                basis=self.basis(path, delivery, manifest, error.rule, sha256),
                refused_before=refused_before,
                kept=kept,
                form=FORM,
            ),
        )

    def _write(self, path: Path, receipt: Receipt) -> Receipt:
        write_atomically(path, receipt_bytes(receipt))
        return receipt

    def replace(self, receipt: Receipt, **change: Any) -> Receipt:
        """The receipt with other fields, written where it was."""
        new = receipt.model_copy(update={**change, "form": FORM})
        for path, found in self.entries(receipt.manifest.source):
            if found is not None and (found.manifest.identity, found.state) == (
                receipt.manifest.identity,
                receipt.state,
            ):
                self._write(path, new)
        return new

    def _forget(self, manifest: Manifest) -> None:
        """Remove earlier refusals of this delivery, and receipts of it that a crash broke."""
        for path, found in self.entries(manifest.source):
            broken = found is None and manifest.sha256 in path.name
            refused = found is not None and found.state == "refused" and found.manifest.identity == manifest.identity
            if broken or refused:
                remove(path)
        folder = self.quarantine(manifest.source)
        needed = {r.manifest.sha256 for _, r in self.entries(manifest.source) if r is not None and r.state == "refused"}
        if manifest.sha256 not in needed and folder.is_dir():
            for copy in folder.glob(f"{manifest.sha256}.*"):
                remove(copy)

    def clear(self, source: str) -> None:
        """Delete what a crash left half written."""
        for folder in (self.archive(source), self.quarantine(source), self.root / "raw"):
            clear_temporary(folder)

    # what a refusal depended on

    def basis(self, path: Path, delivery: Delivery, manifest: Manifest, rule: str | None, sha256: str) -> str:
        """A mark of all that a refusal under `rule` depended on: when it changes, the file is tried again."""
        parts = [
            manifest.model_dump_json(),
            sha256,
            path.name,
            written_rules(delivery),
            str(whose()),
            str(get_settings().person_level),
        ]
        if rule == PERMISSION:
            entry = self.permissions().get(manifest.permission)
            wrong = verdict(manifest, manifest.source, self.permissions(), clock.today())
            parts += [str(wrong), entry.model_dump_json() if entry else ""]
        elif rule == ONE_DATA_KIND:
            parts.append(str(self.data_kind()))
        elif rule == ONE_PERSON_KEY:
            parts.append(str(self.person_key()))
        elif rule in (NUMBER_TAKEN, MUCH_SMALLER):
            near = [r for r in self.receipts(delivery.source) if r.manifest.period <= manifest.period]
            parts += [str((*r.manifest.identity, r.manifest.rows)) for r in near if r.state == "accepted"]
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()

    # what is read again

    def load(self, delivery: Delivery, receipt: Receipt) -> pl.DataFrame:
        """Source rows of an accepted delivery, read again from the archive; its hash is verified.

        No rows when the permission is missing or has ended. Raises ArchiveBroken when the archive is not whole, and
        DeliveryRefused when the file breaks a rule of today.
        """
        manifest = receipt.manifest
        if verdict(manifest, delivery.source, self.permissions(), clock.today()) is not None:
            return delivery.table.empty()
        if not self.is_whole(manifest):
            raise ArchiveBroken(
                f"{delivery.source} {manifest.period}: the archived file {manifest.sha256[:12]} is missing or changed "
                "since it was accepted. Restore it from the backup, or deliver it again."
            )
        return self._parse(self.file(manifest), delivery, manifest).frame


def _order(receipt: Receipt) -> tuple[int, int, str]:
    return receipt.manifest.period, receipt.manifest.delivery_number, receipt.decided_at


def _file_name(manifest: Manifest) -> str:
    return f"{manifest.sha256}.{'bin' if manifest.format == OTHER else manifest.format}"
