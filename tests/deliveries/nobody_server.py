"""Runs code as a user without rights, each in a fork of one process that has imported everything and computed nothing.

A library's threads do not live on in a fork, so only a fork may compute; one of them says what a delivery imports.
"""

import contextlib
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

NOBODY = 1500


def forked(work, out: int, err: int) -> int:  # type: ignore[no-untyped-def]
    """The exit code of `work` in a fork that prints to these files."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    code = 0
    try:
        work()
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def warm() -> None:
    """Take a delivery in and print the modules that were needed."""
    from tests.lib.deliveries import Place, text

    with tempfile.TemporaryDirectory() as folder:
        Place(Path(folder)).land(text())
        assert Place(Path(folder)).take()[0].height == 40
    print(json.dumps(sorted(sys.modules)))


def as_nobody(code: str, arguments: list[str]) -> None:
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    sys.argv = ["-c", *arguments]
    exec(compile(code, "<code of the test>", "exec"), {"__name__": "__main__"})


def answered(work) -> dict[str, object]:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = forked(work, out.fileno(), err.fileno())
        out.seek(0)
        err.seek(0)
        return {"code": code, "out": out.read(), "err": err.read()}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    first = answered(warm)
    assert first["code"] == 0, first["err"]
    # while still the user who may read the interpreter
    for name in json.loads(str(first["out"])):
        # some put names among the modules that are no files
        with contextlib.suppress(ImportError):
            __import__(name)
    for line in sys.stdin:
        asked = json.loads(line)
        answers.write(json.dumps(answered(lambda a=asked: as_nobody(a["code"], a["arguments"]))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
