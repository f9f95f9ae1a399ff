"""How each rule judged: quantity, interval, limit, three readings. Computed once; the status is derived from it.

Judged on protected cells alone, so that no hidden count has a say. A hidden number of unknown ancestry is tried at both
ends of its range: where they disagree, nobody can tell.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import PROTECTED, contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.protection.readings import possible_cells, printed_readings
from schemas.outputs.judgement import JUDGEMENT


@dg.asset(
    **table_asset(JUDGEMENT), ins={"person_level": dg.AssetIn(["protected", "person_level"]), "printed": PROTECTED}
)
def judgement(person_level: pl.DataFrame, printed: pl.DataFrame) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    worlds = possible_cells(catalogue, printed)
    judged = [judge(Evidence.of(catalogue, cells, person_level), JUDGEMENT) for cells in worlds]
    return table_output(JUDGEMENT, printed_readings(catalogue, judged, printed, JUDGEMENT))


CHECKS = contract_checks(JUDGEMENT)
