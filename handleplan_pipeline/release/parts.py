"""What a release carries beside its tables, and the order it is made in.

A part gets the folder of a release that nobody sees yet, reads `handleplan.duckdb` there and nothing else, and adds its
files. It changes none that is there: the tables, and what the parts before it wrote, stay as they are.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from handleplan_pipeline import report
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports import csv, datapackage, dcat, jsonstat, sdmx, xlsx

Part = Callable[[Path], None]

PARTS: dict[str, Part] = {
    "csv": csv.export,
    "jsonstat": jsonstat.export,
    "sdmx": sdmx.export,
    "xlsx": xlsx.export,
    "report": report.write,
    "datapackage": datapackage.export,
    "dcat": dcat.export,
}
"""By name, in the order of `settings.PART_NAMES`: what lists the files of others is made last."""


def make(folder: Path, names: Sequence[str]) -> list[str]:
    """Make the named parts in `folder`; returns those that were made, in order.

    Raises ReleaseError when a part changes or removes a file, or leaves none.
    """
    made = [name for name in PARTS if name in names]
    for name in made:
        before = _files(folder)
        PARTS[name](folder)
        after = _files(folder)
        changed = [f for f, stamp in before.items() if after.get(f) != stamp]
        if changed:
            raise ReleaseError(f"{name}: changed {len(changed)} files of the release, the first {changed[0]}.")
        if len(after) == len(before):
            raise ReleaseError(f"{name}: wrote no file.")
    return made


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file by its name in the release."""
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): (p.stat().st_size, p.stat().st_mtime_ns) for p in found}
