"""A release of a lake without deliveries has all its exports, and each says why it has no figures (AC-22)."""

import csv
import json
from pathlib import Path

import pytest

from handleplan_pipeline.exports.readback import READERS, unlike
from tests.exports.made import again, asked
from tests.lib.lakes import run_without_deliveries

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake, _ = run_without_deliveries(tmp_path_factory)
    return again(lake / "releases" / "latest", tmp_path_factory.mktemp("nothing") / "release", *READERS)


def test_every_export_is_there_and_says_what_the_tables_say(folder: Path) -> None:
    assert unlike(folder, list(READERS)) == []
    assert len(list(folder.glob("xlsx/*/*.xlsx"))) == 22
    assert len(list(folder.glob("jsonstat/goal_*.json"))) == 22


def test_verdicts_say_that_nothing_was_delivered(folder: Path) -> None:
    with (folder / "csv" / "output.goal_status.csv").open(encoding="utf-8", newline="") as text:
        told = {(r["goal"], r["year"]): (r["badge"], r["missing_reason"], r["reason_en"]) for r in csv.DictReader(text)}
    decided = {
        goal: (badge, reason, bool(why)) for (goal, year), (badge, reason, why) in told.items() if year == "2014"
    }
    reasons = {str(goal): "not_delivered" for goal in range(1, 12)} | {"8": "no_indicator"}
    assert decided == {goal: ("not_measurable", reason, True) for goal, reason in reasons.items()}
    said = json.loads((folder / "json" / "status.json").read_text(encoding="utf-8"))
    assert len(said["verdicts"]) == len(told)


def test_no_file_carries_the_mark_of_synthetic_figures(folder: Path) -> None:
    assert asked(folder, "select holds_synthetic from meta.release") == [(False,)]
    texts = [f for f in folder.rglob("*") if f.suffix in (".txt", ".json", ".jsonld")]
    assert len(texts) > 30
    assert [f.name for f in texts if "SYNTHETIC FIGURES" in f.read_text() or "SYNTETISKE TAL" in f.read_text()] == []
