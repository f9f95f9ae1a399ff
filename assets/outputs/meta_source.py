"""The catalogue's sources as a table, and for StatBank's how the answers in use were read and how old they are."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.tables import sources as catalogue_sources
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.statbank.extracts import FOLK1E, STRAFNA9
from schemas.meta.catalogue import SOURCE

INS = {n: dg.AssetIn(["source", n]) for n in ("statbank_strafna9", "statbank_folk1e")}


@dg.asset(**table_asset(SOURCE, ins=INS, kinds=("yaml", "parquet")))
def meta_source(
    sources: SourcesResource, statbank_strafna9: pl.DataFrame, statbank_folk1e: pl.DataFrame
) -> dg.Output[CheckedTable]:
    """Which answers stand in a table is told from its rows, so years kept from an earlier run count too."""
    read: dict[str, dict[str, Any]] = {}
    for name, extract, table in (
        ("statbank_strafna9", STRAFNA9, statbank_strafna9),
        ("statbank_folk1e", FOLK1E, statbank_folk1e),
    ):
        found = sources.statbank_answers().oldest(extract, table["delivery_id"].unique())
        if found is not None:
            read[name] = {
                "statbank_mode": found.mode,
                "accessed": found.accessed,
                "asked_on": found.asked_on,
                "age_days": found.age_days,
            }
    unread = dict.fromkeys(("statbank_mode", "accessed", "asked_on", "age_days"))
    rows = [r | read.get(r["id"], unread) for r in catalogue_sources(load_catalogue())]
    return table_output(SOURCE, SOURCE.conform(rows))


CHECKS = contract_checks(SOURCE)
