"""Great Expectations at the door and at the publishing boundary: suites are data, failed and errored are two results.

Great Expectations sees small pandas frames only (its DuckDB backend fails on every metric) and is imported when an
expectation needs it, because the import costs as much as counting a small city. Values of rows never come back: the
result format is boolean only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from handleplan_pipeline.catalogue.expectations import Expectation
from handleplan_pipeline.catalogue.plausibility import limits
from handleplan_pipeline.lake.engine import get_engine


@dataclass(frozen=True)
class Outcome:
    """What came of an expectation; `errored` means it could not be asked."""

    id: str
    outcome: Literal["passed", "failed", "errored"]


def _raised(info: Mapping[str, Any]) -> bool:
    """Whether the expectation could not be asked; the library says so at the top or once per metric."""
    return bool(info.get("raised_exception")) or any(isinstance(v, Mapping) and _raised(v) for v in info.values())


NO_ROW = ("ExpectTableRowCountToEqual", {"value": 0})
"""Met by an empty frame and by no other: known without the library, which is asked everything else."""


def run(expectations: tuple[Expectation, ...], tables: Mapping[str, pl.DataFrame]) -> list[Outcome]:
    """Ask every expectation. `tables` by `layer.name`; a query sees them as `layer_name`."""
    ask: Callable[[Expectation, pl.DataFrame], bool | None] | None = None
    outcomes = []
    for e in expectations:
        try:
            inputs = {name.replace(".", "_"): tables[name] for name in e.inputs}
            frame = get_engine().query(e.query, inputs, limits(), e.id)
            met: bool | None = frame.is_empty()
            if (e.type, e.arguments) != NO_ROW:
                ask = ask or _library()
                met = ask(e, frame)
            outcomes.append(Outcome(e.id, "errored" if met is None else "passed" if met else "failed"))
        except Exception:  # an expectation that cannot be asked is its own outcome, whatever went wrong
            outcomes.append(Outcome(e.id, "errored"))
    return outcomes


def _library() -> Callable[[Expectation, pl.DataFrame], bool | None]:
    """Great Expectations as a question: is this met by that frame? None: it could not be asked."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    # progress bars would write to the compute log of every run
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("boundary")

    def ask(e: Expectation, frame: pl.DataFrame) -> bool | None:
        whole = source.add_dataframe_asset(e.id).add_batch_definition_whole_dataframe("all")
        asked = gx.expectations.core.__dict__[e.type](**e.arguments)
        result = whole.get_batch({"dataframe": frame.to_pandas()}).validate(asked, result_format="BOOLEAN_ONLY")
        return None if _raised(result.exception_info or {}) else bool(result.success)

    return ask
