"""The UI path with the real webserver and the real daemon: the graph is listed, a launch is queued, run and checked."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from handleplan_pipeline.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent
SLOW = 600
"""Seconds that any one answer may take: other tests run beside this one, on machines of two cores."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A webserver and a daemon on an instance and a lake of their own: the GraphQL address and the lake."""
    root = tmp_path_factory.mktemp("ui")
    home = root / "home"
    home.mkdir()
    text = (PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(text.replace("data_lake/.dagster", str(root / "dagster")), encoding="utf-8")
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("HANDLEPLAN_", "DAGSTER_"))}
    patience = {f"DAGSTER_{kind}GRPC_TIMEOUT_SECONDS": str(SLOW) for kind in ("", "REPOSITORY_")}
    environment = plain | patience | {"DAGSTER_HOME": str(home), "HANDLEPLAN_LAKE": str(root / "lake")}
    port = free_port()
    workspace = str(PROJECT_ROOT / "workspace.yaml")
    web = [str(BIN / "dagster-webserver"), "-h", "127.0.0.1", "-p", str(port), "-w", workspace]
    daemon = [str(BIN / "dagster-daemon"), "run", "-w", workspace]
    log = (root / "log").open("w")
    # as `make ui` does: two processes that make the same history at the same time can leave it unreadable
    made = [str(BIN / "dagster"), "instance", "info"]
    subprocess.run(made, env=environment, cwd=PROJECT_ROOT, stdout=log, stderr=log, check=True, timeout=SLOW)
    running = [subprocess.Popen(c, env=environment, cwd=PROJECT_ROOT, stdout=log, stderr=log) for c in (web, daemon)]
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(SLOW):
            try:
                if httpx.get(f"{url}/server_info", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(1)
        else:
            pytest.fail("the webserver did not start")
        wait_until_loaded(f"{url}/graphql", root / "log")
        yield f"{url}/graphql", root / "lake"
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
        log.close()


def wait_until_loaded(url: str, log: Path, seconds: int = 900) -> None:
    """The code location is loaded, or the test fails with what Dagster says of it.

    On a busy machine a code server can miss its heartbeat and be gone; a person would press "Reload", and so does this.
    """
    query = (
        "{workspaceOrError {__typename ... on PythonError {message} ... on Workspace {locationEntries {loadStatus "
        "locationOrLoadError {__typename ... on PythonError {message stack}}}}}}"
    )
    again = 'mutation {reloadRepositoryLocation(repositoryLocationName: "handleplan_pipeline") {__typename}}'
    errors: list[dict[str, Any]] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        entries = ask(url, query)["workspaceOrError"].get("locationEntries", [])
        found = [e["locationOrLoadError"] or {} for e in entries if e["loadStatus"] == "LOADED"]
        if found and all(location.get("__typename") == "RepositoryLocation" for location in found):
            return
        errors = [location for location in found if location.get("__typename") == "PythonError"] or errors
        if errors:
            ask(url, again)
        time.sleep(2)
    said = log.read_text(encoding="utf-8")[-4000:]
    pytest.fail(f"the code location did not load: {json.dumps(errors)[:4000]}\n{said}")


def ask(url: str, query: str, **variables: Any) -> Any:
    answer = httpx.post(url, json={"query": query, "variables": variables}, timeout=SLOW).json()
    assert "errors" not in answer, json.dumps(answer["errors"])[:500]
    return answer["data"]


def test_the_graph_is_listed_with_columns_before_any_run(ui: tuple[str, Path]) -> None:
    columns_tab = "metadataEntries {__typename ... on TableSchemaMetadataEntry {schema {columns {name}}}}"
    query = "{assetNodes {assetKey {path} groupName owners {__typename} " + columns_tab + "}}"
    nodes = ask(ui[0], query)["assetNodes"]
    by_key = {"/".join(n["assetKey"]["path"]): n for n in nodes}
    assert sum(k.startswith("goal/") for k in by_key) == 11
    goal = by_key["goal/goal_04_shelter_stays"]
    columns = next(e["schema"]["columns"] for e in goal["metadataEntries"] if "schema" in e)
    assert {"value", "missing_reason", "data_kind"} <= {c["name"] for c in columns}
    assert goal["owners"]


def test_a_launch_from_the_ui_is_queued_run_and_checked(ui: tuple[str, Path]) -> None:
    url, lake = ui
    selector = {
        "repositoryLocationName": "handleplan_pipeline",
        "repositoryName": "__repository__",
        "jobName": "refresh",
    }
    tags = [
        {"key": "dagster/asset_partition_range_start", "value": "2009"},
        {"key": "dagster/asset_partition_range_end", "value": "2014"},
    ]
    launched = ask(
        url,
        "mutation($p: ExecutionParams!) {launchPipelineExecution(executionParams: $p) {__typename "
        "... on LaunchRunSuccess {run {runId}} ... on PythonError {message}}}",
        p={"selector": selector, "executionMetadata": {"tags": tags}},
    )["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    status = ""
    for _ in range(2 * SLOW):
        status = ask(url, "query($r: ID!) {runOrError(runId: $r) {... on Run {status}}}", r=run_id)["runOrError"][
            "status"
        ]
        if status in ("SUCCESS", "FAILURE", "CANCELED"):
            break
        time.sleep(1)
    assert status == "SUCCESS"
    years = sorted(p.stem for p in (lake / "tables/source/statbank_strafna9").glob("*.parquet"))
    assert years == [str(y) for y in range(2009, 2015)]
    assert (lake / "releases" / "latest" / "handleplan.duckdb").is_file()


def test_the_schedules_are_there_and_off(ui: tuple[str, Path]) -> None:
    repository = {"repositoryLocationName": "handleplan_pipeline", "repositoryName": "__repository__"}
    found = ask(
        ui[0],
        "query($r: RepositorySelector!) {schedulesOrError(repositorySelector: $r) "
        "{... on Schedules {results {name cronSchedule executionTimezone scheduleState {status}}}}}",
        r=repository,
    )["schedulesOrError"]["results"]
    assert sorted((s["name"], s["cronSchedule"], s["executionTimezone"]) for s in found) == [
        ("daily_tick", "0 7 * * *", "Europe/Copenhagen"),
        ("yearly_refresh", "0 6 1 6 *", "Europe/Copenhagen"),
    ]
    assert {s["scheduleState"]["status"] for s in found} == {"STOPPED"}
