"""Source: psychiatric hospital contacts, LPR3 layout (from March 2019). Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, delivered_output, table_asset
from handleplan_pipeline.lake import CheckedTable
from schemas.sources.psychiatry_contacts_lpr3 import DELIVERY, TABLE


@dg.asset(**table_asset(TABLE))
def psychiatry_contacts_lpr3(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    return delivered_output(context, sources, DELIVERY)


CHECKS = contract_checks(TABLE)
