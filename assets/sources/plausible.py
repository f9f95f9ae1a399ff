"""At the door: deliveries against the ones before them, asked with Great Expectations; what is unusual is a warning."""

from collections.abc import Iterator

import dagster as dg

from handleplan_pipeline.catalogue.expectations import suite
from handleplan_pipeline.graph.arguments import PLAUSIBLE
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.release.expectations import run
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.deliveries.plausible import MEASURE, compared, unusual
from schemas.registry import delivered_sources

ASKED = "\n\n".join(f"{e.why_da} {e.why_en}" for e in suite("door"))


@dg.multi_asset_check(
    name="at_the_door",
    specs=[
        dg.AssetCheckSpec(PLAUSIBLE, asset=dg.AssetKey(["source", s]), description=ASKED) for s in delivered_sources()
    ],
)
def at_the_door(sources: SourcesResource) -> Iterator[dg.AssetCheckResult]:
    """A delivery that is unusual counts, and its indicators carry a caveat; an expectation that errored is an error."""
    measures = compared(delivery_store(sources.lake_root), delivered_sources())
    errored = [o.id for o in run(suite("door"), {MEASURE: measures}) if o.outcome == "errored"]
    found = unusual(measures)
    for source in delivered_sources():
        mine = [u for u in found if u.source == source]
        yield dg.AssetCheckResult(
            check_name=PLAUSIBLE,
            asset_key=dg.AssetKey(["source", source]),
            passed=not mine and not errored,
            severity=dg.AssetCheckSeverity.ERROR if errored else dg.AssetCheckSeverity.WARN,
            metadata={"unusual": len(mine), "expectations": ", ".join(sorted({u.expectation for u in mine}))},
            description=" ".join([*(f"{e} could not be asked." for e in errored), *(u.sentence for u in mine)]) or None,
        )
