"""Queues runs as Dagster's own coordinator does, after giving those of our jobs their years.

Named in dagster.yaml; it runs in the webserver and the daemon, so it imports the catalogue only when a run is queued.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

from handleplan_pipeline.errors import ConfigurationError

ABOUT_YEARS = ("refresh", "ingest", "count", "national")
"""Jobs of tables by year; without partitions their first step would fail."""
CHOSEN = ("dagster/partition", "dagster/asset_partition_range_start")


class YearsRunCoordinator(QueuedRunCoordinator):
    """A run of a job about years without partitions gets those its configuration names: by itself, all."""

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        run = context.dagster_run
        if run.job_name in ABOUT_YEARS and not any(t in run.tags for t in CHOSEN):
            self._instance.add_run_tags(run.run_id, years_of(run.run_config))
        return super().submit_run(context)


def years_of(run_config: Mapping[str, Any]) -> dict[str, str]:
    """The tags of the years that a run's configuration names. Raises ConfigurationError where there are no such."""
    from handleplan_pipeline.graph.arguments import reference_years
    from handleplan_pipeline.graph.jobs import RANGE_END, RANGE_START

    keys = [int(k) for k in reference_years()]
    said = run_config.get("resources", {}).get("scope", {}).get("config", {})
    first, last = said.get("years_from", keys[0]), said.get("years_to") or keys[-1]
    if not keys[0] <= first <= last <= keys[-1]:
        raise ConfigurationError(
            f"years_from {first}, years_to {last}: no such years. Reference years are {keys[0]} to {keys[-1]}, and the "
            "first comes before the last. Change the configuration and launch again."
        )
    return {RANGE_START: str(first), RANGE_END: str(last)}
