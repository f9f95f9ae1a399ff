"""Asks a module of ours in a process of its own, which shares no memory with the one that built what is asked about."""

import re
import subprocess
import sys
from signal import Signals

FAULT = re.compile(r"^(?:\w+\.)*(\w+)(?::|$)")
"""The last line of a traceback; what stands behind the name of the error may hold a value and is not told."""


def objections(module: str, *arguments: str) -> list[str]:
    """What the module prints when it ends with an error, line by line; none when it ends well.

    One that was stopped or that broke off on the way objects to nothing: then how it ended is told.
    """
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True)
    if not done.returncode:
        return []
    return done.stdout.strip().splitlines() or [f"{module} did not run to its end ({_how(done)})"]


def _how(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode < 0:
        return f"stopped by {Signals(-done.returncode).name}"
    lines = done.stderr.strip().splitlines()
    fault = FAULT.match(lines[-1]) if lines else None
    return f"{fault[1]}, exit code {done.returncode}" if fault else f"exit code {done.returncode}"
