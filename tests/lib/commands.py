"""The command line as a user calls it: a process per command, forked from one that has imported what it needs."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.lib.fork_client import ForkServer

_plain = {k: v for k, v in os.environ.items() if not k.startswith(("HANDLEPLAN_", "DAGSTER_"))}
_server = ForkServer("tests.lib.command_server", _plain)


def command(
    *arguments: str, environment: Mapping[str, str], cwd: Path | None = None, **more: str
) -> "subprocess.CompletedProcess[str]":
    """`handleplan` with these arguments and this environment, its output piped, from the working folder or `cwd`.

    `at` is the time that its clock shows, `call` a function (`module:name`) that is called instead.
    """
    return _server.ask(arguments, environment=dict(environment), cwd=str(cwd or Path.cwd()), **more)
