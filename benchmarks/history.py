"""What a long history costs a run: 200 releases and 50 corrections of every period against one release and none.

    python -m benchmarks.history --lake LAKE --work DIR

LAKE has one release and its archive; two copies of it are made in DIR and run once more. Processor time is compared,
because the clock of a busy machine says little. Earlier releases are the first one again under other
names, so that the plan and the audit hold all of them against the new one; superseded deliveries have their own
bytes and receipts.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from handleplan_pipeline.lake.releases import ANNOUNCED, existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.sources.deliveries.receipt import name_of, receipt_bytes
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import delivered_sources

MOST_TIMES = 1.3


@dataclass(frozen=True)
class Spent:
    """What a run took, and its highest memory in MB."""

    clock: float
    processor: float
    memory: float


def with_releases(lake: Lake, number: int) -> None:
    """Earlier releases until there are `number`, the newest one linked as `latest`."""
    (first,) = existing(lake)
    stamp, _, _ = first.name.partition("_")
    names = [first.name]
    for i in range(2, number + 1):
        names.append(f"{stamp}_r{i:04d}")
        shutil.copytree(first, lake.releases / names[-1], copy_function=os.link)
    (lake.releases / "latest").unlink()
    (lake.releases / "latest").symlink_to(names[-1])
    (lake.releases / ANNOUNCED).write_text(json.dumps(names), encoding="utf-8")


def with_corrections(lake: Lake, number: int) -> int:
    """Superseded deliveries of every source and period, so that each has had `number` of them; how many were made."""
    store, made = DeliveryStore(lake.root), 0
    for source in delivered_sources():
        for receipt in store.current(source).values():
            store.archive(source).joinpath(name_of(receipt.manifest)).unlink()
            last = receipt.model_copy(
                update={"manifest": receipt.manifest.model_copy(update={"delivery_number": number})}
            )
            whole = store.file(receipt.manifest).read_bytes()
            for n in range(1, number):
                data = whole + b"\n" * n if len(whole) < 10_000 else f"{source} {receipt.manifest.period} {n}".encode()
                m = receipt.manifest.model_copy(
                    update={"delivery_number": n, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
                )
                store.file(m).write_bytes(data)
                store.archive(source).joinpath(name_of(m)).write_bytes(
                    receipt_bytes(receipt.model_copy(update={"manifest": m}))
                )
                made += 1
            store.archive(source).joinpath(name_of(last.manifest)).write_bytes(receipt_bytes(last))
    return made


def run(lake: Path, landing: Path) -> Spent:
    """One whole run, in a process of its own."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"}
    command = [sys.executable, "-m", "handleplan_pipeline.cli", "run", "--lake", str(lake), "--landing", str(landing)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    clock, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Spent(clock, spent, after.ru_maxrss / 1024)


def main() -> None:
    """Print what both runs took, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lake", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--releases", type=int, default=200)
    parser.add_argument("--corrections", type=int, default=50)
    given = parser.parse_args()
    (landing := given.work / "landing").mkdir(parents=True, exist_ok=True)
    spent = {}
    for name in ("one", "many"):
        lake = Lake(given.work / name)
        shutil.copytree(given.lake, lake.root, symlinks=True)
        if name == "many":
            with_releases(lake, given.releases)
            print(f"{given.releases} releases, {with_corrections(lake, given.corrections)} superseded deliveries")
        spent[name] = run(lake.root, landing)
        s = spent[name]
        print(f"{name:5} {s.clock:6.1f} s, {s.processor:6.1f} s of processor time, {s.memory:6.0f} MB", flush=True)
    times = spent["many"].processor / spent["one"].processor
    print(f"{times:.2f} times (at most {MOST_TIMES})")


if __name__ == "__main__":
    main()
