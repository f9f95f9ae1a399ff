"""Register: shelter episode, from the deliveries of section_110_stays. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.shelter_episode import SHELTER_EPISODE

DELIVERIES = ("section_110_stays",)


@dg.asset(**table_asset(SHELTER_EPISODE))
def shelter_episode(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(SHELTER_EPISODE, SHELTER_EPISODE.empty(), deliveries=0)


CHECKS = contract_checks(SHELTER_EPISODE)
