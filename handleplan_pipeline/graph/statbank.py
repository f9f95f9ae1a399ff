"""What a StatBank asset yields: its table, with where the cells came from, and whether they are as fresh as asked."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline import clock
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.statbank.extracts import Extract
from handleplan_pipeline.sources.statbank.sentences import short
from handleplan_pipeline.sources.statbank.source import Description, NotPulledError, StatBankTable, pull_command
from schemas.contract import TableContract

NOT_PULLED = "not_pulled"
FRESH = "as_fresh_as_asked"
LONGEST_SENTENCE = 700
StatBankResults = Iterator[dg.Output[CheckedTable] | dg.AssetCheckResult]


def fresh_spec(contract: TableContract) -> dg.AssetCheckSpec:
    """The check that warns where an earlier answer stands in for StatBank's live one."""
    return dg.AssetCheckSpec(
        FRESH,
        asset=dg.AssetKey([contract.layer, contract.name]),
        description="Hvor der er bedt om StatBanks aktuelle svar, er det dét, der bruges.\n\n"
        "Where StatBank's live answer was asked for, it is the one in use.",
    )


def sentence(found: Description, today: date) -> str:
    """How the answer in use was read and how old it is, and where it is not the one asked for, why."""
    table, accessed = found.info.id, found.standing.accessed
    old = f"of {accessed}, {(today - accessed).days} days old"
    if found.standing.mode == "snapshot":
        return f"{table}: the pinned answer {old}, as asked for."
    if found.standing.mode == "live":
        return f"{table}: StatBank's answer {old}."
    text = f"{table}: StatBank's live answer could not be used; the last good one is, {old}. Reason: {found.why}"
    return short(text, LONGEST_SENTENCE)


def fresh_result(contract: TableContract, found: Sequence[Description]) -> dg.AssetCheckResult:
    """The outcome of the check for a table made from these answers; the oldest gives the age."""
    today = clock.now().date()
    return dg.AssetCheckResult(
        check_name=FRESH,
        asset_key=dg.AssetKey([contract.layer, contract.name]),
        passed=all(f.standing.mode != "fallback" for f in found),
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(sentence(f, today) for f in found),
        metadata={
            "mode": ", ".join(sorted({f.standing.mode for f in found})),
            "accessed": str(min(f.standing.accessed for f in found)),
            "age_days": max((today - f.standing.accessed).days for f in found),
        },
    )


def with_origin(extract: Extract, found: StatBankTable) -> pl.DataFrame:
    """The cells with whose answer they are and which."""
    delivery = f"{extract.table}:{found.standing.sha256}"
    return found.frame.with_columns(data_kind=pl.lit(found.data_kind), delivery_id=pl.lit(delivery))


def not_pulled_result(contract: TableContract, sources: SourcesResource, said: Sequence[str]) -> dg.AssetCheckResult:
    """The outcome of the check where there is no answer: in order unless a live one was asked for."""
    return dg.AssetCheckResult(
        check_name=FRESH,
        asset_key=dg.AssetKey([contract.layer, contract.name]),
        passed=sources.statbank == "snapshot",
        severity=dg.AssetCheckSeverity.WARN,
        description=short(" ".join(said), LONGEST_SENTENCE),
        metadata={"mode": NOT_PULLED},
    )


def statbank_output(
    context: dg.AssetExecutionContext, sources: SourcesResource, contract: TableContract, extract: Extract
) -> StatBankResults:
    """The extract for the run's years. A year the source does not hold gets no rows; the metadata names it.

    A table that nobody has pulled gets no rows at all, and the metadata says how to pull it.
    """
    try:
        found = sources.statbank_source().fetch(extract, [int(k) for k in context.partition_keys])
    except NotPulledError as e:
        told: dict[str, Any] = {"mode": NOT_PULLED, "pull_command": f"`{pull_command(extract)}`", "answer": str(e)}
        yield table_output(contract, contract.empty(), context, **told)
        yield not_pulled_result(contract, sources, [str(e)])
        return
    said = fresh_result(contract, [found])
    if not said.passed:
        context.log.warning(said.description)
    sources.statbank_answers().note(extract, found.standing)
    frame = with_origin(extract, found)
    hidden = int(frame["cell_state"].is_in(["blanked", "zero_or_hidden"]).sum())
    age: dict[str, Any] = {"age_days": said.metadata["age_days"], "answer": said.description or ""}
    yield table_output(contract, frame, context, hidden_or_zero_cells=hidden, **found.provenance, **age)
    yield said
