"""Pull an extract from StatBank, hold it against the table's own description, and pin both with their sidecars.

A pinned answer is what the repository holds of a table. Only Statistics Denmark's own address gives an official one; an
answer of any other is a made one, is marked so in its sidecar and is never pinned among the official files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handleplan_pipeline.errors import ConfigurationError, SourceError
from handleplan_pipeline.lake.files import write_all
from handleplan_pipeline.settings import PROJECT_ROOT
from handleplan_pipeline.sources import pinned
from handleplan_pipeline.sources.statbank.answers import Answer
from handleplan_pipeline.sources.statbank.client import OFFICIAL, StatBankClient
from handleplan_pipeline.sources.statbank.extracts import EXTRACTS, Extract
from handleplan_pipeline.sources.statbank.question import asked_of, require_same_table
from handleplan_pipeline.sources.statbank.source import SnapshotSource, cells_of
from handleplan_pipeline.sources.statbank.tableinfo import TableInfo, parse_tableinfo

HOME = PROJECT_ROOT / "data_lake" / "reference"
MADE = "SYNTETISK, ikke virkelig / SYNTHETIC, not real: made, not Statistics Denmark's."


@dataclass(frozen=True)
class Pinned:
    """What was pinned: the years it holds and how many cells."""

    extract: Extract
    years: Sequence[int]
    cells: int
    synthetic: bool


def extracts_named(name: str | None) -> list[Extract]:
    """The extracts of a table, or the one with this id; all without a name. Raises ConfigurationError."""
    if name is None:
        return list(EXTRACTS.values())
    exact = EXTRACTS.get(name.casefold())
    found = [e for e in EXTRACTS.values() if e.table.casefold() == name.casefold()]
    if not found and exact is None:
        tables = ", ".join(sorted({e.table for e in EXTRACTS.values()}))
        raise ConfigurationError(f"{name[:60]}: no such table or extract. The tables in use: {tables}.")
    # an id that is also a table's name means the whole table
    return found or ([exact] if exact else [])


def require_whose_answer(client: StatBankClient, reference: Path, synthetic: bool) -> None:
    """Raise unless what comes may be pinned: official from its own address, made ones apart and said to be made."""
    if client.official and synthetic:
        raise ConfigurationError(f"{OFFICIAL} is Statistics Denmark's own address: its answers are not synthetic.")
    if not client.official and not synthetic:
        raise SourceError(
            f"HANDLEPLAN_STATBANK_URL is not https://{OFFICIAL}: an answer from there is a made one and is never "
            "pinned as official. Remove the setting; or pin it as made, with --synthetic and another "
            "HANDLEPLAN_REFERENCE."
        )
    if synthetic and reference.resolve() == HOME.resolve():
        raise SourceError(
            "A made answer is not pinned among the repository's official files. Name another folder with "
            "HANDLEPLAN_REFERENCE."
        )


class Pinning:
    """Pins extracts below `reference`/statbank from one StatBank.

    `changed_meaning` accepts a table whose description differs from the pinned one, after somebody has read it.
    """

    def __init__(
        self, client: StatBankClient, reference: Path, *, synthetic: bool = False, changed_meaning: bool = False
    ) -> None:
        require_whose_answer(client, reference, synthetic)
        self.client, self.folder = client, reference / "statbank"
        self.synthetic, self.changed_meaning = synthetic, changed_meaning

    def pin(self, extract: Extract) -> Pinned:
        """Pull, verify, then write; nothing is written of an answer that is not whole. Raises SourceError."""
        self._require_no_official(extract.snapshot)
        with self.client.pull():
            described = self.client.tableinfo_body(extract.table)
            info = parse_tableinfo(described.body)
            asked = asked_of(extract, info)
            before = self._official_meaning(extract)
            if before is not None and not self.changed_meaning:
                require_same_table(asked, (), info, before)
            years = asked.years_in(info.time_variable.codes)
            if extract.shipped and years != list(extract.years):
                raise SourceError(f"{extract.table}: StatBank no longer has every year of {extract.snapshot}.")
            answer = self.client.data(asked, years, info)
        frame = cells_of(asked, years, answer.body, info, info)
        files = self._files(extract.snapshot, answer, info, info.text, asked.query(years))
        if not (self.synthetic and before is not None):
            files |= self._files(extract.tableinfo, described, info, "tableinfo", self.client.question(extract.table))
        write_all(files)
        return Pinned(extract, years, frame.height, self.synthetic)

    def _official_meaning(self, extract: Extract) -> TableInfo | None:
        """The description an official answer is held to; one that was made is no measure of an official table."""
        if not SnapshotSource(self.folder).holds(extract.tableinfo):
            return None
        data, side = pinned.read_pinned(self.folder / extract.tableinfo)
        return parse_tableinfo(data) if self.synthetic or side.data_kind is None else None

    def _require_no_official(self, name: str) -> None:
        path = self.folder / name
        if self.synthetic and pinned.sidecar_path(path).exists() and pinned.read_sidecar(path).data_kind is None:
            raise SourceError(f"{name}: an official answer is pinned under this name; a made one does not replace it.")

    def _files(self, name: str, answer: Answer, info: TableInfo, what: str, query: dict[str, Any]) -> dict[Path, bytes]:
        """A file and its sidecar."""
        path = self.folder / name
        _, side = pinned.sidecar_of(
            answer.body,
            title=f"{info.id}: {what}",
            producer="synthetic" if self.synthetic else "Danmarks Statistik",
            licence="none" if self.synthetic else "CC BY 4.0, Kilde: Danmarks Statistik",
            accessed=self.client.now().date(),
            source=info.id,
            query=query,
            updated=info.updated,
            remarks=MADE if self.synthetic else None,
            data_kind="synthetic" if self.synthetic else None,
        )
        return {path: answer.body, pinned.sidecar_path(path): side}
