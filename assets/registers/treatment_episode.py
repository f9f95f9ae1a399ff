"""Register: treatment episode, from the deliveries of drug_treatment. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.landing import require_no_delivery
from schemas.registers.treatment_episode import TREATMENT_EPISODE

DELIVERIES = ("drug_treatment",)


@dg.asset(**table_asset(TREATMENT_EPISODE))
def treatment_episode(sources: SourcesResource) -> dg.Output[CheckedTable]:
    """Empty as long as nothing has been delivered."""
    require_no_delivery(sources.landing, DELIVERIES)
    return table_output(TREATMENT_EPISODE, TREATMENT_EPISODE.empty(), deliveries=0)


CHECKS = contract_checks(TREATMENT_EPISODE)
