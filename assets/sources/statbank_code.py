"""Source: the code lists of the StatBank tables in use, from StatBank's own table descriptions."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.statbank import StatBankResults, fresh_result, fresh_spec
from handleplan_pipeline.sources.statbank.extracts import FOLK1E, STRAFNA6, STRAFNA7, STRAFNA9
from schemas.sources.statbank_code import CODE


@dg.asset(**table_asset(CODE, check_specs=[fresh_spec(CODE)]))
def statbank_code(sources: SourcesResource) -> StatBankResults:
    source = sources.statbank_source()
    found = [source.description(e) for e in (STRAFNA9, FOLK1E, STRAFNA6, STRAFNA7)]
    rows = [
        {
            "table_id": info.id,
            "variable": variable.code,
            "code": value.id,
            "label_en": value.text.strip(),
            "elimination": variable.elimination,
            "is_time": variable.time,
            "suppressed_value": info.suppressed_value or "..",
        }
        for info in (f.info for f in found)
        for variable in info.variables
        for value in variable.values
    ]
    yield table_output(CODE, CODE.conform(rows))
    yield fresh_result(CODE, found)


CHECKS = contract_checks(CODE)
