"""Register: reported partner violence. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.registers.victimisation import VICTIMISATION

QUERY = """
    select person, case_id, offence_date, 1 as source_rows, key_id, data_kind, delivery_id
    from dst_victims where set_aside is null
"""


@dg.asset(
    **table_asset(VICTIMISATION, kinds=("duckdb", "parquet")),
    ins={"dst_victims": dg.AssetIn(["source", "dst_victims"])},
)
def victimisation(dst_victims: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(VICTIMISATION, QUERY, {"dst_victims": dst_victims})


CHECKS = contract_checks(VICTIMISATION)
