"""What assets hand to Dagster: checked tables with metadata, registers, cells, deliveries."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.cells.routes import GoalCells
from handleplan_pipeline.graph.arguments import DELIVERIES_IN_ORDER
from handleplan_pipeline.graph.pictures import chart
from handleplan_pipeline.graph.resources import IN_USE, SourcesResource
from handleplan_pipeline.lake import told as telling
from handleplan_pipeline.lake.engine import Params, SqlInput
from handleplan_pipeline.lake.tables import CheckedTable, Lake, LakeTable, checked, checked_parts
from handleplan_pipeline.lake.told import told, told_each, told_sum
from handleplan_pipeline.registers import account, made, require_no_row_lost
from schemas.contract import TableContract
from schemas.sources.delivery_shape import Delivery

if TYPE_CHECKING:
    from handleplan_pipeline.sources.deliveries.outcome import Outcome

NOBODYS = secrets.token_bytes(32)
"""Marks versions of confidential tables outside a run; nobody keeps it."""


def _leaving_version(table: CheckedTable) -> str:
    """The table's version as it may leave; outside a run a confidential one is marked with a secret nobody keeps."""
    if table.contract.public or IN_USE:
        return IN_USE[-1].version(table.contract, table.data_version) if IN_USE else table.data_version
    return hmac.digest(NOBODYS, table.data_version.encode(), hashlib.sha256).hex()


def table_output(
    contract: TableContract,
    frame: pl.DataFrame,
    context: dg.AssetExecutionContext | None = None,
    output_name: str = "result",
    **metadata: Any,
) -> dg.Output[CheckedTable]:
    """What an asset returns: the checked table with its data version and row count.

    For a partitioned asset pass `context`; the partitions of the run are the ones replaced. `output_name` is the
    table's name in a multi-asset. Whole numbers in `metadata` are counts of rows.
    """
    partitions = list(context.partition_keys) if context is not None and context.has_partition_key_range else None
    if context is not None and partitions is None and context.has_partition_key:
        partitions = [context.partition_key]
    if "missing_reason" in frame.columns:
        metadata["suppressed_rows"] = telling.told(frame.filter(pl.col("missing_reason") == "suppressed").height)
    if contract.layer == "goal":
        catalogue = load_catalogue()
        goal = next(g for g in catalogue.goals if g.slug == contract.name)
        metadata["chart"] = chart(catalogue, goal, frame)
    return output_of(checked(contract, frame, partitions), output_name, **metadata)


def output_of(
    table: CheckedTable, output_name: str = "result", parts: Mapping[str, int] | None = None, **metadata: Any
) -> dg.Output[CheckedTable]:
    """A checked table with everything Dagster is told of it; nothing else may be said of a table that is confidential.

    Whole numbers in `metadata` are counts of rows. `parts` are the table's rows by period where those are told too
    and it is not partitioned.
    """
    version = _leaving_version(table)
    whole = parts if parts and sum(parts.values()) == table.rows and len(table.counts) == 1 else table.counts
    return dg.Output(
        table,
        output_name=output_name,
        data_version=dg.DataVersion(version),
        metadata={
            **telling.rows(table.contract, whole.values()),
            "sha256": version,
            **telling.of(table.contract, **metadata),
        },
    )


def delivered_output(
    context: dg.AssetExecutionContext,
    sources: SourcesResource,
    delivery: Delivery,
    links: TableContract | None = None,
    new: bool = True,
) -> Iterator[dg.Output[CheckedTable] | dg.AssetCheckResult]:
    """The source table of a delivery for the run's periods, after everything new in the landing folder was taken in.

    A period without a delivery is an empty part: not delivered, which downstream never reads as zero. What is refused
    or waits is a warning and ends no run. Without `new` the landing folder is left alone. `links` is the table of
    changed person numbers: every person stands under the number in force.
    """
    from handleplan_pipeline.sources.deliveries.intake import Intake
    from handleplan_pipeline.sources.deliveries.links import current_numbers, linked
    from handleplan_pipeline.sources.deliveries.national import MunicipalStore, cut, delivery_store
    from handleplan_pipeline.sources.deliveries.outcome import standing
    from handleplan_pipeline.sources.deliveries.records import settled

    store = delivery_store(sources.lake_root)
    lake = Lake(sources.lake_root)
    current = current_numbers(lake.read(links)) if links is not None and lake.exists(links) else {}
    intake = Intake(store, sources.landing_root, delivery, new)
    if isinstance(store, MunicipalStore) and store.is_national(delivery.source):
        intake.decide()
        mine = partial(cut, store, delivery, load_catalogue().plan.municipality_code)
        parts = context.partition_keys if delivery.partitioned else None
        table = (
            checked_parts(delivery.table, parts, mine, lake.path(delivery.table))
            if parts
            else checked(delivery.table, mine())
        )
    elif delivery.partitioned:
        table = checked_parts(
            delivery.table,
            context.partition_keys,
            lambda key: linked(delivery, intake.rows(int(key)), current),
            lake.path(delivery.table),
        )
    else:
        rows = pl.concat([delivery.table.empty(), *map(intake.rows, intake.periods())])
        table = checked(delivery.table, settled(delivery, linked(delivery, rows, current)))
    open_now = standing(store, sources.landing_root, delivery)
    for o in intake.outcomes:
        (context.log.warning if o in open_now else context.log.info)(o.sentence)
    counting = store.permitted(delivery.source)
    by_period = {str(p): r.manifest.rows for p, r in sorted(counting.items())}
    aside = [n for r in counting.values() for n in r.set_aside.values()]
    noted = [n for r in counting.values() for n in r.noted.values()]
    yield output_of(
        table,
        parts=by_period,
        deliveries=len(counting),
        rows_set_aside=telling.told_sum(aside),
        values_noted=telling.told_sum(noted),
        refused=sum(o.state == "refused" for o in open_now),
        rows_by_period=telling.told_each(by_period),
    )
    yield dg.AssetCheckResult(
        check_name=DELIVERIES_IN_ORDER,
        asset_key=dg.AssetKey(["source", delivery.source]),
        passed=not open_now,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"open": len(open_now), "deliveries": outcome_table(open_now)},
        description="; ".join(o.sentence for o in open_now) or None,
    )


def outcome_table(outcomes: "Sequence[Outcome]") -> dg.TableMetadataValue:
    """Outcomes as a table in the UI."""
    columns = [dg.TableColumn(n) for n in ("period", "state", "rule", "what")]
    records = [
        dg.TableRecord({"period": str(o.period or ""), "state": o.state, "rule": o.rule or "", "what": o.sentence})
        for o in outcomes
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


SYNTHETIC = "SYNTHETIC FIGURES. "


def goals_told(
    catalogue: Catalogue, said: pl.DataFrame, status: pl.DataFrame, observation: pl.DataFrame
) -> Iterator[dg.AssetObservation]:
    """What each goal's asset shows of the year it is judged in: badge, headline and why with their marks, the chart."""
    for goal in catalogue.goals:
        here = (pl.col("goal") == goal.number) & (pl.col("year") == goal.decision_year)
        for row in status.filter(here).to_dicts():
            lines = said.filter(here & pl.col("layer").is_in(["headline", "why"])).sort("part").to_dicts()
            badge = catalogue.label("badge", row["badge"])
            mark = SYNTHETIC if row["data_kind"] == "synthetic" else ""
            text = "\n".join(f"- {mark if x['data_kind'] == 'synthetic' else ''}{x['text_en']}" for x in lines)
            yield dg.AssetObservation(
                asset_key=["goal", goal.slug],
                description=f"{goal.decision_year}: {mark}{badge.label_en}. {lines[0]['text_en'] if lines else ''}",
                metadata={
                    "year": goal.decision_year,
                    "badge": f"{mark}{badge.label_en} | {badge.label_da}",
                    "headline": dg.MetadataValue.md(text),
                    "chart": chart(catalogue, goal, observation),
                    "data_kind": row["data_kind"] or "none",
                },
            )


CellResults = Iterator[dg.Output[CheckedTable] | dg.AssetCheckResult]


def cell_output(contract: TableContract, cells: GoalCells) -> CellResults:
    """What a cell asset yields: the checked table, and whether the two routes agree (a warning, never a guess)."""
    yield table_output(contract, cells.frame)
    yield dg.AssetCheckResult(
        check_name="routes_agree",
        asset_key=dg.AssetKey([contract.layer, contract.name]),
        passed=cells.differing == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=telling.of(contract, differing=cells.differing),
    )


def register_output(
    contract: TableContract,
    sql: str,
    sources: Mapping[str, LakeTable],
    lists: Mapping[str, pl.DataFrame] | None = None,
    params: Params | None = None,
) -> dg.Output[CheckedTable]:
    """The register made by `sql` from its sources and code lists, with the account of rows as metadata."""
    frame = made(contract, sql, {**sources, **(lists or {})}, params)
    counted = {name: account(t) for name, t in sources.items()}
    metadata = _reconciled(contract, int(frame["source_rows"].sum()), counted)
    return table_output(contract, frame, **metadata)


def yearly_register_output(
    contract: TableContract, sql: str, source: LakeTable, lists: Mapping[str, SqlInput], keys: Sequence[str]
) -> dg.Output[CheckedTable]:
    """As `register_output` for a register partitioned like its only source: one year at a time, to bound memory."""
    by_key = {f.stem: replace(source, files=(f,)) for f in source.files}
    counted: list[pl.DataFrame] = []
    used = 0

    def year(key: str) -> pl.DataFrame:
        nonlocal used
        if key not in by_key:
            return contract.empty()
        counted.append(account(by_key[key]))
        frame = made(contract, sql, {source.name: by_key[key], **lists})
        used += int(frame["source_rows"].sum())
        return frame

    table = checked_parts(contract, keys, year, IN_USE[-1].path(contract) if IN_USE else None)
    metadata = _reconciled(contract, used, {source.name: pl.concat(counted)} if counted else {})
    return output_of(table, **metadata)


def _reconciled(contract: TableContract, used: int, counted: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    rows = [{"source": n, **r} for n, f in counted.items() for r in f.to_dicts()]
    delivered = sum(r["rows"] for r in rows)
    aside: dict[str, int] = {}
    for r in rows:
        if r["outcome"] != "used":
            aside[f"{r['source']}: {r['outcome']}"] = aside.get(f"{r['source']}: {r['outcome']}", 0) + r["rows"]
    require_no_row_lost(contract, used, delivered, sum(aside.values()))
    table = "| rule | rows |\n|---|---|\n" + "\n".join(f"| {k} | {v} |" for k, v in sorted(told_each(aside).items()))
    return {
        "rows_in": told_sum([used, *aside.values()]),
        "rows_used": told(used),
        "rows_set_aside": told_sum(aside.values()),
        "set_aside_by_rule": dg.MetadataValue.md(table),
    }
