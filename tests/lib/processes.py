"""Executes the job `count` for some assets with a process per step, and tells how it went, as the last line in JSON."""

import json
import sys
import warnings

import dagster as dg


def main() -> None:
    warnings.simplefilter("ignore")
    from handleplan_pipeline.graph.jobs import all_years

    job = dg.build_reconstructable_job(
        "tests.lib.processes", "counting", reconstructable_args=(), reconstructable_kwargs={}
    )
    chosen = [dg.AssetKey(x.split("/")) for x in json.loads(sys.argv[1])]
    with dg.DagsterInstance.get() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        done = dg.execute_job(job, instance, tags=all_years(), asset_selection=chosen, run_config=quiet)
        logs = instance.all_logs(done.run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)
        pids = [entry.dagster_event.pid for entry in logs if entry.dagster_event is not None]
    print(json.dumps({"success": done.success, "processes": pids}))


def counting() -> dg.JobDefinition:
    from handleplan_pipeline.definitions import defs

    return defs.resolve_job_def("count")


if __name__ == "__main__":
    main()
