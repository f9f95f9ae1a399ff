"""Peak memory of a whole run of the job `count`, as the kernel has it, by scale, and what a straight line says.

    python -m benchmarks.memory --scales 1 2
    python -m benchmarks.memory --landing DIR DIR      # deliveries that are there already

Each scale is a city of its own in a process of its own; the peak is that of the process and, apart, of the one that
reads large files. No time is measured. The goal: under 2 GiB at scale 2; scale 20 is said by the line, never run here.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

GIB = 1024**2
"""Of what the kernel counts in KiB."""
FAR = 20.0


def peak(landing: Path, lake: Path) -> float:
    """GiB at the highest of one run into a new lake."""
    shutil.rmtree(lake, ignore_errors=True)
    arguments = ["-m", "benchmarks.run_count", "--landing", str(landing), "--lake", str(lake)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, *arguments], stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            said.seek(0)
            sys.exit(said.read().decode(errors="replace")[-4000:])
    return usage.ru_maxrss / GIB


def rows(lake: Path) -> int:
    """Rows of the population, all years."""
    files = sorted((lake / "tables" / "source" / "dst_bef").glob("*.parquet"))
    return int(pl.scan_parquet(files).select(pl.len()).collect().item())


def generated(scale: float, root: Path) -> Path:
    landing = root / f"in_{scale:g}"
    arguments = ["-m", "handleplan_pipeline.cli", "synthesize", "--out", str(landing), "--scale", str(scale)]
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return landing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scales", type=float, nargs="*", default=[1.0, 2.0])
    parser.add_argument("--landing", type=Path, nargs="*", default=[])
    parser.add_argument("--work", type=Path, help="a folder with much room; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        root, found = Path(folder), []
        landings = given.landing or [generated(scale, root) for scale in given.scales]
        for landing in landings:
            gib = peak(landing.resolve(), root / "lake")
            found.append((rows(root / "lake") / 1e6, gib))
            print(f"{landing.name}: {found[-1][0]:.2f} million rows of the population, {gib:.2f} GiB", flush=True)
    if len(found) > 1:
        (x0, y0), (x1, y1) = found[0], found[-1]
        slope = (y1 - y0) / (x1 - x0)
        far = x1 * FAR / given.scales[-1] if not given.landing else 10 * x1
        print(
            f"{y0 - slope * x0:.2f} GiB and {slope:.3f} for each million rows; at {far:.0f} million "
            f"{y0 + slope * (far - x0):.1f} GiB (a straight line, not run)"
        )


if __name__ == "__main__":
    main()
