"""The UI with the processes of `deploy/`: the graph is listed, a launch is run and checked, onlookers look on."""

import json
import re
from collections.abc import Iterator
from typing import Any

import graphql
import httpx
import pytest
from dagster_graphql.schema import create_schema

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.jobs import all_years
from tests.lib import nginx
from tests.lib.commands import command
from tests.lib.nginx import PASSWORDS, proxy
from tests.lib.ui import REPOSITORY, Dagster, asked, dagster

pytestmark = pytest.mark.slow
OLGA, ERIK = [(name, PASSWORDS[name]) for name in ("olga", "erik")]
HARMLESS = {"logTelemetry", "setNuxSeen"}
"""Mutations of Dagster that change nothing of ours: a line of telemetry, which is off, and a dialog that was seen."""
KNOWN = REPOSITORY | {"jobName": "ingest", "scheduleName": "yearly_refresh", "sensorName": "failed_runs"}
"""Names that a mutation is asked about: of what is there, so that it is the permission that is wanting."""
LAUNCH = {"selector": REPOSITORY | {"jobName": "ingest"}, "runConfigData": {}}
WHOLE: dict[str, dict[str, Any]] = {
    "launchRun": {"executionParams": LAUNCH},
    "launchPipelineExecution": {"executionParams": LAUNCH},
    "launchMultipleRuns": {"executionParamsList": [LAUNCH]},
    "launchPartitionBackfill": {
        "backfillParams": {"assetSelection": [{"path": ["source", "dst_bef"]}], "allPartitions": True}
    },
}
"""Arguments of mutations that ask for more before they ask who is there."""
EACH = {
    "LaunchMultipleRunsResult": "launchMultipleRunsResult {__typename}",
    "TerminateRunsResult": "terminateRunResults {__typename}",
}
"""Answers that hold one for each."""
NOTHING_DONE = {"UnauthorizedError", "PythonError", "RunNotFoundError", *EACH}
"""PythonError is of a mutation that wants more than the least, or what is not there."""
REFUSED = {
    *("launchRun", "launchPipelineExecution", "launchMultipleRuns", "launchPartitionBackfill", "startSchedule"),
    *("startSensor", "wipeAssets", "deleteRun", "terminateRun", "reportRunlessAssetEvents", "addDynamicPartition"),
    *("reloadWorkspace", "reloadRepositoryLocation", "shutdownRepositoryLocation", "setConcurrencyLimit"),
}
"""What would be done with these arguments, if it were allowed."""
NEEDS_PROXY = pytest.mark.skipif(nginx.NGINX is None, reason=nginx.WITHOUT)


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dagster]:
    with dagster(tmp_path_factory.mktemp("ui")) as found:
        yield found


@pytest.fixture(scope="module")
def door(ui: Dagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The proxy before both webservers."""
    with proxy(tmp_path_factory.mktemp("door"), ui.lake, ui.onlookers_port, ui.engineers_port) as address:
        yield address


def test_the_graph_is_listed_with_columns_before_any_run(ui: Dagster) -> None:
    columns_tab = "metadataEntries {__typename ... on TableSchemaMetadataEntry {schema {columns {name}}}}"
    query = "{assetNodes {assetKey {path} groupName owners {__typename} " + columns_tab + "}}"
    nodes = ui.ask(query)["assetNodes"]
    by_key = {"/".join(n["assetKey"]["path"]): n for n in nodes}
    assert sum(k.startswith("goal/") for k in by_key) == 11
    goal = by_key["goal/goal_04_shelter_stays"]
    columns = next(e["schema"]["columns"] for e in goal["metadataEntries"] if "schema" in e)
    assert {"value", "missing_reason", "data_kind"} <= {c["name"] for c in columns}
    assert goal["owners"]


def test_a_launch_from_the_ui_is_queued_run_and_checked(ui: Dagster) -> None:
    years = {"resources": {"scope": {"config": {"years_from": 2009, "years_to": 2014}}}}
    assert ui.ended(ui.launch("refresh", years)) == "SUCCESS"
    made = sorted(p.stem for p in (ui.lake / "tables/source/statbank_strafna9").glob("*.parquet"))
    assert made == [str(y) for y in range(2009, 2015)]
    assert (ui.lake / "releases" / "latest" / "handleplan.duckdb").is_file()
    query = (
        "query($k: AssetKeyInput!) {assetNodeOrError(assetKey: $k) {... on AssetNode {assetPartitionStatuses "
        "{... on TimePartitionStatuses {ranges {startKey endKey status}}}}}}"
    )
    found = ui.ask(query, k={"path": ["source", "statbank_strafna9"]})["assetNodeOrError"]["assetPartitionStatuses"]
    assert found["ranges"] == [{"startKey": "2009", "endKey": "2014", "status": "MATERIALIZED"}]


def test_after_a_run_every_goal_shows_badge_headline_and_chart(ui: Dagster) -> None:
    query = (
        "query($k: AssetKeyInput!) {assetNodeOrError(assetKey: $k) {... on AssetNode "
        "{assetMaterializations(limit: 1) {metadataEntries {label}} "
        "assetObservations(limit: 1) {description metadataEntries {label ... on MarkdownMetadataEntry {mdStr}}}}}}"
    )
    for goal in load_catalogue().goals:
        found = ui.ask(query, k={"path": ["goal", goal.slug]})["assetNodeOrError"]
        assert "chart" in {e["label"] for e in found["assetMaterializations"][0]["metadataEntries"]}
        (told,) = found["assetObservations"]
        assert {"badge", "headline", "chart", "year"} <= {e["label"] for e in told["metadataEntries"]}
        assert told["description"].startswith(f"{goal.decision_year}: ")


def test_without_configuration_a_run_is_about_every_year(ui: Dagster) -> None:
    run_id = ui.launch("ingest")
    tags = ui.ask("query($r: ID!) {runOrError(runId: $r) {... on Run {tags {key value}}}}", r=run_id)["runOrError"]
    found = {t["key"]: t["value"] for t in tags["tags"]}
    assert {k: found.get(k) for k in all_years()} == all_years()
    assert ui.ended(run_id) == "SUCCESS"


def test_years_that_are_none_are_a_sentence_and_no_run(ui: Dagster) -> None:
    years = {"resources": {"scope": {"config": {"years_from": 1999}}}}
    with pytest.raises(AssertionError, match="Reference years are 2006 to"):
        ui.launch("ingest", years)


def test_a_run_from_the_command_line_is_in_the_same_history(ui: Dagster) -> None:
    quick = {"HANDLEPLAN_LAKE": str(ui.lake), "DAGSTER_HOME": str(ui.home), "HANDLEPLAN_RELEASE_PARTS": "none"}
    done = command("run", "--job", "publish", environment=ui.environment | quick)
    assert done.returncode == 0, done.stdout + done.stderr
    found = ui.ask("{runsOrError {... on Runs {results {jobName status}}}}")["runsOrError"]["results"]
    assert found[0] == {"jobName": "publish", "status": "SUCCESS"}


def test_the_schedules_are_there_and_off(ui: Dagster) -> None:
    query = (
        "query($r: RepositorySelector!) {schedulesOrError(repositorySelector: $r) "
        "{... on Schedules {results {name cronSchedule executionTimezone scheduleState {status}}}}}"
    )
    found = ui.ask(query, r=REPOSITORY)["schedulesOrError"]["results"]
    assert sorted((s["name"], s["cronSchedule"], s["executionTimezone"]) for s in found) == [
        ("daily_tick", "0 7 * * *", "Europe/Copenhagen"),
        ("yearly_refresh", "0 6 1 6 *", "Europe/Copenhagen"),
    ]
    assert {s["scheduleState"]["status"] for s in found} == {"STOPPED"}


# whoever looks on


def given(kind: graphql.GraphQLInputType) -> Any:
    """The least that a mutation wants of this kind."""
    if isinstance(kind, graphql.GraphQLNonNull):
        return given(kind.of_type)
    if isinstance(kind, graphql.GraphQLList):
        return [given(kind.of_type)]
    if isinstance(kind, graphql.GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, graphql.GraphQLInputObjectType):
        wanted = {n: f.type for n, f in kind.fields.items() if isinstance(f.type, graphql.GraphQLNonNull)}
        return {n: KNOWN.get(n) or given(t) for n, t in wanted.items()}
    return {"Int": 1, "Boolean": True, "Float": 1.0, "RunConfigData": {}}.get(kind.name, "x")


def mutations() -> dict[str, tuple[str, dict[str, Any]]]:
    """Every mutation of Dagster's schema as a query with the arguments it must have."""
    root = create_schema().graphql_schema.mutation_type
    assert root is not None
    found = {}
    for name, field in root.fields.items():
        needed = {n: a.type for n, a in field.args.items() if isinstance(a.type, graphql.GraphQLNonNull)}
        declared = ", ".join(f"${n}: {t}" for n, t in needed.items())
        handed = ", ".join(f"{n}: ${n}" for n in needed)
        kind = graphql.get_named_type(field.type)
        of = {x.name for x in kind.types} if isinstance(kind, graphql.GraphQLUnionType) else {kind.name}
        inside = " ".join(f"... on {n} {{{what}}}" for n, what in EACH.items() if n in of)
        shown = "" if isinstance(kind, graphql.GraphQLScalarType) else f"{{__typename {inside}}}"
        call = f"{name}({handed})" if handed else name
        query = f"mutation{f'({declared})' if declared else ''} {{{call} {shown}}}"
        variables = {n: given(t) for n, t in needed.items()} | {n: KNOWN[n] for n in needed if n in KNOWN}
        variables |= WHOLE.get(name, {})
        found[name] = (query, variables)
    return found


def runs(ui: Dagster) -> int:
    return len(ui.ask("{runsOrError {... on Runs {results {id}}}}")["runsOrError"]["results"])


@NEEDS_PROXY
def test_an_onlooker_can_start_nothing(ui: Dagster, door: str) -> None:
    """Every mutation there is, with what it must have, through the proxy: none is done."""
    every = mutations()
    assert set(every) >= REFUSED
    before, done = runs(ui), {}
    for name, (query, variables) in every.items():
        answer = asked(f"{door}/dagster/graphql", query, OLGA, **variables)
        said = json.dumps(answer)
        kinds = set(re.findall(r'"__typename": "(\w+)"', said))
        refused = "UnauthorizedError" in said
        if (
            name in HARMLESS
            or refused
            or (name not in REFUSED and kinds <= NOTHING_DONE and (kinds or answer["errors"]))
        ):
            continue
        done[name] = said[:300]
    assert done == {}
    assert runs(ui) == before


@NEEDS_PROXY
def test_an_onlooker_starts_no_run_by_any_door(ui: Dagster, door: str) -> None:
    start = "mutation($p: ExecutionParams!) {launchRun(executionParams: $p) {__typename}}"
    params = {"selector": REPOSITORY | {"jobName": "ingest"}, "runConfigData": {}}
    before = runs(ui)
    told = asked(f"{door}/dagster/graphql", start, OLGA, p=params)
    assert told["data"]["launchRun"]["__typename"] == "UnauthorizedError"
    asked_by_address = {"query": start, "variables": json.dumps({"p": params})}
    for name in ("dagster", "engineers"):
        found = httpx.get(f"{door}/{name}/graphql", params=asked_by_address, auth=OLGA, verify=False, timeout=60)
        assert (
            found.status_code == 401
            or "launchRun" not in str(found.json().get("data"))
            or (found.json()["data"]["launchRun"]["__typename"] == "UnauthorizedError")
        )
    for who in (OLGA, None):
        body = {"query": start, "variables": {"p": params}}
        found = httpx.post(f"{door}/engineers/graphql", json=body, auth=who, verify=False, timeout=60)
        assert found.status_code == 401
    assert runs(ui) == before


@NEEDS_PROXY
def test_an_engineer_works_behind_the_proxy_and_an_onlooker_sees_it(ui: Dagster, door: str) -> None:
    for name, who in (("engineers", ERIK), ("dagster", OLGA)):
        page = httpx.get(f"{door}/{name}/", auth=who, verify=False, timeout=60)
        assert page.status_code == 200
        assert f'"/{name}' in page.text  # the page knows where it stands
        found = asked(f"{door}/{name}/graphql", "{assetNodes {assetKey {path}}}", who)["data"]["assetNodes"]
        assert len(found) > 100


@NEEDS_PROXY
@pytest.mark.parametrize("path", ["/logs/../../lake/.secret", "/logs/..%2f..%2f..%2flake/.secret", "/logs/%2e%2e/x.db"])
def test_logs_are_the_only_files_a_webserver_gives(ui: Dagster, door: str, path: str) -> None:
    secret = (ui.lake / ".secret").read_bytes()
    for address, who in ((f"{door}/dagster", OLGA), (f"{door}/engineers", ERIK), (ui.onlookers, None)):
        found = httpx.get(address + path, auth=who, verify=False, timeout=60)
        assert found.status_code >= 400 or found.headers["Content-Type"].startswith("text/html")
        assert secret not in found.content
        assert b"SQLite format" not in found.content
