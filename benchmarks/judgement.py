"""All statistics of all goals, years and groups on one lake: seconds of each part, and as ratios to reading its input.

    python -m benchmarks.judgement --lake data_lake

Bootstraps stand apart (persons and areas drawn 2,000 times), and so does the counting of persons by SQL, which is no
statistic: it is measured inside the engine and taken out of the parts that ask for it.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from assets.adjustment.person_level import BACKGROUND_SOURCES, REGISTERS, questions
from handleplan_pipeline.adjustment import background, resample
from handleplan_pipeline.adjustment.person_level import PersonLevel
from handleplan_pipeline.adjustment.resample import Bootstrap
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.contrasts import contrasts
from handleplan_pipeline.judgement.evidence import Evidence
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.judgement.status import status
from handleplan_pipeline.lake.engine import DuckDbEngine
from schemas.goals.goal_01_ninth_grade import GOAL
from schemas.outputs.contrast import CONTRAST
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.registry import contract

NOT_DRAWN = Bootstrap(*(float("nan"),) * 5, 0, 0.0, None, "none")


def read(lake: Path, layer: str, name: str) -> pl.DataFrame:
    table = contract(layer, name)
    pattern = f"{name}/*.parquet" if table.partition_column else f"{name}.parquet"
    return pl.read_parquet(lake / "tables" / layer / pattern)


def timed(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """The quickest of some runs, and what the last one gave."""
    best, found = float("inf"), None
    for _ in range(times):
        begin = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - begin)
    return best, found


class Counting:
    """Seconds spent in SQL while it is on."""

    def __init__(self) -> None:
        self.seconds, self.query = 0.0, DuckDbEngine.query

    def __enter__(self) -> "Counting":
        def timed_query(engine: DuckDbEngine, *arguments: Any, **named: Any) -> pl.DataFrame:
            begin = time.perf_counter()
            try:
                return self.query(engine, *arguments, **named)
            finally:
                self.seconds += time.perf_counter() - begin

        DuckDbEngine.query = timed_query  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        DuckDbEngine.query = self.query  # type: ignore[method-assign]


def apart(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of the statistics, seconds of the counting, and what came of it."""
    with Counting() as counting:
        seconds, found = timed(work, 1)
    return seconds - counting.seconds, counting.seconds, found


def without_draws(level: PersonLevel) -> list[dict[str, Any]]:
    """The models of the background with their bootstrap left out."""
    drawing = background.resample.expected_gap
    try:
        background.resample.expected_gap = lambda *_: NOT_DRAWN  # type: ignore[assignment]
        return level.adjusted()
    finally:
        background.resample.expected_gap = drawing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", type=Path, required=True)
    lake: Path = parser.parse_args().lake
    if not (lake / "tables" / "cell").is_dir():
        sys.exit("There are no cells in this lake: run `handleplan run` first.")
    catalogue = load_catalogue()
    here = catalogue.plan.municipality_code
    reading, cells = timed(lambda: read(lake, "protected", "cell"))
    beside, person_level = (read(lake, "protected", n) for n in ("background", "person_level"))
    registers: dict[str, Any] = {n: read(lake, "register", n) for n in REGISTERS}
    registers |= {n: read(lake, "source", n) for n in BACKGROUND_SOURCES}
    level = PersonLevel(catalogue, questions(), registers, read(lake, "register", "row_account"))

    parts: dict[str, float] = {}
    parts["import of the libraries"], _ = timed(lambda: importlib.import_module("statsmodels.api"), 1)
    parts["observations"], seen = timed(lambda: [observe(catalogue, g.number, cells, GOAL) for g in catalogue.goals])
    evidence = Evidence.of(catalogue, cells, person_level)
    parts["readings"], readings = timed(lambda: judge(evidence, JUDGEMENT))
    parts["contrasts"], compared = timed(
        lambda: [contrasts(catalogue, g.number, cells, CONTRAST, beside, person_level) for g in catalogue.goals]
    )
    observed = pl.concat(seen)
    parts["status and reasons"], told = timed(lambda: status(catalogue, observed, readings, GOAL_STATUS, here))
    parts["background, models"], counted, models = apart(lambda: without_draws(level))
    drawing, _, _ = apart(level.adjusted)
    drawn_again, counted_again, drawn = apart(level.resampled)
    aside = {
        "background, persons drawn": drawing - parts["background, models"],
        "persons and areas drawn": drawn_again,
        "persons counted by SQL": counted + counted_again,
    }

    print(f"{'part':<28}{'seconds':>9}{'x reading the cells':>21}")
    for name, seconds in (parts | {"all but bootstraps": sum(parts.values())} | aside).items():
        print(f"{name:<28}{seconds:>9.2f}{seconds / reading:>21.1f}")
    print(
        f"rows: {observed.height} observations, {readings.height} readings, {sum(f.height for f in compared)} "
        f"contrasts, {told.height} statuses, {len(models)} models and standardisations, "
        f"{len(drawn)} bootstraps of {resample.DRAWS} draws"
    )


if __name__ == "__main__":
    main()
