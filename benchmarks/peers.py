"""Our counts, assets and protection against their peers, each in a process of its own in one run, as ratios.

    python -m benchmarks.peers --lake data_lake [--dbt PATH/bin/dbt] [--peers pandas polars dbt spark]

Counts: goals 3, 4 and 10 (SERIES) from the registers of a counted lake, by our engine, pandas, plain Polars, dbt-duckdb
and Spark alone; all must give equal counts, or the run ends. A process is measured whole, imports and Java included:
seconds of the processor, of the clock, and most memory. dbt is installed apart (benchmarks/dbt.txt), Spark by
requirements/spark.lock; a peer that is not there is said to be left out.

Assets: 30 small ones by Dagster's default executor, a process each, against ours, all in one process.

Suppression: small random tables by Tau-Argus's optimum (pytauargus) against our heuristic, with the cost of each.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.peers_assets import ASSETS
from benchmarks.questions import Question, of_goals
from handleplan_pipeline.cells.tabulate import LOOK_BACK_YEARS, TABULATE
from handleplan_pipeline.lake.engine import DuckDbEngine, _used
from handleplan_pipeline.lake.tables import Lake, LakeTable

SERIES: Mapping[int, tuple[str, ...]] = {
    3: ("I03", "I03_left", "I03_unknown"),
    4: ("I04", "I04_paying"),
    10: ("I12a", "I12a_half_year", "I12a_early_retirement", "I12b", "I12b_half_year", "I12b_early_retirement"),
}
"""What every peer counts; all of a goal would only repeat it with another outcome."""
PEERS = ("ours", "pandas", "polars", "dbt", "spark")
KEYS = ["name", "year", "ancestry", "sex", "age"]


class Measured(NamedTuple):
    """Seconds of the processor and of the clock, and most memory in GiB, of a process and those it waited for."""

    processor: float
    clock: float
    memory: float


def questions(lake: Path) -> dict[int, Question]:
    """Our own queries of the three goals, for SERIES alone."""
    found = {q.goal: q for q in of_goals(Lake(lake)) if q.goal in SERIES and q.name.endswith("counted")}
    return {g: _of_series(q, SERIES[g]) for g, q in found.items() if g is not None}


def _of_series(q: Question, names: Sequence[str]) -> Question:
    """The query of a goal, asked for some of its series."""
    from importlib import import_module

    from handleplan_pipeline.catalogue import load_catalogue

    slug = next(g.slug for g in load_catalogue().goals if g.number == q.goal)
    wanted = ", ".join(f"'{n}'" for n in names)
    counted = f"select * from ({import_module(f'assets.goals.{slug}').COUNTED}) as every where name in ({wanted})"
    return Question(q.name, TABULATE.format(counted=counted, look_back=LOOK_BACK_YEARS), q.inputs, q.params, q.goal)


def files(asked: Mapping[int, Question]) -> dict[str, list[str]]:
    """The registers that peers read, by name."""
    tables = {n: t for q in asked.values() for n, t in q.inputs.items() if isinstance(t, LakeTable)}
    return {n: [str(f) for f in t.files] for n, t in tables.items()}


def ours(lake: Path, out: Path) -> None:
    for goal, q in questions(lake).items():
        DuckDbEngine().query(q.sql, q.inputs, q.params, q.name).write_parquet(out / f"{goal}.parquet")


def by_frames(module: str, lake: Path, out: Path) -> None:
    from importlib import import_module

    asked = questions(lake)
    import_module(module).count(files(asked), {g: q.params for g, q in asked.items()}, out)


def by_spark(lake: Path, out: Path) -> None:
    """Spark as it comes: the same text as one statement, nothing checkpointed, its own defaults but for the cores."""
    from pyspark.sql import SparkSession

    from handleplan_pipeline.lake.spark_sql import INPUT, script

    spark = (
        SparkSession.builder.master(f"local[{os.cpu_count()}]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "4g")
        .config("spark.local.dir", str(out))
        .config("spark.log.level", "OFF")
        .getOrCreate()
    )
    for goal, q in questions(lake).items():
        for name, table in q.inputs.items():
            stored = isinstance(table, LakeTable)
            frame = spark.read.parquet(*map(str, table.files)) if stored else spark.createDataFrame(table.to_arrow())
            frame.createOrReplaceTempView(INPUT.format(name))
        found = script(q.sql, frozenset(q.inputs), frozenset(k for k, v in q.params.items() if isinstance(v, list)))
        for view, sql in [*((p.view, p.sql) for p in found.parts), ("answer", found.answer)]:
            spark.sql(sql, args={k: v for k, v in q.params.items() if f":{k}" in sql}).createOrReplaceTempView(view)
        pl.DataFrame(pl.from_arrow(spark.table("answer").toArrow())).write_parquet(out / f"{goal}.parquet")
    gateway = spark.sparkContext._gateway
    spark.stop()
    # only what has been waited for is counted
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def dbt_project(asked: Mapping[int, Question], folder: Path) -> None:
    """A dbt project with a model per register (a view) and per goal (a table)."""
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text("name: peers\nversion: 1.0.0\nprofile: peers\nmodel-paths: [models]\n")
    profile = {"type": "duckdb", "path": str(folder / "peers.duckdb"), "threads": os.cpu_count()}
    (folder / "profiles.yml").write_text(json.dumps({"peers": {"target": "t", "outputs": {"t": profile}}}))
    tables = files(asked)
    for name, paths in tables.items():
        read = ", ".join(f"'{p}'" for p in paths)
        (folder / "models" / f"{name}.sql").write_text(f"select * from read_parquet([{read}])")
    calendar = "select distinct year from {{ ref('person') }}"
    (folder / "models" / "calendar.sql").write_text(calendar)
    for goal, q in asked.items():
        sql = q.sql
        for k, v in _used(q.sql, q.params).items():
            sql = sql.replace(f"${k}", f"'{v}'" if isinstance(v, str) else str(v))
        refs = "\n".join(f"-- depends_on: {{{{ ref('{n}') }}}}" for n in q.inputs)
        head = "{{ config(materialized='table') }}"
        (folder / "models" / f"goal_{goal}.sql").write_text(f"{head}\n{refs}\n{sql}")


def by_dbt(lake: Path, out: Path, dbt: str) -> None:
    """`dbt run`, and its tables read back."""
    import duckdb

    asked = questions(lake)
    dbt_project(asked, out)
    command = [dbt, "run", "--quiet", "--project-dir", str(out), "--profiles-dir", str(out)]
    subprocess.run(command, check=True, cwd=out, env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"})
    with duckdb.connect(str(out / "peers.duckdb"), read_only=True) as con:
        for goal in asked:
            con.sql(f"select * from goal_{goal}").write_parquet(str(out / f"{goal}.parquet"))


def one(peer: str, lake: Path, out: Path, dbt: str | None) -> None:
    """The work of one peer, in this process."""
    work: dict[str, Callable[[], None]] = {
        "ours": lambda: ours(lake, out),
        "pandas": lambda: by_frames("benchmarks.peers_pandas", lake, out),
        "polars": lambda: by_frames("benchmarks.peers_polars", lake, out),
        "spark": lambda: by_spark(lake, out),
        "dbt": lambda: by_dbt(lake, out, str(dbt)),
    }
    work[peer]()


def measured(*arguments: str) -> Measured:
    """What a Python module took, its own processes included."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, "-m", *arguments], stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - begin
        if status:
            said.seek(0)
            sys.exit(said.read().decode(errors="replace")[-4000:])
    return Measured(usage.ru_utime + usage.ru_stime, clock, usage.ru_maxrss / 1024**2)


def counts(folder: Path) -> dict[int, pl.DataFrame]:
    """What a peer counted, in one shape."""
    found = {}
    for goal in SERIES:
        frame = pl.read_parquet(folder / f"{goal}.parquet")
        whole = {
            c: pl.col(c).cast(pl.Float64).fill_nan(None).cast(pl.Int64) for c in ("year", "age", "members", "hits")
        }
        shape = frame.with_columns(pl.col("name", "ancestry", "sex").cast(pl.String), **whole)
        found[goal] = shape.select(*KEYS, "members", "hits").sort(KEYS, nulls_last=True)
    return found


def left_out(peer: str, dbt: str | None) -> str | None:
    """Why a peer cannot be asked here."""
    if peer == "dbt" and not dbt:
        return "no dbt was named (--dbt; benchmarks/dbt.txt says how to install it)"
    if peer == "spark" and not (find_spec("pyspark") and shutil.which("java")):
        return "pyspark or Java is not installed (requirements/spark.lock)"
    return "pandas is not installed" if peer == "pandas" and not find_spec("pandas") else None


def compare_counts(lake: Path, peers: Sequence[str], dbt: str | None, runs: int) -> None:
    """Every peer by turns; the least of each counts."""
    best: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as root:
        expected = None
        for turn in range(runs):
            for peer in ("ours", *(p for p in peers if p != "ours")):
                if why := left_out(peer, dbt):
                    if not turn:
                        print(f"{peer}: left out: {why}")
                    continue
                out = Path(root) / f"{peer}_{turn}"
                out.mkdir()
                more = ["--dbt", dbt] if dbt else []
                took = measured("benchmarks.peers", "--lake", str(lake), "--one", peer, "--out", str(out), *more)
                found = counts(out)
                expected = expected or found
                if wrong := [g for g in SERIES if not found[g].equals(expected[g])]:
                    sys.exit(f"{peer}: other counts than ours of goal {wrong}")
                best[peer] = Measured(*map(min, took, best.get(peer, took)))
    assert expected is not None
    units = sum(int(f["members"].sum()) for f in expected.values())
    print(f"goals 3, 4, 10: {sum(f.height for f in expected.values())} equal counts of {units} units, least of {runs}")
    mine = best["ours"]
    for peer, b in best.items():
        p, c, m = (one / other for one, other in zip(b, mine, strict=True))
        print(
            f"{peer:<8}{b.processor:>8.1f} s of the processor ({p:.1f} times ours){b.clock:>8.1f} s ({c:.1f})"
            f"{b.memory:>7.2f} GiB ({m:.1f})"
        )


def compare_assets(runs: int) -> None:
    best: dict[str, Measured] = {}
    for _ in range(runs):
        for how in ("in_process", "default"):
            took = measured("benchmarks.peers_assets", how)
            best[how] = Measured(*map(min, took, best.get(how, took)))
    a, b = best["in_process"], best["default"]
    print(
        f"{ASSETS} assets: in one process {a.processor:.1f} s of the processor, {a.clock:.1f} s; by Dagster's default "
        f"executor {b.processor:.1f} s, {b.clock:.1f} s: {b.processor / a.processor:.1f} and {b.clock / a.clock:.1f} "
        "times"
    )


def compare_suppression() -> None:
    from tests.disclosure.test_tauargus import CASES, argus, ours, table

    spent, cost = {"ours": 0.0, "Tau-Argus": 0.0}, {"ours": 0.0, "Tau-Argus": 0.0}
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for i, case in enumerate(CASES):
            place = Path(folder) / str(i)
            place.mkdir()
            t = table(case)
            begin = time.process_time()
            mine = ours(t, None).suppressed
            middle = time.process_time()
            theirs = argus(t, place).suppressed
            spent["ours"] += middle - begin
            spent["Tau-Argus"] += time.process_time() - middle
            cost["ours"] += float(t.values[mine].sum())
            cost["Tau-Argus"] += float(t.values[theirs].sum())
        os.chdir(here)
    (a, b), (mine_hidden, theirs_hidden) = spent.values(), cost.values()
    print(
        f"{len(CASES)} tables: our heuristic {a:.2f} s of the processor, hidden {mine_hidden:.0f}; Tau-Argus's optimum "
        f"with its audit {b:.2f} s ({b / a:.1f} times ours), hidden {theirs_hidden:.0f} "
        f"(ours {mine_hidden / theirs_hidden:.2f} times that)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", type=Path, required=True, help="a lake whose registers have been made")
    parser.add_argument("--dbt", help="the dbt to run, of an environment with benchmarks/dbt.txt")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    lake = given.lake.resolve()
    if given.one:
        one(given.one, lake, given.out, given.dbt)
        return
    compare_counts(lake, given.peers, given.dbt, given.runs)
    compare_assets(given.runs)
    compare_suppression()


if __name__ == "__main__":
    main()
