"""Source: stays in section 110 shelters, real admission and discharge dates. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, delivered_output, table_asset
from handleplan_pipeline.lake import CheckedTable
from schemas.sources.section_110_stays import DELIVERY, TABLE


@dg.asset(**table_asset(TABLE))
def section_110_stays(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    return delivered_output(context, sources, DELIVERY)


CHECKS = contract_checks(TABLE)
