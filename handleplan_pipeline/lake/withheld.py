"""One wrapper for the errors of libraries: their words can hold values of confidential rows, so they are withheld."""

import contextlib
from collections.abc import Callable, Iterator

from handleplan_pipeline.errors import ContractError, HandleplanError

LIBRARIES = {
    "polars",
    "pandera",
    "great_expectations",
    "pyarrow",
    "duckdb",
    "_duckdb",
    "pydantic",
    "pydantic_core",
    "pyo3_runtime",
}
"""Where an error's text is somebody else's. `pyo3_runtime` is what Polars calls an error it did not expect."""


def is_of_a_library(error: BaseException) -> bool:
    """Whether the error comes from one of the libraries, going by where its class was made."""
    return type(error).__module__.partition(".")[0] in LIBRARIES


@contextlib.contextmanager
def withheld(
    what: str,
    remedy: str = "Run it on synthetic data to see them.",
    kind: Callable[[str], HandleplanError] = ContractError,
) -> Iterator[None]:
    """Turn a library's error into a sentence: `what` (table, rule, column) failed with which class of error.

    Usable as a decorator too. Raises `kind`.
    """
    try:
        yield
    except BaseException as e:
        if not is_of_a_library(e):
            raise
        name = type(e).__name__
    else:
        return
    words = "its words are withheld because they can hold values of rows"
    raise kind(f"{what}: failed with {name}; {words}. {remedy}") from None
