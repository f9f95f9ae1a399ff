"""The code location: everything Dagster is told, in one place. The only importer of `assets`."""

import dagster as dg

import assets
from handleplan_pipeline.graph.jobs import JOBS, SCHEDULES
from handleplan_pipeline.graph.keeping import KEEPING_JOBS
from handleplan_pipeline.graph.release_jobs import RELEASE_JOBS, RELEASE_SENSORS
from handleplan_pipeline.graph.resources import resources

defs = dg.Definitions(
    assets=dg.load_assets_from_package_module(assets),
    asset_checks=dg.load_asset_checks_from_package_module(assets),
    resources=resources(),
    jobs=[*JOBS, *RELEASE_JOBS, *KEEPING_JOBS],
    schedules=SCHEDULES,
    sensors=RELEASE_SENSORS,
    # small tables: the in-process executor is many times faster than a process per asset
    executor=dg.in_process_executor,
)
