"""Register: schooling, from the deliveries of dst_kotre, dst_udfk. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.schooling import SCHOOLING

DELIVERIES = ("dst_kotre", "dst_udfk")


@dg.asset(**table_asset(SCHOOLING))
def schooling(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(SCHOOLING, SCHOOLING.empty(), deliveries=0)


CHECKS = contract_checks(SCHOOLING)
