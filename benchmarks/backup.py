"""What a backup costs against `cp` of the same bytes, by turns, the least of five each; the promise: at most twice.

python -m benchmarks.backup --lake data_lake --to DIR
"""

import argparse
import shutil
import subprocess
import time
from pathlib import Path

from handleplan_pipeline.keeping.backup import backup
from handleplan_pipeline.lake.tables import Lake

TURNS, MOST_TIMES = 5, 2.0


def seconds(begin: float) -> float:
    return time.perf_counter() - begin


def main() -> None:
    """Print seconds of both and their ratio. Each ends when its bytes are on the disk."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lake", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    given = parser.parse_args()
    lake, own, bare, made = Lake(given.lake), [], [], None
    with lake.lock(0):
        for _ in range(TURNS):
            begin = time.perf_counter()
            made = backup(lake, given.to / "backups", with_history=False)
            own.append(seconds(begin))
            copy = given.to / "copy"
            begin = time.perf_counter()
            subprocess.run(["cp", "-r", str(made.path), str(copy)], check=True)
            subprocess.run(["sync"], check=True)
            bare.append(seconds(begin))
            shutil.rmtree(copy)
            shutil.rmtree(made.path)
    assert made is not None
    print(
        f"{made.files} files, {made.bytes / 1e6:.0f} MB: backup {min(own):.2f} s, cp and sync {min(bare):.2f} s: ",
        end="",
    )
    print(f"{min(own) / min(bare):.2f} times (at most {MOST_TIMES})")


if __name__ == "__main__":
    main()
