"""The reader's own process: one per process of ours, with a memory limit and a time limit, used for file after file.

A hostile or broken file can abort a library, eat memory or hang; then this process ends and not the run. Rows come back
through a pipe as Arrow, so that nothing is written to a disk, and what the process prints goes nowhere.
"""

import atexit
import contextlib
import io
import json
import os
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Any

import polars as pl

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.deliveries.caps import READER_MEMORY, READER_SECONDS
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.reading import Question, Reading, unreadable

HEAD = struct.Struct("<QQ")
"""Lengths of the JSON and of the Arrow stream that follow."""
READY_SECONDS = 120.0
"""To start Python and load the libraries, on a machine that is busy with other things. Ours, version 1."""
KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "HOME", "SYSTEMROOT", "TMPDIR")
"""The process that opens hostile files is given no settings, keys or tokens."""
THREADS = "4"
"""Each thread reserves address space, so many of them would use up the limit on a large machine. Ours, version 1."""


class _Ended(Exception):
    """The reader's process ended before it answered."""


class _Late(Exception):
    """The reader's process has not answered in time."""


@dataclass
class Worker:
    """A running reader. Not shared between threads; see `ask`."""

    process: subprocess.Popen[bytes]
    seconds: float

    @classmethod
    def start(cls, memory: int, seconds: float) -> "Worker":
        """Start a reader with `memory` bytes of address space. Raises SourceError when it does not come up."""
        environment = {k: v for k, v in os.environ.items() if k in KEPT_ENVIRONMENT} | {
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            "POLARS_MAX_THREADS": THREADS,
            "OMP_NUM_THREADS": THREADS,
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": THREADS,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "handleplan_pipeline.sources.deliveries.worker_process", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
        )
        worker = cls(process, seconds)
        try:
            worker._receive(READY_SECONDS)
        except (_Ended, _Late):
            worker.stop()
            raise SourceError("The process that reads deliveries did not start. Is there enough memory?") from None
        return worker

    def ask(self, question: Question) -> tuple[dict[str, Any], bytes]:
        """The process's answer: its JSON and its Arrow stream. Raises _Ended or _Late."""
        text = json.dumps(question.as_dict()).encode()
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(HEAD.pack(len(text), 0) + text)
            self.process.stdin.flush()
        except OSError:
            raise _Ended from None
        return self._receive(self.seconds)

    def _receive(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        until = monotonic() + seconds
        text, rows = HEAD.unpack(self._exactly(HEAD.size, until))
        return json.loads(bytes(self._exactly(text, until))), self._exactly(rows, until)

    def _exactly(self, n: int, until: float) -> bytes:
        pipe = self.process.stdout
        assert pipe is not None
        buffer = bytearray(n)
        view, got = memoryview(buffer), 0
        with DefaultSelector() as ready:
            ready.register(pipe, EVENT_READ)
            while got < n:
                if not ready.select(max(0.0, until - monotonic())):
                    raise _Late
                read = os.readv(pipe.fileno(), [view[got:]])
                if not read:
                    raise _Ended
                got += read
        view.release()
        return bytes(buffer) if n < 1024 else buffer  # type: ignore[return-value]

    def stop(self) -> None:
        """End the process and give back its pipes."""
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


_lock = threading.RLock()
_running: list[Worker] = []
"""The reader of this process, if one was started."""


def _after_fork() -> None:
    """A forked process starts a reader of its own; it neither talks over its parent's pipes nor keeps them open."""
    global _lock
    _lock = threading.RLock()
    while _running:
        for pipe in (_running[0].process.stdin, _running[0].process.stdout):
            if pipe is not None:
                os.close(pipe.fileno())
                pipe.detach()  # type: ignore[attr-defined]
        del _running[0]


os.register_at_fork(after_in_child=_after_fork)


def ask(question: Question, file: str) -> Reading:
    """What the reader's process found in a file. `file` is the name that messages use.

    Raises DeliveryRefused for a file that is not in order, and for one that ended the process (twice) or took too long.
    """
    with _lock:
        for last in (False, True):
            worker = _running[0] if _running else _started()
            try:
                answer, rows = worker.ask(question)
            except _Late:
                stop()
                raise DeliveryRefused(
                    "readable", f"{file}: reading took over {worker.seconds:.0f} seconds. Deliver it anew, in parts."
                ) from None
            except _Ended:
                stop()
                if last:
                    # once may be the machine's doing, twice is the file's
                    raise DeliveryRefused(
                        "readable",
                        f"{file}: reading it ended the process that reads, twice. It is damaged, or needs "
                        f"more than {READER_MEMORY // 1024**3} GiB of memory; deliver it anew, as CSV or Parquet.",
                    ) from None
            except BaseException:
                # an answer may still be under way: the next question must not get it
                stop()
                raise
            else:
                return _reading(answer, rows, file, question.format)
    raise AssertionError("unreachable")


def _started() -> Worker:
    _running.append(Worker.start(READER_MEMORY, READER_SECONDS))
    return _running[0]


@atexit.register
def stop() -> None:
    """End this process's reader, if it has one; the next question starts another."""
    with _lock:
        while _running:
            _running.pop().stop()


def _reading(answer: dict[str, Any], rows: bytes, file: str, kind: str) -> Reading:
    if "refused" in answer:
        raise DeliveryRefused(*answer["refused"])
    if "failed" in answer:
        raise unreadable(file, kind, answer["failed"])
    frame = pl.read_ipc_stream(io.BytesIO(rows)) if rows else None
    return Reading(answer["counted"], frame, answer["periods"])
