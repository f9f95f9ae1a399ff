"""Dagster as `deploy/` runs it: a code server, both webservers and the daemon, on a lake and a history of their own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from handleplan_pipeline.settings import PROJECT_ROOT
from tests.lib.nginx import free_port, replaced

BIN = Path(sys.executable).parent
DEPLOY = PROJECT_ROOT / "deploy"
SLOW = 600
"""Seconds that any one answer may take: other tests run beside this one, on machines of two cores."""
PATIENCE = 120
"""Seconds before "Reload" is pressed: it imports all code once more."""
LOCATION = "handleplan_pipeline"
REPOSITORY = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}


@dataclass(frozen=True)
class Dagster:
    """The ports of the two webservers and where everything lies."""

    engineers_port: int
    onlookers_port: int
    lake: Path
    home: Path
    log: Path
    environment: dict[str, str]

    @property
    def engineers(self) -> str:
        return f"http://127.0.0.1:{self.engineers_port}/engineers"

    @property
    def onlookers(self) -> str:
        return f"http://127.0.0.1:{self.onlookers_port}/dagster"

    def ask(self, query: str, **variables: Any) -> Any:
        """What the engineers' webserver answers; an error fails the test."""
        answer = asked(f"{self.engineers}/graphql", query, **variables)
        assert "errors" not in answer, json.dumps(answer["errors"])[:500]
        return answer["data"]

    def launch(self, job: str, config: Any = None, tags: dict[str, str] | None = None, **selected: Any) -> str:
        """Start a job as the launchpad does; the run's id."""
        mutation = (
            "mutation($p: ExecutionParams!) {launchPipelineExecution(executionParams: $p) {__typename "
            "... on LaunchRunSuccess {run {runId}} ... on PythonError {message} "
            "... on RunConfigValidationInvalid {errors {message}}}}"
        )
        params = {
            "selector": REPOSITORY | {"jobName": job} | selected,
            "runConfigData": config or {},
            "executionMetadata": {"tags": [{"key": k, "value": v} for k, v in (tags or {}).items()]},
        }
        launched = self.ask(mutation, p=params)["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def ended(self, run_id: str, seconds: int = 2 * SLOW) -> str:
        """The state in which the run ended."""
        until = time.monotonic() + seconds
        status = ""
        while time.monotonic() < until:
            query = "query($r: ID!) {runOrError(runId: $r) {... on Run {status}}}"
            status = self.ask(query, r=run_id)["runOrError"]["status"]
            if status in ("SUCCESS", "FAILURE", "CANCELED"):
                break
            time.sleep(1)
        return str(status)


def asked(url: str, query: str, auth: tuple[str, str] | None = None, **variables: Any) -> Any:
    """The whole answer of a webserver, errors too."""
    body = {"query": query, "variables": variables}
    return httpx.post(url, json=body, timeout=SLOW, auth=auth, verify=False).json()


@contextmanager
def dagster(root: Path) -> Iterator[Dagster]:
    """The four processes of `deploy/systemd`, with the files of `deploy/`; ended by their ids when the test is."""
    home = root / "home"
    home.mkdir()
    instance = {"/var/lib/handleplan": str(home)}
    (home / "dagster.yaml").write_text(replaced((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"), instance))
    # the path of a socket may have some 100 signs; pytest's folders are longer
    short = Path(tempfile.mkdtemp(prefix="hp"))
    workspace = root / "workspace.yaml"
    asked_at = {"/run/handleplan/code.sock": str(short / "code.sock")}
    workspace.write_text(replaced((DEPLOY / "workspace.yaml").read_text(encoding="utf-8"), asked_at))
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("HANDLEPLAN_", "DAGSTER_"))}
    patience = {f"DAGSTER_{kind}GRPC_TIMEOUT_SECONDS": str(SLOW) for kind in ("", "REPOSITORY_")}
    environment = plain | patience | {"DAGSTER_HOME": str(home), "HANDLEPLAN_LAKE": str(root / "lake")}
    found = Dagster(free_port(), free_port(), root / "lake", home, root / "log", environment)
    with found.log.open("w") as log:

        def start(*command: str) -> "subprocess.Popen[bytes]":
            return subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT, stdout=log, stderr=log)

        made = [str(BIN / "dagster"), "instance", "info"]
        subprocess.run(made, env=environment, cwd=PROJECT_ROOT, stdout=log, stderr=log, check=True, timeout=SLOW)
        code = ("--socket", str(short / "code.sock"), "--module-name", "handleplan_pipeline.definitions")
        running = [start(str(BIN / "dagster"), "code-server", "start", *code, "--location-name", LOCATION)]
        web = (str(BIN / "dagster-webserver"), "--host", "127.0.0.1", "--workspace", str(workspace))
        running += [
            start(*web, "--port", str(found.engineers_port), "--path-prefix", "/engineers"),
            start(*web, "--port", str(found.onlookers_port), "--path-prefix", "/dagster", "--read-only"),
            start(str(BIN / "dagster-daemon"), "run", "--workspace", str(workspace)),
        ]
        try:
            for address in (found.engineers, found.onlookers):
                wait_until_loaded(address, found.log)
            yield found
        finally:
            for process in running:
                process.terminate()
            for process in running:
                try:
                    process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    process.kill()
            shutil.rmtree(short, ignore_errors=True)


def wait_until_loaded(address: str, log: Path, seconds: int = 900) -> None:
    """The code location is loaded, or the test fails with what Dagster says of it.

    A webserver that starts before the code server finds it by itself; on a busy machine a person would press "Reload",
    and so does this where that is allowed.
    """
    query = (
        "{workspaceOrError {__typename ... on PythonError {message} ... on Workspace {locationEntries {loadStatus "
        "locationOrLoadError {__typename ... on PythonError {message stack}}}}}}"
    )
    again = f'mutation {{reloadRepositoryLocation(repositoryLocationName: "{LOCATION}") {{__typename}}}}'
    errors: list[dict[str, Any]] = []
    pressed = time.monotonic()
    until = pressed + seconds
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            entries = asked(f"{address}/graphql", query)["data"]["workspaceOrError"].get("locationEntries", [])
            found = [e["locationOrLoadError"] or {} for e in entries if e["loadStatus"] == "LOADED"]
            if found and all(location.get("__typename") == "RepositoryLocation" for location in found):
                return
            errors = [location for location in found if location.get("__typename") == "PythonError"] or errors
            if errors and time.monotonic() - pressed > PATIENCE:
                pressed = time.monotonic()
                asked(f"{address}/graphql", again)
        time.sleep(0.5)
    said = log.read_text(encoding="utf-8")[-4000:]
    pytest.fail(f"the code location did not load: {json.dumps(errors)[:4000]}\n{said}")
