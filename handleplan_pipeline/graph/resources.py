"""Dagster's resources: the lake and how sources are read."""

import contextlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field, PrivateAttr

from handleplan_pipeline import clock
from handleplan_pipeline.errors import ContractError, ReleaseError, SourceError
from handleplan_pipeline.graph.scope import Scope
from handleplan_pipeline.lake import locks
from handleplan_pipeline.lake.tables import CheckedTable, Lake, LakeTable
from handleplan_pipeline.release import swap
from handleplan_pipeline.settings import PART_NAMES, Settings, get_settings
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.expected import Place
from handleplan_pipeline.sources.statbank.answers import Answers
from handleplan_pipeline.sources.statbank.source import StatBankSource, open_source
from schemas.contract import TableContract
from schemas.registry import all_contracts

NO_TABLE = dg.Out(dg.Nothing, io_manager_key="no_table")
"""Of an op that stores no table and holds the lake by itself: the lake's own IO manager would hold it before that,
and the op would wait for its own run."""
IN_USE: list[Lake] = []
"""The lake of the run in this process: assets return tables without knowing where they go."""


def contract_of(key: dg.AssetKey) -> TableContract:
    """The contract of an asset's table: the key's two parts are layer and name."""
    layer, name = key.path
    return all_contracts()[(layer, name)]


class LakeIOManager(dg.ConfigurableIOManager):  # type: ignore[type-arg]
    """Writes checked tables to the lake and reads them back as Polars frames or, for `LakeTable`, as SQL inputs.

    Holds the lake's lock while a run has it, with the run's other processes where it has some, and keeps writers out of
    the national lake `above` it. Where it is the `national` one itself, no persons are stored but in sources.
    """

    root: str
    above: str | None = None
    national: bool = False
    lock_wait_seconds: float = 600.0
    _held: Any = PrivateAttr(default=None)

    @property
    def lake(self) -> Lake:
        return Lake(Path(self.root))

    @contextlib.contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["LakeIOManager"]:
        lake, run = self.lake, context.run.run_id if context.run else ""
        self._say_when_it_must_wait(context, run)
        with contextlib.ExitStack() as held:
            if not held.enter_context(lake.lock_of_step(self.lock_wait_seconds, run)):
                self._complete_what_was_cut_off(context)
            if self.above is not None:
                held.enter_context(locks.reading(Path(self.above), self.lock_wait_seconds))
            IN_USE.append(lake)
            try:
                yield self
            finally:
                IN_USE.remove(lake)

    def _complete_what_was_cut_off(self, context: dg.InitResourceContext) -> None:
        """Lead readers where the ledger says, if a step of a release was killed after its line.

        A ledger that is broken stops releases and no run: it is a line of the log, of the desk and of `doctor`.
        """
        try:
            swap.settle(self.lake)
        except (ReleaseError, OSError) as e:
            if context.log is not None:
                context.log.warning(f"Releases are not in order: {e}")

    def _say_when_it_must_wait(self, context: dg.InitResourceContext, run: str) -> None:
        """A word in the run's log: one that waits for another looks like one that hangs."""
        if locks.holder(self.lake.root) not in (None, run) and context.log is not None:
            context.log.warning(
                f"Another run holds the lake; waiting up to {self.lock_wait_seconds:g} s for it to end."
            )

    def handle_output(self, context: dg.OutputContext, obj: CheckedTable) -> None:
        if not isinstance(obj, CheckedTable):
            raise ContractError(f"{context.asset_key.to_user_string()}: an asset must return table_output(...).")
        if self.national and obj.contract.confidential and obj.contract.layer != "source":
            raise ContractError(
                f"{obj.contract.full_name}: the national lake takes in sources and counts nothing, because its rows "
                "are of every municipality. Run the job `national` here, and each municipality in its own lake."
            )
        self.lake.write(obj)
        context.add_output_metadata({"path": str(self.lake.path(obj.contract).relative_to(self.lake.root))})

    def load_input(self, context: dg.InputContext) -> pl.DataFrame | LakeTable:
        contract = contract_of(context.asset_key)
        if not self.lake.exists(contract):
            said = self._lacks(context)
            # as a Failure the sentence stands above the stack; as ours it has its exit code
            raise dg.Failure(said, allow_retries=False) from SourceError(said)
        if context.dagster_type.typing_type is LakeTable:
            return self.lake.table(contract)
        if contract.confidential and contract.partition_column:
            raise ContractError(
                f"{contract.full_name}: asked for as a frame, which would hold every person of every year at once. "
                "Take it as a LakeTable."
            )
        return self.lake.read(contract)

    def _lacks(self, context: dg.InputContext) -> str:
        """Every table that the asset reads and that was never made, in one sentence."""
        layer = context.step_context.job_def.asset_layer
        made = layer.get_assets_def_for_node(context.step_context.node_handle)
        keys = sorted(made.keys_by_input_name.values()) if made is not None else [context.asset_key]
        read = [c for k in keys if (c := all_contracts().get((k.path[0], k.path[1]))) is not None]
        lacking = [c.full_name for c in read if not self.lake.exists(c)]
        name = context.step_context.step.key.replace("__", ".", 1)
        return (
            f"{name}: reads tables that were never made in {self.lake.root.name}/: "
            f"{', '.join(lacking)}. Materialise them and what they are made of first (job refresh, or handleplan run)."
        )


class LakeResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The lake for assets that need more than their inputs: outputs over all tables, the release.

    `disclosure` is on unless the settings hold the explicit word; `release_parts` are what a release carries beside its
    tables; `approvers` is the file of those who may approve one.
    """

    root: str
    disclosure: str = Field("on", pattern="^(on|off-not-to-be-shared)$")
    release_parts: list[str] = list(PART_NAMES)
    approvers: str | None = None
    lock_wait_seconds: float = 600.0

    @property
    def lake(self) -> Lake:
        return Lake(Path(self.root))


class SourcesResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """How sources are read: the pinned reference files, or StatBank's live API."""

    root: str
    reference: str
    landing: str
    raw: str
    statbank: str = Field("snapshot", pattern="^(snapshot|live)$")
    statbank_url: str = "https://api.statbank.dk/v1"

    @property
    def lake_root(self) -> Path:
        return Path(self.root)

    @property
    def landing_root(self) -> Path:
        return Path(self.landing)

    def statbank_source(self) -> StatBankSource:
        reference, raw = (Path(p) / "statbank" for p in (self.reference, self.raw))
        return open_source(self.statbank, self.statbank_url, reference, raw)

    def place(self) -> Place:
        """Where it is looked up what came of every source."""
        store = delivery_store(self.lake_root)
        return Place(store, self.statbank_answers(), Path(self.reference), get_settings().person_level)

    def today(self) -> date:
        """The day in Copenhagen on which this run reckons."""
        return clock.today()

    def statbank_answers(self) -> Answers:
        return Answers(Path(self.raw) / "statbank")


def resources(settings: Settings | None = None) -> dict[str, Any]:
    """The resources of an installation."""

    s = settings or get_settings()
    return {
        "io_manager": LakeIOManager(
            root=str(s.lake),
            above=str(s.above) if s.above else None,
            national=s.is_national,
            lock_wait_seconds=s.lock_wait_seconds,
        ),
        # of jobs that make no table, and hold the lake by themselves
        "no_table": dg.mem_io_manager,
        "lake": LakeResource(
            root=str(s.lake),
            disclosure=s.disclosure,
            release_parts=list(s.release_parts),
            approvers=str(s.approvers) if s.approvers else None,
            lock_wait_seconds=s.lock_wait_seconds,
        ),
        "sources": SourcesResource(
            root=str(s.lake),
            reference=str(s.reference),
            landing=str(s.landing or s.lake / "landing"),
            raw=str(s.lake / "raw"),
            statbank=s.statbank,
            statbank_url=s.statbank_url,
        ),
        "scope": Scope.configure_at_launch(),
    }
