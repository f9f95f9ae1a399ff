"""Source: the special team's log of contacts, anonymous ones too. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, delivered_output, table_asset
from handleplan_pipeline.lake import CheckedTable
from schemas.sources.special_team_log import DELIVERY, TABLE


@dg.asset(**table_asset(TABLE))
def special_team_log(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    return delivered_output(context, sources, DELIVERY)


CHECKS = contract_checks(TABLE)
