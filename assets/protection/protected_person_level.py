"""What is made of persons, as it may be printed: background, model cards, and what the rules say of both and of draws.

Trap: a verdict is given on exact figures before they are rounded, and figures that could be solved for counts no table
prints never pass.
"""

import dagster as dg
import polars as pl

from handleplan_pipeline.adjustment.person_verdicts import person_verdicts
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import PROTECTED, contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.protection.models import printed_background, printed_cards, suppressed_places, without_unknown
from handleplan_pipeline.protection.persons import printed_person_level
from handleplan_pipeline.protection.readings import draws_without_unknown
from schemas.protection.protected import PERSON_LEVEL, PROTECTED_BACKGROUND, PROTECTED_CARD

ADJUSTED = dg.AssetIn(["cell", "adjusted"])


@dg.asset(**table_asset(PROTECTED_BACKGROUND), ins={"adjusted": ADJUSTED, "printed": PROTECTED})
def protected_background(adjusted: pl.DataFrame, printed: pl.DataFrame) -> dg.Output[CheckedTable]:
    frame = printed_background(load_catalogue(), adjusted, printed, PROTECTED_BACKGROUND)
    return table_output(PROTECTED_BACKGROUND, frame)


@dg.asset(
    **table_asset(PROTECTED_CARD),
    ins={"fitted_model": dg.AssetIn(["cell", "fitted_model"]), "background": dg.AssetIn(["protected", "background"])},
)
def protected_card(fitted_model: pl.DataFrame, background: pl.DataFrame) -> dg.Output[CheckedTable]:
    return table_output(PROTECTED_CARD, printed_cards(background, fitted_model, PROTECTED_CARD))


@dg.asset(
    **table_asset(PERSON_LEVEL),
    ins={"adjusted": ADJUSTED, "resampled": dg.AssetIn(["cell", "resampled"]), "printed": PROTECTED},
)
def protected_person_level(
    adjusted: pl.DataFrame, resampled: pl.DataFrame, printed: pl.DataFrame
) -> dg.Output[CheckedTable]:
    catalogue = load_catalogue()
    known, draws = without_unknown(catalogue, adjusted, printed), draws_without_unknown(catalogue, resampled, printed)
    verdicts, suppressed = person_verdicts(catalogue, known, draws), suppressed_places(catalogue, adjusted, printed)
    return table_output(PERSON_LEVEL, printed_person_level(catalogue, verdicts, printed, suppressed, PERSON_LEVEL))


CHECKS = contract_checks(PROTECTED_BACKGROUND, PROTECTED_CARD, PERSON_LEVEL)
