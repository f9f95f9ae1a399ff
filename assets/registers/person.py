"""Register: person, from the deliveries of dst_bef. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.person import PERSON_YEAR

DELIVERIES = ("dst_bef",)


@dg.asset(**table_asset(PERSON_YEAR))
def person(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(PERSON_YEAR, PERSON_YEAR.empty(), deliveries=0)


CHECKS = contract_checks(PERSON_YEAR)
