"""Expectations at the publishing boundary as asset checks: a failed one warns, one that errored is an error."""

from collections.abc import Iterator

import dagster as dg

from handleplan_pipeline.catalogue.expectations import suite
from handleplan_pipeline.graph.resources import LakeResource
from handleplan_pipeline.release.expectations import run
from schemas.registry import contract

SEVERITY = {"failed": dg.AssetCheckSeverity.WARN, "errored": dg.AssetCheckSeverity.ERROR}


@dg.multi_asset_check(
    name="publishing_boundary",
    specs=[
        dg.AssetCheckSpec(e.id, asset=dg.AssetKey(e.table.split(".")), description=f"{e.why_da}\n\n{e.why_en}")
        for e in suite()
    ],
)
def publishing_boundary(lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
    names = sorted({n for e in suite() for n in e.inputs})
    tables = {n: lake.lake.read(contract(*n.split("."))) for n in names}
    outcomes = {o.id: o.outcome for o in run(suite(), tables)}
    for e in suite():
        outcome = outcomes[e.id]
        yield dg.AssetCheckResult(
            check_name=e.id,
            asset_key=dg.AssetKey(e.table.split(".")),
            passed=outcome == "passed",
            severity=SEVERITY.get(outcome, dg.AssetCheckSeverity.ERROR),
            metadata={"outcome": outcome},
        )
