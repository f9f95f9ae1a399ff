"""What a person reads when something goes wrong: one sentence and an exit code, never a library's text.

Errors of our own say what to do and hold no value of a confidential row. Texts of libraries (Polars, DuckDB, pydantic,
zipfile ...) may quote one, so only their type and the place in our code are told.
"""

import errno
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer import Abort

from handleplan_pipeline.errors import ConfigurationError, DiskFullError, HandleplanError
from handleplan_pipeline.lake.pseudonym import CPR_LIKE

UNEXPECTED, RUN_FAILED, INTERRUPTED, READER_LEFT = 1, 7, 130, 141
"""Exit codes that belong to no error class: anything unforeseen, a run with a failed step, 128 + SIGINT, + SIGPIPE."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
STOPPED = "Stopped before the end (Ctrl-C). Nothing was left half-written; the last release stays. Run it again."
OUR_CODE = ("handleplan_pipeline", "assets", "schemas")


def disk_full(what: str) -> str:
    return f"{what}: there is no room left on the disk. The last release stays. Make room and run it again."


def path_in_words(path: Any) -> str:
    """A path that may be printed: a file's name can hold a person number."""
    text = str(path)
    return "a file (its name looks like a person number)" if re.search(CPR_LIKE, text) else text


def sentence_of(error: BaseException) -> tuple[str, int]:
    """What to print for an error, and the exit code."""
    if isinstance(error, HandleplanError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt | Abort):
        # Abort: whoever was asked for an answer went away
        return STOPPED, INTERRUPTED
    if isinstance(error, OSError) and not _of_a_library(error):
        where = path_in_words(error.filename) if error.filename else "writing"
        if error.errno in FULL:
            return disk_full(where), DiskFullError.exit_code
        reason = error.strerror or type(error).__name__
        return f"{where}: {reason}. Mend the folder or its permissions and run it again.", ConfigurationError.exit_code
    if _tells_of_a_full_disk(type(error).__name__, str(error)):
        return disk_full(place_of(error)), DiskFullError.exit_code
    kind = f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}".removeprefix("builtins.")
    return (
        f"{place_of(error)}: {kind}. Its own text is withheld, because it can hold values of rows. Nothing was changed "
        "by this error; `handleplan doctor` checks the installation. Report this line if it comes again.",
        UNEXPECTED,
    )


def _of_a_library(error: OSError) -> bool:
    """A library's own error that happens to be an OSError: without a number it says nothing of the system."""
    return error.errno is None


def _tells_of_a_full_disk(kind: str, text: str) -> bool:
    known = {"IOException", "OSError", "ComputeError", "OutOfMemoryException"}
    return kind in known and ("No space left on device" in text or "[Errno 28]" in text)


def place_of(error: BaseException) -> str:
    """The last line of our own code that the error passed: `file.py:line`."""
    root = Path(__file__).resolve().parents[2]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(root) and path.relative_to(root).parts[0] in OUR_CODE:
            return f"{path.relative_to(root).as_posix()}:{frame.lineno}"
    return "handleplan"


def sentence_of_told(told: Any) -> tuple[str, int]:
    """As `sentence_of`, for an error that Dagster kept as text (SerializableErrorInfo): ours, wherever in its causes.

    The exit code is that of our own error, or that of a failed run.
    """
    ours = {c.__name__: c for c in _subclasses(HandleplanError)}
    chain = list(_causes(told))
    for info in chain:
        text = str(info.message).strip()
        if info.cls_name in ours:
            return text.partition(": ")[2] or text, ours[info.cls_name].exit_code
        if info.cls_name == "DagsterExecutionInterruptedError":
            return STOPPED, INTERRUPTED
        if _tells_of_a_full_disk(str(info.cls_name), text):
            return disk_full("writing"), DiskFullError.exit_code
    if not chain:
        return "ended without a reason that Dagster kept.", RUN_FAILED
    last = chain[-1]
    if str(last.cls_name).startswith("Dagster"):
        return str(last.message).strip(), RUN_FAILED
    system = re.search(r"\[Errno \d+\] ([A-Z][a-z ]+): '([^']*)'", str(last.message))
    if system:
        return f"{path_in_words(system[2])}: {system[1]}. Mend the folder or its permissions, run it again.", RUN_FAILED
    place = _place_in(last)
    return f"{place}{last.cls_name}. Its own text is withheld, because it can hold values of rows.", RUN_FAILED


def _place_in(told: Any) -> str:
    """The last line of our own code in a kept stack."""
    found = [
        m
        for line in told.stack
        if (m := re.search(r'File ".*?((?:handleplan_pipeline|assets|schemas)/[^"]+)", line (\d+)', line))
    ]
    return f"{found[-1][1]}:{found[-1][2]}: " if found else ""


def _causes(told: Any) -> Iterator[Any]:
    """The error and what caused it, outermost first."""
    while told is not None:
        yield told
        told = told.cause or getattr(told, "context", None)


def _subclasses(of: type[HandleplanError]) -> Iterator[type[HandleplanError]]:
    yield of
    for c in of.__subclasses__():
        yield from _subclasses(c)
