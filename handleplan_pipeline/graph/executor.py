"""How a queued run executes its steps: in its own process, or each in another one, the lake held for the whole run."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings

FORKED = {"forkserver": {"preload_modules": ["handleplan_pipeline.definitions"]}}
"""A step's process is forked from one that has imported the definitions and computed nothing: importing takes seconds,
and threads of a library that computes do not live on in a fork."""


class HoldingExecutor(dg.Executor):
    """Another executor, with the lake held from the first step to the last.

    The process that steers the run has the lock, in the run's name; the processes of its steps take part
    (`Lake.lock_of_step`). So no other run comes between two steps, and a killed run frees the lake with its last step.
    """

    def __init__(self, inner: dg.Executor) -> None:
        self._inner = inner

    @property
    def retries(self) -> Any:
        return self._inner.retries

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[Any]:
        settings = get_settings()
        with Lake(settings.lake).lock(settings.lock_wait_seconds, plan_context.run_id):
            yield from self._inner.execute(plan_context, execution_plan)


@dg.executor(
    name="processes",
    config_schema={
        "max_concurrent": dg.Field(
            int, default_value=0, description="Trin ad gangen. Steps side by side; 0: one for each core."
        )
    },
    requirements=dg.multiple_process_executor_requirements(),
)
def processes(context: dg.InitExecutorContext) -> dg.Executor:
    """A process per step. One that failed is told and not tried again: most reasons are about data."""
    inner = {**context.executor_config, "start_method": FORKED, "retries": {"disabled": {}}}
    create = dg.multiprocess_executor.executor_creation_fn
    assert create is not None
    return HoldingExecutor(create(context._replace(executor_config=inner)))


def chosen() -> dg.ExecutorDefinition:
    """The executor that the settings name, for jobs that make tables."""
    return processes if get_settings().executor == "processes" else dg.in_process_executor
