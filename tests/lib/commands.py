"""The command line as a user calls it: a process per command, forked from one that has imported what it needs."""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from handleplan_pipeline.settings import PROJECT_ROOT

_servers: list["subprocess.Popen[str]"] = []
_one_at_a_time = threading.Lock()


def _server() -> "subprocess.Popen[str]":
    if not _servers:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("HANDLEPLAN_", "DAGSTER_"))}
        _servers.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.lib.command_server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=PROJECT_ROOT,
                env=environment | {"PYTHONPATH": str(PROJECT_ROOT)},
            )
        )
        atexit.register(_end)
    return _servers[0]


def _end() -> None:
    """Let the server end with its input; who waits for it also has its processor time in the account of the tests."""
    assert _servers[0].stdin is not None
    _servers[0].stdin.close()
    _servers[0].wait()


def command(
    *arguments: str, environment: Mapping[str, str], cwd: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """`handleplan` with these arguments and this environment, its output piped, from the working folder or `cwd`."""
    asked = {"arguments": arguments, "environment": dict(environment), "cwd": str(cwd or Path.cwd())}
    with _one_at_a_time:
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        answer = json.loads(server.stdout.readline() or '{"code": -1, "out": "", "err": "the server ended"}')
    return subprocess.CompletedProcess(arguments, answer["code"], answer["out"], answer["err"])
