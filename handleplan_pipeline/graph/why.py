"""Why a step failed, in a line of the run's log: in the UI an error's own sentence stands below a stack of calls."""

import dagster as dg

from handleplan_pipeline.errors import HandleplanError


@dg.failure_hook(name="say_why")
def say_why(context: dg.HookContext) -> None:
    """Log the sentence of our own error, wherever among the causes it is; other texts may quote a row and stay away."""
    error: BaseException | None = context.op_exception
    while error is not None:
        if isinstance(error, HandleplanError):
            context.log.error(str(error))
            return
        error = error.__cause__ or error.__context__
