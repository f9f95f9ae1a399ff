"""StatBank's good answers as received, below the lake's raw/statbank/, and which of them stands in which table.

One folder per answer, named by the sha256 of its bytes: the data, its tableinfo, and last a receipt. Without a receipt
there is no answer. Nothing comes here before it was held against the question.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.lake.files import write_atomically
from handleplan_pipeline.sources.statbank.extracts import Extract

log = logging.getLogger(__name__)
DataKind = Literal["official", "synthetic"]
"""Whose answer it is: Statistics Denmark's, or one that was made (a test server's, or of any other address)."""
SHA256 = r"^[0-9a-f]{64}$"
Mode = Literal["snapshot", "live", "fallback"]
"""snapshot: the pinned answer, as asked; live: a new answer; fallback: a new one failed, an earlier one is used."""


@dataclass(frozen=True)
class Answer:
    """A whole body of status 200, unpacked, and the id StatBank gave the request."""

    body: bytes
    request_id: str | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


class Receipt(BaseModel):
    """What an answer is an answer to, and when it came."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extract: str
    years: tuple[int, ...]
    sha256: str = Field(pattern=SHA256)
    tableinfo_sha256: str = Field(pattern=SHA256)
    fetched: AwareDatetime
    request_id: str
    data_kind: DataKind = "official"


class Standing(BaseModel):
    """An answer that stands in a table: when it was read from StatBank, and when a newer one was last asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=SHA256)
    mode: Mode
    accessed: date
    asked_on: date | None
    """None when nothing newer than the pinned snapshot was asked for."""

    @property
    def age_days(self) -> int | None:
        return None if self.asked_on is None else (self.asked_on - self.accessed).days


_STANDINGS = TypeAdapter(dict[str, Standing])


class Answers:
    """The kept answers below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _receipt(self, sha256: str) -> Path:
        return self.root / sha256 / "receipt.json"

    def keep(self, receipt: Receipt, data: Answer, info: Answer) -> None:
        """Store an answer and its tableinfo; the receipt comes last, when the bytes are on disk."""
        folder = self.root / receipt.sha256
        write_atomically(folder / f"{receipt.tableinfo_sha256}.json", info.body)
        write_atomically(folder / "data.csv", data.body)
        write_atomically(self._receipt(receipt.sha256), receipt.model_dump_json(indent=1).encode())

    def receipts(self, extract: Extract) -> list[Receipt]:
        """Receipts of the extract's answers, newest first. One that cannot be read is passed over with a warning."""
        found = []
        for path in self.root.glob("*/receipt.json"):
            try:
                found.append(Receipt.model_validate_json(path.read_bytes()))
            except (OSError, ValidationError):
                log.warning("raw/statbank/%s: its receipt cannot be read; the answer is not used.", path.parent.name)
        return sorted((r for r in found if r.extract == extract.id), key=lambda r: r.fetched, reverse=True)

    def read(self, receipt: Receipt) -> tuple[bytes, bytes]:
        """Data and tableinfo. Raises SourceError when one is missing or was changed."""
        folder = self.root / receipt.sha256
        names = {"data.csv": receipt.sha256, f"{receipt.tableinfo_sha256}.json": receipt.tableinfo_sha256}
        bodies = []
        for name, sha256 in names.items():
            try:
                bodies.append((folder / name).read_bytes())
            except OSError as e:
                raise SourceError(f"raw/statbank/{receipt.sha256}: {name} cannot be read.") from e
            if hashlib.sha256(bodies[-1]).hexdigest() != sha256:
                raise SourceError(f"raw/statbank/{receipt.sha256}: {name} was changed after it was kept.")
        return bodies[0], bodies[1]

    def _standings(self, extract: Extract) -> Path:
        return self.root / "standing" / f"{extract.id}.json"

    def note(self, extract: Extract, standing: Standing) -> None:
        """Write down that this answer now stands in the extract's table."""
        known = self.standings(extract) | {standing.sha256: standing}
        write_atomically(self._standings(extract), _STANDINGS.dump_json(dict(sorted(known.items())), indent=1))

    def standings(self, extract: Extract) -> dict[str, Standing]:
        """What is known of the answers that stood in the table, by sha256; empty when the list is lost."""
        try:
            return _STANDINGS.validate_json(self._standings(extract).read_bytes())
        except (OSError, ValidationError):
            return {}

    def oldest(self, extract: Extract, delivery_ids: Iterable[str]) -> Standing | None:
        """The oldest of the answers a table holds rows of; None when it holds none, or one that nothing is known of."""
        known, ids = self.standings(extract), set(delivery_ids)
        found = [known.get(i.removeprefix(f"{extract.table}:")) for i in ids]
        there = [s for s in found if s is not None]
        return min(there, key=lambda s: s.accessed) if there and len(there) == len(found) else None
