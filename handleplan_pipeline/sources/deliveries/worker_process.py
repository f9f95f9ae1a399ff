"""The program that runs in the reader's own process: takes questions from standard input, answers on standard output.

python -m handleplan_pipeline.sources.deliveries.worker_process BYTES
"""

import contextlib
import ctypes
import fcntl
import io
import json
import os
import queue
import resource
import sys
import threading
from typing import Any, BinaryIO

PARENT_SECONDS = 2.0
"""How often it is asked whether the parent still lives, for a pipe that another process keeps open. Ours, version 1."""
PIPE_BYTES = 1024**2


def confine(memory: int) -> None:
    """No more address space than `memory`, and no core dump, which would hold what was read."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as f:
        # when the machine runs short, this process goes and not the run
        f.write("1000")
    with contextlib.suppress(OSError, AttributeError):
        # PR_SET_DUMPABLE: a dump that is piped to a program knows no limit of size
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)


def main() -> None:
    """Answer question after question until the parent closes the pipe or is gone."""
    confine(int(sys.argv[1]))
    from handleplan_pipeline.sources.deliveries.worker import HEAD

    # a library that prints must not speak into the answers
    out = os.fdopen(os.dup(1), "wb")
    with contextlib.suppress(OSError, AttributeError):
        # larger strides: as large as any user may have
        fcntl.fcntl(out.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    questions: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(os.fdopen(0, "rb"), questions, HEAD), daemon=True).start()
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    _send(out, HEAD, {"ready": True}, b"")
    while True:
        answer, rows = answered(questions.get())
        _send(out, HEAD, answer, rows)


def answered(question: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The answer to one question: counts and rows, a refusal, or the name of what a library raised."""
    from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
    from handleplan_pipeline.sources.deliveries.reading import Question, read

    try:
        found = read(Question(**question))
        rows = io.BytesIO()
        if found.frame is not None:
            found.frame.write_ipc_stream(rows)
        return {"counted": found.counted, "periods": found.periods}, rows.getbuffer()
    except DeliveryRefused as e:
        return {"refused": [e.rule, str(e).removeprefix(f"{e.rule}: ")]}, b""
    except BaseException as e:
        # a panic of a Rust library is no Exception
        return {"failed": type(e).__name__}, b""


def _send(out: BinaryIO, head: Any, answer: dict[str, Any], rows: Any) -> None:
    text = json.dumps(answer).encode()
    out.write(head.pack(len(text), len(rows)) + text)
    out.write(rows)
    out.flush()


def _listen(source: BinaryIO, questions: "queue.Queue[dict[str, Any]]", head: Any) -> None:
    """Hand on questions; when the pipe is closed, end at once, also in the middle of a file."""
    while len(start := source.read(head.size)) == head.size:
        text, _ = head.unpack(start)
        questions.put(json.loads(source.read(text)))
    os._exit(0)


def _watch(parent: int) -> None:
    event = threading.Event()
    while not event.wait(PARENT_SECONDS):
        if os.getppid() != parent:
            os._exit(0)


if __name__ == "__main__":
    main()
