"""Register: child measure, from the deliveries of dst_bua, dst_bufo. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.child_measure import CHILD_MEASURE

DELIVERIES = ("dst_bua", "dst_bufo")


@dg.asset(**table_asset(CHILD_MEASURE))
def child_measure(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(CHILD_MEASURE, CHILD_MEASURE.empty(), deliveries=0)


CHECKS = contract_checks(CHILD_MEASURE)
