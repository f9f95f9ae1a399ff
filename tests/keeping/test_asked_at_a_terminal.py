"""`handleplan init` asks whoever sits at a terminal: a real one (a pty), with answers that are typed."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest

from handleplan_pipeline.commands.installation import QUESTIONS
from handleplan_pipeline.settings import PROJECT_ROOT

ENTER, CONTROL_C, CONTROL_D = "\n", "\x03", "\x04"
HEARD = 1.0
"""Seconds until Ctrl-C is pressed again: Python does not hear one that comes between its question and its read."""
KEPT = [ENTER] * len(QUESTIONS)
"""Every proposal is taken."""


def typed(root: Path, answers: Sequence[str], home: str = "srv") -> tuple[int, str]:
    """What becomes of `init` when these answers are typed, each when it is asked: exit code and what stood there."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("HANDLEPLAN_", "DAGSTER_"))}
    command = [sys.executable, "-m", "handleplan_pipeline.cli", "init"]
    command += ["--home", str(root / home), "--write", str(root / "env")]
    ours, theirs = pty.openpty()
    environment = plain | {"COLUMNS": "300", "TERM": "dumb", "PYTHONPATH": str(PROJECT_ROOT)}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=PROJECT_ROOT,
        start_new_session=True,
        preexec_fn=at_the_terminal,
    )
    os.close(theirs)
    stood = ""
    for answer in answers:
        asked = read_until_asked(ours)
        stood += asked
        if not asked.endswith("]: "):
            break
        os.write(ours, answer.encode())
    again = CONTROL_C if CONTROL_C in answers else ""
    while more := read(ours, again):
        stood += more
    os.close(ours)
    return process.wait(), stood.replace("\r\n", "\n")


def at_the_terminal() -> None:
    """The terminal is the new session's own, and its Ctrl-C is heard whoever started the tests."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def read(terminal: int, again: str = "") -> str:
    """What has come since; empty at the end: on Linux the other side is gone with an error.

    `again` is pressed as often as nothing comes.
    """
    while again and not select.select([terminal], [], [], HEARD)[0]:
        os.write(terminal, again.encode())
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        return ""


def read_until_asked(terminal: int) -> str:
    stood = ""
    while not stood.endswith("]: ") and (more := read(terminal)):
        stood += more
    return stood


def settings(root: Path) -> dict[str, str]:
    lines = (root / "env").read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix("HANDLEPLAN_").split("=", 1) for line in lines)


def test_what_is_typed_is_what_is_made_and_enter_takes_the_proposal(tmp_path: Path) -> None:
    other = tmp_path / "dør til leverandører"
    answers = list(KEPT)
    answers[list(QUESTIONS).index("LANDING")] = f"{other}{ENTER}"
    answers[list(QUESTIONS).index("PERSON_LEVEL")] = f"false{ENTER}"
    code, stood = typed(tmp_path, answers)
    assert code == 0, stood
    for question in QUESTIONS.values():
        assert stood.count(question) == 1
    made = settings(tmp_path)
    assert (made["LANDING"], made["PERSON_LEVEL"], made["STATBANK"]) == (str(other), "false", "snapshot")
    assert made["LAKE"] == str(tmp_path / "srv" / "lake")
    assert other.is_dir()
    key = (tmp_path / "srv" / "key" / "pseudonyms.key").read_text().strip()
    assert len(bytes.fromhex(key)) == 32
    assert key not in stood
    assert "Still missing:" in stood


@pytest.mark.parametrize(
    ("which", "answer", "said"),
    [
        ("PERSON_LEVEL", "maybe", "HANDLEPLAN_PERSON_LEVEL"),
        ("STATBANK", "both", "HANDLEPLAN_STATBANK"),
        ("LANDING", "landing", "must be a whole path"),
    ],
)
def test_an_answer_that_cannot_be_makes_nothing(tmp_path: Path, which: str, answer: str, said: str) -> None:
    answers = list(KEPT)
    answers[list(QUESTIONS).index(which)] = f"{answer}{ENTER}"
    code, stood = typed(tmp_path, answers)
    assert code == 2
    assert said in stood
    assert "Nothing was made" in stood
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", [CONTROL_C, CONTROL_D])
def test_who_goes_away_in_the_middle_leaves_nothing_behind(tmp_path: Path, key: str) -> None:
    code, stood = typed(tmp_path, [ENTER, ENTER, key])
    assert (code, "Traceback" in stood) == (130, False), stood
    assert list(tmp_path.iterdir()) == []
