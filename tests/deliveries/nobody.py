"""Runs code as a user without rights, in a process of its own: root may do what nobody else may."""

import os
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deliveries.nobody_server import NOBODY
from tests.lib.fork_client import ForkServer

_server = ForkServer("tests.deliveries.nobody_server", os.environ)


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


def process(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`code` in a process of its own, as a user without rights."""
    return _server.ask(arguments, code=textwrap.dedent(code))


def as_nobody(code: str, *arguments: str) -> str:
    """What `code` prints as a user without rights."""
    done = process(code, *arguments)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
