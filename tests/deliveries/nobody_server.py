"""Runs code as a user without rights, each in a fork of this process; one of them says what a delivery imports."""

import json
import os
import sys
import tempfile
from pathlib import Path

from tests.lib.forking import answered, load

NOBODY = 1500


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


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    first = answered(warm)
    assert first["code"] == 0, first["err"]
    # while still the user who may read the interpreter
    load(json.loads(str(first["out"])))
    for line in sys.stdin:
        asked = json.loads(line)
        answers.write(json.dumps(answered(lambda a=asked: as_nobody(a["code"], a["arguments"]))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
