"""The code location: everything Dagster is told, in one place. The only importer of `assets`."""

import warnings

import dagster as dg

import assets
from handleplan_pipeline.graph.jobs import JOBS, SCHEDULES
from handleplan_pipeline.graph.keeping import KEEPING_JOBS
from handleplan_pipeline.graph.municipalities import municipality_jobs
from handleplan_pipeline.graph.release_jobs import RELEASE_JOBS, RELEASE_SENSORS
from handleplan_pipeline.graph.resources import resources
from handleplan_pipeline.graph.sensors import SENSORS
from handleplan_pipeline.graph.why import say_why

# of every asset that is told where its code stands
warnings.filterwarnings("ignore", message=".*(source_code_references|CodeReference).*", category=dg.BetaWarning)

defs = dg.Definitions(
    assets=[
        a.with_hooks({say_why}) if isinstance(a, dg.AssetsDefinition) else a
        # each asset's page leads to the file that makes it
        for a in dg.with_source_code_references(dg.load_assets_from_package_module(assets))
    ],
    asset_checks=dg.load_asset_checks_from_package_module(assets),
    resources=resources(),
    jobs=[*JOBS, *RELEASE_JOBS, *KEEPING_JOBS, *municipality_jobs()],
    schedules=SCHEDULES,
    sensors=[*RELEASE_SENSORS, *SENSORS],
    # small tables: the in-process executor is many times faster than a process per asset
    executor=dg.in_process_executor,
)
