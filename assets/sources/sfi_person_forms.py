"""Source: person forms of the SFI homelessness count, week 6. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, delivered_output, table_asset
from handleplan_pipeline.lake import CheckedTable
from schemas.sources.sfi_person_forms import DELIVERY, TABLE


@dg.asset(**table_asset(TABLE))
def sfi_person_forms(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    return delivered_output(context, sources, DELIVERY)


CHECKS = contract_checks(TABLE)
