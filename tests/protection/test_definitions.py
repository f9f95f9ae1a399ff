"""The mark of the pinned kinds covers whatever decides how a person is counted, without a list of it."""

import importlib
from typing import Any

import pytest

from assets.protection import kind as counting
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection import definitions

CATALOGUE = load_catalogue()
CONSTANTS = [
    ("handleplan_pipeline.protection.kinds", "LOOK_BACK_YEARS", 4),
    ("handleplan_pipeline.protection.kinds", "MEMBERSHIPS", "select 1"),
    ("assets.goals.goal_05_treatment_access", "COUNTED", "select 1"),
    ("assets.registers.person", "QUERY", "select 1"),
    ("assets.registers.treatment_status", "ROWS", "select 1"),
    ("assets.baselines.baseline_homelessness", "SAID_ON_THE_FORM", {}),
    ("handleplan_pipeline.protection.whole", "EVER", range(2000, 2020)),
]


@pytest.mark.parametrize(("module", "name", "value"), CONSTANTS, ids=lambda x: str(x)[:30])
def test_a_constant_that_is_read_on_the_way_changes_the_mark(
    module: str, name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counting.definitions_mark(CATALOGUE)
    monkeypatch.setattr(importlib.import_module(module), name, value)
    assert counting.definitions_mark(CATALOGUE) != before


def test_a_value_of_the_catalogue_changes_the_mark() -> None:
    before = counting.definitions_mark(CATALOGUE)
    changed = CATALOGUE.model_copy(deep=True)
    changed.indicator("I04").needs["dst_bef"].append(-1)
    assert counting.definitions_mark(changed) != before


def test_a_code_list_changes_the_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    before = counting.definitions_mark(CATALOGUE)
    read = definitions.code_list
    monkeypatch.setattr(definitions, "code_list", lambda name: read(name).head(3))
    assert counting.definitions_mark(CATALOGUE) != before


def one() -> int:
    """Said."""
    # said too
    return LIMIT


LIMIT = 3


def test_what_is_said_of_a_function_is_no_part_of_it() -> None:
    assert definitions._source(one) == "defone()->int:returnLIMIT"


def test_plain_values_are_told_and_nothing_else() -> None:
    told = definitions._constant
    assert told({"a": (1, 2.5), "b": frozenset({"y", "x"})}) == "{'a': [1, 2.5], 'b': ['x', 'y']}"
    assert told(range(3)) == "range(0, 3)"
    assert told(object()) is None
    assert told((1, object())) is None
