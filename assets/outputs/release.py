"""The release and the warehouse: the end of the graph."""

from pathlib import Path
from typing import Any

import dagster as dg

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.resources import LakeResource
from handleplan_pipeline.lake.warehouse import rebuild
from handleplan_pipeline.release.publish import publish
from handleplan_pipeline.release.states import beside, login
from schemas.registry import all_contracts

LAYERS = ("source", "register", "cell", "protected", "baseline", "goal", "overall", "output", "meta")
BUILT_BY_THE_RELEASE = ("release", "column", "check", "run", "revision", "vintage", "mean_revision", "release_event")
TABLES = [
    dg.AssetKey([c.layer, c.name])
    for c in all_contracts().values()
    if c.layer in LAYERS and not (c.layer == "meta" and c.name in BUILT_BY_THE_RELEASE)
]
PROOFS = [dg.AssetKey(["cell", "suppression_plan"]), dg.AssetKey(["cell", "certificate"])]
PUBLIC = [
    dg.AssetKey([c.layer, c.name])
    for c in all_contracts().values()
    if c.public and dg.AssetKey([c.layer, c.name]) in TABLES
]


@dg.asset(
    key=["release", "warehouse"],
    deps=TABLES,
    group_name="release",
    kinds={"duckdb"},
    owners=["team:data-engineering"],
    tags={"sensitivity": "confidential"},
    description="En view pr. tabel i alle lag, i data_lake/warehouse.duckdb. FORTROLIG.\n\n"
    "A view per table of every layer, in data_lake/warehouse.duckdb. CONFIDENTIAL.",
)
def warehouse(lake: LakeResource) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"views": rebuild(lake.lake)})


@dg.asset(
    key=["release", "release"],
    deps=[*PUBLIC, *PROOFS],
    group_name="release",
    kinds={"duckdb", "parquet"},
    owners=["team:data-engineering"],
    tags={"sensitivity": "public"},
    description="Udgivelsen: data_lake/releases/`<id>`/. Hvor nogen godkender, foreslås den kun.\n\n"
    "The release: built aside, verified and audited in fresh processes, swapped in; where people approve, proposed.",
)
def release(lake: LakeResource) -> dg.MaterializeResult[None]:
    approvers = Path(lake.approvers) if lake.approvers else None
    done = publish(lake.lake, load_catalogue(), lake.disclosure == "on", lake.release_parts, approvers, login())
    if done.state == "proposed":
        beside(lake.lake, done.release_id)
    page = done.path / "report" / "index.html"
    report = {"report": dg.MetadataValue.path(page)} if page.is_file() else {}
    about: dict[str, Any] = {"release_id": done.release_id, "state": done.state, "tables": done.tables}
    return dg.MaterializeResult(metadata=about | report)
