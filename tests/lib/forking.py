"""Work in forks of one process that has imported everything and computed nothing: starting Python takes seconds.

A library's threads do not live on in a fork, so only a fork may compute.
"""

import atexit
import contextlib
import os
import re
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

Answer = dict[str, int | str]
"""`code`, and the files `out` and `err` that were written."""
COMPUTES = re.compile(r"polars-\d|duckdb")
"""Names of threads that compute, and would be missed in a fork."""


def load(modules: Iterable[str]) -> None:
    """Import what forks will need. Some put names among the modules that are no files: those are passed over."""
    for name in modules:
        with contextlib.suppress(ImportError):
            __import__(name)
    names = [(task / "comm").read_text() for task in Path("/proc/self/task").glob("*")]
    assert not [n for n in names if COMPUTES.match(n)], "an import has computed; its forks would hang"


def answered(work: Callable[[], object]) -> Answer:
    """What became of `work` in a fork: its exit code and what it printed."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = _forked(work, out.fileno(), err.fileno())
        out.seek(0)
        err.seek(0)
        return {"code": code, "out": out.read(), "err": err.read()}


def _forked(work: Callable[[], object], out: int, err: int) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", errors="backslashreplace")
    code = _code_of(work)
    # as at the end of any process
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)


def _code_of(work: Callable[[], object]) -> int:
    try:
        work()
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else int(e.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
