"""Where a StatBank table comes from: the pinned snapshot (default), the live API, or the last good answer.

All go through one parser and are held against what was asked.
"""

import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources import pinned
from handleplan_pipeline.sources.statbank.answers import Answer, Answers, DataKind, Receipt, Standing
from handleplan_pipeline.sources.statbank.extracts import Extract
from handleplan_pipeline.sources.statbank.parse import parse_bulk
from handleplan_pipeline.sources.statbank.question import asked_of, require_every_cell, require_same_table
from handleplan_pipeline.sources.statbank.tableinfo import TableInfo, parse_tableinfo

if TYPE_CHECKING:
    from handleplan_pipeline.sources.statbank.client import StatBankClient

log = logging.getLogger(__name__)


class NotPulledError(SourceError):
    """Nobody has pulled the table yet: there is nothing to say of it but how to pull it."""

    def __init__(self, extract: Extract, why: str | None = None) -> None:
        text = f"{extract.table}: not pulled. `{pull_command(extract)}` pulls and pins it."
        super().__init__(f"{text} Asked live, it gave nothing: {why}" if why else text)


def pull_command(extract: Extract) -> str:
    """What to type to pull and pin an extract."""
    return f"handleplan statbank pin {extract.id}"


@dataclass(frozen=True)
class Description:
    """A table's own description, how and when it was read, and what failed where an earlier answer is used."""

    info: TableInfo
    standing: Standing
    why: str | None = None


@dataclass(frozen=True)
class StatBankTable(Description):
    """Cells for the years asked for, with their description; `details` is what else the metadata shows."""

    frame: pl.DataFrame = field(default_factory=pl.DataFrame)
    data_kind: DataKind = "official"
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def years(self) -> int:
        """How many of the years asked for it holds."""
        return self.frame["year"].n_unique()

    @property
    def provenance(self) -> dict[str, Any]:
        """For the metadata: mode, sha256, accessed, updated, the years that are missing and what else is known."""
        s = self.standing
        return {"mode": s.mode, "sha256": s.sha256, "accessed": str(s.accessed), **self.details}


class StatBankSource(Protocol):
    """Fetches an extract for some years. Years the source does not hold are named, never invented."""

    def description(self, extract: Extract) -> Description: ...

    def fetch(self, extract: Extract, years: Sequence[int]) -> StatBankTable: ...


def cells_of(extract: Extract, holds: Sequence[int], data: bytes, info: TableInfo, meaning: TableInfo) -> pl.DataFrame:
    """The cells of an answer for the years `holds`, held against the question and the pinned meaning of the codes."""
    require_same_table(extract, holds, info, meaning)
    frame = parse_bulk(data, info, decimals=extract.content == "number")
    require_every_cell(extract, holds, frame)
    return frame


def _details(info: TableInfo, years: Sequence[int], frame: pl.DataFrame, **more: Any) -> dict[str, Any]:
    missing = sorted(set(years) - set(frame["year"].to_list()))
    return {"updated": info.changed.isoformat() if info.changed else "unknown", "years_missing": missing} | more


def _pinned(side: pinned.Sidecar) -> Standing:
    return Standing(sha256=side.sha256, mode="snapshot", accessed=side.accessed, asked_on=None)


class SnapshotSource:
    """The pinned answers below `folder`; every read verifies the sha256 in the sidecar."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tableinfo(self, extract: Extract) -> TableInfo:
        return self.description(extract).info

    def description(self, extract: Extract) -> Description:
        data, side = pinned.read_pinned(self.folder / extract.tableinfo)
        return Description(parse_tableinfo(data), _pinned(side))

    def holds(self, name: str) -> bool:
        """Whether anything is pinned under this name, whole or not."""
        path = self.folder / name
        return path.exists() or pinned.sidecar_path(path).exists()

    def require_pulled(self, extract: Extract, name: str) -> None:
        """Raise NotPulledError where the file does not come with the repository and nobody pinned it."""
        if not extract.shipped and not self.holds(name):
            raise NotPulledError(extract)

    def fetch(self, extract: Extract, years: Sequence[int]) -> StatBankTable:
        """The pinned cells. Raises NotPulledError where none come with the repository and nobody pinned any."""
        self.require_pulled(extract, extract.snapshot)
        info = self.tableinfo(extract)
        data, side = pinned.read_pinned(self.folder / extract.snapshot)
        asked, held = pinned_question(extract, info, side)
        frame = cells_of(asked, held, data, info, info).filter(pl.col("year").is_in(list(years)))
        details = _details(info, years, frame, file=extract.snapshot)
        return StatBankTable(info, _pinned(side), frame=frame, data_kind=side.data_kind or "official", details=details)


def spelled_out(extract: Extract, info: TableInfo) -> Extract:
    """The extract in the codes of a table; one that comes with the repository is written in them already."""
    return extract if extract.shipped else asked_of(extract, info)


def pinned_question(extract: Extract, info: TableInfo, side: pinned.Sidecar) -> tuple[Extract, Sequence[int]]:
    """What a pinned answer answers: the extract in the table's codes, and the years its sidecar says it was asked for.

    Raises SourceError where the extract now asks something else than was asked.
    """
    if extract.shipped:
        return extract, extract.years
    asked = spelled_out(extract, info)
    times = {
        t for v in (side.query or {}).get("variables", ()) if v["code"] == extract.time_variable for t in v["values"]
    }
    years = asked.years_in(times)
    if not years or asked.query(years) != side.query:
        raise SourceError(
            f"{extract.snapshot}: the pinned answer was asked for another selection than is wanted now. "
            f"`{pull_command(extract)}` pins it anew."
        )
    return asked, years


class LiveSource:
    """StatBank itself as a source. An answer that is whole and means what was asked is kept; any other raises."""

    def __init__(self, client: "StatBankClient", answers: Answers, snapshot: SnapshotSource) -> None:
        self.client = client
        self.answers = answers
        self.snapshot = snapshot

    def _described(self, extract: Extract, meaning: TableInfo) -> tuple[Answer, TableInfo]:
        answer = self.client.tableinfo_body(extract.table)
        info = parse_tableinfo(answer.body)
        require_same_table(extract, (), info, meaning)
        return answer, info

    def _meaning(self, extract: Extract) -> TableInfo:
        """The pinned description. A table that was never pinned has no meaning yet that an answer could be held to."""
        self.snapshot.require_pulled(extract, extract.tableinfo)
        return self.snapshot.tableinfo(extract)

    @property
    def data_kind(self) -> DataKind:
        return "official" if self.client.official else "synthetic"

    def _standing(self, answer: Answer) -> Standing:
        today = self.client.now().date()
        return Standing(sha256=answer.sha256, mode="live", accessed=today, asked_on=today)

    def description(self, extract: Extract) -> Description:
        meaning = self._meaning(extract)
        answer, info = self._described(spelled_out(extract, meaning), meaning)
        return Description(info, self._standing(answer))

    def fetch(self, extract: Extract, years: Sequence[int]) -> StatBankTable:
        """Cells for the years StatBank has; the others are named in the provenance.

        Raises SourceError for whatever keeps the answer from being whole, understood and kept.
        """
        meaning = self._meaning(extract)
        extract = spelled_out(extract, meaning)
        with self.client.pull():
            described, info = self._described(extract, meaning)
            there = extract.years_in(info.time_variable.codes, sorted(set(years)))
            if not there:
                raise SourceError(f"{extract.table}: StatBank holds none of the years asked for.")
            answer = self.client.data(extract, there, info)
        frame = cells_of(extract, there, answer.body, info, meaning)
        receipt = Receipt(
            extract=extract.id,
            years=tuple(there),
            sha256=answer.sha256,
            tableinfo_sha256=described.sha256,
            fetched=self.client.now(),
            request_id=answer.request_id or "",
            data_kind=self.data_kind,
        )
        try:
            self.answers.keep(receipt, answer, described)
        except OSError as e:
            raise SourceError(f"{extract.table}: the answer could not be kept ({type(e).__name__}).") from e
        details = _details(info, years, frame, request_id=receipt.request_id)
        return StatBankTable(info, self._standing(answer), frame=frame, data_kind=self.data_kind, details=details)


class LastGoodSource:
    """The live API, and where that fails the last good answer: one pull or another, never cells of both."""

    def __init__(self, live: LiveSource) -> None:
        self.live = live

    def description(self, extract: Extract) -> Description:
        try:
            return self.live.description(extract)
        except NotPulledError:
            raise
        except SourceError as e:
            if not extract.shipped:
                pinned_one = self.live.snapshot.description(extract)
                return replace(pinned_one, standing=self._fallen(pinned_one.standing), why=str(e))
            return self._instead(extract, extract.years, e)

    def fetch(self, extract: Extract, years: Sequence[int]) -> StatBankTable:
        try:
            return self.live.fetch(extract, years)
        except NotPulledError:
            raise
        except SourceError as e:
            return self._instead(extract, years, e)

    def _instead(self, extract: Extract, years: Sequence[int], error: SourceError) -> StatBankTable:
        found = self.last_good(extract, years)
        if found is None:
            raise NotPulledError(extract, str(error)) from error
        return replace(found, standing=self._fallen(found.standing), why=str(error))

    def _fallen(self, standing: Standing) -> Standing:
        return standing.model_copy(update={"mode": "fallback", "asked_on": self.live.client.now().date()})

    def last_good(self, extract: Extract, years: Sequence[int]) -> StatBankTable | None:
        """The answer with most of the years, and of these the newest: a kept one or the pinned one; None without any.

        A kept one that was changed, or no longer meets the question, is passed over. Raises SourceError when the pinned
        one cannot be read either.
        """
        snapshot: StatBankTable | None = None
        least = (0, date.min)
        with contextlib.suppress(NotPulledError):
            snapshot = self.live.snapshot.fetch(extract, years)
            least = (snapshot.years, snapshot.standing.accessed)
        kept = {r: (len(set(r.years) & set(years)), r.fetched) for r in self.live.answers.receipts(extract)}
        for receipt, (held, fetched) in sorted(kept.items(), key=lambda item: item[1], reverse=True):
            if (held, fetched.date()) < least:
                break
            try:
                return self._again(extract, years, receipt)
            except SourceError as e:
                log.warning("%s The answer is not used.", e)
        return snapshot

    def _again(self, extract: Extract, years: Sequence[int], receipt: Receipt) -> StatBankTable:
        data, described = self.live.answers.read(receipt)
        info, meaning = parse_tableinfo(described), self.live.snapshot.tableinfo(extract)
        asked = spelled_out(extract, meaning)
        frame = cells_of(asked, receipt.years, data, info, meaning)
        frame = frame.filter(pl.col("year").is_in(list(years)))
        accessed = receipt.fetched.date()
        standing = Standing(sha256=receipt.sha256, mode="fallback", accessed=accessed, asked_on=None)
        details = _details(info, years, frame, request_id=receipt.request_id)
        return StatBankTable(info, standing, frame=frame, data_kind=receipt.data_kind, details=details)


def open_source(mode: str, url: str, reference: Path, raw: Path) -> StatBankSource:
    """The source of an installation: the pinned snapshot, or StatBank with the last good answer behind it."""
    snapshot = SnapshotSource(reference)
    if mode == "snapshot":
        return snapshot
    from handleplan_pipeline.sources.statbank.client import StatBankClient

    return LastGoodSource(LiveSource(StatBankClient(url), Answers(raw), snapshot))
