"""What is said of each goal and year, and the row of every number in it. Each goal's asset is told its headline."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.titles import described
from handleplan_pipeline.graph.arguments import STATISTICS_OWNER, contract_checks, metadata_of
from handleplan_pipeline.graph.outputs import goals_told, table_output
from handleplan_pipeline.judgement.status import statements
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.outputs.statement import STATEMENT, STATEMENT_NUMBER


@dg.multi_asset(
    name="statements",
    ins={n: dg.AssetIn(["output", n]) for n in ("observation", "judgement", "goal_status")},
    outs={
        t.name: dg.AssetOut(
            key=dg.AssetKey([t.layer, t.name]),
            group_name=t.layer,
            io_manager_key="io_manager",
            description="\n\n".join(described(load_catalogue(), t)),
            metadata=metadata_of(t),
            owners=[STATISTICS_OWNER],
            kinds={"polars", "parquet"},
            tags={"sensitivity": "public"},
        )
        for t in (STATEMENT, STATEMENT_NUMBER)
    },
)
def statement(
    context: dg.AssetExecutionContext, observation: pl.DataFrame, judgement: pl.DataFrame, goal_status: pl.DataFrame
) -> Iterator[dg.Output[CheckedTable]]:
    catalogue = load_catalogue()
    written = statements(catalogue, observation, judgement, catalogue.plan.municipality_code)
    said = STATEMENT.conform([w.row for w in written])
    for told in goals_told(catalogue, said, goal_status, observation):
        context.log_event(told)
    yield table_output(STATEMENT, said, output_name=STATEMENT.name)
    numbers = STATEMENT_NUMBER.conform([n for w in written for n in w.numbers])
    yield table_output(STATEMENT_NUMBER, numbers, output_name=STATEMENT_NUMBER.name)


CHECKS = contract_checks(STATEMENT, STATEMENT_NUMBER)
