"""Register: transfer income in the reference week and over the year. Confidential.

A benefit that is on no list is neither transfer income nor none: its row is null and breaks the contract.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.codes import code_list
from schemas.registers.benefit import BENEFIT

QUERY = """
    select person, period as year, reference_week,
           reference_code is not null and benefit.use = 'counted' as on_transfer,
           reference_code is not null and benefit.use = 'optional' as early_retirement,
           transfer_weeks * 2 >= weeks as half_year, 1 as source_rows, key_id, data_kind, delivery_id
    from dst_dream left join benefit on dst_dream.reference_code = benefit.code
    where set_aside is null
"""


@dg.asset(
    **table_asset(BENEFIT, kinds=("duckdb", "parquet")),
    ins={"dst_dream": dg.AssetIn(["source", "dst_dream"])},
)
def benefit(dst_dream: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(BENEFIT, QUERY, {"dst_dream": dst_dream}, {"benefit": code_list("benefit")})


CHECKS = contract_checks(BENEFIT)
