"""What a tick costs: calendar of deliveries and desk, in a process that runs already, and each sensor's look.

    python -m benchmarks.tick --lake data_lake

The goal: a tick under 2 s. The start of its process is not in it: Dagster's own, as long for every run.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

MOST_SECONDS = 2.0


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock and of the processor."""
    begin, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begin, time.process_time() - used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lake", type=Path, required=True)
    os.environ["HANDLEPLAN_LAKE"] = str(parser.parse_args().lake.resolve())
    import dagster as dg

    from handleplan_pipeline.definitions import defs
    from handleplan_pipeline.graph.sensors import SENSORS

    job = defs.resolve_job_def("tick")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    ring = {"ops": {"release__desk": {"config": {"ring": True}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        for which in ("first", "second"):
            took, used = seconds(lambda: job.execute_in_process(instance=instance, run_config=quiet | ring))
            more = "" if took < MOST_SECONDS else ", MORE than the 2 s asked for"
            print(f"{which} tick: {took:.2f} s, {used:.2f} s of the processor{more}")
        for sensor in SENSORS:
            if sensor.name == "silent_runs":
                # it asks which schedules are on, which an instance in memory does not know
                continue
            took, used = seconds(lambda sensor=sensor: sensor(dg.build_sensor_context(instance)))  # type: ignore[misc]
            print(f"{sensor.name}: {took:.2f} s, {used:.2f} s of the processor")


if __name__ == "__main__":
    main()
