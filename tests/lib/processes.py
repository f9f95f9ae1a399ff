"""Makes some tables with a process per step, and tells how it went, as the last line in JSON."""

import json
import sys
import warnings

import dagster as dg

MADE = (
    *("source/person_number_changes", "source/section_110_stays", "source/dst_bef"),
    *("register/shelter_stay", "register/shelter_episode", "register/person"),
)
"""Two sources with a table of years among them, what they wait for, and registers made of them."""


def main() -> None:
    warnings.simplefilter("ignore")
    from handleplan_pipeline.graph.jobs import all_years

    job = dg.build_reconstructable_job(
        "tests.lib.processes", "some", reconstructable_args=(), reconstructable_kwargs={}
    )
    with dg.DagsterInstance.get() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        done = dg.execute_job(job, instance, tags=all_years(), run_config=quiet)
        logs = instance.all_logs(done.run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)
        pids = [entry.dagster_event.pid for entry in logs if entry.dagster_event is not None]
    print(json.dumps({"success": done.success, "processes": pids}))


def some() -> dg.JobDefinition:
    from handleplan_pipeline.definitions import defs
    from handleplan_pipeline.graph.executor import chosen
    from handleplan_pipeline.graph.resources import resources

    wanted = {dg.AssetKey(x.split("/")) for x in MADE}
    assets = [a for a in defs.assets or [] if isinstance(a, dg.AssetsDefinition) and a.keys <= wanted and a.keys]
    job = dg.define_asset_job("some", selection=dg.AssetSelection.assets(*wanted), executor_def=chosen())
    return dg.Definitions(assets=assets, jobs=[job], resources=resources()).resolve_job_def("some")


if __name__ == "__main__":
    sys.exit(main())
