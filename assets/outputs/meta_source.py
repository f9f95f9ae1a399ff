"""The catalogue's sources as a table, and for StatBank's how the answers in use were read and how old they are."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.tables import sources as catalogue_sources
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.statbank import NOT_PULLED
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.statbank.answers import Answers
from handleplan_pipeline.sources.statbank.extracts import EXTRACTS, Extract
from handleplan_pipeline.sources.statbank.source import pull_command
from schemas.meta.catalogue import SOURCE

TABLES = (
    "statbank_strafna9",
    "statbank_folk1e",
    "statbank_strafna6",
    "statbank_strafna7",
    "statbank_folk1e_all",
    "statbank_context",
)
INS = {n: dg.AssetIn(["source", n]) for n in TABLES}
UNREAD = dict.fromkeys(("statbank_mode", "accessed", "asked_on", "age_days", "pull_command"))


def reading_of(extract: Extract, rows: pl.DataFrame, answers: Answers) -> dict[str, Any]:
    """How the answers that stand in a table were read; told from its rows, so that years kept from before count too."""
    if rows.is_empty() and not extract.shipped:
        return UNREAD | {"statbank_mode": NOT_PULLED, "pull_command": pull_command(extract)}
    found = answers.oldest(extract, rows["delivery_id"].unique())
    if found is None:
        return UNREAD
    return UNREAD | {
        "statbank_mode": found.mode,
        "accessed": found.accessed,
        "asked_on": found.asked_on,
        "age_days": found.age_days,
    }


@dg.asset(**table_asset(SOURCE, ins=INS, kinds=("yaml", "parquet")))
def meta_source(sources: SourcesResource, **tables: pl.DataFrame) -> dg.Output[CheckedTable]:
    """A source has a table of its own, or its rows stand in the table of context."""
    catalogue, answers, rows = load_catalogue(), sources.statbank_answers(), []
    for row in catalogue_sources(catalogue):
        extract = EXTRACTS.get(catalogue.source(row["id"]).statbank_extract or "")
        if extract is None:
            rows.append(row | UNREAD)
            continue
        of_context = tables["statbank_context"].filter(pl.col("table_id") == extract.table)
        table = tables.get(row["id"], of_context)
        rows.append(row | reading_of(extract, table, answers))
    return table_output(SOURCE, SOURCE.conform(rows))


CHECKS = contract_checks(SOURCE)
