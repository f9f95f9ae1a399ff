"""Register: area resident, from the deliveries of housing_residents, dst_dream. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.area_resident import AREA_RESIDENT

DELIVERIES = ("housing_residents", "dst_dream")


@dg.asset(**table_asset(AREA_RESIDENT))
def area_resident(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(AREA_RESIDENT, AREA_RESIDENT.empty(), deliveries=0)


CHECKS = contract_checks(AREA_RESIDENT)
