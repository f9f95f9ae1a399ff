"""The catalogue as tables: one asset per table of schema meta that comes from the plan."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.tables import TABLES
from handleplan_pipeline.graph.arguments import contract_checks, metadata_of
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.meta.catalogue import CATALOGUE_TABLES


@dg.multi_asset(
    name="catalogue_tables",
    outs={
        t.name: dg.AssetOut(
            key=dg.AssetKey([t.layer, t.name]),
            group_name="meta",
            io_manager_key="io_manager",
            description=f"{t.description_da}\n\n{t.description_en}",
            metadata=metadata_of(t),
            owners=["team:data-engineering"],
            kinds={"yaml", "parquet"},
            tags={"sensitivity": "public"},
        )
        for t in CATALOGUE_TABLES
    },
)
def catalogue_tables() -> Iterator[dg.Output[CheckedTable]]:
    catalogue = load_catalogue()
    for t in CATALOGUE_TABLES:
        rows: list[dict[str, Any]] = TABLES[t.name](catalogue)
        yield table_output(t, t.conform(rows), output_name=t.name)


CHECKS = contract_checks(*CATALOGUE_TABLES)
