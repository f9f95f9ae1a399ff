"""Register: child measures of BUA and BUFO; a case that runs over several deliveries is one row. Confidential.

Of two that both have, the one that was in force longer stands.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.sources.deliveries.records import known
from schemas.registers.child_measure import CHILD_MEASURE
from schemas.sources.dst_bua import DELIVERY as BUA
from schemas.sources.dst_bufo import DELIVERY as BUFO

QUERY = f"""
    with record as (
        select person, measure_code, start_date, end_date, observed_end, acting_municipality, period, source_rows,
               key_id, data_kind, delivery_id
        from {known(BUA)}
        union all
        select person, measure_code, start_date, end_date, observed_end, acting_municipality, period, source_rows,
               key_id, data_kind, delivery_id
        from {known(BUFO)}
    )
    select * replace (sum(source_rows) over (
        partition by person, measure_code, start_date, acting_municipality) as source_rows)
    from record
    qualify row_number() over (
        partition by person, measure_code, start_date, acting_municipality
        order by observed_end desc, period desc) = 1
"""


@dg.asset(
    **table_asset(CHILD_MEASURE, kinds=("duckdb", "parquet")),
    ins={"dst_bua": dg.AssetIn(["source", "dst_bua"]), "dst_bufo": dg.AssetIn(["source", "dst_bufo"])},
)
def child_measure(dst_bua: LakeTable, dst_bufo: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(CHILD_MEASURE, QUERY, {"dst_bua": dst_bua, "dst_bufo": dst_bufo})


CHECKS = contract_checks(CHILD_MEASURE)
