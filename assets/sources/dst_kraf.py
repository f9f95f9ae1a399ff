"""Source: criminal decisions (KRAF), one row per decision with its main offence. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, delivered_output, table_asset
from handleplan_pipeline.lake import CheckedTable
from schemas.sources.dst_kraf import DELIVERY, TABLE


@dg.asset(**table_asset(TABLE))
def dst_kraf(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    return delivered_output(context, sources, DELIVERY)


CHECKS = contract_checks(TABLE)
