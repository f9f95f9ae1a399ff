"""The report of one release: seconds and processor seconds of the whole and of its charts, bytes, the largest page.

python -m benchmarks.report --release data_lake/releases/latest
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from handleplan_pipeline import report
from handleplan_pipeline.report.charts import plot, rows, strip

GOAL_SECONDS = 10.0
GOAL_CHART_SECONDS = 0.3
"""Of a whole report in two languages, and of all its charts, at scale 1 on 2 cores."""


class Clock:
    """Adds up what calls take, one function at a time."""

    def __init__(self) -> None:
        self.seconds, self.calls = 0.0, 0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            began = time.process_time()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.process_time() - began
                self.calls += 1

        return call


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, required=True)
    source = parser.parse_args().release.resolve()
    clock = Clock()
    for module in (plot, rows, strip):
        module.draw = clock.timed(module.draw)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copyfile(source / "handleplan.duckdb", folder / "handleplan.duckdb")
        began, processor = time.perf_counter(), time.process_time()
        report.write(folder)
        seconds, used = time.perf_counter() - began, time.process_time() - processor
        files = [p for p in (folder / "report").rglob("*") if p.is_file()]
        pages = sorted((p.stat().st_size, p.relative_to(folder).as_posix()) for p in files if p.suffix == ".html")
        whole = sum(p.stat().st_size for p in files)
    print(f"report: {seconds:.1f} s, {used:.1f} CPU s (goal {GOAL_SECONDS:.0f} s)")
    print(f"{len(pages)} pages, all files {whole / 1e6:.1f} MB")
    print(f"charts: {clock.seconds:.2f} CPU s for {clock.calls} drawings (goal {GOAL_CHART_SECONDS} s)")
    print(f"largest page: {pages[-1][1]}, {pages[-1][0] / 1000:.1f} kB")


if __name__ == "__main__":
    main()
