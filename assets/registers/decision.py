"""Register: decision, from the deliveries of dst_kraf. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.decision import DECISION

DELIVERIES = ("dst_kraf",)


@dg.asset(**table_asset(DECISION))
def decision(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(DECISION, DECISION.empty(), deliveries=0)


CHECKS = contract_checks(DECISION)
