"""Register: discharge, from the deliveries of psychiatry_contacts, psychiatry_discharge_notifications. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.discharge import DISCHARGE

DELIVERIES = ("psychiatry_contacts", "psychiatry_discharge_notifications")


@dg.asset(**table_asset(DISCHARGE))
def discharge(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(DISCHARGE, DISCHARGE.empty(), deliveries=0)


CHECKS = contract_checks(DISCHARGE)
