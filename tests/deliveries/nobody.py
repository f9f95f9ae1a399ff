"""Runs code as a user without rights, in a process of its own: root may do what nobody else may."""

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

NOBODY = 1500
WARM_UP = """
import os, tempfile
from pathlib import Path
from tests.lib.deliveries import Place, text
import handleplan_pipeline.sources.deliveries.command
# once as the user who may read the interpreter, so that nothing is imported after the change of user
with tempfile.TemporaryDirectory() as warm:
    Place(Path(warm)).land(text())
    assert Place(Path(warm)).take()[0].height == 40
if os.getuid() == 0:
    os.setgroups([]); os.setgid(1500); os.setuid(1500)
"""


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
    return subprocess.run(
        [sys.executable, "-c", WARM_UP + textwrap.dedent(code), *arguments], capture_output=True, text=True,
        cwd=PROJECT_ROOT, env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
    )  # fmt: skip


def as_nobody(code: str, *arguments: str) -> str:
    """What `code` prints as a user without rights."""
    done = process(code, *arguments)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
