"""A module that is asked in its own process: what it objects to, and how it ended where it did not come to that."""

from pathlib import Path

import pytest

from handleplan_pipeline.release.fresh_process import objections


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """The objections of a module of these lines."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def of(lines: str) -> list[str]:
        (tmp_path / "asked_of.py").write_text(lines, encoding="utf-8")
        return objections("asked_of", "an argument")

    return of


def test_it_ends_well_or_objects(asked) -> None:  # type: ignore[no-untyped-def]
    assert asked("import sys\nprint(sys.argv)") == []
    assert asked("import sys\nprint('a')\nprint(sys.argv[1])\nsys.exit(1)") == ["a", "an argument"]


@pytest.mark.parametrize(
    ("lines", "how"),
    [
        ("raise ValueError('HEMMELIG')", "ValueError, exit code 1"),
        ("import json\njson.loads('{HEMMELIG')", "JSONDecodeError, exit code 1"),
        ("class Own(Exception): pass\nraise Own", "Own, exit code 1"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "stopped by SIGKILL"),
        ("import sys\nsys.exit(3)", "exit code 3"),
    ],
)
def test_how_it_ended_is_told_and_no_value(asked, lines: str, how: str) -> None:  # type: ignore[no-untyped-def]
    assert asked(lines) == [f"asked_of did not run to its end ({how})"]
