"""Runs code as a user without rights, in a process of its own: root may do what nobody else may."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from handleplan_pipeline.settings import PROJECT_ROOT
from tests.deliveries.nobody_server import NOBODY

_servers: list["subprocess.Popen[str]"] = []


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder that the user without rights can reach."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    yield root
    for folder in [root, *(p for p in root.rglob("*") if p.is_dir())]:
        folder.chmod(0o755)
    shutil.rmtree(root)


def give(root: Path) -> None:
    """Everything below `root` to the user without rights, when there is another one."""
    for p in [root, *root.rglob("*")]:
        if os.getuid() == 0:
            os.chown(p, NOBODY, NOBODY, follow_symlinks=False)


def _server() -> "subprocess.Popen[str]":
    """The process whose forks run the code; starting Python and importing everything takes seconds."""
    if not _servers:
        _servers.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.deliveries.nobody_server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=PROJECT_ROOT,
                env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
            )
        )
        atexit.register(_servers[0].kill)
    return _servers[0]


def process(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`code` in a process of its own, as a user without rights."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps({"code": textwrap.dedent(code), "arguments": arguments}) + "\n")
    server.stdin.flush()
    answer = json.loads(server.stdout.readline())
    return subprocess.CompletedProcess(arguments, answer["code"], answer["out"], answer["err"])


def as_nobody(code: str, *arguments: str) -> str:
    """What `code` prints as a user without rights."""
    done = process(code, *arguments)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
