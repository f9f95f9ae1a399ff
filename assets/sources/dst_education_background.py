"""Source: highest education of parents (UDDA), background of the cohort. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, delivered_output, table_asset
from handleplan_pipeline.lake import CheckedTable
from schemas.sources.dst_education_background import DELIVERY, TABLE


@dg.asset(**table_asset(TABLE))
def dst_education_background(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    return delivered_output(context, sources, DELIVERY)


CHECKS = contract_checks(TABLE)
