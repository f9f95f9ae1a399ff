"""Fills the arguments of `@dg.asset` (key, group, kinds, owners, tags, texts, Columns tab) from contract and catalogue.

Policy lives here once; an asset's own file says what it computes. Nothing here wraps or hides Dagster.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl
from pydantic import Field

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import GoalCells
from handleplan_pipeline.lake import contracts, told
from handleplan_pipeline.lake.tables import CheckedTable, Lake, checked, checked_parts, output_of, table_output
from handleplan_pipeline.settings import Settings, get_settings
from handleplan_pipeline.sources.statbank.answers import Answers
from handleplan_pipeline.sources.statbank.source import StatBankSource, open_source
from schemas.contract import LINE, TableContract
from schemas.sources.delivery_shape import Delivery

if TYPE_CHECKING:
    from handleplan_pipeline.sources.deliveries.outcome import Outcome

# Dagster warns at every asset that `backfill_policy` is beta; one range of years per run is what a refresh relies on
warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=dg.BetaWarning)

OWNERS = {
    "source": "team:data-engineering", "register": "team:data-engineering", "meta": "team:data-engineering",
    "release": "team:data-engineering",
}  # fmt: skip
STATISTICS_OWNER = "team:integration-monitoring"

PROTECTED = dg.AssetIn(["protected", "cell"])
"""Every cell as it may be printed: what goals, baselines and outputs read of persons."""
GOAL_CELLS = {g.slug: dg.AssetIn(["cell", g.slug]) for g in load_catalogue().goals}
"""The counted cells of all goals, by slug: confidential, read above the line only."""
REFERENCE_YEAR = dg.TimeWindowPartitionsDefinition(
    cron_schedule="0 0 1 1 *", start="2006", fmt="%Y", end_offset=1, timezone="Europe/Copenhagen"
)
"""Reference years from 2006, the data year of the psychiatry baseline; `end_offset` includes the running year."""


class LakeResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The lake for assets that need more than their inputs: outputs over all tables, the release.

    `disclosure` is on unless the settings hold the explicit word.
    """

    root: str
    disclosure: str = Field("on", pattern="^(on|off-not-to-be-shared)$")

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

    def statbank_answers(self) -> Answers:
        return Answers(Path(self.raw) / "statbank")


def resources(settings: Settings | None = None) -> dict[str, Any]:
    """The resources of an installation."""
    from handleplan_pipeline.lake.tables import LakeIOManager

    s = settings or get_settings()
    return {
        "io_manager": LakeIOManager(root=str(s.lake), lock_wait_seconds=s.lock_wait_seconds),
        "lake": LakeResource(root=str(s.lake), disclosure=s.disclosure),
        "sources": SourcesResource(
            root=str(s.lake), reference=str(s.reference), landing=str(s.landing or s.lake / "landing"),
            raw=str(s.lake / "raw"),
            statbank=s.statbank, statbank_url=s.statbank_url,
        ),
    }  # fmt: skip


def sensitivity(contract: TableContract) -> str:
    """The tag: `confidential` above the line, `protected` at it (printable, stays in the lake), else `public`."""
    return "confidential" if contract.confidential else "public" if contract.public else LINE


def table_asset(
    contract: TableContract, *, tags: Mapping[str, str] | None = None, kinds: Sequence[str] = ("polars", "parquet"),
    owner: str | None = None, extra: str = "", **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """Arguments of an asset that makes the contract's table."""
    arguments: dict[str, Any] = {
        "key": dg.AssetKey([contract.layer, contract.name]),
        "group_name": contract.layer,
        "kinds": set(kinds),
        "owners": [owner or OWNERS.get(contract.layer, STATISTICS_OWNER)],
        "tags": {"sensitivity": sensitivity(contract), **(tags or {})},
        "description": f"{contract.description_da}\n\n{contract.description_en}" + (f"\n\n{extra}" if extra else ""),
        "metadata": contracts.metadata_of(contract),
        "io_manager_key": "io_manager",
    }
    if contract.partition_column:
        arguments["partitions_def"] = REFERENCE_YEAR
        arguments["backfill_policy"] = dg.BackfillPolicy.single_run()
    return arguments | more


def goal_args(contract: TableContract, number: int, **more: Any) -> dict[str, Any]:
    """Arguments of a goal's cell or goal asset: the plan's sentence and the definitions stand in its description."""
    goal = load_catalogue().goal(number)
    text = [f"> {goal.sentence.text} (s. {goal.sentence.page})"]
    for indicator_id in goal.headline_indicators:
        i = load_catalogue().indicator(indicator_id)
        text.append(f"**{i.id} {i.title_da}**: {i.definition_da}\n\n*{i.title_en}*: {i.definition_en}")
    return table_asset(
        contract, tags={"goal": f"{number:02d}", "theme": goal.theme}, owner=goal.owner, extra="\n\n".join(text),
        kinds=("duckdb", "parquet") if contract.layer == "cell" else ("polars", "parquet"), **more,
    )  # fmt: skip


def contract_checks(*tables: TableContract) -> list[dg.AssetChecksDefinition]:
    """One blocking asset check per rule of each table, on the table as stored."""
    return [_checks_of(t) for t in tables]


def _checks_of(contract: TableContract) -> dg.AssetChecksDefinition:
    key = dg.AssetKey([contract.layer, contract.name])
    texts = {r.name: r.description for r in contract.rules()}
    names = contract.rule_names()

    @dg.multi_asset_check(
        name=f"{contract.layer}__{contract.name}__contract",
        specs=[dg.AssetCheckSpec(n, asset=key, blocking=True, description=texts.get(n) or None) for n in names],
    )
    def check(lake: LakeResource):  # type: ignore[no-untyped-def]
        results = contracts.evaluate_stored(contract, lake.lake.files(contract))
        for name in names:
            result = results.get(name)
            yield dg.AssetCheckResult(
                check_name=name,
                asset_key=key,
                passed=result is not None and result.passed,
                metadata=told.of(contract, failed_rows=result.failed) if result else {},
                description=None if result else "not evaluated: the columns themselves are wrong",
            )

    return check


DELIVERIES_IN_ORDER = "deliveries_in_order"


def delivered_check(delivery: Delivery) -> dg.AssetCheckSpec:
    """The check that warns while a delivery of the source is refused or waits, run after run until that is cured."""
    text = "Nothing that was delivered is refused, waits or lies about oddly; what does is named until it is cured."
    return dg.AssetCheckSpec(DELIVERIES_IN_ORDER, asset=dg.AssetKey(["source", delivery.source]), description=text)


def delivered_output(
    context: dg.AssetExecutionContext, sources: SourcesResource, delivery: Delivery
) -> Iterator[dg.Output[CheckedTable] | dg.AssetCheckResult]:
    """The source table of a delivery for the run's periods, after everything new in the landing folder was taken in.

    A period without a delivery is an empty part: not delivered, which downstream never reads as zero. What is refused
    or waits is a warning and ends no run.
    """
    from handleplan_pipeline.sources.deliveries.intake import Intake
    from handleplan_pipeline.sources.deliveries.outcome import standing
    from handleplan_pipeline.sources.deliveries.store import DeliveryStore

    store = DeliveryStore(sources.lake_root)
    intake = Intake(store, sources.landing_root, delivery)
    if delivery.partitioned:
        table = checked_parts(delivery.table, context.partition_keys, lambda key: intake.rows(int(key)))
    else:
        table = checked(delivery.table, pl.concat([delivery.table.empty(), *map(intake.rows, intake.periods())]))
    open_now = standing(store, sources.landing_root, delivery)
    for o in intake.outcomes:
        (context.log.warning if o in open_now else context.log.info)(o.sentence)
    current = store.permitted(delivery.source)
    by_period = {str(p): r.manifest.rows for p, r in sorted(current.items())}
    aside = [n for r in current.values() for n in r.set_aside.values()]
    noted = [n for r in current.values() for n in r.noted.values()]
    yield output_of(
        table,
        parts=by_period,
        deliveries=len(current),
        rows_set_aside=told.told_sum(aside),
        values_noted=told.told_sum(noted),
        refused=sum(o.state == "refused" for o in open_now),
        rows_by_period=told.told_each(by_period),
    )
    yield dg.AssetCheckResult(
        check_name=DELIVERIES_IN_ORDER, asset_key=dg.AssetKey(["source", delivery.source]), passed=not open_now,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"open": len(open_now), "deliveries": outcome_table(open_now)},
        description="; ".join(o.sentence for o in open_now) or None,
    )  # fmt: skip


def outcome_table(outcomes: "Sequence[Outcome]") -> dg.TableMetadataValue:
    """Outcomes as a table in the UI."""
    columns = [dg.TableColumn(n) for n in ("period", "state", "rule", "what")]
    records = [
        dg.TableRecord({"period": str(o.period or ""), "state": o.state, "rule": o.rule or "", "what": o.sentence})
        for o in outcomes
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


FEW = 5


def cell_checks(number: int) -> list[dg.AssetCheckSpec]:
    """The check that both routes of a goal's cells print the same counts."""
    key = dg.AssetKey(["cell", load_catalogue().goal(number).slug])
    text = "Where registers and summed data sets both give a cell, they print the same counts."
    return [dg.AssetCheckSpec("routes_agree", asset=key, description=text)]


CellResults = Iterator[dg.Output[CheckedTable] | dg.AssetCheckResult]


def cell_output(contract: TableContract, cells: GoalCells) -> CellResults:
    """What a cell asset yields: the checked table, and whether the two routes agree (a warning, never a guess)."""
    yield table_output(contract, cells.frame)
    yield dg.AssetCheckResult(
        check_name="routes_agree", asset_key=dg.AssetKey([contract.layer, contract.name]),
        passed=cells.differing == 0, severity=dg.AssetCheckSeverity.WARN,
        metadata=told.of(contract, differing=cells.differing),
    )  # fmt: skip
