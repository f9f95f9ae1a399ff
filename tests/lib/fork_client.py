"""Asks a process whose forks do the work (`forking.py`): starting Python and importing everything takes seconds."""

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from handleplan_pipeline.settings import PROJECT_ROOT


class ForkServer:
    """A module that answers a line of JSON with a line, started when it is first asked; one question at a time."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self.module, self.environment, self._one_at_a_time = module, environment, threading.Lock()

    @cached_property
    def _process(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT_ROOT,
            env={**self.environment, "PYTHONPATH": str(PROJECT_ROOT)},
        )
        atexit.register(self._end)
        return process

    def _end(self) -> None:
        """It ends with its input; who waits for it also has its processor time in the account of the tests."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def ask(self, arguments: Sequence[str], **asked: Any) -> "subprocess.CompletedProcess[str]":
        with self._one_at_a_time:
            process = self._process
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"arguments": arguments, **asked}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline() or '{"code": -1, "out": "", "err": "the server ended"}')
        return subprocess.CompletedProcess(arguments, answer["code"], answer["out"], answer["err"])
