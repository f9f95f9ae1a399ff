"""Expectations: passed, failed and errored are three outcomes, and none of them shows a value."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue.expectations import Expectation, suite
from handleplan_pipeline.release.expectations import NO_ROW, _library, run


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


@pytest.mark.parametrize(("values", "met"), [([], True), ([1], False), ([1, 2], False)])
def test_that_there_is_no_row_is_what_the_library_says_of_it(values: list[int], met: bool) -> None:
    """It is known without asking, because the library costs as much to import as counting a small city."""
    asked, frame = expectation(type=NO_ROW[0], arguments=NO_ROW[1]), pl.DataFrame({"a": values}, {"a": pl.Int64})
    assert _library()(asked, frame) is met
    assert [o.outcome for o in run((asked,), {"output.t": frame})] == ["passed" if met else "failed"]


def test_the_declared_suite_names_known_expectations_and_tables() -> None:
    from schemas.registry import all_contracts

    names = {t.full_name for t in all_contracts().values()}
    assert len({e.id for e in suite()}) == len(suite()) >= 5
    for e in suite():
        assert {e.table, *e.inputs} <= names
