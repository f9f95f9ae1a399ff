"""Source: drug treatment (SIB/SMDB), one row per contact with its substances. Confidential."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, delivered_output, table_asset
from handleplan_pipeline.lake import CheckedTable
from schemas.sources.drug_treatment import DELIVERY, TABLE


@dg.asset(**table_asset(TABLE))
def drug_treatment(context: dg.AssetExecutionContext, sources: SourcesResource) -> dg.Output[CheckedTable]:
    return delivered_output(context, sources, DELIVERY)


CHECKS = contract_checks(TABLE)
