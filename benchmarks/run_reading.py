"""Every delivered file of a landing folder taken in, in a process of its own and nothing else: for the benchmark.

Prints the CPU seconds, those of the reader's own process and its start included, and the rows.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path


def main(landing: Path, lake: Path) -> None:
    os.environ["HANDLEPLAN_LAKE"], os.environ["HANDLEPLAN_LANDING"] = str(lake), str(landing)
    # what every run loads anyway is no reading
    import pandera.polars  # noqa: F401

    from handleplan_pipeline.sources.deliveries import worker
    from handleplan_pipeline.sources.deliveries.declared import delivery_of
    from handleplan_pipeline.sources.deliveries.intake import Intake
    from handleplan_pipeline.sources.deliveries.store import DeliveryStore
    from schemas.registry import delivered_sources

    begin, rows, store = time.process_time(), 0, DeliveryStore(lake)
    for source in delivered_sources():
        intake = Intake(store, landing, delivery_of(source))
        rows += sum(intake.rows(period).height for period in intake.periods())
        if any(r.state != "accepted" for r in intake.decided):
            sys.exit(f"{source}: a delivery was refused; what is not read costs nothing.")
    seconds = time.process_time() - begin
    worker.stop()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"seconds": seconds + children.ru_utime + children.ru_stime, "rows": rows}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
