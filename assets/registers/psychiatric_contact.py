"""Register: psychiatric contact, from the deliveries of psychiatry_contacts. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.psychiatric_contact import PSYCHIATRIC_CONTACT

DELIVERIES = ("psychiatry_contacts",)


@dg.asset(**table_asset(PSYCHIATRIC_CONTACT))
def psychiatric_contact(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(PSYCHIATRIC_CONTACT, PSYCHIATRIC_CONTACT.empty(), deliveries=0)


CHECKS = contract_checks(PSYCHIATRIC_CONTACT)
