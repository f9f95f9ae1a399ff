"""What a release costs beside its tables: the DuckDB file, every part, and reading the parts back.

    python -m benchmarks.exports --release data_lake/releases/latest

The file is measured against DuckDB's own `COPY FROM DATABASE` of the same tables, by turns, the least of seven each.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.exports import release as reading
from handleplan_pipeline.exports.readback import READERS
from handleplan_pipeline.lake.contracts import ddl, literal, quote
from handleplan_pipeline.release.build import write_database
from handleplan_pipeline.release.parts import PARTS
from handleplan_pipeline.release.table import Table
from schemas import columns
from schemas.registry import all_contracts

MOST_SECONDS_OF_EXPORTS, MOST_TIMES_THE_COPY, TURNS = 15.0, 1.5, 7


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def tables(release: Path) -> list[Table]:
    """The tables of a release as they were before they were written."""
    found = []
    for path in sorted((release / "parquet").glob("*/*.parquet")):
        contract = all_contracts()[path.parent.name, path.stem]
        frame = pl.read_parquet(path)
        extra = [columns.RELEASE_ID] * ("release_id" in frame.columns and "release_id" not in contract.column_names)
        # a release of another version has other columns
        known = tuple(c for c in contract.columns if c.name in frame.columns)
        as_written = replace(contract, columns=known, key=tuple(k for k in contract.key if k in frame.columns))
        found.append(Table(as_written, frame, tuple(extra)))
    return found


def copied(source: Path, target: Path) -> None:
    """The bare copy of a database."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH {literal(str(source))} AS source (READ_ONLY)")
        con.execute(f"ATTACH {literal(str(target))} AS target (STORAGE_VERSION 'v1.0.0')")
        con.execute("COPY FROM DATABASE source TO target")


@dataclass
class Written:
    """What a way of writing the database costs at least: seconds by the clock and of the processor, and bytes."""

    clock: float = float("inf")
    processor: float = float("inf")
    size: float = float("inf")

    def turn(self, work: Callable[[Path], object], path: Path) -> None:
        processor = time.process_time()
        self.clock = min(self.clock, seconds(lambda: work(path)))
        self.processor = min(self.processor, time.process_time() - processor)
        self.size = min(self.size, path.stat().st_size)


def database(release: Path, folder: Path) -> tuple[Written, Written, Written]:
    """Writing the file, the bare copy, and the copy of a file without a word on any table or column."""
    made, own, bare, wordless = tables(release), Written(), Written(), Written()
    # a run has read the catalogue long before
    load_catalogue()
    for turn in range(TURNS):
        bare.turn(lambda path: copied(release / "handleplan.duckdb", path), folder / f"bare{turn}.duckdb")
        own.turn(lambda path: write_database(path, made), folder / f"own{turn}.duckdb")
        wordless.turn(lambda path: rows_alone(path, made), folder / f"rows{turn}.duckdb")
    return own, bare, wordless


def rows_alone(path: Path, made: list[Table]) -> None:
    """The same tables and rows without comments: what our own words cost is the rest."""
    with duckdb.connect(config={"checkpoint_threshold": "1KB"}) as con:
        con.execute(f"ATTACH {literal(str(path))} AS target (STORAGE_VERSION 'v1.0.0')")
        con.execute("USE target")
        con.execute("BEGIN")
        con.execute(";".join(f"CREATE SCHEMA {quote(s)}" for s in sorted({t.schema for t in made})))
        con.execute(";".join(ddl(t.contract, t.extra)[0] for t in made))
        for t in made:
            con.register("incoming", t.frame.to_arrow())
            con.execute(f"INSERT INTO {quote(t.schema)}.{quote(t.name)} BY NAME SELECT * FROM incoming")
            con.unregister("incoming")
        con.execute("COMMIT")


def parts(release: Path, folder: Path) -> dict[str, float]:
    """Seconds of each part, made anew in a copy of the release."""
    shutil.copytree(release / "parquet", folder / "parquet")
    shutil.copy(release / "handleplan.duckdb", folder)
    return {"reading the tables": seconds(lambda: reading.read(folder))} | {
        name: seconds(lambda p=part: p(folder))  # type: ignore[misc]
        for name, part in PARTS.items()
    }


def main() -> None:
    """Print seconds of every part, and the two ratios that are promised."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--release", type=Path, required=True)
    release = parser.parse_args().release.resolve()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        own, bare, wordless = database(release, folder)
        for name, one, other in (
            ("seconds by the clock", own.clock, bare.clock),
            ("seconds of the processor", own.processor, bare.processor),
            ("MB", own.size / 1e6, bare.size / 1e6),
        ):
            times = f"{one / other:.2f} times (at most {MOST_TIMES_THE_COPY})"
            print(f"DuckDB file, {name}: {one:.2f}, bare copy {other:.2f}: {times}")
        times = f"{wordless.processor / bare.processor:.2f} times the copy"
        print(f"the same without comments: {wordless.processor:.2f} seconds of the processor, {times}")
        made = parts(release, folder / "release")
        for name, spent in made.items():
            print(f"{name:20} {spent:6.2f} s")
        exports = sum(s for n, s in made.items() if n != "report")
        print(f"{'all but the report':20} {exports:6.2f} s (at most {MOST_SECONDS_OF_EXPORTS:.0f})")
        again = reading.read(folder / "release")
        for name, reader in READERS.items():
            spent = seconds(lambda r=reader: list(r(again, folder / "release")))  # type: ignore[misc]
            print(f"{name + ', read back':20} {spent:6.2f} s")


if __name__ == "__main__":
    main()
