"""Runs a command as a user for whom permissions count, also where the tests are run by root."""

import ctypes
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

PR_CAPBSET_DROP = 24
HIGHEST = 64
"""Capabilities are numbered below this."""


def drop_privileges() -> None:
    """Before exec: root keeps its name and loses what sets it apart, for itself and its children.

    The interpreter of the tests may lie where another user could not read it, so a change of user would not do.
    """
    if os.getuid() == 0:
        prctl = ctypes.CDLL(None).prctl
        for capability in range(HIGHEST):
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def unprivileged(arguments: Sequence[str], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, cwd=cwd, env=env, preexec_fn=drop_privileges)
