"""Register: exits from grade 9 (KOTRE) and marks of the compulsory exam subjects (UDFK). Confidential.

Trap: spells of one grade that end on one day are one exit, completed where one of them is.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import register_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.registers.schooling import SCHOOLING

QUERY = """
    select person, 'exit' as event, end_date as event_date, part as subject,
           bool_or(coalesce(trim(completed_code, '0') <> '', false)) as completed, null as mark_class,
           count(*) as source_rows, any_value(key_id) as key_id, any_value(data_kind) as data_kind,
           max(delivery_id) as delivery_id
    from dst_kotre where set_aside is null
    group by person, end_date, part
    union all
    select person, 'mark', mark_date, subject || ' ' || test_form,  null,
           case when mark in ('-3', '00') then 'failed' when mark in ('02', '4', '7', '10', '12') then 'passed'
                when mark in ('81', '84', '85', '86', '87', '88', '89', '91', '96', '97', '98') then 'no_mark'
                else error('mark') end,
           1, key_id, data_kind, delivery_id
    from dst_udfk where set_aside is null
"""


@dg.asset(
    **table_asset(SCHOOLING, kinds=("duckdb", "parquet")),
    ins={"dst_kotre": dg.AssetIn(["source", "dst_kotre"]), "dst_udfk": dg.AssetIn(["source", "dst_udfk"])},
)
def schooling(dst_kotre: LakeTable, dst_udfk: LakeTable) -> dg.Output[CheckedTable]:
    return register_output(SCHOOLING, QUERY, {"dst_kotre": dst_kotre, "dst_udfk": dst_udfk})


CHECKS = contract_checks(SCHOOLING)
