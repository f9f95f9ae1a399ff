"""Register: contact, from the deliveries of special_team_log, crisis_centre_stays. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.contact import CONTACT

DELIVERIES = ("special_team_log", "crisis_centre_stays")


@dg.asset(**table_asset(CONTACT))
def contact(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(CONTACT, CONTACT.empty(), deliveries=0)


CHECKS = contract_checks(CONTACT)
