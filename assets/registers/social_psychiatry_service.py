"""Register: social psychiatry service, from the deliveries of social_psychiatry_services. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.social_psychiatry_service import SOCIAL_PSYCHIATRY_SERVICE

DELIVERIES = ("social_psychiatry_services",)


@dg.asset(**table_asset(SOCIAL_PSYCHIATRY_SERVICE))
def social_psychiatry_service(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(SOCIAL_PSYCHIATRY_SERVICE, SOCIAL_PSYCHIATRY_SERVICE.empty(), deliveries=0)


CHECKS = contract_checks(SOCIAL_PSYCHIATRY_SERVICE)
