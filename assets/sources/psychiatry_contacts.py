"""Source: psychiatric hospital contacts, LPR2 layout (to March 2019). Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, delivered_output, table_asset
from handleplan_pipeline.lake import CheckedTable
from schemas.sources.psychiatry_contacts import DELIVERY, TABLE


@dg.asset(**table_asset(TABLE))
def psychiatry_contacts(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    return delivered_output(context, sources, DELIVERY)


CHECKS = contract_checks(TABLE)
