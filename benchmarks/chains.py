"""What earlier releases cost the audit: CPU seconds and memory of the gate with 0, 1, 5 and 10 of them.

    python -m benchmarks.chains --lake data_lake

Copies of the latest release stand in for earlier ones: as they are (what most releases print of most years), and
corrected, a tenth of all counts being others. The goals: less than 0.5 s per earlier release, and 4 GiB.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

KINDS = {"the same": 0, "a tenth corrected": 10}
NUMBERS = (0, 1, 5, 10)
FAR = 50
"""Persons by which a corrected count differs: more than any threshold."""


def copied(release: Path, to: Path, every: int) -> Path:
    """What the audit reads of an earlier release; every so-manieth count (0: none) is another."""
    for schema in ("goal", "baseline", "meta", "output"):
        (to / "parquet" / schema).mkdir(parents=True)
        for file in sorted((release / "parquet" / schema).glob("*.parquet")):
            frame = pl.read_parquet(file)
            if every and schema == "goal":
                other = (pl.int_range(pl.len()) % every == 0) & pl.col("reference_group").is_null()
                counts = [c for c in ("numerator", "denominator") if c in frame.columns]
                frame = frame.with_columns(pl.when(other).then(pl.col(c) + FAR).otherwise(c).alias(c) for c in counts)
            frame.write_parquet(to / "parquet" / schema / file.name)
    return to


def audited(lake: Path, release: Path, earlier: list[Path]) -> tuple[float, int]:
    """CPU seconds of the audit in a process of its own, its own processes among them, and how many lines it prints."""
    cell = lake / "tables" / "cell"
    files = ["--certificates", str(cell / "certificate.parquet"), "--kinds", str(cell / "kind.parquet")]
    command = [sys.executable, "-m", "handleplan_pipeline.protection.audit", str(release), *files, "--earlier"]
    begin = _cpu_of_children()
    done = subprocess.run([*command, *map(str, earlier)], capture_output=True, text=True)
    return _cpu_of_children() - begin, len(done.stdout.splitlines())


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", type=Path, required=True, help="a lake with a release and its certificates")
    lake = parser.parse_args().lake
    release = (lake / "releases" / "latest").resolve()
    with tempfile.TemporaryDirectory() as folder:
        for kind, every in KINDS.items():
            copies = [copied(release, Path(folder) / f"{every}-{n}", every) for n in range(max(NUMBERS))]
            none = None
            for number in NUMBERS:
                seconds, lines = audited(lake, release, copies[:number])
                none = seconds if none is None else none
                more = f", {(seconds - none) / number:.2f} s for each" if number else ""
                print(f"{kind}: {number} earlier releases: {seconds:.1f} s{more}; {lines} findings", flush=True)
            for c in copies:
                shutil.rmtree(c)
    print(f"most memory of one process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2:.2f} GiB")


if __name__ == "__main__":
    main()
