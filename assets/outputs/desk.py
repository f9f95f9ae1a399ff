"""The desk: one table that says what to do next. Set out by every run and by the daily tick."""

import dagster as dg
from pydantic import Field

from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.ticking import desk_result
from schemas.registry import all_contracts

LAYERS = ("source", "register", "cell")
TABLES = [dg.AssetKey([c.layer, c.name]) for c in all_contracts().values() if c.layer in LAYERS]
"""What a job may end with where it makes no release: the desk comes after them."""


class DeskConfig(dg.Config):
    """What the desk does beside being set out."""

    ring: bool = Field(
        default=False,
        description="Tell people of late data and call the heartbeat, as the daily tick does. "
        "Giv besked om forsinkede data og kald hjerteslaget, som det daglige tik gør.",
    )


@dg.asset(
    key=["release", "desk"],
    deps=[*TABLES, dg.AssetKey(["release", "release"])],
    group_name="release",
    kinds={"table"},
    owners=["team:data-engineering"],
    tags={"sensitivity": "confidential"},
    description="Skrivebordet: hvad der venter på nogen. Forsinkede leveringer, afviste filer, kontroller, kladder, "
    "tilladelser, plads.\n\nThe desk: what waits for somebody. Late deliveries, refused files, checks, drafts, "
    "permissions, room.",
)
def desk(context: dg.AssetExecutionContext, config: DeskConfig, sources: SourcesResource) -> dg.MaterializeResult[None]:
    return desk_result(context, sources, config.ring)
