"""How each rule judged: quantity, interval, limit, three readings. Computed once; the status is derived from it."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.assetkit import contract_checks, table_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.lake import CheckedTable, table_output
from schemas.outputs.judgement import JUDGEMENT

CELLS = {g.slug: dg.AssetIn(["cell", g.slug]) for g in load_catalogue().goals}


@dg.asset(
    **table_asset(JUDGEMENT),
    ins=CELLS | {n: dg.AssetIn(["cell", n]) for n in ("resampled", "adjusted")},
)
def judgement(resampled: pl.DataFrame, adjusted: pl.DataFrame, **cells: Any) -> dg.Output[CheckedTable]:
    evidence = Evidence.of(load_catalogue(), pl.concat(list(cells.values())), resampled, adjusted)
    return table_output(JUDGEMENT, judge(evidence, JUDGEMENT))


CHECKS = contract_checks(JUDGEMENT)
