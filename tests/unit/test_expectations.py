"""Expectations: passed, failed and errored are three outcomes, and none of them shows a value."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue.expectations import Expectation, suite
from handleplan_pipeline.release.expectations import run


def expectation(**change: object) -> Expectation:
    base = {
        "id": "x",
        "why_da": "d",
        "why_en": "e",
        "table": "output.t",
        "query": "select * from output_t",
        "inputs": ["output.t"],
        "type": "ExpectColumnValuesToBeInSet",
        "arguments": {"column": "a", "value_set": [1]},
    }
    return Expectation.model_validate(base | change)


@pytest.mark.parametrize(
    ("change", "values", "outcome"),
    [
        ({}, [1, 1], "passed"),
        ({}, [1, 2], "failed"),
        ({"query": "select b from output_t"}, [1], "errored"),
        ({"arguments": {"column": "b", "value_set": [1]}}, [1], "errored"),
        ({"type": "ExpectNothingOfTheKind"}, [1], "errored"),
    ],
)
def test_outcomes(change: dict[str, object], values: list[int], outcome: str) -> None:
    assert [o.outcome for o in run((expectation(**change),), {"output.t": pl.DataFrame({"a": values})})] == [outcome]


def test_the_declared_suite_names_known_expectations_and_tables() -> None:
    from schemas.registry import all_contracts

    names = {t.full_name for t in all_contracts().values()}
    assert len({e.id for e in suite()}) == len(suite()) >= 5
    for e in suite():
        assert {e.table, *e.inputs} <= names
