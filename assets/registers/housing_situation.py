"""Register: housing situation, from the deliveries of address_history. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.housing_situation import HOUSING_SITUATION

DELIVERIES = ("address_history",)


@dg.asset(**table_asset(HOUSING_SITUATION))
def housing_situation(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(HOUSING_SITUATION, HOUSING_SITUATION.empty(), deliveries=0)


CHECKS = contract_checks(HOUSING_SITUATION)
