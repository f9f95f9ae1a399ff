"""The archive of deliveries: each file under its hash, never changed, with a receipt; refused ones in quarantine."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from handleplan_pipeline.deliveries.content import require_level, require_no_person_numbers, require_slot
from handleplan_pipeline.deliveries.errors import DeliveryRefused, DeliveryWaits
from handleplan_pipeline.deliveries.manifest import Manifest
from handleplan_pipeline.deliveries.parse import Parsed, to_source_rows
from handleplan_pipeline.deliveries.permissions import load_permissions, require_permission
from handleplan_pipeline.deliveries.readers import read_raw
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.keys import pseudonymiser
from handleplan_pipeline.lake import write_atomically
from handleplan_pipeline.pinned import sha256_of
from handleplan_pipeline.pseudonym import Pseudonymiser
from handleplan_pipeline.settings import get_settings
from schemas.sources.delivery_shape import Delivery


class Receipt(BaseModel):
    """What became of a delivered file. Holds rules and counts, never a value."""

    model_config = ConfigDict(frozen=True)

    manifest: Manifest
    state: Literal["accepted", "refused", "deleted"]
    decided_at: str
    set_aside: dict[str, int] = {}
    rule: str | None = None
    message: str | None = None

    def sentence(self) -> str:
        m = self.manifest
        if self.state == "refused":
            return f"{m.source} {m.period}: refused. {self.message}"
        aside = "; ".join(f"{k}: {v}" for k, v in sorted(self.set_aside.items())) or "none"
        return f"{m.source} {m.period}: delivery {m.delivery_number} {self.state}, {m.rows} rows, set aside: {aside}"


class DeliveryStore:
    """Deliveries below a lake's root: `raw/<source>/` and `quarantine/<source>/`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pseudonymisers: dict[str, Pseudonymiser] = {}

    def archive(self, source: str) -> Path:
        return self.root / "raw" / source

    def quarantine(self, source: str) -> Path:
        return self.root / "quarantine" / source

    def receipts(self, source: str) -> list[Receipt]:
        """Every decision on this source, accepted and refused, in order of period and delivery number."""
        folders = (self.archive(source), self.quarantine(source))
        files = [f for folder in folders if folder.is_dir() for f in folder.glob("*.json")]
        found = [Receipt.model_validate_json(f.read_text(encoding="utf-8")) for f in files]
        return sorted(found, key=lambda r: (r.manifest.period, r.manifest.delivery_number, r.decided_at))

    def current(self, source: str) -> dict[int, Receipt]:
        """The delivery that counts for each period: the accepted one with the highest number."""
        return {r.manifest.period: r for r in self.receipts(source) if r.state == "accepted"}

    def refused_for_permission(self, source: str) -> set[int]:
        """Periods for which nothing counts because a permission is missing or has ended."""
        return {
            r.manifest.period for r in self.receipts(source) if r.state == "refused" and r.rule == "permission"
        } - set(self.current(source))

    def knows(self, source: str, sha256: str) -> bool:
        return any((f / f"{sha256}.json").is_file() for f in (self.archive(source), self.quarantine(source)))

    def file(self, manifest: Manifest) -> Path:
        return self.archive(manifest.source) / f"{manifest.sha256}.{manifest.format}"

    def check(self, path: Path, delivery: Delivery, manifest: Manifest, today: date) -> Parsed:
        """Everything that is asked of a file before it counts. Raises DeliveryRefused or DeliveryWaits."""
        if manifest.source != delivery.source:
            raise DeliveryRefused("source", f"{manifest.file}: made out for another source than {delivery.source}.")
        require_permission(manifest, load_permissions(get_settings().permissions), today)
        if delivery.level == "person" and not get_settings().person_level:
            raise DeliveryRefused(
                "person_level", f"{manifest.file}: this installation may not hold data on persons. Deliver counts "
                "(summed_counts)."
            )  # fmt: skip
        self._require_one_kind(manifest)
        size = path.stat().st_size
        if size < manifest.bytes:
            raise DeliveryWaits(f"{manifest.file}: {size} of {manifest.bytes} bytes have arrived; left for later.")
        if size != manifest.bytes or sha256_of(path) != manifest.sha256:
            raise DeliveryRefused(
                "sha256", f"{manifest.file}: not the bytes its manifest was written for. Send it anew."
            )
        return self._parse(path, delivery, manifest)

    def _parse(self, path: Path, delivery: Delivery, manifest: Manifest) -> Parsed:
        raw = read_raw(path, delivery, manifest)
        require_no_person_numbers(raw, delivery, manifest)
        parsed = to_source_rows(raw, delivery, manifest, self._pseudonymiser(manifest.data_kind))
        require_slot(parsed, delivery, manifest, get_settings().municipality)
        require_level(parsed, delivery, manifest)
        return parsed

    def _pseudonymiser(self, data_kind: str) -> Pseudonymiser:
        """One per kind and store, so that a person who comes every year is hashed once."""
        if data_kind not in self._pseudonymisers:
            self._pseudonymisers[data_kind] = pseudonymiser(data_kind, self.root)
        return self._pseudonymisers[data_kind]

    def _require_one_kind(self, manifest: Manifest) -> None:
        """Generated and real deliveries never share a lake: their counts would be mixed."""
        marker = self.root / "raw" / "data_kind"
        if marker.is_file() and marker.read_text(encoding="ascii").strip() != manifest.data_kind:
            raise DeliveryRefused(
                "one_data_kind", f"{manifest.file}: this lake already holds deliveries of the other kind. Use a lake "
                "of its own for generated data."
            )  # fmt: skip

    def accept(self, path: Path, manifest: Manifest, parsed: Parsed) -> Receipt:
        """Archive the file under its hash, read-only, and write the receipt last."""
        marker = self.root / "raw" / "data_kind"
        if not marker.is_file():
            write_atomically(marker, manifest.data_kind.encode())
        target = self.file(manifest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            tmp = target.with_name(f".{target.name}.tmp")
            shutil.copyfile(path, tmp)
            tmp.chmod(0o440)
            tmp.replace(target)
        return self._receipt(self.archive(manifest.source), manifest, state="accepted", set_aside=parsed.set_aside)

    def refuse(self, path: Path, manifest: Manifest, error: DeliveryRefused) -> Receipt:
        """Keep the file as it came, in quarantine, with the rule it broke."""
        folder = self.quarantine(manifest.source)
        folder.mkdir(parents=True, exist_ok=True)
        if path.is_file() and not path.is_symlink():
            target = folder / f"{manifest.sha256}.{manifest.format}"
            shutil.copyfile(path, target)
            target.chmod(0o440)
        return self._receipt(folder, manifest, state="refused", rule=error.rule, message=str(error))

    def _receipt(self, folder: Path, manifest: Manifest, **fields: Any) -> Receipt:
        receipt = Receipt(manifest=manifest, decided_at=datetime.now(UTC).isoformat(timespec="seconds"), **fields)
        text = json.dumps(receipt.model_dump(), ensure_ascii=False, indent=1) + "\n"
        write_atomically(folder / f"{manifest.sha256}.json", text.encode())
        return receipt

    def load(self, delivery: Delivery, receipt: Receipt) -> pl.DataFrame:
        """Source rows of an accepted delivery, read again from the archive; its hash and permission are verified."""
        path = self.file(receipt.manifest)
        if not path.is_file() or sha256_of(path) != receipt.manifest.sha256:
            raise SourceError(
                f"raw/{delivery.source}/{path.name}: missing or changed since it was accepted. Restore it."
            )
        require_permission(receipt.manifest, load_permissions(get_settings().permissions), datetime.now(UTC).date())
        return self._parse(path, delivery, receipt.manifest).frame

    def purge(self, source: str, today: date) -> list[Receipt]:
        """Delete files whose permission says so; hash and receipt stay. Returns the receipts of what was deleted."""
        permissions = load_permissions(get_settings().permissions)
        gone = []
        for r in self.receipts(source):
            found = permissions.get(r.manifest.permission)
            if r.state == "deleted" or found is None or today <= found.delete_by:
                continue
            for folder in (self.archive(source), self.quarantine(source)):
                (folder / f"{r.manifest.sha256}.{r.manifest.format}").unlink(missing_ok=True)
                if (folder / f"{r.manifest.sha256}.json").is_file():
                    gone.append(self._receipt(folder, r.manifest, state="deleted", set_aside=r.set_aside))
        return gone
