"""Register: criminal decisions; a type of decision that is not on the code list stops the run. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.codes import code_list
from schemas.registers.decision import DECISION

QUERY = """
    select person, case_id, decision_date, offence_date, offence_code, offence_municipality,
           dst_kraf.decision_type, decision_type.guilty = 'true' as guilty, 1 as source_rows, key_id, data_kind,
           delivery_id
    from dst_kraf left join decision_type on dst_kraf.decision_type = decision_type.code
    where set_aside is null
"""


@dg.asset(
    **table_asset(DECISION, kinds=("duckdb", "parquet")),
    ins={"dst_kraf": dg.AssetIn(["source", "dst_kraf"])},
)
def decision(dst_kraf: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(DECISION, QUERY, {"dst_kraf": dst_kraf}, {"decision_type": code_list("decision_type")})


CHECKS = contract_checks(DECISION)
