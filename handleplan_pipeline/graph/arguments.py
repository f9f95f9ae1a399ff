"""Fills the arguments of `@dg.asset` (key, group, kinds, owners, tags, texts, Columns tab) from contract and catalogue.

Policy lives here once; an asset's own file says what it computes. Nothing here wraps or hides Dagster.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import dagster as dg

from handleplan_pipeline import clock
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.titles import described
from handleplan_pipeline.graph.resources import LakeResource
from handleplan_pipeline.lake import contracts, told
from handleplan_pipeline.settings import PROJECT_ROOT
from schemas.contract import LINE, Column, TableContract
from schemas.sources.delivery_shape import Delivery

if TYPE_CHECKING:
    pass

# Dagster warns at every asset that `backfill_policy` is beta; one range of years per run is what a refresh relies on
warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=dg.BetaWarning)

DOCUMENTS = PROJECT_ROOT / "docs" / "deliveries"

OWNERS = {
    "source": "team:data-engineering",
    "register": "team:data-engineering",
    "meta": "team:data-engineering",
    "release": "team:data-engineering",
}
STATISTICS_OWNER = "team:integration-monitoring"

PROTECTED = dg.AssetIn(["protected", "cell"])
"""Every cell as it may be printed: what goals, baselines and outputs read of persons."""
GOAL_CELLS = {g.slug: dg.AssetIn(["cell", g.slug]) for g in load_catalogue().goals}
"""The counted cells of all goals, by slug: confidential, read above the line only."""
REFERENCE_YEAR = dg.TimeWindowPartitionsDefinition(
    cron_schedule="0 0 1 1 *", start="2006", fmt="%Y", end_offset=1, timezone="Europe/Copenhagen"
)
"""Reference years from 2006, the data year of the psychiatry baseline; `end_offset` includes the running year."""


def reference_years() -> list[str]:
    """Every reference year up to the running one of our own clock, oldest first."""
    return list(REFERENCE_YEAR.get_partition_keys(current_time=clock.now()))


def sensitivity(contract: TableContract) -> str:
    """The tag: `confidential` above the line, `protected` at it (printable, stays in the lake), else `public`."""
    return "confidential" if contract.confidential else "public" if contract.public else LINE


def table_asset(
    contract: TableContract,
    *,
    tags: Mapping[str, str] | None = None,
    kinds: Sequence[str] = ("polars", "parquet"),
    owner: str | None = None,
    extra: str = "",
    **more: Any,
) -> dict[str, Any]:
    """Arguments of an asset that makes the contract's table."""
    arguments: dict[str, Any] = {
        "key": dg.AssetKey([contract.layer, contract.name]),
        "group_name": contract.layer,
        "kinds": set(kinds),
        "owners": [owner or OWNERS.get(contract.layer, STATISTICS_OWNER)],
        "tags": {"sensitivity": sensitivity(contract), **(tags or {})},
        "description": "\n\n".join(described(load_catalogue(), contract)) + (f"\n\n{extra}" if extra else ""),
        "metadata": metadata_of(contract),
        "io_manager_key": "io_manager",
    }
    if contract.layer == "source" and (DOCUMENTS / f"{contract.name}.md").is_file():
        arguments["description"] += f"\n\nSpecification for the supplier: `docs/deliveries/{contract.name}.md`."
    if contract.partition_column:
        arguments["partitions_def"] = REFERENCE_YEAR
        arguments["backfill_policy"] = dg.BackfillPolicy.single_run()
    if contract.layer == "source" and (policy := freshness(contract.name)) is not None:
        arguments["freshness_policy"] = policy
    return arguments | more


def freshness(source: str) -> dg.FreshnessPolicy | None:
    """By the day on which a source is late its table has been made since the day it was expected.

    None for a table that is no source of the catalogue, or comes with the repository.
    """
    due = next((x for x in load_catalogue().expected if source in x.sources and x.editions is None), None)
    if due is None or not due.grace_days:
        return None
    last = due.late_from(2001)
    cron = f"0 6 {last.day} {last.month} *"
    return dg.FreshnessPolicy.cron(cron, timedelta(days=due.grace_days + 1), timezone="Europe/Copenhagen")


def goal_args(contract: TableContract, number: int, **more: Any) -> dict[str, Any]:
    """Arguments of a goal's cell or goal asset: the plan's sentence and the definitions stand in its description."""
    goal = load_catalogue().goal(number)
    text = [f"> {goal.sentence.text} (s. {goal.sentence.page})"]
    for indicator_id in goal.headline_indicators:
        i = load_catalogue().indicator(indicator_id)
        text.append(f"**{i.id} {i.title_da}**: {i.definition_da}\n\n*{i.title_en}*: {i.definition_en}")
    return table_asset(
        contract,
        tags={"goal": f"{number:02d}", "theme": goal.theme},
        owner=goal.owner,
        extra="\n\n".join(text),
        kinds=("duckdb", "parquet") if contract.layer == "cell" else ("polars", "parquet"),
        **more,
    )


def assets_in(module: ModuleType) -> list[dg.AssetsDefinition]:
    """The assets that a module defines."""
    return [a for a in vars(module).values() if isinstance(a, dg.AssetsDefinition)]


def registers_read(modules: Iterable[ModuleType]) -> tuple[str, ...]:
    """The registers that the assets of these modules read; the account of rows is none."""
    keys = (key for m in modules for a in assets_in(m) for key in a.dependency_keys)
    names = {key.path[1] for key in keys if key.path[0] == "register"}
    return tuple(sorted(names - {"row_account"}))


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
PLAUSIBLE = "plausible"
"""Whether a source's deliveries are like the ones before them."""


def delivered_check(delivery: Delivery) -> dg.AssetCheckSpec:
    """The check that warns while a delivery of the source is refused or waits, run after run until that is cured."""
    text = "Nothing that was delivered is refused, waits or lies about oddly; what does is named until it is cured."
    return dg.AssetCheckSpec(DELIVERIES_IN_ORDER, asset=dg.AssetKey(["source", delivery.source]), description=text)


FEW = 5


def cell_checks(number: int) -> list[dg.AssetCheckSpec]:
    """The check that both routes of a goal's cells print the same counts."""
    return [_routes_agree(dg.AssetKey(["cell", load_catalogue().goal(number).slug]))]


def routes_agree(contract: TableContract) -> dg.AssetCheckSpec:
    """The same check of another table of cells."""
    return _routes_agree(dg.AssetKey([contract.layer, contract.name]))


def _routes_agree(key: dg.AssetKey) -> dg.AssetCheckSpec:
    text = "Where registers and summed data sets both give a cell, they print the same counts."
    return dg.AssetCheckSpec("routes_agree", asset=key, description=text)


def table_schema(contract: TableContract) -> dg.TableSchema:
    """The Columns tab: names, SQL types, bilingual descriptions, constraints."""

    def column(c: Column) -> dg.TableColumn:
        other = sorted({r.name for r in c.rules()})
        return dg.TableColumn(
            name=c.name,
            type=c.sql_type,
            description=f"{c.description_en} | {c.description_da}",
            constraints=dg.TableColumnConstraints(nullable=c.nullable, unique=contract.key == (c.name,), other=other),
            tags={"key": ""} if c.name in contract.key else {},
        )

    return dg.TableSchema(
        columns=[column(c) for c in contract.columns],
        constraints=dg.TableConstraints(other=["key: " + ", ".join(contract.key)]),
    )


def metadata_of(contract: TableContract) -> Mapping[str, Any]:
    """Definition metadata of an asset that makes this table: filled before the first run."""
    return {
        "dagster/column_schema": table_schema(contract),
        "dagster/table_name": contract.full_name,
        "key": ", ".join(contract.key),
        "public": contract.public,
    }
