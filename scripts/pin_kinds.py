"""Makes the covering city and pins the kinds of persons that the definitions make of it.

`python scripts/pin_kinds.py` generates a hard city, counts it, makes its persons again with parts of their lives left out,
moved or recoded and as other people, counts those too, and writes `data_lake/reference/kinds/`. Takes minutes; run it
when a definition, a register or a printed series changes. A test says when the pinned kinds are not current.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

import polars as pl

from assets.protection.kind import REGISTERS, counted_units, definitions_mark, kinds_of
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake.keys import pseudonymiser
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.blocks import is_within, parts_of
from handleplan_pipeline.protection.kinds import KINDS_FILE, SERIES_FILE, Kinds, patterns_of, shifts_of, written
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import write_sidecar
from handleplan_pipeline.synthetic.cover import Files, apart, otherwise, write_again
from schemas.registry import contract

TITLES = {
    SERIES_FILE: "The series that count persons, and the names the definitions count them by",
    KINDS_FILE: "Kinds of persons that the definitions were seen to make of a covering city",
}
YEARS = range(2006, 2016)
SCALE, SEED = "0.05", "5"
AGES = (10, 14, 15, 16, 17, 18, 20, 22, 24, 30, 50, 70)
"""At least one in every printed age group, and each single year that a table prints."""


def _handleplan(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("handleplan")), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _units(lake: Lake) -> pl.DataFrame:
    tables = {n: lake.table(contract("register", n)) for n in REGISTERS}
    return counted_units(load_catalogue(), tables, YEARS)


def _chosen(units: pl.DataFrame, lake: Lake, files: Files, wanted: Collection[str] | None = None) -> dict[str, int]:
    """Few persons who have every pattern (of `wanted`) between them, and a year in which each has one."""
    people = pl.DataFrame({"number": list(files.people())})
    marks = pseudonymiser("synthetic", lake.root).pseudonymise(people["number"])
    found = patterns_of(units, shifts_of(units)).join(people.with_columns(person=marks["person"]), on="person")
    of_number: dict[str, dict[str, int]] = {}
    for number, pattern, base in found.select("number", "pattern", "base").sort("number", "base").iter_rows():
        of_number.setdefault(number, {}).setdefault(pattern, base)
    frequency = Counter(p for patterns in of_number.values() for p in patterns if wanted is None or p in wanted)
    richest = sorted(of_number, key=lambda n: (-len(of_number[n]), n))
    done: set[str] = set()
    chosen: dict[str, int] = {}
    for pattern in sorted(frequency, key=lambda p: (frequency[p], p)):
        if pattern not in done:
            number = next(n for n in richest if pattern in of_number[n])
            chosen[number] = of_number[number][pattern]
            done |= set(of_number[number])
    return chosen


def _counted(root: Path, name: str) -> Lake:
    said = _handleplan("run", "--job", "count", "--landing", str(root / name), "--lake", str(root / f"{name}-lake"))
    if refused := [line for line in said.splitlines() if re.match(r"\S+ +\d{4} +refused", line)]:
        raise SystemExit(f"{name}: {len(refused)} files were refused, so what they hold is not covered: {refused[0]}")
    return Lake(root / f"{name}-lake")


def cover(root: Path) -> Kinds:
    """The kinds of the covering city, made in `root`."""
    catalogue = load_catalogue()
    years = f"{YEARS[0]}-{YEARS[-1]}"
    _handleplan("synthesize", "--out", str(root / "city"), "--scale", SCALE, "--years", years, "--seed", SEED, "--hard")
    city = _counted(root, "city")
    units = _units(city)
    found = {"city": kinds_of(catalogue, units)}
    files = Files.read(root / "city")
    write_again(files, apart(files, _chosen(units, city, files)), root / "apart")
    lake = _counted(root, "apart")
    units = _units(lake)
    found["apart"] = kinds_of(catalogue, units)
    together = _together(found.values())
    patterns, parts = {k.pattern for k in together.kinds}, parts_of(together)
    alone = {p for p in patterns if any(is_within(p, names) for names in parts)}
    files = Files.read(root / "apart")
    write_again(files, otherwise(files, _chosen(units, lake, files, alone), AGES), root / "otherwise")
    found["otherwise"] = kinds_of(catalogue, _units(_counted(root, "otherwise")))
    return _together(found.values())


def _together(found: Iterable[Kinds]) -> Kinds:
    several = list(found)
    series = {s for some in several for s in some.series}
    return Kinds(tuple(sorted(series)), frozenset().union(*(some.kinds for some in several)))


def pin(kinds: Kinds, folder: Path) -> None:
    """Write the files and their sidecars."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written(kinds).items():
        (folder / name).write_bytes(text.encode())
        write_sidecar(
            folder / name,
            title=TITLES[name],
            producer="handleplan",
            licence="CC BY 4.0",
            accessed=date.today(),
            source="scripts/pin_kinds.py",
            data_kind="synthetic",
            query={"definitions_sha256": definitions_mark(load_catalogue())},
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, help="where to make the city; a temporary folder by default")
    given = parser.parse_args()
    root = given.root or Path(tempfile.mkdtemp(prefix="cover"))
    try:
        pin(cover(root), get_settings().reference / "kinds")
    finally:
        if given.root is None:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
