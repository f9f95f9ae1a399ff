"""Register: child measures of BUA and BUFO; a case that runs over several deliveries is one row. Confidential."""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.registers.child_measure import CHILD_MEASURE

QUERY = """
    with delivered as (
        select person, measure_code, start_date, end_date, acting_municipality, period, key_id, data_kind, delivery_id
        from dst_bua where set_aside is null
        union all
        select person, measure_code, start_date, end_date, acting_municipality, period, key_id, data_kind, delivery_id
        from dst_bufo where set_aside is null
    )
    select *, count(*) over (partition by person, measure_code, start_date, acting_municipality) as source_rows
    from delivered
    qualify row_number() over (
        partition by person, measure_code, start_date, acting_municipality order by period desc) = 1
"""


@dg.asset(
    **table_asset(CHILD_MEASURE, kinds=("duckdb", "parquet")),
    ins={"dst_bua": dg.AssetIn(["source", "dst_bua"]), "dst_bufo": dg.AssetIn(["source", "dst_bufo"])},
)
def child_measure(dst_bua: LakeTable, dst_bufo: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(CHILD_MEASURE, QUERY, {"dst_bua": dst_bua, "dst_bufo": dst_bufo})


CHECKS = contract_checks(CHILD_MEASURE)
