"""The joint plan over all linked counts of a release, and its certificates.

Trap: tables that are each safe give cells away together; totals, groups, sexes, ages, nested populations, sensitivity
series and earlier releases are therefore one system per block of linked series.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import GOAL_CELLS, STATISTICS_OWNER, contract_checks, metadata_of
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import LakeResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.protection.apply import fingerprint
from handleplan_pipeline.protection.giving_up import CONTRADICTION
from handleplan_pipeline.protection.kinds import kinds_of_table
from handleplan_pipeline.protection.known import known_before
from handleplan_pipeline.protection.plan import make_plan, no_plan
from schemas.protection.suppression_plan import CERTIFICATE, SUPPRESSION_PLAN

CELLS = GOAL_CELLS | {"baseline_homelessness": dg.AssetIn(["cell", "baseline_homelessness"])}
TABLES = (SUPPRESSION_PLAN, CERTIFICATE)
PLAN = dg.AssetKey(["cell", "suppression_plan"])
ADDS_UP = "adds_up"
WHY = (
    "Tællinger, der hører sammen, stemmer indbyrdes; ellers vises intet af dem. Linked counts add up; where they do "
    "not, nothing of them is printed, and the deliveries behind them must be compared."
)


@dg.multi_asset(
    name="suppression_plan",
    ins=CELLS | {"kind": dg.AssetIn(["cell", "kind"])},
    outs={
        t.name: dg.AssetOut(
            key=dg.AssetKey([t.layer, t.name]),
            group_name="protection",
            io_manager_key="io_manager",
            description=f"{t.description_da}\n\n{t.description_en}",
            metadata=metadata_of(t),
            owners=[STATISTICS_OWNER],
            kinds={"python", "parquet"},
            tags={"sensitivity": "confidential"},
        )
        for t in TABLES
    },
    check_specs=[dg.AssetCheckSpec(ADDS_UP, asset=PLAN, description=WHY)],
)
def suppression_plan(
    lake: LakeResource, kind: pl.DataFrame, **cells: Any
) -> Iterator[dg.Output[CheckedTable] | dg.AssetCheckResult]:
    frames: dict[str, pl.DataFrame] = cells
    marks = {i: fingerprint(f) for f in frames.values() for i in f["indicator_id"].unique().to_list()}
    everything = pl.concat(list(frames.values()))
    if lake.disclosure == "on":
        salt, own = lake.lake.sealed("certificates"), kinds_of_table(kind)
        planned = make_plan(load_catalogue(), everything, known_before(lake.lake), salt, own)
    else:
        planned = no_plan(load_catalogue(), everything)
    rows = [r | {"counts_sha256": marks[r["indicator_id"]]} for r in planned.rows]
    hidden = sum(r["hidden"] for r in rows)
    for t, made in ((SUPPRESSION_PLAN, rows), (CERTIFICATE, planned.certificates)):
        proofs = len(planned.certificates)
        yield table_output(t, t.conform(made), output_name=t.name, hidden_rows=hidden, certificates=proofs)
    wrong = sorted({(r["block"], r["base_year"]) for r in rows if r["given_up_because"] == CONTRADICTION})
    yield dg.AssetCheckResult(
        check_name=ADDS_UP,
        asset_key=PLAN,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description=", ".join(f"{block} {year}" for block, year in wrong) or None,
    )


CHECKS = contract_checks(*TABLES)
