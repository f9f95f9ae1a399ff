"""The instance of a run that nobody keeps tells what Dagster's own would."""

import threading

import dagster as dg
import pytest

from handleplan_pipeline.graph.instance import RunEvents, planned_checks, unkept

ROWS = dg.AssetKey("rows")
SPECS = [dg.AssetCheckSpec("some", asset=ROWS), dg.AssetCheckSpec("few", asset=ROWS)]


@dg.asset(key=ROWS, check_specs=SPECS)
def rows() -> dg.Output[int]:
    yield dg.Output(3, metadata={"rows": 3}, data_version=dg.DataVersion("three"))
    yield dg.AssetCheckResult(check_name="some", passed=True)
    yield dg.AssetCheckResult(check_name="few", passed=False, severity=dg.AssetCheckSeverity.WARN)


@dg.asset
def twice(context: dg.AssetExecutionContext, rows: int) -> dg.Output[int]:
    context.log.info("twice as many")
    return dg.Output(2 * rows, data_version=dg.DataVersion("six"))


@dg.asset
def broken(twice: int) -> int:
    raise ValueError("on purpose")


def run_in(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    job = dg.Definitions(assets=[rows, twice, broken]).resolve_implicit_global_asset_job_def()
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = job.execute_in_process(instance=instance, raise_on_error=False, run_config=quiet)
    assert not result.success
    return result


def events_of(instance: dg.DagsterInstance) -> list[tuple[str | None, str | None]]:
    """What is kept of a run, of the kinds that are to be kept."""
    told = [e.dagster_event for e in instance.all_logs(run_in(instance).run_id)]
    return [
        (e.event_type_value, e.step_key)
        for e in told
        if e is not None and (e.is_job_event or e.event_type in RunEvents.KEPT)
    ]


def versions_of(instance: dg.DagsterInstance) -> dict[str, str | None]:
    found = instance.get_latest_materialization_events([ROWS, dg.AssetKey("twice"), dg.AssetKey("broken")])
    return {
        key.to_user_string(): event and (event.asset_materialization.tags or {}).get("dagster/data_version")
        for key, event in found.items()
    }


def test_the_same_events_are_kept_and_found() -> None:
    with unkept() as mine, dg.DagsterInstance.ephemeral() as dagsters:
        events = events_of(mine)
        assert events == events_of(dagsters)
        assert ("ASSET_MATERIALIZATION", "twice") in events
        assert ("PIPELINE_FAILURE", None) in events
        assert versions_of(mine) == versions_of(dagsters) == {"rows": "three", "twice": "six"}
        assert mine.event_log_storage.supports_asset_checks == dagsters.event_log_storage.supports_asset_checks


def test_the_same_plan_and_graph_are_found() -> None:
    """By the names that Dagster gives them."""
    with unkept() as mine, dg.DagsterInstance.ephemeral() as dagsters:
        ours, theirs = (i.get_run_by_id(run_in(i).run_id) for i in (mine, dagsters))
        assert ours
        assert theirs
        names = ours.execution_plan_snapshot_id, ours.job_snapshot_id
        assert names == (theirs.execution_plan_snapshot_id, theirs.job_snapshot_id)
        plan, graph = names
        assert plan
        assert graph
        assert mine.get_execution_plan_snapshot(plan) == dagsters.get_execution_plan_snapshot(plan)
        assert mine.get_job_snapshot(graph) == dagsters.get_job_snapshot(graph)
        assert not mine.run_storage.has_execution_plan_snapshot("another")
        assert not mine.run_storage.has_job_snapshot("another")
        # one that nobody asked for before
        held = mine.get_execution_plan_snapshot(plan)
        assert mine.run_storage.add_execution_plan_snapshot(held) == plan


def test_checks_are_handed_on_and_counted_without_being_kept() -> None:
    planned = dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
    with unkept() as mine, dg.DagsterInstance.ephemeral() as dagsters:
        result, other = run_in(mine), run_in(dagsters)
        assert {(c.check_name, c.passed) for c in result.get_asset_check_evaluations()} == {
            ("some", True),
            ("few", False),
        }
        kept = dagsters.all_logs(other.run_id, of_type=planned)
        assert planned_checks(mine, result.run_id) == planned_checks(dagsters, other.run_id) == len(kept) == 2
        assert len(mine.all_logs(result.run_id)) < len(dagsters.all_logs(other.run_id)) / 2


def test_what_another_thread_asks_is_answered_too() -> None:
    answers: list[dict[str, str | None]] = []
    with unkept() as instance:
        events_of(instance)
        asking = threading.Thread(target=lambda: answers.append(versions_of(instance)))
        asking.start()
        asking.join()
        assert answers == [versions_of(instance)]


def fail_half_way(instance: dg.DagsterInstance) -> None:
    with instance.event_log_storage.index_connection() as connection:
        connection.exec_driver_sql("delete from event_logs")
        raise ValueError("half way")


def test_what_fails_half_way_is_not_kept() -> None:
    with unkept() as instance:
        events_of(instance)
        before = len(instance.all_logs(instance.get_runs()[0].run_id))
        with pytest.raises(ValueError, match="half way"):
            fail_half_way(instance)
        assert len(instance.all_logs(instance.get_runs()[0].run_id)) == before
