"""Register: who is named by a population row that was set aside: living in Denmark, and nothing else is known of them.

Trap: who is in no population file of a year is read as dead or emigrated. A row that breaks a rule still says that its
person is there, and where; one of another day than 1 January says nothing. Rows that differ in where say nothing of it.
Confidential.
"""

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.registers import made
from handleplan_pipeline.sources.deliveries.allowed import OUTSIDE_PERIOD
from schemas.registers.person_set_aside import PERSON_SET_ASIDE

QUERY = f"""
    select person, period as year,
           case when min(municipality) = max(municipality) and count(*) = count(municipality)
                then min(municipality) end as geography, count(*) as source_rows, any_value(key_id) as key_id,
           any_value(data_kind) as data_kind, any_value(delivery_id) as delivery_id
    from dst_bef
    where set_aside is not null and set_aside <> '{OUTSIDE_PERIOD}' and person is not null
    group by person, period
"""


@dg.asset(
    **table_asset(PERSON_SET_ASIDE, kinds=("duckdb", "parquet")),
    ins={"dst_bef": dg.AssetIn(["source", "dst_bef"], partition_mapping=dg.AllPartitionMapping())},
)
def person_set_aside(dst_bef: LakeTable) -> dg.Output[CheckedTable]:
    return table_output(PERSON_SET_ASIDE, made(PERSON_SET_ASIDE, QUERY, {"dst_bef": dst_bef}))


CHECKS = contract_checks(PERSON_SET_ASIDE)
