"""A row's type is its contract: the same columns, of the same type, empty where the contract lets them be."""

import types
import typing
from datetime import date

import polars as pl
import pytest

from schemas import rows
from schemas.adjustment.background import ADJUSTED, BACKGROUND, FITTED_MODEL
from schemas.adjustment.resampled import RESAMPLED
from schemas.contract import Column
from schemas.goals.shape import CELL_COLUMNS
from schemas.outputs.contrast import CONTRAST
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.outputs.observation import OBSERVATION
from schemas.protection.protected import PERSON_LEVEL
from schemas.protection.protected_cell import PROTECTED_CELL

OF = {
    "Cell": CELL_COLUMNS,
    "Observation": OBSERVATION.columns,
    "Judgement": JUDGEMENT.columns,
    "Contrast": CONTRAST.columns,
    "GoalStatus": GOAL_STATUS.columns,
    "PersonLevel": PERSON_LEVEL.columns,
    "Background": BACKGROUND.columns,
    "Adjusted": ADJUSTED.columns,
    "FittedModel": FITTED_MODEL.columns,
    "Resampled": RESAMPLED.columns,
}
HOLDS = {date: pl.Date, str: pl.String, int: (pl.Int32, pl.Int64), float: pl.Float64, bool: pl.Boolean}


def test_every_type_is_compared() -> None:
    assert set(OF) == {n for n, v in vars(rows).items() if typing.is_typeddict(v)}
    assert PROTECTED_CELL.columns == CELL_COLUMNS


@pytest.mark.parametrize("name", OF)
def test_a_rows_type_is_its_contract(name: str) -> None:
    said, columns = typing.get_type_hints(getattr(rows, name)), OF[name]
    assert list(said) == [c.name for c in columns]
    for column in columns:
        assert fits(said[column.name], column), column.name


def fits(hint: object, column: Column) -> bool:
    parts = set(typing.get_args(hint)) if isinstance(hint, types.UnionType) else {hint}
    (kind,) = parts - {types.NoneType}
    wanted = HOLDS[kind]  # type: ignore[index]
    return (types.NoneType in parts) == column.nullable and column.dtype in (
        wanted if isinstance(wanted, tuple) else (wanted,)
    )
