"""Receipts: what became of each delivered file, kept for ever beside the archive. Rules and counts, never a value."""

import functools
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from handleplan_pipeline import clock
from handleplan_pipeline.lake.told import in_words, told
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.manifest import Manifest, for_the_record
from handleplan_pipeline.sources.deliveries.measures import Measures

FORM = 2
"""Version of the form. Form 1 kept the supplier's texts and was named after the sha256 alone; it is still read."""

MOST_REMEMBERED = 16384
"""Receipts kept in memory: 24 sources of 13 years with 50 corrections each. Ours, version 1."""
LOST = "archive"
"""Stands for a rule where an accepted file is taken in again because its archived copy was missing or changed."""


class Receipt(BaseModel):
    """What became of a delivered file.

    `basis` marks what a refusal depended on: when that has changed the file is tried again, and `refused_before` says
    under which rule. `reread` is the rule that an accepted file breaks today. `kept`: a copy lies in quarantine.
    `noted` counts what was read in a way that has to be said, such as an end to come. `measures` are what the next
    delivery is compared with; what was accepted before there were any has none.
    """

    model_config = ConfigDict(frozen=True)

    manifest: Manifest
    state: Literal["accepted", "refused", "deleted"]
    decided_at: str
    set_aside: dict[str, int] = {}
    noted: dict[str, int] = {}
    rule: str | None = None
    message: str | None = None
    basis: str | None = None
    refused_before: str | None = None
    remark: str | None = None
    reread: str | None = None
    kept: bool = True
    measures: Measures | None = None
    form: int = 1

    @property
    def rows_set_aside(self) -> int:
        return sum(self.set_aside.values())

    def sentence(self) -> str:
        """One sentence for people: no text of the supplier, no value."""
        m = self.manifest
        again = f" (refused before for {self.refused_before}; tried again)" if self.refused_before else ""
        again = " again, because its archived file was missing or changed" if self.refused_before == LOST else again
        if self.state == "refused":
            # what form 1 kept may quote a manifest of before manifests had a form
            why = self.message if self.form >= FORM and self.message else f"{self.rule}: see the rule of this name."
            return f"{m.source} {m.period}: refused{again}. {in_words(why)}"
        said = f"{m.source} {m.period}: delivery {m.delivery_number} {self.state}{again}, {told(m.rows)} rows, "
        said += f"set aside: {counted(self.set_aside)}"
        said += f"; noted: {counted(self.noted)}" if self.noted else ""
        return said + (f". {in_words(self.remark)}" if self.remark else "")


def counted(counts: dict[str, int]) -> str:
    """Names with their counts, small ones as `1-5`: the sentence goes to logs and events."""
    return "; ".join(f"{k}: {told(v)}" for k, v in sorted(counts.items())) or "none"


def now() -> str:
    return clock.now().isoformat(timespec="seconds")


def name_of(manifest: Manifest) -> str:
    """File name of the receipt of a delivery: its identity, so that two years of the same bytes have one each."""
    return "{}_{}_{}.json".format(*manifest.identity)


def read_receipt(path: Path, source: str, permissions: frozenset[str]) -> Receipt | None:
    """The receipt at `path`, also one of form 1; None when it is empty or broken.

    Every decision asks for all receipts of its source: one that was not written to since is not read again.
    """
    try:
        s = path.stat(follow_symlinks=False)
        return _receipt_as_of(path, source, permissions, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError):
        return None


@functools.lru_cache(maxsize=MOST_REMEMBERED)
def _receipt_as_of(path: Path, source: str, permissions: frozenset[str], *written: int) -> Receipt:
    found = json.loads(path.read_text(encoding="utf-8"))
    if found.get("form", 1) < FORM:
        given: dict[str, Any] = found["manifest"]
        # what was accepted names a permission that was on file then, also where it is not on file any more
        known = permissions | ({str(given.get("permission"))} if found["state"] != "refused" else set())
        found["manifest"] = for_the_record(given, delivery_of(source), given["sha256"], set(known))
    return Receipt.model_validate(found)


def receipt_bytes(receipt: Receipt) -> bytes:
    return (json.dumps(receipt.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()
