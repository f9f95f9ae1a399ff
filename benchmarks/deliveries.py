"""From delivery files to cell tables: the pipeline against the bare work, as ratios within one run.

    python -m benchmarks.deliveries --scales 0.1 1

Bare work: parse the same files with Polars, write the same Parquet once (a table per source, register and goal), run
the same SQL in bare DuckDB. Reading (check, count, type, pseudonymise and archive every file) stands apart against
parsing the same files. All seconds are CPU seconds, all threads and child processes included, so that a busy machine
changes little. Reading and bare work are run three times and the least counts; the pipeline is run once. Peak
memory is that of the pipeline's own process.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl

from benchmarks.questions import of_goals, of_registers
from handleplan_pipeline.lake.engine import _used
from handleplan_pipeline.lake.tables import Lake, LakeTable
from handleplan_pipeline.sources.deliveries.command import delivery_of
from schemas.registry import delivered_sources

RUNS = 3
"""Reading and the bare work are run so often, by turns, and the least of each counts; the pipeline is run once, so
chance can only worsen its ratio."""
EXCEL_ENGINE: Literal["calamine", "openpyxl"] = "calamine" if find_spec("fastexcel") else "openpyxl"


def measured(module: str, *arguments: str) -> tuple[float, float]:
    """CPU seconds and peak memory (GiB) of a Python process that runs a module."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=said, stderr=said)
        # the usage of this one child; RUSAGE_CHILDREN would hold the largest child so far, the generator too
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            said.seek(0)
            sys.exit(said.read().decode(errors="replace")[-4000:])
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024**2


def reading(landing: Path, lake: Path) -> tuple[float, int]:
    """CPU seconds and rows of taking every file in, into a new lake."""
    shutil.rmtree(lake, ignore_errors=True)
    lake.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run_reading", str(landing), str(lake)], stdout=subprocess.PIPE, check=True
    )
    found = json.loads(done.stdout)
    return found["seconds"], found["rows"]


def parse(landing: Path, out: Path) -> int:
    """Parse every delivered file and write one Parquet per source. Returns the rows."""
    rows = 0
    for source in delivered_sources():
        dialect = delivery_of(source).dialect
        frames = []
        for path in sorted((landing / source).glob("*")):
            if path.suffix == ".csv":
                text = path.read_bytes().decode(dialect.encoding).encode()
                frames.append(pl.read_csv(text, separator=";", infer_schema=False))
            elif path.suffix == ".parquet":
                frames.append(pl.read_parquet(path))
            elif path.suffix == ".xlsx":
                frames.append(pl.read_excel(path, engine=EXCEL_ENGINE, infer_schema_length=0))
        if frames:
            joined = pl.concat(frames, how="diagonal_relaxed")
            rows += joined.height
            joined.write_parquet(out / f"{source}.parquet", compression="zstd")
    return rows


def query(lake: Path, out: Path) -> None:
    """Every register's and every goal's SQL on the stored tables, in bare DuckDB; every answer is written once."""
    here = Lake(lake)
    for i, q in enumerate((*of_registers(here), *of_goals(here))):
        con = duckdb.connect()
        for name, table in q.inputs.items():
            if isinstance(table, LakeTable):
                files = ", ".join(f"'{f}'" for f in table.files)
                con.execute(f"create view {name} as select * from read_parquet([{files}])")
            else:
                con.register(name, table.to_arrow())
        con.execute(f"create temp table answer as {q.sql}", _used(q.sql, q.params))
        con.execute(f"copy answer to '{out / f'answer_{i}.parquet'}' (format parquet, compression zstd)")
        con.close()


def one(scale: float, years: str, root: Path) -> dict[str, float]:
    landing, lake, bare = root / f"in_{scale:g}", root / f"lake_{scale:g}", root / f"bare_{scale:g}"
    handleplan = "handleplan_pipeline.cli"
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.argv=['x','synthesize','--out',{str(landing)!r},'--scale','{scale}',"
            f"'--years','{years}']; from {handleplan} import main; main()",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seconds, memory = measured("benchmarks.run_count", "--landing", str(landing), "--lake", str(lake))
    read, parsed, asked, rows = float("inf"), float("inf"), float("inf"), 0
    for _ in range(RUNS):
        shutil.rmtree(bare, ignore_errors=True)
        bare.mkdir()
        start = time.process_time()
        rows = parse(landing, bare)
        middle = time.process_time()
        query(lake, bare)
        parsed, asked = min(parsed, middle - start), min(asked, time.process_time() - middle)
        once, taken = reading(landing, root / f"read_{scale:g}")
        if taken != rows:
            sys.exit(f"{taken} rows were taken in, {rows} parsed.")
        read = min(read, once)
    for folder in (landing, lake, bare, root / f"read_{scale:g}"):
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "scale": scale,
        "rows": rows,
        "pipeline_s": round(seconds, 1),
        "reading_s": round(read, 2),
        "bare_parse_and_write_s": round(parsed, 2),
        "bare_sql_and_write_s": round(asked, 2),
        "ratio": round(seconds / (parsed + asked), 2),
        "reading_to_parse": round(read / parsed, 1),
        "peak_memory_gib": round(memory, 2),
        "pipeline_s_per_million_rows": round(seconds / rows * 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scales", type=float, nargs="+", default=[0.1, 1.0])
    parser.add_argument("--years", default="2006-2014")
    arguments = parser.parse_args()
    os.environ.pop("DAGSTER_HOME", None)
    with tempfile.TemporaryDirectory() as folder:
        found = [one(s, arguments.years, Path(folder)) for s in arguments.scales]
    for line in found:
        print(json.dumps(line))
    for a, b in pairwise(found):
        rows = b["rows"] / a["rows"]
        for what, key in {"the pipeline": "pipeline_s", "reading": "reading_s"}.items():
            growth = b[key] / a[key] / rows
            print(f"scale {a['scale']:g} to {b['scale']:g}: {what} grows {growth:.2f} times as fast as the rows")


if __name__ == "__main__":
    main()
