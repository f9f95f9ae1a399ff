"""Planted tokens in confidential rows never reach an event, a log, a receipt, a report or a release.

The numbers fail modulus 11 on a date other than 1 January. Slow: the run keeps its history on disk to be searched.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from handleplan_pipeline.sources.deliveries.manifest import Manifest, manifest_path, read_manifest, write_manifest

pytestmark = pytest.mark.slow
HANDLEPLAN = Path(sys.executable).with_name("handleplan")
TOKEN, NUMBER = "TOKENZQ7", "1506379000"
MAY_HOLD = ("raw", "quarantine", "tables")
"""Folders inside the confidential zone: files as received, and the source tables made of them."""


def run(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"} | {"COLUMNS": "200"}
    if home:
        environment["DAGSTER_HOME"] = str(home)
    return subprocess.run([str(HANDLEPLAN), *arguments], capture_output=True, text=True, env=environment)


def plant(path: Path, change: list[tuple[str, str]], period: int | None = None) -> None:
    """Change the text of a generated file and its manifest with it."""
    manifest = read_manifest(manifest_path(path))
    text = path.read_bytes().decode(str(manifest.encoding))
    for old, new in change:
        text = text.replace(old, new, 1)
    path.write_bytes(text.encode(str(manifest.encoding)))
    found: Manifest = manifest.model_copy(update={
        "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    })  # fmt: skip
    write_manifest(path, found)


def holding(root: Path, words: tuple[str, ...]) -> set[str]:
    found = set()
    for f in root.rglob("*"):
        if f.is_file() and any(w.encode() in (data := f.read_bytes()) or w.encode("utf-16-le") in data for w in words):
            found.add(str(f.relative_to(root)))
    return found


def test_tokens_and_numbers_stay_where_they_belong(tmp_path: Path) -> None:
    landing, lake, home = tmp_path / "landing", tmp_path / "lake", tmp_path / "home"
    home.mkdir()
    assert run("synthesize", "--out", str(landing), "--scale", "0.01", "--years", "2008-2011").returncode == 0
    team = landing / "special_team_log" / "special_team_log_2011.csv"
    first = team.read_text(encoding="utf-8").split("\n")[1].split(";")[0]
    # a token that passes into the register, one in a bad row, one in a file that is refused
    plant(team, [(f"{first};", f"{TOKEN}A;")])
    stays = landing / "section_110_stays" / "section_110_stays_2010.csv"
    line = stays.read_bytes().decode("cp1252").split("\n")[1].split(";")
    plant(stays, [(";".join(line[:2]), f"{NUMBER[:6]}-{NUMBER[6:]};{TOKEN}"), (line[4], "31-11-2010")])
    measures = landing / "dst_bua" / "dst_bua_2010.csv"
    plant(measures, [("PGF", f"{TOKEN}COL")])
    drugs = landing / "drug_treatment" / "drug_treatment_2010.csv"
    plant(drugs, [(";A;", f";{TOKEN};")])
    done = run("run", "--landing", str(landing), "--lake", str(lake), home=home)
    assert done.returncode == 0, done.stdout[-2000:]
    words = (TOKEN, NUMBER, f"{NUMBER[:6]}-{NUMBER[6:]}")
    assert not any(w in done.stdout + done.stderr for w in words)
    assert holding(home, words) == set()
    in_lake = holding(lake, words)
    assert in_lake, "the planted tokens must be in the confidential zone, or this test proves nothing"
    assert {Path(f).parts[0] for f in in_lake} <= set(MAY_HOLD)
    assert not [f for f in in_lake if f.endswith(".json")]
    assert holding(lake / "releases", words) == set()


def test_a_command_that_fails_names_no_value(tmp_path: Path) -> None:
    bad = tmp_path / "stays.csv"
    head = "CPR;BOFORM_ID;BOFORM_KOM;BETALINGSKOM;INDSKREVET;UDSKREVET;DATA_KIND"
    bad.write_text(f"{head}\n" + f"{NUMBER};{TOKEN};101;101;2010-99-99;;synthetic\n" * 30, encoding="cp1252")
    done = run("deliver", str(bad), "--source", "section_110_stays", "--period", "2010", "--synthetic", "--check")
    assert done.returncode == 3
    assert "INDSKREVET" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert NUMBER not in done.stdout + done.stderr
