"""Source: the code lists of the StatBank tables in use, from StatBank's own table descriptions."""

import dagster as dg

from handleplan_pipeline.assetkit import SourcesResource, contract_checks, table_asset
from handleplan_pipeline.lake import CheckedTable, table_output
from handleplan_pipeline.statbank.extracts import FOLK1E, STRAFNA9
from schemas.sources.statbank_code import CODE


@dg.asset(**table_asset(CODE))
def statbank_code(sources: SourcesResource) -> dg.Output[CheckedTable]:
    source = sources.statbank_source()
    rows = [
        {
            "table_id": info.id, "variable": variable.code, "code": value.id, "label_en": value.text.strip(),
            "elimination": variable.elimination, "is_time": variable.time,
            "suppressed_value": info.suppressed_value or "..",
        }
        for info in (source.tableinfo(e) for e in (STRAFNA9, FOLK1E))
        for variable in info.variables
        for value in variable.values
    ]  # fmt: skip
    return table_output(CODE, CODE.conform(rows))


CHECKS = contract_checks(CODE)
