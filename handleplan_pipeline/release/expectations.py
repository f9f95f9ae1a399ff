"""Great Expectations at the door and at the publishing boundary: suites are data, failed and errored are two results.

Great Expectations sees small pandas frames only (its DuckDB backend fails on every metric) and is imported when a suite
runs, because the import costs seconds. Values of rows never come back: the result format is boolean only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from handleplan_pipeline.catalogue.expectations import Expectation
from handleplan_pipeline.catalogue.plausibility import limits
from handleplan_pipeline.lake.engine import DuckDbEngine


@dataclass(frozen=True)
class Outcome:
    """What came of an expectation; `errored` means it could not be asked."""

    id: str
    outcome: Literal["passed", "failed", "errored"]


def _raised(info: Mapping[str, Any]) -> bool:
    """Whether the expectation could not be asked; the library says so at the top or once per metric."""
    return bool(info.get("raised_exception")) or any(isinstance(v, Mapping) and _raised(v) for v in info.values())


def run(expectations: tuple[Expectation, ...], tables: Mapping[str, pl.DataFrame]) -> list[Outcome]:
    """Ask every expectation. `tables` by `layer.name`; a query sees them as `layer_name`."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    # progress bars would write to the compute log of every run
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("boundary")
    outcomes = []
    for e in expectations:
        try:
            inputs = {name.replace(".", "_"): tables[name] for name in e.inputs}
            frame = DuckDbEngine().query(e.query, inputs, limits(), e.id).to_pandas()
            batch = (
                source.add_dataframe_asset(e.id)
                .add_batch_definition_whole_dataframe("all")
                .get_batch({"dataframe": frame})
            )
            asked = gx.expectations.core.__dict__[e.type](**e.arguments)
            result = batch.validate(asked, result_format="BOOLEAN_ONLY")
            raised = _raised(result.exception_info or {})
            outcomes.append(Outcome(e.id, "errored" if raised else "passed" if result.success else "failed"))
        except Exception:  # an expectation that cannot be asked is its own outcome, whatever went wrong
            outcomes.append(Outcome(e.id, "errored"))
    return outcomes
