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
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from assets.protection.kind import REGISTERS, counted_units, definitions_mark, kinds_of, printed_whole, series_of
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.groups import UNKNOWN
from handleplan_pipeline.lake.engine import SqlInput
from handleplan_pipeline.lake.keys import pseudonymiser
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.blocks import is_within, parts_of
from handleplan_pipeline.protection.kinds import KINDS_FILE, SERIES_FILE, Kinds, era_of, patterns_of, shifts_of, written
from handleplan_pipeline.protection.whole import eras_of
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import write_sidecar
from handleplan_pipeline.synthetic.cover import Files, apart, otherwise, write_again
from schemas.registry import contract

TITLES = {
    SERIES_FILE: "The series that count persons, and the names the definitions count them by",
    KINDS_FILE: "Kinds of persons that the definitions were seen to make of a covering city",
}
YEARS = range(2006, 2018)
"""Two base years of the last era print everything by ancestry, and two years beyond them are looked into."""
SCALE, SEED = "0.05", "5"
AGES = (10, 14, 15, 16, 17, 18, 20, 22, 24, 30, 50, 70)
"""At least one in every printed age group, and each single year that a table prints."""


def _handleplan(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("handleplan")), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _tables(lake: Lake) -> dict[str, SqlInput]:
    return {n: lake.table(contract("register", n)) for n in REGISTERS}


def _delivered(lake: Lake) -> pl.DataFrame:
    return lake.read(contract("register", "row_account")).filter(pl.col("outcome") == "delivered")


def _units(lake: Lake, shifts: Mapping[str, int]) -> pl.DataFrame:
    catalogue = load_catalogue()
    wanted = printed_whole(catalogue, shifts, _delivered(lake))
    if missing := sorted(set(shifts) - set(wanted["name"])):
        raise SystemExit(
            f"{', '.join(missing)}: no base year of the covering city prints all there is. Give it more years."
        )
    return counted_units(catalogue, _tables(lake), YEARS, wanted).join(wanted, on=["name", "year"], how="semi")


def _kinds(units: pl.DataFrame, lake: Lake, shifts: Mapping[str, int]) -> Kinds:
    """The kinds that are possible in every base year."""
    found = kinds_of(load_catalogue(), units, shifts, _delivered(lake))
    return Kinds(found.series, frozenset(k for k in found.kinds if k.base_year is None))


def _chosen(
    units: pl.DataFrame, lake: Lake, files: Files, shifts: Mapping[str, int], wanted: Collection[str] | None = None
) -> list[tuple[str, int]]:
    """Few persons and base years in which each has a pattern, so that every one (of `wanted`) is there in every era."""
    people = pl.DataFrame({"number": list(files.people())})
    marks = pseudonymiser("synthetic", lake.root).pseudonymise(people["number"])
    found = patterns_of(units, shifts).join(people.with_columns(person=marks["person"]), on="person")
    catalogue = load_catalogue()
    ends = eras_of(catalogue, series_of(catalogue, shifts))
    chosen: dict[tuple[str, int | None], tuple[str, int]] = {}
    for number, pattern, base in found.select("number", "pattern", "base").sort("number", "base").iter_rows():
        if wanted is None or pattern in wanted:
            chosen.setdefault((pattern, era_of(base, ends)), (number, base))
    return sorted(set(chosen.values()))


def _counted(root: Path, name: str) -> Lake:
    said = _handleplan("run", "--job", "count", "--landing", str(root / name), "--lake", str(root / f"{name}-lake"))
    if refused := [line for line in said.splitlines() if re.match(r"\S+ +\d{4} +refused", line)]:
        raise SystemExit(f"{name}: {len(refused)} files were refused, so what they hold is not covered: {refused[0]}")
    return Lake(root / f"{name}-lake")


def cover(root: Path) -> Kinds:
    """The kinds of the covering city, made in `root`."""
    years = f"{YEARS[0]}-{YEARS[-1]}"
    _handleplan("synthesize", "--out", str(root / "city"), "--scale", SCALE, "--years", years, "--seed", SEED, "--hard")
    city = _counted(root, "city")
    shifts = shifts_of(counted_units(load_catalogue(), _tables(city), YEARS))
    units = _units(city, shifts)
    found = {"city": _kinds(units, city, shifts)}
    files = Files.read(root / "city")
    write_again(files, apart(files, dict.fromkeys(n for n, _ in _chosen(units, city, files, shifts))), root / "apart")
    lake = _counted(root, "apart")
    units = _units(lake, shifts)
    found["apart"] = _kinds(units, lake, shifts)
    together = _together(found.values())
    # everybody will do what somebody does
    anybody = frozenset(k._replace(known=True, sex=UNKNOWN, age=None) for k in together.kinds)
    patterns, parts = {k.pattern for k in anybody}, parts_of(Kinds(together.series, anybody))
    alone = {p for p in patterns if any(is_within(p, names) for names in parts)}
    files = Files.read(root / "apart")
    write_again(files, otherwise(files, _chosen(units, lake, files, shifts, alone), AGES), root / "otherwise")
    last = _counted(root, "otherwise")
    found["otherwise"] = _kinds(_units(last, shifts), last, shifts)
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
