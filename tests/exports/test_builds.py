"""The same release gives the same bytes, whatever the locale, the time zone and the order of sets (AC-15)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from handleplan_pipeline.exports.readback import READERS
from handleplan_pipeline.settings import PROJECT_ROOT

PROGRAM = (
    "import sys, pathlib; from handleplan_pipeline.release.parts import make; "
    "make(pathlib.Path(sys.argv[1]), sys.argv[2:])"
)


def files(folder: Path) -> dict[str, bytes]:
    """Every file that a part wrote."""
    own = {"handleplan.duckdb", "manifest.json", "SHA256SUMS"}
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {n: b for n, b in found.items() if n not in own and not n.startswith("parquet/")}


@pytest.mark.parametrize(
    ("zone", "locale", "seed"),
    [
        ("Europe/Copenhagen", "da_DK.UTF-8", "1"),
        pytest.param("America/Los_Angeles", "C", "2", marks=pytest.mark.slow),
    ],
)
def test_builds_are_equal_byte_by_byte(exported: Path, tmp_path: Path, zone: str, locale: str, seed: str) -> None:
    folder = tmp_path / "release"
    (folder / "parquet" / "output").mkdir(parents=True)
    for name in ("handleplan.duckdb", "parquet/output/observation.parquet"):
        (folder / name).write_bytes((exported / name).read_bytes())
    environment = {
        "TZ": zone,
        "LC_ALL": locale,
        "LANG": locale,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    command = [sys.executable, "-c", PROGRAM, str(folder), *READERS]
    subprocess.run(command, check=True, cwd=PROJECT_ROOT, env={"PATH": os.environ["PATH"]} | environment)
    made, wanted = files(folder), files(exported)
    assert sorted(made) == sorted(wanted)
    assert [n for n in wanted if made[n] != wanted[n]] == []
    assert len(wanted) > 70
