"""Background and bootstraps from counted persons: one pass over the registers. Confidential.

Goal 2 is standardised from its cells, whichever route gave them.

Trap: the model is fitted on the reference group alone, so that tiny groups cost no parameters; and persons who come in
two years are drawn with both, or an interval would be too narrow.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.baselines import baseline_homelessness
from assets.goals import (
    goal_01_ninth_grade,
    goal_03_stable_housing,
    goal_04_shelter_stays,
    goal_06_open_drug_scene,
    goal_08_violence_duration,
    goal_09_psychiatric_follow_up,
    goal_10_transfer_income,
)
from handleplan_pipeline.adjustment import background
from handleplan_pipeline.adjustment.background import AdjustedRow
from handleplan_pipeline.adjustment.person_level import Amounts, PersonLevel, Question
from handleplan_pipeline.adjustment.resample import SEED
from handleplan_pipeline.adjustment.standardised import standardised_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import (
    STATISTICS_OWNER,
    contract_checks,
    metadata_of,
    registers_read,
    sensitivity,
)
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import LakeResource
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from schemas.adjustment.background import ADJUSTED, FITTED_MODEL
from schemas.adjustment.resampled import RESAMPLED
from schemas.contract import TableContract
from schemas.rows import FittedModel

MODULES = {
    1: goal_01_ninth_grade,
    3: goal_03_stable_housing,
    4: goal_04_shelter_stays,
    6: goal_06_open_drug_scene,
    8: goal_08_violence_duration,
    9: goal_09_psychiatric_follow_up,
    10: goal_10_transfer_income,
}
AMOUNTS = (Amounts(baseline_homelessness.COUNTED, baseline_homelessness.COUNTS),)
"""What baselines compare between groups."""
REGISTERS = tuple(sorted({*registers_read([*MODULES.values(), baseline_homelessness]), *background.REGISTERS}))
YOUTH_CRIME = "goal_02_youth_crime"
"""The goal whose cells are standardised."""
TABLES = (ADJUSTED, RESAMPLED, FITTED_MODEL)


def questions() -> list[Question]:
    return [
        Question(goal, m.COUNTED, m.COUNTS)  # type: ignore[attr-defined]
        for goal, m in MODULES.items()
    ]


def adjusted_and_cards(rows: list[AdjustedRow], kind: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table of observed against expected, and a card per fitted model."""
    cards = [
        FittedModel(
            model_id=str(r["model_id"]),
            term=term,
            coefficient=value,
            formula=card.formula,
            n_ref=card.n_ref,
            events_ref=card.events_ref,
            data_hash=card.data_hash,
            seed=SEED,
            data_kind=r.get("data_kind", kind),
        )
        for r in rows
        if (card := r.pop("card", None)) is not None
        for term, value in card.coefficients.items()
    ]
    return ADJUSTED.conform([{"data_kind": kind} | r for r in rows]), FITTED_MODEL.conform(cards)


def _out(t: TableContract) -> dg.AssetOut:
    return dg.AssetOut(
        key=dg.AssetKey([t.layer, t.name]),
        group_name="judgement",
        io_manager_key="io_manager",
        description=f"{t.description_da}\n\n{t.description_en}",
        metadata=metadata_of(t),
        owners=[STATISTICS_OWNER],
        kinds={"duckdb", "parquet"},
        tags={"sensitivity": sensitivity(t)},
    )


@dg.multi_asset(
    name="person_level",
    ins={n: dg.AssetIn(["register", n], dagster_type=LakeTable) for n in REGISTERS}
    | {n: dg.AssetIn(["source", n], dagster_type=LakeTable) for n in background.SOURCES}
    | {"row_account": dg.AssetIn(["register", "row_account"]), "youth_crime": dg.AssetIn(["cell", YOUTH_CRIME])},
    outs={t.name: _out(t) for t in TABLES},
)
def person_level(
    lake: LakeResource, row_account: pl.DataFrame, youth_crime: pl.DataFrame, **tables: LakeTable
) -> Iterator[dg.Output[CheckedTable]]:
    catalogue = load_catalogue()
    kind = next(iter(row_account["data_kind"].drop_nulls().to_list()), "delivered")
    generated = set(row_account["data_kind"].drop_nulls()) == {"synthetic"}
    seed = SEED if generated else lake.lake.seed("bootstrap")
    level = PersonLevel(catalogue, questions(), tables, row_account, seed, AMOUNTS)
    of_persons = level.adjusted() if level.years else []
    adjusted, cards = adjusted_and_cards([*of_persons, *standardised_rows(catalogue, youth_crime)], kind)
    resampled = RESAMPLED.conform([r | {"data_kind": kind} for r in (level.resampled() if level.years else [])])
    for t, frame in ((ADJUSTED, adjusted), (RESAMPLED, resampled), (FITTED_MODEL, cards)):
        yield table_output(t, frame, output_name=t.name)


CHECKS = contract_checks(*TABLES)
