"""Counting on Spark against counting in DuckDB: the same queries on the same lake, by turns in one run.

    python -m benchmarks.engines --lake data_lake [--spark local[2]]

Every register and every count of a goal is asked of both engines; their rows must be the same. Seconds by the clock and
of the processor, Java's own among them; the session is begun before and stands apart. Needs requirements/spark.lock and
Java 17 or later.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import polars.selectors as cs
import psutil

from benchmarks.questions import Question, of_goals, of_registers
from handleplan_pipeline.lake.engine import DuckDbEngine, SqlEngine
from handleplan_pipeline.lake.spark import SparkEngine, session
from handleplan_pipeline.lake.tables import Lake


class Spent(NamedTuple):
    """Seconds by the clock and of the processor."""

    clock: float
    processor: float

    def __add__(self, other: object) -> "Spent":
        assert isinstance(other, Spent)
        return Spent(self.clock + other.clock, self.processor + other.processor)


def processor() -> float:
    """Processor seconds of this process and of those it has begun, which may still run."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    running = [p.cpu_times() for p in psutil.Process().children(recursive=True)]
    return used.ru_utime + used.ru_stime + sum(t.user + t.system for t in running)


def spent(work: Callable[[], Any]) -> tuple[Spent, Any]:
    clock, cpu = time.perf_counter(), processor()
    found = work()
    return Spent(time.perf_counter() - clock, processor() - cpu), found


def asked(engine: SqlEngine, q: Question, folder: Path) -> pl.DataFrame:
    """A register is written by its engine, a count is answered, as in the graph."""
    if q.goal is not None:
        return engine.query(q.sql, q.inputs, q.params, q.name)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        return pl.read_parquet(list(engine.write(q.sql, q.inputs, Path(place), q.params, q.name)))


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in an order of their own, columns by name, whole numbers of one width."""
    columns = sorted(frame.columns)
    same = frame.select(columns).with_columns(
        cs.numeric().cast(pl.Float64), cs.by_dtype(pl.Null).cast(pl.String), cs.datetime().cast(pl.Date)
    )
    # a column of nothing but nulls has a type in one engine and none in the other
    untyped = [c for c in columns if same[c].null_count() == same.height]
    return same.with_columns(pl.lit(None).alias(c) for c in untyped).sort(columns, nulls_last=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", type=Path, required=True, help="a lake whose registers have been made")
    parser.add_argument("--spark", default=f"local[{os.cpu_count()}]", help="a master or a Connect address")
    given = parser.parse_args()
    lake, spark = Lake(given.lake), SparkEngine(given.spark)
    begun, _ = spent(lambda: session(given.spark).range(1).count())
    print(f"a session: {begun.clock:.1f} s ({begun.processor:.1f} s of the processor)", flush=True)
    totals: dict[tuple[str, str], Spent] = {}
    with tempfile.TemporaryDirectory() as folder:
        for q in (*of_registers(lake), *of_goals(lake)):
            part = "registers" if q.goal is None else "goals"
            seconds, rows = {}, {}
            for name, engine in (("duckdb", DuckDbEngine()), ("spark", spark)):
                seconds[name], rows[name] = spent(lambda e=engine, q=q: asked(e, q, Path(folder)))
                totals[part, name] = totals.get((part, name), Spent(0, 0)) + seconds[name]
            if not plain(rows["duckdb"]).equals(plain(rows["spark"])):
                sys.exit(f"{q.name}: the rows are not the same")
            said = ", ".join(f"{n} {s.clock:.2f} s ({s.processor:.2f})" for n, s in seconds.items())
            print(f"{q.name}: {rows['duckdb'].height} equal rows; {said}", flush=True)
    for part in ("registers", "goals"):
        duckdb, by_spark = totals[part, "duckdb"], totals[part, "spark"]
        print(
            f"{part}: DuckDB {duckdb.clock:.1f} s ({duckdb.processor:.1f} of the processor), "
            f"Spark {by_spark.clock:.1f} s ({by_spark.processor:.1f}): "
            f"{by_spark.clock / duckdb.clock:.1f} times the clock, "
            f"{by_spark.processor / duckdb.processor:.1f} times the processor"
        )


if __name__ == "__main__":
    main()
